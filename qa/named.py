"""Whether the names of a claim stand in the text that it cites, by rules of English.

One does if all its words are there, whatever their order, or what abbreviates it; and if a copied
sentence hasn't another in its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.words import STOP_WORDS
from qa.names import NO_NAMES, names
from qa.values import Value
from qa.wording import COPY, Aligned, Sentence, alike, covers, sentence

# Words that are changed at most, where one name is taken for the other's.
LONGEST = 6
_FORMS = frozenset({"mr", "mrs", "ms", "dr", "sir", "prof", "professor", "st", "saint"})
# What may begin a name or stand in it and is no part of it.
_NO_PART = NO_NAMES | STOP_WORDS | _FORMS | {"every", "none", "even"}
# What sentences begin with that is no name.
_STARTERS = STOP_WORDS | {
    word
    for line in (
        "others people another several experts researchers scientists officials police",
        "additionally moreover furthermore overall similarly meanwhile finally today currently",
        "later earlier nobody everyone everybody somebody someone workers residents critics",
    )
    for word in line.split()
}
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
_RUN = re.compile(r"[A-ZÀ-ÖØ-Þ][\w'’.-]*(?: (?:(?:of|the|and|for) )*[A-ZÀ-ÖØ-Þ][\w'’.-]*)+")


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
        if pair := _exchanged(claim, each, text):
            return f"the passage says {pair[1]}, not {pair[0]}"
    return None


def _defined(name: str, claim: Sentence) -> bool:
    """Whether the claim itself says what it abbreviates: "artificial intelligence (AI)"."""
    before = claim.text.partition(f"({name})")[0]
    first = "".join(word.said[0] for word in sentence(before).words)
    return before != claim.text and first.endswith(name.lower())


def _own(name: Value, letters_only: bool = True) -> list[str]:
    """The words of a name that must be there: no titles of politeness, initials and small words."""
    words = [word.said for word in sentence(name.text).words]
    return [
        word
        for word in words
        if len(word) > 1 and word not in _NO_PART and (word.isalpha() or not letters_only)
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
    return (
        stem in stems
        or any(alike(stem, each) for each in stems)
        or (len(parts) > 1 and all(part in said for part in parts if len(part) > 1))
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
    return "".join(word[0] for word in re.split(r"[\s-]+", name) if word[:1].isupper()).lower()


def _begins(claim: Sentence, name: Value) -> bool:
    """Whether it is one word that may have its capital for beginning a sentence."""
    before = claim.text[: name.start].rstrip(" \"'“‘(*•>-")
    return " " not in name.text and (not before or before[-1] in ".!?:—–\n")


def _other_name(claim: Sentence, name: Value, near: Sequence[Aligned]) -> str | None:
    """The name that a copied sentence has in its place."""
    for each in near:
        for (a, b), (c, d) in each.changed:
            if each.copies(a, b, COPY) and covers(claim, a, b, name):
                for other in names(each.sentence.text):
                    if covers(each.sentence, c, d, other):
                        return f"the passage says {other.text}, not {name.text}"
    return None


def _exchanged(claim: Sentence, near: Aligned, text: str) -> tuple[str, str] | None:
    """A name of a copied sentence and the one that the sentence itself has in its place."""
    mine, theirs = list(names(claim.text)), list(names(near.sentence.text))
    for (a, b), (c, d) in near.changed:
        if max(b - a, d - c) > LONGEST or not near.copies(a, b, COPY):
            continue
        for one in (each for each in mine if covers(claim, a, b, each)):
            for other in (each for each in theirs if covers(near.sentence, c, d, each)):
                if not _same(claim, one, near.sentence, other, text) and not _listed(
                    claim.text, one, near.sentence.text, other
                ):
                    return one.text, other.text
    return None


def _same(claim: Sentence, one: Value, beside: Sentence, other: Value, text: str) -> bool:
    """Whether both may name the same: they share words, or the text has both in one name."""
    mine, theirs = set(_own(one, False)), set(_own(other, False))
    if not mine or not theirs:
        return True
    if mine <= theirs or theirs <= mine or _own(one, False)[-1] == _own(other, False)[-1]:
        return True
    if _begins(claim, one) and (one.text.lower() in _STARTERS or one.text.endswith("s")):
        return True
    if all(
        any(alike(a, b) or _NATIONS.get(a, a) == _NATIONS.get(b, b) for b in theirs) for a in mine
    ):
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
