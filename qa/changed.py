"""Where words that were cited stand in a document now, or what it says in their place.

Nothing here trusts what was cited: the words, their place and the document's hash may all have
been made up.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from index import Document
from index.sentences import between
from index.types import Span

# Characters around a place within which its paragraph is looked for, of the parts that a text is
# searched in, and of a text that are searched at most, those about the old place.
_PARAGRAPH, _PART, _SEARCHED = 4_000, 2_000, 1_000_000
# Parts that are looked into for alike sentences, places where equal words are tried, and sentences
# that stand in for one citation.
_LOOKED_INTO, _TRIED, _RUN = 4, 8, 4
# Words above which two texts are told apart as a whole, and the share from which they are alike.
_COMPARED, _ALIKE = 300, 0.3
# Bytes from which a sentence may have been cut to be indexed: 200 tokens are hardly fewer.
_CUT = 400
_BLANK_LINE = re.compile(r"(?:\r\n|\r|\n)[^\S\r\n]*(?:\r\n|\r|\n)")
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of two texts: in both, only in the one before, or only in the one now."""

    text: str
    kind: Literal["same", "removed", "added"]


def whole(document: Document, start: int, end: int) -> bool:
    """Whether these are whole sentences: part of one may say the opposite of it.

    Of a very long sentence a part counts too, as it may be indexed in parts.
    """
    first, last = _around(document, start), _around(document, max(start, end - 1))
    return bool(
        first
        and last
        and (start == first[0] or _is_long(document, first))
        and (end == last[1] or _is_long(document, last))
    )


def nearest(document: Document, quote: str, start: int) -> Span | None:
    """The place nearest to the old one where the document has these words, as whole sentences."""
    for place in _places(document.text, quote, start):
        if whole(document, place, place + len(quote)):
            return place, place + len(quote)
    return None


def likest(document: Document, quote: str, start: int) -> str:
    """The sentences that are most like these words as the document stands; "" if none are."""
    wanted = Counter(_words(quote))
    if not wanted:
        return ""
    found = [
        span
        for part in _likest_parts(document.text, wanted, start)
        for span in _all(document, part)
    ]
    length = len(list(between(quote, 0, len(quote)))) or 1
    best, most = "", _ALIKE
    for first in range(len(found)):
        for last in range(first, min(first + length + 1, first + _RUN, len(found))):
            if found[last][1] - found[first][0] > 2 * len(quote) + 1_000:
                break
            now = document.text[found[first][0] : found[last][1]]
            theirs = Counter(_words(now))
            alike = 2 * (wanted & theirs).total() / (wanted.total() + theirs.total())
            if alike > most:
                best, most = now, alike
    return best


def difference(before: str, now: str) -> tuple[Piece, ...]:
    """What is the same in both texts and what isn't, word by word, in reading order.

    The same and the removed pieces together are `before`, the same and the added ones `now`.
    """
    mine, theirs = _TOKEN.findall(before), _TOKEN.findall(now)
    if max(len(mine), len(theirs)) > _COMPARED:
        return (*_piece([before], "removed"), *_piece([now], "added"))
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces += _piece(mine[a:b], "same")
        else:
            pieces += [*_piece(mine[a:b], "removed"), *_piece(theirs[c:d], "added")]
    return tuple(pieces)


def _piece(tokens: Sequence[str], kind: Literal["same", "removed", "added"]) -> list[Piece]:
    text = "".join(tokens)
    return [Piece(text, kind)] if text else []


def _places(text: str, quote: str, start: int) -> Iterator[int]:
    """Where the words stand, the nearest to `start` first, and not endlessly many."""
    after = text.find(quote, min(start, len(text)))
    before = text.rfind(quote, 0, max(0, min(start + len(quote) - 1, len(text))))
    for _ in range(_TRIED):
        if after < 0 and before < 0:
            return
        if before < 0 or (after >= 0 and after - start <= start - before):
            yield after
            after = text.find(quote, after + 1)
        else:
            yield before
            before = text.rfind(quote, 0, before + len(quote) - 1)


def _around(document: Document, position: int) -> Span | None:
    """The sentence that holds a position; None in a heading or between sentences."""
    if not 0 <= position < len(document.text) or document.is_heading(position):
        return None
    spans = between(document.text, *_paragraph(document, position, position + 1))
    return next((span for span in spans if span[0] <= position < span[1]), None)


def _all(document: Document, part: Span) -> list[Span]:
    """The sentences that touch a part of the document, but for headings."""
    start, end = part
    inside = [each for each in document.headings if start <= each.start < end]
    spans: list[Span] = []
    for heading in [*inside, None]:
        stop = heading.start if heading else end
        if start < stop:
            spans += between(document.text, *_paragraph(document, start, stop))
        start = heading.end if heading else end
    return [span for span in dict.fromkeys(spans) if span[0] < part[1] and span[1] > part[0]]


def _paragraph(document: Document, start: int, end: int) -> Span:
    """From the blank line or heading before to the next after, as sentences are made from."""
    text, low, high = document.text, max(0, start - _PARAGRAPH), end + _PARAGRAPH
    above = [match.end() for match in _BLANK_LINE.finditer(text, low, start)]
    below = _BLANK_LINE.search(text, end, high)
    first = above[-1] if above else low
    last = below.start() if below else min(high, len(text))
    for heading in document.headings:
        if heading.end <= start:
            first = max(first, heading.end)
        elif heading.start >= end:
            last = min(last, heading.start)
            break
    return first, last


def _is_long(document: Document, span: Span) -> bool:
    return len(document.text[slice(*span)].encode()) > _CUT


def _likest_parts(text: str, wanted: Counter[str], start: int) -> list[Span]:
    """The parts of a text with most of the wanted words, rare ones counting more, in order."""
    low = max(0, min(start, len(text)) - _SEARCHED // 2)
    parts = [
        (at, min(at + _PART, len(text)))
        for at in range(low, min(len(text), low + _SEARCHED), _PART)
    ]
    held = [set(_words(text[slice(*part)])) & wanted.keys() for part in parts]
    common = Counter(word for words in held for word in words)
    weight = {word: math.log(1 + len(parts) / count) for word, count in common.items()}
    scores = [sum(weight[word] for word in words) for words in held]
    order = sorted(
        range(len(parts)), key=lambda at: (-round(scores[at], 6), abs(parts[at][0] - start))
    )
    return [parts[at] for at in sorted(order[:_LOOKED_INTO]) if scores[at]]


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
