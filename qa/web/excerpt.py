"""A part of a document for programs: around the words that are cited, or a page of it."""

from __future__ import annotations

from typing import Any

from qa.errors import Absent
from qa.identity import Asker
from qa.web.answering import Answering
from qa.web.paged import part

# A part of a document without pages is at most this long, so that a widget isn't sent a book.
LONGEST_PART, LEAD = 20_000, 4_000


def excerpt(
    answering: Answering,
    asker: Asker,
    document: str,
    start: int = 0,
    end: int = 0,
    page: int | None = None,
    sha256: str = "",
) -> dict[str, Any]:
    """The text around the characters `start` to `end`: their pages, or so much around them.

    As `schema.SourceGiven` has it. Raises Absent where there is none, or it may not be read, and
    what `Answering.document` does.
    """
    found = answering.document(asker, document)
    if found is None or not start <= end <= len(found.text):
        raise Absent("there is no such document, or it isn't so long")
    shown = part(found, start, end, page)
    if shown is None:
        raise Absent("the document has no page of that number")
    first, last = shown.start, shown.end
    if last - first > LONGEST_PART:
        # Another page than theirs begins at its beginning.
        first = max(first, start - LEAD) if start < last else first
        last = min(last, max(end, first + LONGEST_PART))
    return {
        "document": found.id,
        "source": found.source,
        "title": found.title,
        "date": found.date,
        "sha256": found.sha256,
        "start": first,
        "end": last,
        "characters": len(found.text),
        "text": found.text[first:last],
        "heading": found.heading_at(start),
        "page": shown.pages[0] if shown.pages else None,
        "before": shown.before,
        "after": shown.after,
        "changed": bool(sha256) and sha256 != found.sha256,
    }
