"""The truth: one SQLite file with documents, chunks, full text and vectors.

Rows of documents and chunks carry the generation in which they were born and, once replaced, the
one in which they died. A question reads at one generation; `publish` makes the next one current in
one transaction, so an answer comes from before a build or from after it, never from between. What
a build that was interrupted left behind is undone by the next one; the vectors it made are kept.

This module is the sole owner of sqlite3, and of every SQL statement.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.encode import Vectors
from index.errors import Damaged, Mismatch, NoIndex
from index.types import Chunk, Document, Heading

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE paths (path TEXT PRIMARY KEY, label TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL, label TEXT NOT NULL,
    source TEXT NOT NULL, file_sha256 TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    sha256 TEXT NOT NULL, headings TEXT NOT NULL, born INTEGER NOT NULL, died INTEGER) STRICT;
CREATE INDEX documents_by_document ON documents (document);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents (id),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, context TEXT NOT NULL,
    sentences TEXT NOT NULL, sha256 TEXT NOT NULL, born INTEGER NOT NULL, died INTEGER) STRICT;
CREATE INDEX chunks_by_document ON chunks (document);
CREATE INDEX chunks_by_text ON chunks (sha256);
CREATE TABLE vectors (
    sha256 TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL, sentences BLOB NOT NULL,
    PRIMARY KEY (sha256, encoder)) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
    text, context, content='chunks', content_rowid='id',
    tokenize="porter unicode61 remove_diacritics 2");
"""
_ALIVE = "born <= :at AND (died IS NULL OR died > :at)"


@dataclass(frozen=True, slots=True)
class Stored:
    """A chunk with what the library knows of its document: what a passage is made of."""

    id: int
    chunk: Chunk
    source: str
    title: str
    sha256: str
    vector: Vectors
    sentence_vectors: Vectors


@dataclass(frozen=True, slots=True)
class Entry:
    """A document's line in a listing."""

    document: str
    label: str
    source: str
    title: str
    file_sha256: str
    sha256: str


