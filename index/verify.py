"""Looks through a whole index for damage: the library, its copy, the view, what made them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from index.errors import Damaged, IndexFault, NoIndex
from index.library import Library
from index.library.check import Checked
from index.library.sums import COPY, LIBRARY, check_library
from index.vectors import Written, folder_of
from index.vectors.folders import compare


def verify(home: Path) -> Iterator[str]:
    """What is wrong with the index in `home`, one line each; nothing if it is sound.

    Raises NoIndex if there is none. Needs no lock: a build may run meanwhile.
    """
    if not (home / LIBRARY).exists() and not (home / COPY).exists():
        raise NoIndex(f"{home}: nothing is indexed here yet; run: footnote index")
    yield from library_faults(home)
    yield from copy_faults(home)
    yield from view_faults(home)


def library_faults(home: Path) -> Iterator[str]:
    """What is wrong with the library."""
    yield from _faults(home, LIBRARY)


def copy_faults(home: Path) -> Iterator[str]:
    """What is wrong with the library's copy."""
    if (home / COPY).exists():
        yield from _faults(home, COPY)
    else:
        yield f"{home / COPY}: is missing; run: footnote repair"


def _faults(home: Path, name: str) -> Iterator[str]:
    try:
        check_library(home, name)
    except IndexFault as error:
        yield str(error)
    else:
        yield from row_faults(home / name)


def row_faults(path: Path) -> Iterator[str]:
    """What is wrong in a library's pages and rows, whatever its hash."""
    try:
        checked = Checked(path, "write")
        yield from checked.faults()
        checked.close()
    except IndexFault as error:
        yield str(error)


def view_faults(home: Path) -> Iterator[str]:
    """What is wrong with the view: it is opened in a process of its own, which may crash."""
    try:
        library = Library(home / LIBRARY)
        with library.reading():
            at = library.generation()
            written = Written.from_state(library.state("view"))
            chunks = library.count(at)[1]
        folder = folder_of(home, at)
        compare(folder, written.sums)
        if written.count != chunks:
            yield f"{folder}: holds {written.count} vectors, not {chunks}; run: footnote repair"
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", "index.vectors.check", str(home)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip().splitlines()
            why = said[-1] if said else f"exit code {done.returncode}"
            yield f"{folder}: can't be read ({why}); run: footnote repair"
    except IndexFault as error:
        yield str(error)


def view_is_sound(home: Path, library: Library) -> bool:
    """Whether the current view is, byte for byte, what was written, of what is in the library."""
    at = library.generation()
    try:
        written = Written.from_state(library.state("view"))
        compare(folder_of(home, at), written.sums)
    except Damaged:
        return False
    return written.count == library.count(at)[1]
