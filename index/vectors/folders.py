"""Where views lie, and whether one is, byte for byte, what was written."""

from __future__ import annotations

import hashlib
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path

from index.errors import Damaged

# The hash of each file of a view, by its path below the view's folder.
Sums = Mapping[str, str]

# Where in the part of a process the view itself is.
VIEW = "view"


def folder_of(home: Path, generation: int) -> Path:
    return home / "vectors" / str(generation)


def part_of(home: Path, generation: int, process: int) -> Path:
    """Where a process writes a view until it is whole, and keeps what it needs meanwhile."""
    return home / "vectors" / f"{generation}.part-{process}"


def remove_all_but(home: Path, generation: int) -> None:
    """Removes other generations' views, whole or not, and nothing that isn't a view."""
    if not (home / "vectors").is_dir():
        return
    for folder in (home / "vectors").iterdir():
        name, _, rest = folder.name.partition(".part-")
        if not name.isdigit() or folder == folder_of(home, generation):
            continue
        # A folder of ours that holds something else was put there by somebody.
        if rest.isdigit() or (folder / "chroma.sqlite3").is_file():
            shutil.rmtree(folder, ignore_errors=True)


def sums(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in a view."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                name = path.relative_to(folder).as_posix()
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def compare(folder: Path, expected: Sums) -> None:
    """Raises Damaged unless the folder holds these files, byte for byte, and no others."""
    try:
        found = sums(folder) if folder.is_dir() else {}
    except OSError as error:
        raise Damaged(f"{folder}: can't be read ({error.strerror}); run: footnote repair") from None
    for name in sorted({*found, *expected}):
        if found.get(name) != expected.get(name):
            what = "is missing" if name not in found else "isn't what was written"
            raise Damaged(f"{folder / name}: {what}; run: footnote repair")
    guard(folder)


def guard(folder: Path) -> None:
    """Raises Damaged unless the HNSW files' sizes agree with their header.

    Opening a torn folder can crash the process or fill the disk, so this comes before. The header
    is hnswlib's: version, offset of level 0, most elements, elements, bytes an element; the files
    are as long as the elements, or as the room made for the first ones.
    """
    for header in folder.glob("*/header.bin"):
        _, _, most, elements, size = struct.unpack("<iQQQQ", header.read_bytes()[:36].ljust(36))
        lengths = (header.parent / "length.bin", header.parent / "data_level0.bin")
        sizes = [path.stat().st_size if path.is_file() else -1 for path in lengths]
        if sizes not in ([elements * 4, elements * size], [most * 4, most * size]):
            raise Damaged(f"{header.parent}: torn; run: footnote repair")


def elements(folder: Path) -> int:
    """How many vectors the view's graph holds, those deleted since it was made counted."""
    headers = [header.read_bytes()[:36] for header in folder.glob("*/header.bin")]
    return sum(struct.unpack("<iQQQQ", header)[3] for header in headers)
