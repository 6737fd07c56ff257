"""Tells whether a chunk only repeats what another says, as when two papers print one wire story.

It does if each of its sentences stands in the other, but for commas, capitals and articles. Sharing
most words isn't enough: reports that differ in a figure, a name or a "not" contradict each other,
and readers are to see that.
"""

from __future__ import annotations

import re
from itertools import dropwhile

from index.types import Chunk

# The sentences of a chunk, as the words that matter.
Said = frozenset[tuple[str, ...]]

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|\w+|[%$€£¥-](?=\d)|(?<=\d)[%€£¥]")
_ENDS = re.compile(r"[.!?…。！？]\W*$")
_FREE = frozenset(["the", "a", "an", "that"])


def said(chunk: Chunk) -> Said:
    """What a chunk says: its sentences, but for the lines above a document's first, which name
    the paper and the day of printing."""
    sentences = [chunk.text[a - chunk.start : b - chunk.start] for a, b in chunk.sentences]
    if chunk.start == 0 and any(map(_ENDS.search, sentences)):
        sentences = list(dropwhile(lambda each: not _ENDS.search(each), sentences))
    split = (_TOKEN.findall(each.lower()) for each in sentences)
    return frozenset(filter(None, (tuple(w for w in each if w not in _FREE) for each in split)))


def repeats(one: Said, other: Said) -> bool:
    """Whether one says something, and nothing that the other doesn't."""
    return bool(one) and one <= other
