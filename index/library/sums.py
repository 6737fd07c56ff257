"""The hashes of the library's files, beside them, as sha256sum writes them.

They stand there while nobody writes to the library: before its first change a build writes in
their place that it is at work, and puts them back once all is in its place. So a byte that has
changed since is found before anyone is answered from it, and that they are gone is found too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from index.errors import Damaged

LIBRARY, COPY, SUMS = "library.db", "library.copy.db", "library.sha256"

_HASH = """
import hashlib, sys
with open(sys.argv[1], "rb") as file:
    print(hashlib.file_digest(file, "sha256").hexdigest())
"""
_WRITING = "being written\n"
_LINES = re.compile(rf"([0-9a-f]{{64}}  ({re.escape(LIBRARY)}|{re.escape(COPY)})\n)+")


def write_sums(home: Path, names: Sequence[str] = (LIBRARY, COPY)) -> None:
    """Hashes the files as they are."""
    found = {name: _hash(home / name) for name in names if (home / name).exists()}
    if all(found.values()):
        _put(home, "".join(f"{digest}  {name}\n" for name, digest in found.items()))


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
    found = _hash(home / name)
    # If a build has begun meanwhile the file may change: the sums are gone then.
    if found != expected and _expected(home, name) == expected:
        what = "isn't what was written" if (home / name).exists() else "is missing"
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


def _hash(path: Path) -> str:
    """The SHA-256 of a file; "" if it can't be read.

    Found in a process of its own: when a process closes a file it loses all locks that it has on
    it (POSIX says so), those of its open connections too. Another process would then take away the
    log that they read, and they would go on with a library that is no more.
    """
    found = subprocess.run(  # noqa: S603 - this Python and our own program
        [sys.executable, "-I", "-S", "-c", _HASH, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return found.stdout.strip()
