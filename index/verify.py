"""Looks through a whole index for damage: the library, its copy, the view, what made them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from index.errors import Damaged, IndexFault, NoIndex
from index.library import Library
from index.library.check import Checked
from index.library.sums import COPY, LIBRARY, check_library, check_sums, known
from index.vectors import Written, folder_of
from index.vectors.folders import compare


def verify(home: Path) -> Iterator[str]:
    """What is wrong with the index in `home`, one line each; nothing if it is sound.

    Raises NoIndex if there is none. Needs no lock: a build may run meanwhile.
    """
    if is_begun_only(home):
        raise NoIndex(f"{home}: nothing is indexed here yet; run: footnote index")
    try:
        check_sums(home)
    except Damaged as error:
        yield str(error)
    yield from library_faults(home)
    # A first build may have been stopped before it made one.
    if (home / COPY).exists() or known(home, COPY):
        yield from copy_faults(home)
    yield from view_faults(home)


def is_begun_only(home: Path) -> bool:
    """Whether there is no index, or only what a first build left that was stopped."""
    if (home / COPY).exists():
        return False
    try:
        library = Library(home / LIBRARY)
        generation = library.generation()
        library.close()
    except NoIndex:
        return not known(home)
    except IndexFault:
        return False
    return not generation


def library_faults(home: Path) -> Iterator[str]:
    """What is wrong with the library."""
    yield from _faults(home, LIBRARY)


def copy_faults(home: Path) -> Iterator[str]:
    """What is wrong with the library's copy."""
    yield from _faults(home, COPY)


def _faults(home: Path, name: str) -> Iterator[str]:
    if not (home / name).exists():
        yield f"{home / name}: is missing; run: footnote repair"
        return
    try:
        check_library(home, name)
        checked = Checked(home / name, "write")
        yield from checked.faults()
        checked.close()
    except NoIndex:
        yield f"{home / name}: holds no index any more; run: footnote repair"
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
        library.close()
        folder = folder_of(home, at)
        compare(folder, written.sums)
        # It may hold more: what a build has removed that was stopped before it wrote another view.
        if written.count < chunks:
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
