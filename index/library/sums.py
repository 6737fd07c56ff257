"""The hashes of the library's files, beside them, as sha256sum writes them.

They stand there while nobody writes to the library: before its first change a build writes in
their place that it is at work, and puts them back once all is in its place. So a byte that has
changed since is found before anyone is answered from it, and that they are gone is found too.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from index.errors import Damaged

LIBRARY, COPY, SUMS = "library.db", "library.copy.db", "library.sha256"

_WRITING = "being written\n"
_LINES = re.compile(rf"([0-9a-f]{{64}}  ({re.escape(LIBRARY)}|{re.escape(COPY)})\n)+")


def write_sums(home: Path, names: Sequence[str] = (LIBRARY, COPY)) -> None:
    """Hashes the files as they are."""
    lines = [f"{_hash(home / name)}  {name}\n" for name in names if (home / name).exists()]
    _put(home, "".join(lines))


def remove_sums(home: Path) -> None:
    """For before the first change."""
    _put(home, _WRITING)


def _put(home: Path, content: str) -> None:
    part = home / f"{SUMS}.part"
    with part.open("w", newline="") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(home / SUMS)


def check_sums(home: Path) -> None:
    """Raises Damaged unless the sums are there, or a build is at work or was when it ended."""
    content = _content(home)
    if content != _WRITING and not _LINES.fullmatch(content or ""):
        what = "is missing" if content is None else "isn't what was written"
        raise Damaged(f"{home / SUMS}: {what}; run: footnote repair")


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


def known(home: Path, name: str = LIBRARY) -> bool:
    """Whether there is a sum to compare the file with."""
    return _expected(home, name) is not None


def _expected(home: Path, name: str) -> str | None:
    lines = (_content(home) or "").splitlines()
    return next((line[:64] for line in lines if line[66:] == name), None)


def _content(home: Path) -> str | None:
    try:
        return (home / SUMS).read_bytes().decode("ascii", "replace")
    except OSError:
        return None


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
