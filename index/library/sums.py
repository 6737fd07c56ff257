"""The hashes of the library's files, beside them, as sha256sum writes them.

They stand there while nobody writes to the library: a build takes them away before its first
change, and puts them back once all is in its place. So a byte that has changed since is found
before anyone is answered from it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from index.errors import Damaged

LIBRARY, COPY, SUMS = "library.db", "library.copy.db", "library.sha256"


def write_sums(home: Path, names: Sequence[str] = (LIBRARY, COPY)) -> None:
    """Hashes the files as they are."""
    lines = [f"{_hash(home / name)}  {name}\n" for name in names if (home / name).exists()]
    part = home / f"{SUMS}.part"
    with part.open("w") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    part.replace(home / SUMS)


def remove_sums(home: Path) -> None:
    """For before the first change."""
    (home / SUMS).unlink(missing_ok=True)


def check_library(home: Path, name: str = LIBRARY) -> None:
    """Raises Damaged unless the file is, byte for byte, what was written, as far as is known."""
    expected = _expected(home, name)
    if expected is None:
        return
    try:
        found = _hash(home / name)
    except FileNotFoundError:
        found = ""
    # If a build has begun meanwhile the file may change: the sums are gone then.
    if found != expected and _expected(home, name) == expected:
        what = "isn't what was written" if found else "is missing"
        raise Damaged(f"{home / name}: {what}; run: footnote repair")


def known(home: Path) -> bool:
    """Whether there are sums to compare with."""
    return _expected(home, LIBRARY) is not None


def _expected(home: Path, name: str) -> str | None:
    try:
        lines = (home / SUMS).read_bytes().decode("ascii", "replace").splitlines()
    except OSError:
        return None
    return next((line[:64] for line in lines if line[66:] == name), None)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
