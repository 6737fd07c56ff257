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
from index.lock import writing
from index.vectors import Collection, Place, check_collection

# As long as a view differs from the library by at most this share, readers leave out what is gone
# and compare with each vector that came after it: to write a large view takes seconds, and to open
# it takes them again.
MOST_BESIDE = 0.01


def verify(home: Path, chroma: str = "") -> Iterator[str]:
    """What is wrong with the index in `home`, one line each; nothing if it is sound.

    `chroma` is the address of the Chroma server, if one keeps the view. Raises NoIndex if there is
    none, Busy while a build runs: what it changes would pass for damage.
    """
    if is_begun_only(home):
        raise NoIndex(f"{home}: nothing is indexed here yet; run: footnote index")
    with writing(home):
        try:
            check_sums(home)
        except Damaged as error:
            yield str(error)
        yield from library_faults(home)
        # A first build may have been stopped before it made one.
        if (home / COPY).exists() or known(home, COPY):
            yield from copy_faults(home)
        yield from view_faults(Place(home, chroma))


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
    except NoIndex:
        yield f"{path}: holds no index any more; run: footnote repair"
    except IndexFault as error:
        yield str(error)


def view_faults(place: Place) -> Iterator[str]:
    """What is wrong with the view: a folder is opened in a process of its own, which may crash."""
    try:
        library = Library(place.home / LIBRARY)
        with library.reading():
            state, of = library.state("view"), library.view_generation()
            ids, _ = library.in_view(library.generation())
            encoder = library.state("encoder") or ""
        where, count = place.compare(state, of)
        # It may hold more: what a build has removed that was stopped before it wrote another view.
        if count < len(ids):
            yield f"{where}: holds {count} vectors, not {len(ids)}; run: footnote repair"
        if held := Collection.from_state(state):
            check_collection(place.chroma, held, library, encoder, ids)
            return
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", "index.vectors.check", str(place.home)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip().splitlines()
            why = said[-1] if said else f"exit code {done.returncode}"
            yield f"{where}: can't be read ({why}); run: footnote repair"
    except IndexFault as error:
        yield str(error)


def view_serves(place: Place, library: Library, generation: int) -> bool:
    """Whether the view is what was written, and differs little from what a generation holds."""
    try:
        _, count = place.compare(library.state("view"), library.view_generation())
    except Damaged:
        return False
    there, _ = library.in_view(generation)
    lacking = set(library.for_view(generation)) - set(there)
    return 0 <= count - len(there) <= MOST_BESIDE * count - len(lacking)
