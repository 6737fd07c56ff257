"""The file that a document was read from: where it lies, and its bytes if they are those read."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from index import load
from index.errors import Unreadable
from index.library import Entry

# Copies of files up to this many bytes stay in memory.
_SMALL = 8 << 20
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Original:
    """A file that lies where a document was read from; `sha256` is of the bytes that were read."""

    path: Path
    sha256: str

    def opened(self) -> IO[bytes] | None:
        """A copy of the file, at its beginning; None unless its bytes are those that were read.

        A copy, as the file may change between being compared and being sent. Raises OSError where
        the file can't be read or there is no room for a copy.
        """
        digest = hashlib.sha256()
        with ExitStack() as undo:
            try:
                file = undo.enter_context(load.opened(self.path))
            except Unreadable:
                return None
            copy = undo.enter_context(tempfile.SpooledTemporaryFile(_SMALL))
            while block := file.read(_BLOCK):
                digest.update(block)
                copy.write(block)
            if digest.hexdigest() != self.sha256:
                return None
            copy.seek(0)
            undo.pop_all()
            file.close()
            return copy

    def changed(self) -> datetime | None:
        """When the file was last written to."""
        return written_at(self.path)


def original(roots: Mapping[str, Path], entry: Entry) -> Original | None:
    """The file of a document, if it still lies below the indexed path of that label.

    Neither a link nor what lies behind one is taken for it: links aren't indexed either.
    """
    root = roots.get(entry.label)
    if root is None:
        return None
    # An indexed path is kept without links; one above it that is new is followed.
    real = Path(os.path.realpath(root))
    path = real if real.name == entry.source and real.is_file() else real / entry.source
    try:
        there = stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return None
    inside = os.path.realpath(path) == str(path) and path.is_relative_to(real)
    return Original(path, entry.file_sha256) if there and inside else None


def written_at(path: Path) -> datetime | None:
    """When a file was last written to, in UTC; None if it is gone."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None
