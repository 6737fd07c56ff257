"""Copies of the library, made with SQLite's backup interface: whole, whatever happens meanwhile."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from index.errors import Unusable
from index.library.file import LibraryFile


def copy(library: LibraryFile, target: Path) -> None:
    """Writes the library, as it is now, to a file of its own, which then takes `target`'s place."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with library.guarded(), closing(sqlite3.connect(part, isolation_level=None)) as to:
            library.connection.backup(to)
            # One file: a copy that waits for its write-ahead log isn't whole.
            to.execute("PRAGMA journal_mode = DELETE")
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise Unusable(f"{target}: can't be written ({error.strerror})") from None
    finally:
        part.unlink(missing_ok=True)


def put_back(source: Path, target: Path) -> None:
    """Makes a copy the library, in one rename, with its full text written anew."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as from_,
        closing(sqlite3.connect(part, isolation_level=None)) as to,
    ):
        from_.backup(to)
        # What a build had begun to read when the copy was made is in no generation.
        to.execute("PRAGMA foreign_keys = ON")
        to.execute(
            "DELETE FROM documents WHERE born > "
            "(SELECT CAST(value AS INTEGER) FROM state WHERE name = 'generation')"
        )
        to.execute("UPDATE documents SET died = NULL")
        to.execute("INSERT INTO words (words) VALUES ('rebuild')")
        to.execute("PRAGMA journal_mode = WAL")
        to.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    put_in_place(part, target)


def put_in_place(part: Path, target: Path) -> None:
    """Gives a whole library the place of another, or of none; readers go over to it."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    # A log of the file before would be played into the one that takes its place.
    for log in ("-wal", "-shm"):
        for path in (part, target):
            path.with_name(path.name + log).unlink(missing_ok=True)
    part.replace(target)
