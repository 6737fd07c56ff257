"""Whether the values and names of a claim stand in the text that it cites, by rules of English.

A value stands there if one that means the same does ("5,000,000" for "5 million"), and isn't taken
from a sentence about something else; a name if all its words do, whatever their order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.words import STOP_WORDS
from qa.names import NO_NAMES, names
from qa.values import Value, agree, values
from qa.wording import Aligned, Sentence, alike, sentence

# The share of a claim's words that a sentence must have for what it says instead to be told.
ABOUT = 0.4
# The share of words in order above which a claim is a copy of a sentence, but for what is changed.
COPY = 0.7
# Words that are changed at most, where one name is taken for the other's.
LONGEST = 6
# Words that come with values without adding to them, and how small numbers are said in passing.
_SLIGHT = frozenset({"one", "two", "a", "an", "zero", "morning", "afternoon", "evening"})
_AGE = re.compile(r"(?<=years)(?:[ -]old| of age)")
# What a bare figure may be read as.
_BARE = ("count", "date")
_FORMS = frozenset("mr mrs ms dr sir prof professor st saint".split())
# What sentences begin with that is no name.
_STARTERS = STOP_WORDS | frozenset(
    "others people another several experts researchers scientists officials police additionally"
    " moreover furthermore overall similarly meanwhile finally today currently later earlier"
    " nobody everyone everybody somebody someone workers residents critics supporters".split()
)
_NATIONS = {
    word: line.split()[0]
    for line in (
        "america american americans us usa states",
        "britain british uk briton britons kingdom",
        "france french",
        "china chinese",
        "spain spanish spaniard spaniards",
        "netherlands dutch",
        "denmark danish danes dane",
        "poland polish poles pole",
        "greece greek greeks",
        "switzerland swiss",
        "wales welsh",
        "sweden swedish swedes",
        "turkey turkish",
        "norway norwegian norwegians",
        "ireland irish",
        "germany german germans",
        "thailand thai",
        "philippines filipino filipinos philippine",
        "iceland icelandic",
        "finland finnish finns",
    )
    for word in line.split()
}
_ORDINALS = {
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th",
    "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
}
_RUN = re.compile(r"[A-ZÀ-ÖØ-Þ][\w'’.-]*(?: (?:(?:of|the|and|for) )*[A-ZÀ-ÖØ-Þ][\w'’.-]*)+")


def wrong_value(claim: Sentence, text: str, near: Sequence[Aligned]) -> str | None:
    """What is wrong with the first value of a claim that the cited text doesn't bear out."""
    there = values(text)
    mine = values(claim.text)
    for value in mine:
        slight = value.text.lower() in _SLIGHT
        if not slight and not _stands(value, there) and not _is_written(value, text, there):
            return _instead(value, near) or f"“{value.text}” is not in the passage"
        if (said := _elsewhere(claim, value, near)) is not None:
            return f"the passage says {said}, not {value.text}"
    written = {word.said for word in sentence(text).words}
    joined = re.sub(r"\s", "", text.lower())
    written |= {_ORDINALS[word] for word in written if word in _ORDINALS}
    for word in claim.words:
        inside = any(value.start < word.end and word.start < value.end for value in mine)
        figure = any(each.isdecimal() for each in word.said)
        if figure and not inside and word.said not in written and word.said not in joined:
            return f"“{claim.text[word.start : word.end]}” is not in the passage"
    return None


def _stands(value: Value, there: Sequence[Value]) -> bool:
    """Whether values of the text agree with it, part for part: "18 June 2024" wants the year too."""
    agreed = {
        name for each in there if agree(value, each) for name, _, _ in each.parts
    }
    return {name for name, _, _ in value.parts} <= agreed


def _is_written(value: Value, text: str, there: Sequence[Value]) -> bool:
    """Whether it is written there in the same words: a figure may be a year here, a count there."""
    # "At 57" and "57 years of age" are the same.
    aged = value.text.removesuffix(" years old") if value.of == "duration" else value.text
    if value.of not in _BARE and not aged.isdecimal():
        return False
    written = re.finditer(rf"(?<![\w.,]){re.escape(aged)}(?![\w%]|[.,-]\d)", text)
    measured = [
        (each.start, each.end)
        for each in there
        if each.of not in _BARE and not _AGE.match(text, each.end)
    ]
    return any(
        not any(start <= match.start() < end for start, end in measured) for match in written
    )


