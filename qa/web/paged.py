"""Which part of a document is shown at a time: the whole, or the pages that hold some words."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from index import Document
from qa.web import words


@dataclass(frozen=True, slots=True)
class Part:
    """The characters `start` to `end` of a document's text, shown by themselves.

    `pages` are the numbers of the first and the last page of it, `last` is that of the document's
    last page with text, `before` and `after` those of the pages beside it; all None where a
    document has no pages, or is shown whole.
    """

    start: int
    end: int
    pages: tuple[int, int] | None = None
    last: int | None = None
    before: int | None = None
    after: int | None = None

    @property
    def name(self) -> str:
        """What people call it: "Page 3 of 12"; "" for the whole."""
        if not self.pages:
            return ""
        first, last = self.pages
        name = words.PAGE_NAME if first == last else words.PAGES_NAME
        return name.format(first=first, last=last, of=self.last)


def part(
    document: Document, start: int, end: int, page: int | None = None, whole: bool = False
) -> Part | None:
    """The page of that number, or else what holds the characters `start` to `end`.

    Every character is of one page, those between two pages of the one before them. None if the
    document has no page of that number with text.
    """
    pages = document.pages
    if whole or not pages:
        return Part(0, len(document.text))
    if page is None:
        first, last = _at(document, start), _at(document, max(start, end - 1))
    else:
        places = [place for place, each in enumerate(pages) if each.number == page]
        if not places:
            return None
        first = last = places[0]
    return Part(
        start=pages[first].start if first else 0,
        end=pages[last + 1].start if last + 1 < len(pages) else len(document.text),
        pages=(pages[first].number, pages[last].number),
        last=pages[-1].number,
        before=pages[first - 1].number if first else None,
        after=pages[last + 1].number if last + 1 < len(pages) else None,
    )


def _at(document: Document, position: int) -> int:
    """The place among the pages of the one that holds a character."""
    return max(0, bisect_right(document.pages, position, key=lambda page: page.start) - 1)
