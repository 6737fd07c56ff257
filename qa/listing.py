"""The documents that somebody may read, found by title or path, some of them at a time."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote as in_url

from index import Access, Entry, Search
from index.library.sums import SUMS
from index.original import original, written_at
from index.snapshot import folders


@dataclass(frozen=True, slots=True)
class Listed:
    """A document's line: where it is from, how long it is, and who may read it.

    `pages` is the number of its last page that holds text, if it has pages. `groups` are those of
    each rule that matches: who may read it is in one of each, and () is everyone. `changed` is when
    its file was last written to, in UTC; None if that is gone.
    """

    document: str
    source: str
    title: str
    date: str | None
    pages: int | None
    characters: int
    groups: tuple[tuple[str, ...], ...]
    changed: datetime | None

    @property
    def url(self) -> str:
        return f"/source/{in_url(self.document)}"

    def as_json(self) -> dict[str, Any]:
        return {
            "document": self.document,
            "source": self.source,
            "title": self.title,
            "date": self.date,
            "pages": self.pages,
            "characters": self.characters,
            "groups": [list(each) for each in self.groups],
            "changed": self.changed.isoformat(timespec="seconds") if self.changed else None,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Listing:
    """Some of the documents that were sought; `total` says how many there are.

    `indexed` is when the indexed paths were last looked through, in UTC, if that is known.
    """

    total: int
    documents: tuple[Listed, ...]
    indexed: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {"total": self.total, "documents": [each.as_json() for each in self.documents]}


def listing(search: Search, access: Access, query: str, offset: int, limit: int) -> Listing:
    """Those whose title and path hold each word of a query, by folder and path.

    Neither case nor accents are told apart.
    """
    with search.reading(access) as at:
        found = _sought(search.documents(at), query)
        some = found[offset : offset + limit]
        lengths = search.library.lengths(each.row for each in some)
        roots, names = search.roots(), folders(search.library)
    lines = []
    for each in some:
        file = original(roots, each)
        characters, pages = lengths[each.row]
        lines.append(
            Listed(
                document=each.document,
                source=each.source,
                title=each.title,
                date=each.date,
                pages=pages,
                characters=characters,
                groups=access.readers(names.get(each.label, each.label), each.source),
                changed=file.changed() if file else None,
            )
        )
    return Listing(len(found), tuple(lines), written_at(search.home / SUMS))


def _sought(entries: Sequence[Entry], query: str) -> Sequence[Entry]:
    words = set(folded(query).split())
    if not words:
        return entries
    named = ((each, folded(f"{each.title}\n{each.source}")) for each in entries)
    return [each for each, names in named if all(word in names for word in words)]


def folded(text: str) -> str:
    """Text without case or accents, so that "Résumé" is found by "resume"."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))
