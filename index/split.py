"""A document becomes chunks: whole sentences packed into token windows, every offset exact.

A sentence too long for a chunk is cut between words, or between characters where there are none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from index.sentences import sentences, trimmed
from index.tokens import Count
from index.types import Chunk, Document, Span

# To be raised when documents would be loaded or cut otherwise, so that they are indexed again.
RULES = 2
# The size of a chunk, and how much of it the next one may repeat; the README says how well.
CHUNK_TOKENS, OVERLAP_TOKENS = 200, 50
# Longer stretches are cut before they are counted: tokenizers take long over those.
LONGEST_COUNTED = 4_000


@dataclass(frozen=True, slots=True)
class Splitter:
    """How to cut.

    `tokens` counts tiktoken's cl100k_base tokens and `pieces` the encoder's, of each text given.
    A chunk holds at most `chunk_tokens`, shares at most `overlap_tokens` with the one before, and
    with its context takes at most `window` pieces; the context alone a quarter of that.
    """

    tokens: Count
    pieces: Count
    window: int
    chunk_tokens: int = CHUNK_TOKENS
    overlap_tokens: int = OVERLAP_TOKENS

    def split(self, document: Document) -> list[Chunk]:
        """The document's chunks in reading order; every character that isn't blank is in one."""
        packing = _Packing(self, document)
        return [packing.chunk(first, last) for first, last in packing.windows()]


def identity(window: int, chunk: int = CHUNK_TOKENS, overlap: int = OVERLAP_TOKENS) -> str:
    """Changes when the same file would be read or cut otherwise."""
    return f"rules {RULES} {chunk}/{overlap} window {window}"


class _Packing:
    """The atoms of one document (sentences, or parts of very long ones) with their sizes."""

    def __init__(self, splitter: Splitter, document: Document) -> None:
        self.splitter, self.document = splitter, document
        self.contexts: dict[str | None, str] = {}
        self.atoms, self.tokens, self.pieces = self._cut(sentences(document))

    def _cut(self, spans: list[Span]) -> tuple[list[Span], list[int], list[int]]:
        """Halves the spans that fill more than a chunk, over and over, until each fits."""
        splitter, text = self.splitter, self.document.text
        room = splitter.window - splitter.window // 4 - 1
        sizes: dict[Span, tuple[int, int]] = {}
        while True:
            new = [span for span in spans if span not in sizes]
            counted = [span for span in new if span[1] - span[0] <= LONGEST_COUNTED]
            words = [text[start:end] for start, end in counted]
            both = zip(splitter.tokens(words), splitter.pieces(words), strict=True)
            sizes |= zip(counted, both, strict=True)
            sizes |= {span: (len(text), len(text)) for span in new if span not in sizes}
            if not any(_too_large(sizes[span], splitter.chunk_tokens, room) for span in new):
                return spans, [sizes[s][0] for s in spans], [sizes[s][1] for s in spans]
            spans = [
                part
                for span in spans
                for part in (
                    _halves(text, *span)
                    if _too_large(sizes[span], splitter.chunk_tokens, room)
                    else [span]
                )
            ]

    def windows(self) -> Iterator[tuple[int, int]]:
        """The first and last atom of each chunk."""
        first, count = 0, len(self.atoms)
        while first < count:
            last = first
            while last + 1 < count and self._seem_to_fit(first, last + 1):
                last += 1
            while last > first and not self._fit(first, last):
                last -= 1
            yield first, last
            first = last if self._overlaps(first, last) else last + 1

    def _seem_to_fit(self, first: int, last: int) -> bool:
        """By adding up; what stands between the atoms may count a little more or less."""
        room = self.splitter.window - self.splitter.window // 8
        return (
            sum(self.tokens[first : last + 1]) <= self.splitter.chunk_tokens
            and sum(self.pieces[first : last + 1]) <= room
        )

    def _fit(self, first: int, last: int) -> bool:
        text = self._text(first, last)
        embedded = f"{self._context(self.atoms[first][0])}\n{text}"
        return (
            self.splitter.tokens([text])[0] <= self.splitter.chunk_tokens
            and self.splitter.pieces([embedded])[0] <= self.splitter.window
        )

    def _overlaps(self, first: int, last: int) -> bool:
        """Whether the next chunk starts with this one's last atom: if it is short and not alone."""
        return (
            first < last < len(self.atoms) - 1
            and self.tokens[last] <= self.splitter.overlap_tokens
            and self._seem_to_fit(last, last + 1)
            and self._fit(last, last + 1)
        )

    def _text(self, first: int, last: int) -> str:
        return self.document.text[self.atoms[first][0] : self.atoms[last][1]]

    def _context(self, position: int) -> str:
        """Title and headings, shortened from the end until they take a quarter of the window."""
        path = self.document.heading_at(position)
        if path not in self.contexts:
            # A file's name is no part of it: a file that is moved is not embedded again.
            title = self.document.title if self.document.titled else None
            words = " › ".join(filter(None, (title, path))).split(" ")
            while words and self.splitter.pieces([" ".join(words)])[0] > self.splitter.window // 4:
                words.pop()
            self.contexts[path] = " ".join(words)
        return self.contexts[path]

    def chunk(self, first: int, last: int) -> Chunk:
        atoms = self.atoms[first : last + 1]
        return Chunk(
            document=self.document.id,
            start=atoms[0][0],
            end=atoms[-1][1],
            text=self._text(first, last),
            context=self._context(atoms[0][0]),
            sentences=tuple(atom for atom in atoms if not self.document.is_heading(atom[0])),
        )


def _too_large(size: tuple[int, int], tokens: int, pieces: int) -> bool:
    return size[0] > tokens or size[1] > pieces


def _halves(text: str, start: int, end: int) -> list[Span]:
    """Two parts, cut near the middle: after a blank, else where no character is taken apart.

    A single character is never cut, whatever it counts.
    """
    if end - start == 1:
        return [(start, end)]
    middle = (start + end) // 2
    reach = min((end - start) // 4, 200)
    places = range(max(start + 1, middle - reach), min(end, middle + reach + 1))
    blanks = [place for place in places if text[place - 1].isspace()]
    whole = blanks or [place for place in places if not _is_inside_character(text, place)]
    place = min(whole or [middle], key=lambda place: abs(place - middle))
    return [span for part in ((start, place), (place, end)) if (span := trimmed(text, *part))]


def _is_inside_character(text: str, place: int) -> bool:
    """Whether what is left and right of `place` is seen as one: an accent, a joined emoji."""
    before, after = text[place - 1], text[place]
    return (
        unicodedata.category(after) in ("Mn", "Me", "Mc")
        or "\u200d" in (before, after)
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    )
