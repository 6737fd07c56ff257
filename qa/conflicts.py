"""Finds documents that give different values for the same thing.

Statements of two documents that can't both be true are a conflict if the regression on what both
have to do with the question, and with each other, finds that likely. `evals/conflicting.py` fits
it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence

from qa.contrast import Dates, Statement, comparable, differ, same_matter, stated_value
from qa.features import NAMES, Candidate, log_odds, numbers, stems
from qa.kinds import kind_of, wants

FEATURES = (
    *("odds of the likelier", "odds of the other", "alike", "likeliest of all"),
    *("likeliest of its document", "words of the likelier's passage", "words of the other's"),
    *("names in common", "numbers in common", "same kind of value", "cause", "yes or no", "name"),
)
# Statements that are considered, the likeliest first.
CONSIDERED = 6
LIKELY = 0.35
_PASSAGE = NAMES.index("words of the passage")
_NAME = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w'’-]{2,}")

Compared = tuple[Statement, Statement, tuple[float, ...]]


def differing(
    question: str,
    likely: Sequence[tuple[Candidate, float]],
    dates: Dates,
    chance: Callable[[Sequence[float]], float],
) -> list[Statement]:
    """The statements that differ, the likeliest first; none if the documents agree.

    `likely` are sentences with their chance to answer, the likeliest first; `dates`
    when documents were published; `chance` tells from FEATURES how likely a conflict is.
    """
    found = [(chance(row), one, other) for one, other, row in compared(question, likely, dates)]
    best = max(found, key=lambda each: each[0], default=None)
    if best is None or best[0] < LIKELY:
        return []
    return [best[1], *(other for how, one, other in found if one is best[1] and how >= LIKELY)]


def compared(
    question: str, likely: Sequence[tuple[Candidate, float]], dates: Dates
) -> Iterator[Compared]:
    """Statements of two documents that can't both be true, and their FEATURES."""
    stated = [
        Statement(candidate, chance, value)
        for candidate, chance in likely
        if (value := stated_value(question, candidate.sentence.text))
    ]
    tops: dict[str, Candidate] = {}
    for candidate, _ in likely:
        tops.setdefault(candidate.passage.document, candidate)
    for first in stated[:CONSIDERED]:
        for other, alike in _elsewhere(first, stated):
            if differ(question, first, other) and same_matter(question, first, other, dates):
                top = tops[other.candidate.passage.document] is other.candidate
                yield first, other, _row(question, first, other, alike, first is stated[0], top)


def _elsewhere(first: Statement, stated: Sequence[Statement]) -> list[tuple[Statement, float]]:
    """Of each other document the statement that answers and says most of what the first says,
    with the share of the first's words that it says too."""
    mine = stems(first.candidate.sentence.text) - stems(first.value.text)
    best: dict[str, tuple[float, Statement, float]] = {}
    for each in stated:
        document = each.candidate.passage.document
        if document == first.candidate.passage.document or not comparable(first, each):
            continue
        theirs = stems(each.candidate.sentence.text)
        alike = len(mine & theirs) / max(1, len(mine))
        fitness = each.chance + alike
        if document not in best or fitness > best[document][0]:
            best[document] = (fitness, each, alike)
    return [(each, alike) for _, each, alike in best.values()]


def _row(
    question: str, one: Statement, other: Statement, alike: float, likeliest: bool, top: bool
) -> tuple[float, ...]:
    texts = [each.candidate.passage.text for each in (one, other)]
    names = [set(_NAME.findall(text)) - set(_NAME.findall(question)) for text in texts]
    figures = [numbers(text) for text in texts]
    wanted, of = wants(question), one.value.of
    return (
        log_odds(one.chance),
        log_odds(other.chance),
        alike,
        float(likeliest),
        float(top),
        one.candidate.row[_PASSAGE],
        other.candidate.row[_PASSAGE],
        math.log(1 + len(names[0] & names[1])),
        math.log(1 + len(figures[0] & figures[1])),
        float(bool(wanted) and of in wanted and other.value.of in wanted),
        float(of == "cause"),
        float(of in ("yes", "no")),
        float(kind_of(question) == "name"),
    )
