"""The library's file: its schema, opening it, a connection for each thread, and transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import Damaged, Mismatch, NoIndex, Unusable

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


class LibraryFile:
    """Opens, or with `create` makes, the library at `path`; raises NoIndex where there is none.

    Each thread has its own connection.
    """

    def __init__(self, path: Path, create: bool = False) -> None:
        if not create and not path.exists():
            raise NoIndex(f"{path.parent}: nothing is indexed here yet; run: footnote index")
        self.path = path
        self._threads = threading.local()
        self._create = create
        with self.guarded():
            self._prepare(create)

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
            # Not created by a reader: an empty file in its place would hide that it is gone.
            mode = "rwc" if self._create else "rw"
            where = f"{self.path.resolve().as_uri()}?mode={mode}"
            db = sqlite3.connect(where, uri=True, timeout=30, isolation_level=None)
            db.execute("PRAGMA foreign_keys = ON")
            self._threads.db = db
        return db

    def close(self) -> None:
        """Closes this thread's connection."""
        self._db.close()
        del self._threads.db

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turns SQLite's errors into Unusable (mend what it says) or Damaged."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise Unusable(
                f"{self.path}: can't be used ({error}); see that it is there, that its folder may "
                "be written to, and that the disk isn't full"
            ) from error
        except sqlite3.DatabaseError as error:
            raise Damaged(
                f"{self.path}: not a sound index ({error}); move it away and run: footnote index"
            ) from error

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All reads inside see the library as it is now, whatever a build does meanwhile."""
        with self.guarded():
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the writes inside, or none of them."""
        with self.guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
