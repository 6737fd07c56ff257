"""How much of the evidence lies in passages and quotes: recall, relevance and overlap.

A place is a document and a span of its canonical text in code points. The evidence of a question
is a list of quotes, each with every place where it stands: any of them counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """`end` is past the last character."""

    document: str
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


def covered(place: Place, by: Sequence[Place]) -> int:
    """How many characters of a place lie in at least one of the others."""
    spans = sorted(
        (max(place.start, each.start), min(place.end, each.end))
        for each in by
        if each.document == place.document
    )
    total, reached = 0, place.start
    for start, end in spans:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def is_held(occurrences: Sequence[Place], by: Sequence[Place]) -> bool:
    """Whether at least half of the characters of a quote, where it stands once, lie in others."""
    return any(2 * covered(each, by) >= each.length for each in occurrences)


def recall(evidence: Sequence[Sequence[Place]], passages: Sequence[Place], k: int) -> float:
    """Share of evidence quotes at least half of which lies in the first k passages together."""
    return sum(is_held(each, passages[:k]) for each in evidence) / len(evidence)


def relevance(evidence: Sequence[Sequence[Place]], passages: Sequence[Place]) -> list[bool]:
    """Which passages alone hold at least half of an evidence quote that none before them held.

    So the best ranking has as many as there is evidence, whatever was found: chunks overlap.
    """
    rest = list(evidence)
    found = []
    for passage in passages:
        held = [each for each in rest if is_held(each, [passage])]
        rest = [each for each in rest if each not in held]
        found += [bool(held)]
    return found


def overlap(evidence: Sequence[Sequence[Place]], cited: Sequence[Place]) -> tuple[float, float]:
    """Precision and recall of the cited characters against the evidence's.

    Precision counts all places where evidence stands, and what is cited twice once; recall the best
    place of each quote. Both are 0 where nothing is cited.
    """
    anywhere = [place for occurrences in evidence for place in occurrences]
    length = sum(each.length for each in cited)
    found = sum(covered(each, anywhere) for each in _union(cited))
    wanted = sum(occurrences[0].length for occurrences in evidence)
    got = sum(max(covered(each, cited) for each in occurrences) for occurrences in evidence)
    return (found / length if length else 0.0), got / wanted


def _union(places: Sequence[Place]) -> list[Place]:
    """The same characters, each in one place only."""
    apart: list[Place] = []
    for each in sorted(places, key=lambda place: (place.document, place.start)):
        last = apart[-1] if apart else None
        if last and last.document == each.document and each.start < last.end:
            apart[-1] = Place(last.document, last.start, max(last.end, each.end))
        else:
            apart.append(each)
    return apart
