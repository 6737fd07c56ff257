"""Copies of the library, made with SQLite's backup interface: whole, whatever happens meanwhile."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from index.errors import Unusable
from index.library.file import LibraryFile, guarded
from index.library.schema import UNDO

_LOGS = ("-wal", "-shm", "-journal")


def copy(library: LibraryFile, target: Path) -> None:
    """Writes the library, as it is now, to a file of its own, which then takes `target`'s place."""
    part = _part(target)
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
    """Makes a copy the library, in one rename, with its full text written anew.

    What a build had only begun when it was made is left out.
    """
    part = _part(target)
    with (
        guarded(part),
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as from_,
        closing(sqlite3.connect(part, isolation_level=None)) as to,
    ):
        from_.backup(to)
        to.execute("PRAGMA foreign_keys = ON")
        to.execute("PRAGMA secure_delete = ON")
        # Full text is made of all passages, so those of an unfinished build must go.
        to.executescript(f"BEGIN; {UNDO} INSERT INTO words (words) VALUES ('rebuild'); COMMIT;")
        to.execute("PRAGMA journal_mode = WAL")
        to.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    put_in_place(part, target)


def _part(target: Path) -> Path:
    """Where a file is written before it takes the target's place; nothing of an earlier one is."""
    part = target.with_name(f"{target.name}.part")
    for path in (part, *(part.with_name(part.name + log) for log in _LOGS)):
        path.unlink(missing_ok=True)
    return part


def put_in_place(part: Path, target: Path) -> None:
    """Gives a whole library the place of another, or of none; readers go over to it."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    # A log of the file before would be played into the one that takes its place.
    for log in _LOGS:
        for path in (part, target):
            path.with_name(path.name + log).unlink(missing_ok=True)
    part.replace(target)
