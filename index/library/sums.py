"""The hashes of the library's files, beside them, as sha256sum writes them.

They stand there while nobody writes to the library: a build takes them away before its first
change, and puts them back once all is in its place. So a byte that has changed since is found
before anyone is answered from it.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
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


_PROGRAM = """
import hashlib, sys
with open(sys.argv[1], "rb") as file:
    print(hashlib.file_digest(file, "sha256").hexdigest())
"""


def _hash(path: Path) -> str:
    """In a process of its own, as whoever closes a file gives up all its process's locks on it.

    Those of SQLite are among them: the next to build would think that nobody reads, and take the
    log away from under those who do.
    """
    done = subprocess.run(  # noqa: S603 - this Python and our own program
        [sys.executable, "-I", "-S", "-c", _PROGRAM, str(path.absolute())],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        path.stat()
        why = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise OSError(errno.EIO, f"can't be read: {why[-1]}", str(path))
    return done.stdout.strip()
