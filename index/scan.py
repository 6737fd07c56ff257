"""What has changed below the indexed paths since the generation that is current."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from index import load
from index.errors import NothingToIndex, Vanished
from index.library import Library
from index.load import File

# A document's name: the label of the indexed path, and the path below it.
Name = tuple[str, str]
What = Literal["added", "changed", "moved", "removed", "left out"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a file, and why where that isn't plain."""

    what: What
    source: str
    why: str = ""


@dataclass(slots=True)
class Scan:
    """Files to be read, by name; names that stay as they are; and what is left out."""

    read: dict[Name, File] = field(default_factory=dict)
    hashes: dict[Name, str] = field(default_factory=dict)
    kept: set[Name] = field(default_factory=set)
    left_out: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadBy:
    """The rules that files are read by, and the limits within which each must be."""

    rules: str
    limits: str

    @property
    def all(self) -> str:
        return f"{self.rules} {self.limits}"


def scan(
    library: Library,
    roots: Mapping[str, Path],
    by: ReadBy,
    progress: Callable[[int, int], None],
) -> Scan:
    """Hashes every file below the roots; what has the hash it had is not read again.

    By other rules each is read again, and within other limits what could not be. Raises
    NothingToIndex for a root that is gone.
    """
    found = {label: _find(root) for label, root in roots.items()}
    total, done = sum(len(files) for files, _ in found.values()), 0
    same_rules = library.state("splitter") == by.rules
    known = {(each.label, each.source): each for each in library.entries(library.generation())}
    refused = library.refused(by.all)
    result = Scan()
    for label, (files, skipped) in found.items():
        for each in skipped:
            why = each.reason
            if each.unlisted and same_rules:
                result.kept |= {
                    name for name in known if name[0] == label and _in(name, each.source)
                }
                why += "; what it holds stays as it was indexed"
            result.left_out.append(Change("left out", each.source, why))
        for file in files:
            name = (label, file.source)
            entry = known.get(name)
            try:
                digest = _hash(file.path)
            except OSError as error:
                why = f"can't be opened ({error.strerror})"
                if entry and same_rules:
                    result.kept.add(name)
                    why += "; it stays as it was indexed"
                result.left_out.append(Change("left out", file.source, why))
                continue
            finally:
                done += 1
                progress(done, total)
            if entry and same_rules and entry.file_sha256 == digest:
                result.kept.add(name)
            elif refused.get(name, ("", ""))[0] == digest:
                result.left_out.append(Change("left out", file.source, refused[name][1]))
            else:
                result.read[name], result.hashes[name] = file, digest
    return result


def check_vanished(before: int, gone: int) -> None:
    """Raises Vanished if over half of the documents are gone: a share may not be there just now."""
    if gone * 2 > before:
        raise Vanished(
            f"{gone:,} of {before:,} documents have vanished or can't be read any more, perhaps "
            "because a folder isn't there just now; if that is meant, run: footnote index --prune"
        )


def _find(root: Path) -> tuple[list[File], list[load.Skipped]]:
    if not root.exists():
        raise NothingToIndex(
            f"{root}: was indexed before and is gone; put it back, or leave it out from now on: "
            f"footnote index --forget {root}"
        )
    return load.find(root)


def still_has(file: File, digest: str) -> bool:
    """Whether the file's content has that hash."""
    try:
        return _hash(file.path) == digest
    except OSError:
        return False


def _in(name: Name, place: str) -> bool:
    return place in (".", name[1]) or name[1].startswith(f"{place}/")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
