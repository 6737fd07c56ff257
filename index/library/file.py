"""The library's file: opening it, a connection for each thread, and transactions."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from index.errors import Damaged, Mismatch, NoIndex, Unusable
from index.library.schema import SCHEMA, SCHEMA_VERSION

# What SQLite says where a damaged row's text isn't UTF-8, or a table isn't as it was made.
_NOT_SOUND = re.compile("decode to UTF-8|no such (table|column)|malformed|invalid fts5")


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into Unusable (mend what it says) or Damaged."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and not _NOT_SOUND.search(str(error)):
            raise Unusable(
                f"{path}: can't be used ({error}); see that it is there, that its folder may be "
                "written to, and that the disk isn't full"
            ) from error
        raise Damaged(f"{path}: not a sound index ({error}); run: footnote repair") from error


class LibraryFile:
    """Opens the library at `path`, to read it, to write it, or to make it where there is none.

    Raises NoIndex where there is none and Mismatch where it is another release's. Each thread has
    its own connection, which follows the path if another file takes its place. Only who holds the
    lock of the index may write: a reader's connection doesn't touch the write-ahead log, which may
    by then belong to the file that took the place.
    """

    def __init__(self, path: Path, mode: Literal["read", "write", "make"] = "read") -> None:
        if mode != "make" and not path.exists():
            raise _none(path)
        self.path, self._mode = path, {"read": "ro", "write": "rw", "make": "rwc"}[mode]
        self._threads = threading.local()
        with self.guarded():
            self._prepare(create=mode == "make")

    def _prepare(self, create: bool) -> None:
        db = self._db
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and create:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        elif version == 0:
            raise _none(self.path)
        elif version < SCHEMA_VERSION:
            raise Mismatch(
                f"{self.path}: made by an older release (schema {version}, now {SCHEMA_VERSION}); "
                "run: footnote index"
            )
        elif version > SCHEMA_VERSION:
            raise Mismatch(
                f"{self.path}: made by a newer release (schema {version}, not {SCHEMA_VERSION}); "
                "install that release, or move the index away and run: footnote index"
            )

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, for this package."""
        return self._db

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._threads, "db", None)
        if db is not None and db.in_transaction:
            return db
        inode = _inode(self.path)
        if db is not None and inode != self._threads.inode:
            db.close()
            db = None
        if db is None:
            if inode is None and self._mode != "rwc":
                raise _none(self.path)
            # Not created by a reader: an empty file in its place would hide that it is gone.
            where = f"{self.path.resolve().as_uri()}?mode={self._mode}"
            db = sqlite3.connect(where, uri=True, timeout=30, isolation_level=None)
            db.execute("PRAGMA foreign_keys = ON")
            # What is removed is overwritten: it must not be found in the file any more.
            db.execute("PRAGMA secure_delete = ON")
            self._threads.db, self._threads.inode = db, inode
        return db

    def close(self) -> None:
        """Closes this thread's connection."""
        if getattr(self._threads, "db", None) is not None:
            self._threads.db.close()
            self._threads.db = None

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """The same for this file."""
        with guarded(self.path):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All reads inside see the library as it is now, whatever a build does meanwhile."""
        with self.guarded():
            db = self._db
            db.execute("BEGIN")
            try:
                yield
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the writes inside, or none of them."""
        with self.guarded():
            db = self._db
            db.execute("BEGIN IMMEDIATE")
            try:
                yield
                db.execute("COMMIT")
            except BaseException:
                # A full disk may have ended it already.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise


def _inode(path: Path) -> int | None:
    try:
        return os.stat(path).st_ino
    except OSError:
        return None


def _none(path: Path) -> NoIndex:
    return NoIndex(f"{path.parent}: nothing is indexed here yet; run: footnote index")
