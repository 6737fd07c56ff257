"""Cuts passages to whole sentences, as many as a chunk of the index holds."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from row import Row

# Characters of a passage that are read, at most.
PASSAGE = 900
SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z\"“(])")


def cut(row: Row, chance: random.Random, most: int = PASSAGE) -> Row:
    """Whole sentences of the passage, the answer's among them, as many as a chunk holds."""
    if len(row.passage) <= most:
        return row
    spans, at = [], 0
    for part in SENTENCE.split(row.passage):
        spans.append((at, at + len(part)))
        at += len(part) + 1
    if row.start is None or row.end is None:
        first = last = chance.randrange(len(spans))
    else:
        first = max((i for i, (a, _) in enumerate(spans) if a <= row.start), default=0)
        last = max(first, min((i for i, (_, b) in enumerate(spans) if b >= row.end), default=first))
    while True:
        grow = [(first - 1, last)] * (first > 0) + [(first, last + 1)] * (last + 1 < len(spans))
        grow = [(a, b) for a, b in grow if spans[b][1] - spans[a][0] <= most]
        if not grow:
            break
        first, last = chance.choice(grow)
    start, end = spans[first][0], spans[last][1]
    if row.start is None or row.end is None:
        return replace(row, passage=row.passage[start : start + most])
    if end - start > most and row.end - start > most:
        start = max(start, row.start - most // 2)
    end = max(min(end, start + most), row.end)
    return replace(
        row, passage=row.passage[start:end], start=row.start - start, end=row.end - start
    )