def _instead(value: Value, near: Sequence[Aligned]) -> str | None:
    """What the nearest sentence says where the claim says that value."""
    for each in near:
        others = [other for other in values(each.sentence.text) if agree(value, other) is False]
        if each.share >= ABOUT and len(others) == 1:
            return f"the passage says {others[0].text}, not {value.text}"
    return None


def _elsewhere(claim: Sentence, value: Value, near: Sequence[Aligned]) -> str | None:
    """The value that stands in the claim's place of this one, which another sentence has."""
    for each in near:
        if each.in_order < COPY:
            continue
        there = values(each.sentence.text)
        for (a, b), (c, d) in each.changed:
            mine = _covers(claim, a, b, value)
            others = [other for other in there if _covers(each.sentence, c, d, other)]
            if mine and others and not any(agree(value, other) for other in others):
                return others[0].text
        if any(_stands(value, values(one.sentence.text)) for one in near if one.in_order >= COPY):
            return None
        # Not one of these values for another: the sentence has its own of that kind, and only it.
        others = [other for other in there if agree(value, other) is False]
        if len(others) == 1 and len([v for v in values(claim.text) if v.of == value.of]) == 1:
            return others[0].text
    return None


def _covers(of: Sentence, first: int, last: int, value: Value) -> bool:
    return any(value.start < word.end and word.start < value.end for word in of.words[first:last])


def wrong_name(claim: Sentence, text: str, near: Sequence[Aligned]) -> str | None:
    """What is wrong with the first name of a claim that the cited text doesn't bear out."""
    cited = sentence(text)
    said = {word.said for word in cited.words}
    stems = {word.stem for word in cited.words}
    for name in names(claim.text):
        missing = [word for word in _own(name) if not _is_there(word, said, stems)]
        inside = name.start and claim.text[name.start - 1].isalnum()  # as in "iPad"
        if not missing or inside or _begins(claim, name) or _short_for(name.text, text, said):
            continue
        if name.of == "person" and _by_surname(name, missing, text, said):
            continue
        if not _defined(name.text, claim):
            return _other_name(claim, name, near) or f"“{name.text}” is not in the passage"
    for each in near:
        if each.in_order >= COPY and (pair := _exchanged(claim, each, text)):
            return f"the passage says {pair[1]}, not {pair[0]}"
    return None


def _defined(name: str, claim: Sentence) -> bool:
    """Whether the claim itself says what it abbreviates: "artificial intelligence (AI)"."""
    before = claim.text.partition(f"({name})")[0]
    first = "".join(word.said[0] for word in sentence(before).words)
    return before != claim.text and first.endswith(name.lower())


def _own(name: Value) -> list[str]:
    """The words of a name that must be there: no titles of politeness, initials and small words."""
    words = [word.said for word in sentence(name.text).words]
    return [
        word
        for word in words
        if len(word) > 1 and word not in NO_NAMES | _FORMS and word.isalpha()
    ]


def _by_surname(name: Value, missing: Sequence[str], text: str, said: set[str]) -> bool:
    """Whether the text calls a person by the last name alone, with no other first name."""
    last = _own(name)[-1]
    if last in missing or last not in said:
        return False
    others = (match[0] for match in _RUN.finditer(text))
    return not any(sentence(each).words[-1].said == last for each in others)


def _is_there(word: str, said: set[str], stems: set[str]) -> bool:
    if word in said:
        return True
    nation = _NATIONS.get(word)
    if nation and any(_NATIONS.get(each) == nation for each in said):
        return True
    stem = sentence(word).words[0].stem if sentence(word).words else word
    parts = re.split(r"[-'’]", word)
    return stem in stems or any(alike(stem, each) for each in stems) or (
        len(parts) > 1 and all(part in said for part in parts if len(part) > 1)
    )


