"""Finds what a question takes for granted and the documents say differently.

"Why were 300 jobs cut" asks about 300; where the documents speak of 340 jobs, and nowhere of 300,
the answer is what they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index import Passage
from qa.features import Candidate, stems
from qa.units import MONEY
from qa.values import Value, agree, values

# The share of the question's other words that a sentence must hold to be about the same.
ABOUT = 0.6
_WORD = re.compile(r"[^\W\d_][\w'’-]+")


def contradicting(
    question: str, likely: Sequence[tuple[Candidate, float]], passages: Sequence[Passage]
) -> tuple[Candidate, Value] | None:
    """The sentence that gives another value than the question, and that value; None if none does.

    `likely` are sentences with their chance to answer, the likeliest first; in none
    of the passages may the question's own value stand.
    """
    for asked in _presumed(question):
        noun = _thing(question, asked)
        if asked.of == "count" and not noun:
            continue
        if any(agree(asked, each) for passage in passages for each in values(_whole(passage))):
            continue
        others = stems(question) - stems(asked.text)
        for candidate, _ in likely:
            said = candidate.sentence.text
            if len(others & stems(said)) < ABOUT * len(others):
                continue
            found = [each for each in values(said) if agree(asked, each) is False]
            found = [each for each in found if noun is None or _thing(said, each) == noun]
            if len(found) == 1:
                return candidate, found[0]
    return None


def _presumed(question: str) -> list[Value]:
    """Amounts with a unit or of things, shares and money; "one" and "two" count nothing."""
    return [
        each
        for each in values(question)
        if each.of in MONEY | {"share", "length", "area", "mass", "date"}
        or (each.of == "count" and each.text[:1].isdigit())
    ]


def _thing(text: str, value: Value) -> str | None:
    """The stem of the word after an amount without unit, "million rounds" being of rounds."""
    if value.of != "count":
        return None
    word = _WORD.match(text[value.end :].lstrip())
    return next(iter(stems(word[0])), None) if word else None


def _whole(passage: Passage) -> str:
    return f"{passage.context}\n{passage.text}"
