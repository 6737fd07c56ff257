"""What flows through the index, one way: a document is split into chunks, a search finds passages.

Every offset counts Unicode code points of a document's canonical text, and a span is a pair
`(start, end)` with `text[start:end]` being what it names.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from index.errors import Unreadable

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Heading:
    """A title or section heading: it says where one is, and is never quoted as an answer.

    `path` is the headings down to this one, joined by " › ", less the title; None for the title.
    """

    text: str
    path: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page of a PDF, or a slide, stands in the text; `number` counts from 1."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One file: `text` is its canonical text, which every offset points into.

    `id` stays the same when the file's words change; `sha256` is the UTF-8 text's hash and doesn't.
    `source` is the path below the indexed folder, with `/`. `pages` are in reading order; a page
    without text isn't among them. `date` (YYYY-MM-DD) is when the document itself says that it was
    published, or None: a file's times say nothing of that. A document that isn't `titled` has its
    title from the file's name.
    """

    id: str
    source: str
    title: str
    text: str
    headings: tuple[Heading, ...] = ()
    pages: tuple[Page, ...] = ()
    date: str | None = None
    titled: bool = True
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        try:
            content = self.text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Unreadable(
                f"{self.source}: character {error.start} is half of a surrogate pair, "
                "which no text may hold; save the file as UTF-8"
            ) from None
        object.__setattr__(self, "sha256", hashlib.sha256(content).hexdigest())

    def heading_at(self, position: int) -> str | None:
        """The headings above `position`, outermost first, joined by " › "; None for the title's."""
        heading = self._last_heading(position)
        return heading.path if heading else None

    def is_heading(self, position: int) -> bool:
        heading = self._last_heading(position)
        return heading is not None and position < heading.end

    def page_at(self, position: int) -> int | None:
        """The number of the page that holds `position`; None between pages or without any."""
        after = bisect_right(self.pages, position, key=lambda page: page.start)
        page = self.pages[after - 1] if after else None
        return page.number if page and position < page.end else None

    def _last_heading(self, position: int) -> Heading | None:
        after = bisect_right(self.headings, position, key=lambda heading: heading.start)
        return self.headings[after - 1] if after else None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one document: `document.text[start:end] == text`.

    `context` (title and heading path) is embedded and searched with the text, never quoted.
    `sentences` are the spans of the document that may be quoted: all of the chunk but headings.
    """

    document: str
    start: int
    end: int
    text: str
    context: str
    sentences: tuple[Span, ...]

    @property
    def embedded(self) -> str:
        """What the encoder reads."""
        return f"{self.context}\n{self.text}"

    @property
    def sha256(self) -> str:
        """Names the chunk's vectors: equal for equal text, context and sentences."""
        relative = [(start - self.start, end - self.start) for start, end in self.sentences]
        return hashlib.sha256(f"{self.embedded}\0{relative}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage; `similarity` is its cosine to the question, -1 to 1."""

    start: int
    end: int
    text: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk found for a question; `score` is 0 to 1, comparable within one search only.

    `why` says what put it there: its rank by keywords and by vectors, its keyword score as a share
    of the best one's, its cosine to the question, and in `also` the sources of passages that only
    repeat it and were left out. `text` says that to people, in one line.
    """

    document: str
    source: str
    title: str
    sha256: str
    start: int
    end: int
    text: str
    context: str
    sentences: tuple[Sentence, ...]
    score: float
    why: dict[str, Any]