def _short_for(name: str, text: str, said: set[str]) -> bool:
    """Whether it abbreviates a name of the text, or the text abbreviates it."""
    letters = _initials(name)
    if len(letters) > 1 and letters in said:
        return True
    short = re.sub(r"\W", "", name).lower()
    if not 2 <= len(short) <= 6:
        return False
    if name.isupper() and len(short) > 2:
        # "Static timing analysis" needs no capitals to be STA; of two letters many would be.
        first = "".join(word.said[0] for word in sentence(text).words)
        if short in first:
            return True
    runs = (_initials(match[0]) for match in _RUN.finditer(text))
    return any(each.startswith(short) or each.endswith(short) for each in runs)


def _initials(name: str) -> str:
    return "".join(
        word[0] for word in re.split(r"[\s-]+", name) if word[:1].isupper()
    ).lower()


def _begins(claim: Sentence, name: Value) -> bool:
    """Whether it is one word that may have its capital for beginning a sentence."""
    before = claim.text[: name.start].rstrip(" \"'“‘(*•>-")
    return " " not in name.text and (not before or before[-1] in ".!?:—–\n")


def _other_name(claim: Sentence, name: Value, near: Sequence[Aligned]) -> str | None:
    """The name that a copied sentence has in its place."""
    for each in near:
        if each.in_order < COPY:
            continue
        for (a, b), (c, d) in each.changed:
            if _covers(claim, a, b, name):
                for other in names(each.sentence.text):
                    if _covers(each.sentence, c, d, other):
                        return f"the passage says {other.text}, not {name.text}"
    return None


def _exchanged(claim: Sentence, near: Aligned, text: str) -> tuple[str, str] | None:
    """A name of a copied sentence and the one that the sentence itself has in its place."""
    mine, theirs = list(names(claim.text)), list(names(near.sentence.text))
    for (a, b), (c, d) in near.changed:
        if max(b - a, d - c) > LONGEST:
            continue
        for one in (each for each in mine if _covers(claim, a, b, each)):
            for other in (each for each in theirs if _covers(near.sentence, c, d, each)):
                if not _same(claim, one, near.sentence, other, text) and not _listed(
                    claim.text, one, near.sentence.text, other
                ):
                    return one.text, other.text
    return None


def _same(claim: Sentence, one: Value, beside: Sentence, other: Value, text: str) -> bool:
    """Whether both may name the same: they share words, or the text has both in one name."""
    mine, theirs = set(_own(one)), set(_own(other))
    if not mine or not theirs:
        return True
    if mine <= theirs or theirs <= mine or _own(one)[-1] == _own(other)[-1]:
        return True
    if _begins(claim, one) and (one.text.lower() in _STARTERS or one.text.endswith("s")):
        return True
    if all(any(alike(a, b) or _NATIONS.get(a, a) == _NATIONS.get(b, b) for b in theirs) for a in mine):
        return True
    if _short_for(one.text, other.text, theirs) or _short_for(other.text, one.text, mine):
        return True
    if _in_lower_case(one, text, claim) or _in_lower_case(other, text, claim):
        return True
    return any(
        mine | theirs <= (run := {word.said for word in sentence(match[0]).words})
        # Not a whole heading.
        and len(run) <= len(mine | theirs) + 1
        for match in _RUN.finditer(text)
    )


def _listed(mine: str, one: Value, theirs: str, other: Value) -> bool:
    """Whether both sentences have both names, here and there in a list, which has no order."""
    both = one.text in theirs and other.text in mine
    return both and all(
        re.match(r",|\s(?:and|or)\b", text[name.end :])
        or re.search(r"(?:,|\b(?:and|or))\s$", text[: name.start])
        for text, name in ((mine, one), (theirs, other))
    )


def _in_lower_case(name: Value, text: str, claim: Sentence) -> bool:
    """Whether it is also written like any word, and so is no name but the start of a sentence."""
    word = name.text[:1].lower() + name.text[1:]
    return " " not in name.text and bool(
        re.search(rf"\b{re.escape(word)}\b", f"{text}\n{claim.text}")
    )

