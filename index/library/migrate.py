"""A library of an older release becomes one of this: a backup first, then all or nothing."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from index.library.copies import put_in_place
from index.library.file import guarded
from index.library.sums import LIBRARY, remove_sums
from index.library.write import Library
from index.types import Chunk, Document, Heading


def migrate(home: Path) -> Path | None:
    """Migrates the library in `home` if it is older; gives the path of the backup, or None.

    For whoever holds the lock. Texts, vectors and indexed paths are kept; how files are read has
    changed since, so the next build reads each again.
    """
    path = home / LIBRARY
    if not path.exists() or path.stat().st_size == 0:
        return None
    uri = f"{path.resolve().as_uri()}?mode=rw"
    with guarded(path), closing(sqlite3.connect(uri, uri=True)) as old:
        version = old.execute("PRAGMA user_version").fetchone()[0]
        if version != 1:
            return None
        kept = home / f"library.schema-{version}.db"
        with closing(sqlite3.connect(kept)) as backup:
            old.backup(backup)
        part = home / f"{LIBRARY}.part"
        part.unlink(missing_ok=True)
        new = Library(part, "make")
        with new.transaction():
            _from_1(old, new)
        new.tidy()
        new.close()
    remove_sums(home)
    put_in_place(part, path)
    return kept


def _from_1(old: sqlite3.Connection, new: Library) -> None:
    state = dict(old.execute("SELECT name, value FROM state").fetchall())
    generation = int(state.get("generation", 0))
    paths = old.execute("SELECT path, label FROM paths ORDER BY rowid")
    new.set_paths({label: Path(path) for path, label in paths})
    documents = old.execute(
        "SELECT id, document, label, source, file_sha256, title, text, headings FROM documents "
        "WHERE born <= ? AND (died IS NULL OR died > ?)",
        [generation, generation],
    )
    for row, document, label, source, file, title, text, headings in documents:
        found = Document(
            id=document,
            source=source,
            title=title,
            text=text,
            headings=tuple(Heading(*each) for each in json.loads(headings)),
        )
        chunks = old.execute(
            'SELECT start, "end", text, context, sentences FROM chunks '
            "WHERE document = ? AND born <= ? AND (died IS NULL OR died > ?)",
            [row, generation, generation],
        )
        new.add(found, [_chunk_1(document, *each) for each in chunks], label, file, generation)
    of_encoder: dict[str, list[tuple[str, bytes, bytes]]] = {}
    for sha256, encoder, vector, pooled in old.execute("SELECT * FROM vectors"):
        of_encoder.setdefault(encoder, []).append((sha256, vector, pooled))
    for encoder, rows in of_encoder.items():
        new.add_vectors(f"{encoder} 384 unit", rows)
    if generation:
        encoder = f"{state['encoder']} 384 unit"
        new.publish(generation, encoder=encoder, splitter=state["splitter"], view="")


def _chunk_1(document: str, start: int, end: int, text: str, context: str, spans: str) -> Chunk:
    sentences = tuple((first, last) for first, last in json.loads(spans))
    return Chunk(document, start, end, text, context, sentences)