class Library:
    """Opens, or with `create` makes, the library at `path`; raises NoIndex where there is none.

    Each thread has its own connection.
    """

    def __init__(self, path: Path, create: bool = False) -> None:
        if not create and not path.exists():
            raise NoIndex(f"{path.parent}: nothing is indexed here yet; run: footnote index")
        self.path = path
        self._threads = threading.local()
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._prepare(create)
        except sqlite3.DatabaseError as error:
            raise Damaged(f"{path}: not a readable index ({error}); move it away and index again") \
                from None

    def _prepare(self, create: bool) -> None:
        db = self._db
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and create:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        elif version == 0:
            raise NoIndex(f"{self.path.parent}: nothing is indexed here yet; run: footnote index")
        elif version != SCHEMA_VERSION:
            raise Mismatch(
                f"{self.path}: made by another release (schema {version}, not {SCHEMA_VERSION}); "
                "move it away and run: footnote index"
            )

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._threads, "db", None)
        if db is None:
            db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            db.execute("PRAGMA foreign_keys = ON")
            self._threads.db = db
        return db

    def close(self) -> None:
        """Closes this thread's connection."""
        self._db.close()
        del self._threads.db

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the writes inside, or none of them."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # What a question reads

    def generation(self) -> int:
        """The generation that is current; 0 before the first."""
        return int(self.state("generation") or 0)

    def state(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM state WHERE name = ?", [name]).fetchone()
        return row[0] if row else None

    def entries(self, at: int) -> list[Entry]:
        """The documents of a generation, by label and source."""
        rows = self._db.execute(
            "SELECT document, label, source, title, file_sha256, sha256 FROM documents "
            f"WHERE {_ALIVE} ORDER BY label, source",  # noqa: S608 - a constant
            {"at": at},
        )
        return [Entry(*row) for row in rows]

    def document(self, document: str, at: int) -> Document | None:
        """The document as it stands in a generation; raises Damaged if its text isn't its hash's."""
        row = self._db.execute(
            "SELECT source, title, text, headings, sha256 FROM documents "
            f"WHERE document = :document AND {_ALIVE}",  # noqa: S608 - a constant
            {"document": document, "at": at},
        ).fetchone()
        if row is None:
            return None
        source, title, text, headings, sha256 = row
        found = Document(
            document, source, title, text, tuple(Heading(*each) for each in json.loads(headings))
        )
        if found.sha256 != sha256:
            raise Damaged(f"{source}: its stored text isn't what was indexed; index it again")
        return found

    def by_words(self, query: str, at: int, limit: int) -> list[tuple[int, float]]:
        """Chunk ids and BM25 scores (larger is better), best first, of an FTS5 query."""
        rows = self._db.execute(
            "SELECT words.rowid, -bm25(words, 1.0, 0.5) AS score FROM words "
            "JOIN chunks ON chunks.id = words.rowid "
            f"WHERE words MATCH :query AND {_ALIVE} "  # noqa: S608 - a constant
            "ORDER BY score DESC, words.rowid LIMIT :limit",
            {"query": query, "at": at, "limit": limit},
        )
        return [(int(chunk), float(score)) for chunk, score in rows]

    def stored(self, chunks: Iterable[int], at: int, encoder: str) -> dict[int, Stored]:
        """The chunks of these ids that are alive in a generation."""
        rows = self._db.execute(
            'SELECT c.id, d.document, c.start, c."end", c.text, c.context, c.sentences, d.source, '
            "d.title, d.sha256, v.vector, v.sentences FROM chunks c "
            "JOIN documents d ON d.id = c.document "
            "JOIN vectors v ON v.sha256 = c.sha256 AND v.encoder = :encoder "
            "WHERE c.id IN (SELECT value FROM json_each(:chunks)) "
            "AND c.born <= :at AND (c.died IS NULL OR c.died > :at)",
            {"chunks": json.dumps(list(chunks)), "at": at, "encoder": encoder},
        )
        return {row[0]: _stored(row) for row in rows}

    def first_chunks(self, at: int, encoder: str, limit: int) -> list[Stored]:
        """The first chunk of each of the first `limit` documents."""
        rows = self._db.execute(
            "SELECT min(c.id) FROM documents d JOIN chunks c ON c.document = d.id "
            "WHERE d.born <= :at AND (d.died IS NULL OR d.died > :at) "
            "GROUP BY d.id ORDER BY d.label, d.source LIMIT :limit",
            {"at": at, "limit": limit},
        )
        found = self.stored([row[0] for row in rows.fetchall()], at, encoder)
        return sorted(found.values(), key=lambda each: each.source)

    def vectors(self, at: int, encoder: str, block: int = 8192) -> Iterator[tuple[list[int], Vectors]]:
        """Chunk ids and vectors (n, dimension) of a generation, in blocks."""
        rows = self._db.execute(
            "SELECT c.id, v.vector FROM chunks c "
            "JOIN vectors v ON v.sha256 = c.sha256 AND v.encoder = :encoder "
            f"WHERE {_ALIVE} ORDER BY c.id",  # noqa: S608 - a constant
            {"at": at, "encoder": encoder},
        )
        while some := rows.fetchmany(block):
            joined = b"".join(blob for _, blob in some)
            yield (
                [chunk for chunk, _ in some],
                np.frombuffer(joined, dtype=np.float32).reshape(len(some), -1),
            )

    def count(self, at: int) -> tuple[int, int]:
        """Documents and chunks of a generation."""
        return tuple(  # type: ignore[return-value]
            self._db.execute(f"SELECT count(*) FROM {table} WHERE {_ALIVE}", {"at": at})  # noqa: S608
            .fetchone()[0]
            for table in ("documents", "chunks")
        )

    # What a build writes

    def undo_unfinished(self) -> None:
        """Takes back what a build wrote and didn't publish, but vectors; removes what has died."""
        with self.transaction():
            at = {"at": self.generation()}
            self._db.execute("UPDATE documents SET died = NULL WHERE died > :at", at)
            self._db.execute("UPDATE chunks SET died = NULL WHERE died > :at", at)
            gone = "born > :at OR died <= :at"
            self._db.execute(
                "INSERT INTO words (words, rowid, text, context) "
                f"SELECT 'delete', id, text, context FROM chunks WHERE {gone}",  # noqa: S608
                at,
            )
            self._db.execute(f"DELETE FROM chunks WHERE {gone}", at)  # noqa: S608 - a constant
            self._db.execute(f"DELETE FROM documents WHERE {gone}", at)  # noqa: S608 - a constant

    def drop_unused_vectors(self) -> None:
        """Removes vectors of texts that no chunk has; for after a build, as it may resume one."""
        self._db.execute("DELETE FROM vectors WHERE sha256 NOT IN (SELECT sha256 FROM chunks)")

    def paths(self) -> dict[str, str]:
        """The indexed paths that are remembered, and the label of each."""
        return dict(self._db.execute("SELECT path, label FROM paths ORDER BY rowid").fetchall())

    def remember(self, path: str, label: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO paths VALUES (?, ?)", [path, label])

    def add(
        self, document: Document, chunks: Sequence[Chunk], label: str, file: str, born: int
    ) -> None:
        """Adds a document, born in a generation that isn't current yet; `file` is its file's hash."""
        headings = [[each.text, each.path, each.start, each.end] for each in document.headings]
        row = self._db.execute(
            "INSERT INTO documents (document, label, source, file_sha256, title, text, sha256, "
            "headings, born) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [document.id, label, document.source, file, document.title, document.text,
             document.sha256, json.dumps(headings), born],
        ).lastrowid
        for chunk in chunks:
            added = self._db.execute(
                'INSERT INTO chunks (document, start, "end", text, context, sentences, sha256, '
                "born) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [row, chunk.start, chunk.end, chunk.text, chunk.context,
                 json.dumps(chunk.sentences), chunk.sha256, born],
            ).lastrowid
            self._db.execute(
                "INSERT INTO words (rowid, text, context) VALUES (?, ?, ?)",
                [added, chunk.text, chunk.context],
            )

    def retire(self, document: str, died: int) -> None:
        """Ends a document with a generation that isn't current yet."""
        of = {"document": document, "died": died}
        alive = "document = :document AND died IS NULL AND born < :died"
        self._db.execute(
            "UPDATE chunks SET died = :died WHERE document IN "
            f"(SELECT id FROM documents WHERE {alive})",  # noqa: S608 - a constant
            of,
        )
        self._db.execute(f"UPDATE documents SET died = :died WHERE {alive}", of)  # noqa: S608

    def without_vectors(self, at: int, encoder: str) -> list[Chunk]:
        """Chunks of a generation, one for each text, that this encoder hasn't read yet."""
        rows = self._db.execute(
            'SELECT d.document, c.start, c."end", c.text, c.context, c.sentences FROM chunks c '
            "JOIN documents d ON d.id = c.document "
            "WHERE c.born <= :at AND (c.died IS NULL OR c.died > :at) AND NOT EXISTS "
            "(SELECT 1 FROM vectors v WHERE v.sha256 = c.sha256 AND v.encoder = :encoder) "
            "GROUP BY c.sha256 ORDER BY c.id",
            {"at": at, "encoder": encoder},
        )
        return [_chunk(row) for row in rows]

    def keep_vectors(
        self, encoder: str, vectors: Iterable[tuple[Chunk, Vectors, Vectors]]
    ) -> None:
        rows = [
            [chunk.sha256, encoder, vector.tobytes(), sentences.astype(np.float16).tobytes()]
            for chunk, vector, sentences in vectors
        ]
        with self.transaction():
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)

    def publish(self, generation: int, **state: str) -> None:
        """Makes a generation current, in one transaction with the state that belongs to it.

        `index` in the state is the identity of what it holds: equal for equal content.
        """
        held = [f"{each.document} {each.sha256}" for each in self.entries(generation)]
        state["index"] = hashlib.sha256(json.dumps([state, held]).encode()).hexdigest()[:16]
        state["generation"] = str(generation)
        with self.transaction():
            self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", state.items())


def _chunk(row: Sequence[object]) -> Chunk:
    document, start, end, text, context, sentences = row
    spans = tuple((first, last) for first, last in json.loads(str(sentences)))
    return Chunk(str(document), start, end, str(text), str(context), spans)  # type: ignore[arg-type]


def _stored(row: Sequence[object]) -> Stored:
    identity, *columns, source, title, sha256, vector, sentences = row
    chunk = _chunk(columns)
    pooled = np.frombuffer(sentences, dtype=np.float16).astype(np.float32)  # type: ignore[call-overload]
    return Stored(
        id=identity,  # type: ignore[arg-type]
        chunk=chunk,
        source=str(source),
        title=str(title),
        sha256=str(sha256),
        vector=np.frombuffer(vector, dtype=np.float32),  # type: ignore[call-overload]
        sentence_vectors=pooled.reshape(len(chunk.sentences), -1),
    )
