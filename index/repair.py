"""Mends an index from what of it is sound, keeps a backup of it, and puts one back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.encode import LOCAL, Encoder, named
from index.errors import Damaged, IndexFault, NoIndex, Unusable
from index.library import Library
from index.library.check import Checked
from index.library.copies import copy, put_back
from index.library.sums import COPY, LIBRARY, check_library, remove_sums, write_sums
from index.lock import writing
from index.publish import Progress, Publisher
from index.vectors import Place
from index.verify import (
    copy_faults,
    is_begun_only,
    library_faults,
    row_faults,
    view_faults,
)


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done, one line each, and how many passages had to be embedded again."""

    done: tuple[str, ...]
    encoded: int


def repair(
    home: Path,
    progress: Progress = lambda *_: None,
    encoder: Encoder | str = LOCAL,
    chroma: str = "",
) -> Repaired:
    """Makes the index in `home` sound again from its library, or from the library's copy.

    `chroma` is the address of the Chroma server that keeps its view, "" for a folder. Raises
    NoIndex if there is neither, Damaged if neither is sound, Unusable if the server can't be used.
    """
    if is_begun_only(home):
        raise NoIndex(f"{home}: nothing is indexed here yet; run: footnote index")
    done = []
    with writing(home):
        if faults := list(library_faults(home)):
            if others := list(copy_faults(home)):
                _mend_rows(home, f"the library ({faults[0]}) nor its copy ({others[0]})")
                done.append(f"vectors that weren't sound were removed ({faults[0]})")
            else:
                remove_sums(home)
                put_back(home / COPY, home / LIBRARY)
                done.append(f"the library was put back from its copy ({faults[0]})")
        elif others := list(copy_faults(home)):
            done.append(f"the library's copy was made anew ({others[0]})")
        encoded = _finish(Place(home, chroma), progress, named(encoder), done)
    return Repaired(tuple(done), encoded)


def _mend_rows(home: Path, both: str) -> None:
    """Makes do with a library whose texts are sound, or raises Damaged."""
    path = home / LIBRARY
    try:
        checked = Checked(path, "write")
        checked.drop_unsound_vectors()
        checked.close()
        faults = [fault for fault in row_faults(path) if "without a vector" not in fault]
    except IndexFault as error:
        faults = [str(error)]
    if faults:
        raise Damaged(
            f"{home}: neither {both} is sound; restore a backup, or move {home} away and run: "
            "footnote index"
        )


def _finish(place: Place, progress: Progress, encoder: Encoder, done: list[str]) -> int:
    """Brings vectors and view up to a sound library; gives how many texts were encoded."""
    home, torn = place.home, list(view_faults(place))
    remove_sums(home)
    library = Library(home / LIBRARY, "write")
    with library.guarded():
        publisher = Publisher(place, library, progress, encoder)
        encoded = publisher.encode(library.generation())
        if encoded or torn:
            # What a build has begun isn't made current by this: not half of it.
            library.undo()
            publisher.publish(library.state("splitter") or publisher.rules, anew=True)
            done.append("the view of the vectors was made anew" + (f" ({torn[0]})" if torn else ""))
        whole = library.tidy()
        copy(library, home / COPY)
    library.close()
    if whole:
        write_sums(home)
    return encoded


def backup(home: Path, target: Path) -> None:
    """Writes the whole index to one file, as it is now; builds and servers may run meanwhile."""
    if target.exists():
        raise Unusable(f"{target}: is there already; name a file that isn't")
    if not target.parent.is_dir():
        raise Unusable(f"{target.parent}: no such folder; name one that exists")
    check_library(home)
    copy(Library(home / LIBRARY), target)
    for fault in row_faults(target):
        target.unlink()
        raise Damaged(f"{fault}; nothing was backed up; run: footnote repair")


def restore(
    home: Path,
    source: Path,
    progress: Progress = lambda *_: None,
    encoder: Encoder | str = LOCAL,
    chroma: str = "",
) -> Repaired:
    """Puts a backup in the place of the index; changes nothing, and raises, if it isn't sound."""
    if not source.is_file():
        raise NoIndex(f"{source}: no such file; name one that footnote backup has written")
    try:
        checked = Checked(source, "write")
    except Damaged:
        raise Damaged(f"{source}: isn't a backup; name what footnote backup has written") from None
    try:
        if faults := list(checked.faults()):
            raise Damaged(f"{source}: isn't a sound backup ({faults[0]}); use another")
    finally:
        checked.close()
    done = [f"the library is that of {source}"]
    with writing(home):
        remove_sums(home)
        ours = _index_id(home)
        put_back(source, home / LIBRARY)
        _adopt(home, ours)
        encoded = _finish(Place(home, chroma), progress, named(encoder), done)
        return Repaired(tuple(done), encoded)


def _index_id(home: Path) -> str:
    """The id of the index in `home`; "" if there is none, or it can't be read."""
    try:
        library = Library(home / LIBRARY)
        with library.reading():
            return library.state("index_id") or ""
    except IndexFault:
        return ""


def _adopt(home: Path, ours: str) -> None:
    """Lets go of the view of the index that a backup is of, which may live on elsewhere."""
    library = Library(home / LIBRARY, "write")
    with library.transaction():
        if (library.state("index_id") or "") != ours:
            library.set_state(index_id=ours, view="")
    library.close()
