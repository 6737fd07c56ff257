"""Where sentences begin and end: tight spans that leave out nothing but blanks.

Spans are made from cut positions in the text, never by searching for a sentence's words, so that
repeated lines can't shift them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from index.types import Document, Span

# Lines wrapped at a width are joined; narrower than this they are more likely lists or verses,
# wider than that each line is a paragraph.
NARROWEST_WRAP, WIDEST_WRAP = 50, 200
_LINE_END = re.compile(r"\r\n|\r|\n")
_LIST_OR_TABLE = re.compile(r"\s*([-*+•|>#]|\d{1,3}[.)])\s")
_STOP_IN_SCRIPTS_WITHOUT_SPACES = re.compile(r"[。！？｡؟।॥]+[\"'”’」』）)\]]*")


def sentences(document: Document) -> list[Span]:
    """The document's sentences and headings, in order."""
    text, spans, position = document.text, [], 0
    for heading in document.headings:
        spans += between(text, position, heading.start)
        spans += filter(None, [trimmed(text, heading.start, heading.end)])
        position = heading.end
    return spans + between(text, position, len(text))


def trimmed(text: str, start: int, end: int) -> Span | None:
    """The span without blanks around it; None if nothing else is in it."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def between(text: str, start: int, end: int) -> list[Span]:
    """Sentences of a stretch without headings."""
    import nupunkt

    spans: list[Span] = []
    for first, last in blocks(text, start, end):
        # Only at blanks: "![a picture](…)" doesn't end at its exclamation mark.
        ends = (first + after for _, after in nupunkt.sent_spans(text[first:last]))
        cuts = {end for end in ends if text[end - 1].isspace()}
        cuts |= {
            match.end() for match in _STOP_IN_SCRIPTS_WITHOUT_SPACES.finditer(text, first, last)
        }
        bounds = [first, *sorted(cut for cut in cuts if first < cut < last), last]
        parts = pairwise(bounds)
        spans += [span for part in parts if (span := trimmed(text, *part))]
    return spans


def blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Stretches that no sentence crosses: paragraphs, list items, table rows."""
    paragraph: list[Span] = []
    for first, last in _lines(text, start, end):
        if trimmed(text, first, last):
            paragraph.append((first, last))
        elif paragraph:
            yield from _unwrapped(text, paragraph)
            paragraph = []
    if paragraph:
        yield from _unwrapped(text, paragraph)


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _LINE_END.finditer(text, start, end):
        yield start, match.start()
        start = match.end()
    yield start, end


def _unwrapped(text: str, lines: list[Span]) -> Iterator[Span]:
    """Joins lines that were wrapped at a width: where the next word would not have fitted."""
    width = max(end - start for start, end in lines)
    block = lines[0][0]
    for (start, end), (next_start, next_end) in pairwise(lines):
        next_word = text[next_start:next_end].split(maxsplit=1)[0]
        wrapped = (
            NARROWEST_WRAP <= width <= WIDEST_WRAP
            and end - start + 1 + len(next_word) > width
            and not _LIST_OR_TABLE.match(text, next_start, next_end)
        )
        if not wrapped:
            yield block, end
            block = next_start
    yield block, lines[-1][1]
