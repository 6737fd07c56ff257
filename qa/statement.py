"""When, why, how many and how much, asked of a statement: its subject, its verb and the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.clauses import NOT_LAST, UNCLEAR, Asking, clause, clear
from qa.units import MONEY
from qa.values import Value, values
from qa.verbs import AUXILIARIES, BASES, PARTICIPLES, PAST, PRESENT

_IN = re.compile(r"\s(?:(?P<since>in|on)\s(?:early\s|late\s|mid-)?)$")
_AFTER_DATE = re.compile(r"^(?:[.,;]|\s(?:by|in|at|and|when|after|near|because|as|while)\b|$)")
_ROUGHLY = re.compile(
    r"(?:\b(?:about|around|roughly|some|approximately|nearly|almost|over|more than|less than"
    r"|fewer than|at least|up to|just|an estimated|only)\s)+$",
    re.IGNORECASE,
)
_PAYING = frozenset(
    ("cost", "pay", "paid", "raise", "raised", "spend", "spent", "lose", "lost", "earn", "earned")
) | {"owe", "save", "invest"}
_PERFECT = re.compile(r"(?:\w+ed|been)\b")
_NOT_SUBJECT = frozenset(
    ("to", "by", "with", "as", "and", "or", "but", "still", "already", "since")
)
_PEOPLE = frozenset(("people", "men", "women", "children", "species"))


def counted(sentence: str) -> Iterator[Asking]:
    """ "About 14,500 vehicles cross the bridge" → "How many vehicles cross the bridge?"."""
    said = clause(sentence)
    first = next(iter(values(sentence)), None)
    if (
        not first
        or first.text.lower() == "one"
        or first.of != "count"
        or _ROUGHLY.sub("", said[: first.start].lower())
    ):
        return
    rest = said[first.end :].strip()
    words = rest.split()
    verbs = (n for n, word in enumerate(words) if n and _is_verb(word, words[n - 1]))
    verb = next(verbs, 0)
    if 0 < verb <= 6 and _is_plural(words[:verb]) and clear(rest, verbs=True):
        yield Asking(f"How many {rest}?", "how many", first.text)


def of_statement(sentence: str, around: str) -> Iterator[Asking]:
    """Subject, verb and the rest: each value or reason in the rest can be asked for."""
    words = _date_last(sentence).split()
    verbs = AUXILIARIES | PAST.keys() | PRESENT.keys()
    place = next((n for n, word in enumerate(words[:12]) if n and word in verbs), 0)
    subject = _subject(words[:place], around)
    if not subject:
        return
    verb, rest = words[place], " ".join(words[place + 1 :])
    if verb == "had" and words[place + 1] not in ("a", "an", "the") and not values(rest[:20]):
        return
    owns = verb in ("have", "has", "had") and words[place + 1] not in PARTICIPLES
    if verb in AUXILIARIES and not (owns and not _PERFECT.match(rest)):
        asks = f"{verb} {subject}"
    else:
        base = "have" if verb in AUXILIARIES else PAST.get(verb) or PRESENT[verb]
        helper = {"have": "do", "had": "did", "has": "does"}.get(verb)
        helper = helper or ("did" if verb in PAST else "does")
        rest, asks = f"{base} {rest}", f"{helper} {subject}"
        if re.match(r"(?:by|that|to)\s", rest[len(base) + 1 :]):
            return
    yield from _when(asks, rest)
    yield from _why(asks, rest)
    yield from _amounts(asks, rest)


def _date_last(sentence: str) -> str:
    """ "In 2011 the lake was made a reserve" with "in 2011" at its end."""
    date = next(iter(values(sentence)), None)
    if not date or date.of != "date" or sentence[: date.start] not in ("In ", "On "):
        return sentence
    rest = clause(sentence[date.end :].lstrip(", "))
    return f"{rest[:1].upper()}{rest[1:]} {sentence[: date.end].lower()[:3]}{date.text}."


def _when(asks: str, rest: str) -> Iterator[Asking]:
    for value in values(rest):
        before, after = rest[: value.start], rest[value.end :]
        said = {name for name, *_ in value.parts}
        at = _IN.search(f" {before}")
        if value.of != "date" or not said & {"month", "year"} or not at:
            continue
        what = f" {before}"[: at.start()].strip()
        enough = what or asks.startswith(("is ", "was ", "are ", "were "))
        enough = enough and not re.search(r"\bby\b|\bdue$", what)
        if enough and _AFTER_DATE.match(after) and clear(what) and not values(what):
            yield Asking(f"When {asks} {what}".strip() + "?", "when", value.text)
        return


def _why(asks: str, rest: str) -> Iterator[Asking]:
    what, because, _ = rest.partition(" because ")
    what = what.rstrip(",")
    if because and clear(what) and len(what.split()) <= 10:
        yield Asking(f"Why {asks} {what}?", "why")


def _amounts(asks: str, rest: str) -> Iterator[Asking]:
    """The first amount, if what stands before it is nothing but a verb or two."""
    value = next((each for each in values(rest) if each.of not in ("date", "time")), None)
    if not value:
        return
    before = _ROUGHLY.sub("", rest[: value.start]).strip()
    after = clause(rest[value.end :])
    if not before or len(before.split()) > 4 or not (before == "have" or clear(before)):
        return
    verb = before.split()[-1]
    if value.of in MONEY and verb in _PAYING:
        more = after.strip() if re.match(r"\s(?:for|in|on|to)\s", after) else ""
        if not more or (clear(more) and len(more.split()) <= 6):
            yield Asking(f"How much {asks} {before} {more}".strip() + "?", "how much", value.text)
    elif value.of.partition(" a ")[0] == "count" and verb in BASES | PARTICIPLES:
        yield from _how_many(asks, before, value, after)


def _how_many(asks: str, before: str, value: Value, after: str) -> Iterator[Asking]:
    """The things that are counted go to the front: "nine recommendations"."""
    words = after.split()
    counted = next((n for n, word in enumerate(words[:3], 1) if _is_plural([word])), 0)
    if not counted or not after.startswith(" "):
        return
    things, more = " ".join(words[:counted]), " ".join(words[counted:])
    shaped = not more or re.match(r"(?:an?|in|on|at|for|from|of|between|during)\s", more)
    if shaped and clear(things) and clear(more) and len(more.split()) <= 6:
        if more.startswith("of "):
            # "Nine species of snail": what they are of goes with them.
            things, more = f"{things} {more}", ""
        question = f"How many {things} {asks} {before} {more}".strip()
        yield Asking(f"{question}?", "how many", value.text)


def _is_verb(word: str, before: str) -> bool:
    return word in AUXILIARIES | PAST.keys() or (word in BASES and _is_plural([before]))


def _is_plural(words: list[str]) -> bool:
    """Whether the first plural is within the first three words, and all are in lower case."""
    few = [word for word in words[:3] if re.fullmatch(r"[a-z][a-z’'-]+", word)]
    return any(word in _PEOPLE or re.search(r"[^s’'iu]s$", word) for word in few) and len(
        few
    ) == len(words[:3])


def _subject(words: list[str], around: str) -> str | None:
    """The words as a subject in the middle of a question; None if they may be something else."""
    lowered = {re.split("['’]", word.lower())[0] for word in words}
    if not 1 <= len(words) <= 8 or (UNCLEAR | _NOT_SUBJECT) & lowered:
        return None
    text, first = " ".join(words), words[0]
    if not re.fullmatch(r"[\w’'. -]+", text) or text.endswith((".", "ly")):
        return None
    if lowered & (AUXILIARIES | PAST.keys()) or words[-1].lower() in NOT_LAST:
        return None
    if first in ("The", "A", "An"):
        return f"{first.lower()}{text[len(first) :]}" if len(words) > 1 else None
    if not first[:1].isupper() or first.lower() in NOT_LAST | BASES:
        return None
    if len(words) > 1 and (words[1][:1].isupper() or words[1].isdigit()):
        return text
    # A capital at the start of a sentence tells nothing: what is it elsewhere?
    if re.search(rf"(?<=[a-z,] ){re.escape(first)}\b", around):
        return text
    if re.search(rf"\b{re.escape(first.lower())}\b", around):
        return f"{first[0].lower()}{text[1:]}"
    return None
