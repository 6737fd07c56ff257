"""Whether the values of a claim stand in the text that it cites, by rules of English.

One does if a value that means the same is there ("5,000,000" for "5 million"), and isn't taken
from a sentence about something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.units import unit
from qa.values import Value, agree, values
from qa.wording import COPY, Aligned, Sentence, covers, sentence

# The share of a claim's words that a sentence must have for what it says instead to be told.
ABOUT = 0.4
# Words that come with values without adding to them, and how small numbers are said in passing.
_SLIGHT = frozenset({"one", "two", "a", "an", "zero", "morning", "afternoon", "evening"})
_YEAR = re.compile(r"[12]\d{3}s?$")
_AGE = re.compile(r"(?<=years)(?:[ -]old| of age)")
# What a bare figure may be read as.
_BARE = ("count", "date")
_ORDINALS = {
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
    "fifth": "5th",
    "sixth": "6th",
    "seventh": "7th",
    "eighth": "8th",
    "ninth": "9th",
    "tenth": "10th",
}


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
    return next(filter(None, (_exchanged_words(claim, each) for each in near)), None)


def _exchanged_words(claim: Sentence, near: Aligned) -> str | None:
    """A unit or a year in a copied sentence that has another in its place: "decades" or "1980s",
    which may be said without a number or overlap with it."""
    for (a, b), (c, d) in near.changed:
        if b - a == d - c == 1 and near.copies(a, b, COPY):
            mine, theirs = claim.words[a].said, near.sentence.words[c].said
            units = unit(mine), unit(theirs)
            years = _YEAR.match(mine) and _YEAR.match(theirs)
            if years or (units[0] != units[1] and "count" not in (units[0][0], units[1][0])):
                return f"the passage says {theirs}, not {mine}"
    return None


def _stands(value: Value, there: Sequence[Value]) -> bool:
    """Whether values of the text agree with it in all parts: "18 June 2024" wants the year too."""
    agreed = {name for each in there if agree(value, each) for name, _, _ in each.parts}
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
        there = values(each.sentence.text)
        for (a, b), (c, d) in each.changed:
            if not each.copies(a, b, COPY):
                continue
            mine = covers(claim, a, b, value)
            others = [other for other in there if covers(each.sentence, c, d, other)]
            same = any(agree(value, other) or value.text == other.text for other in others)
            if mine and others and not same:
                return others[0].text
        if each.in_order < COPY:
            continue
        if any(_stands(value, values(one.sentence.text)) for one in near if one.in_order >= COPY):
            return None
        # Not one of these values for another: the sentence has its own of that kind, and only it.
        others = [
            other for other in there if agree(value, other) is False and other.text != value.text
        ]
        if len(others) == 1 and len([v for v in values(claim.text) if v.of == value.of]) == 1:
            return others[0].text
    return None
