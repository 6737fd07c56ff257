"""Files are found below a folder and their bytes read; what is left out is named, with why."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from index.errors import NothingToIndex, Unreadable
from index.formats import ENDINGS, document_of
from index.types import Document

LARGEST = 256 << 20
_NOT_NOW = "can't be read"
_BINARY = getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class File:
    """A file found below an indexed path: where it is, and its name below that path."""

    path: Path
    source: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why; or a folder that could not be listed just now."""

    source: str
    reason: str
    unlisted: bool = False


def find(root: Path) -> tuple[list[File], list[Skipped]]:
    """All files below `root` (or `root` itself, if it is a file) in a steady order.

    Links aren't followed, hidden files and folders and other formats are left out: each is named
    among the skipped. Raises NothingToIndex when `root` doesn't exist.
    """
    if not root.exists():
        raise NothingToIndex(f"{root}: no such file or folder; name one that exists")
    files: list[File] = []
    skipped: list[Skipped] = []
    unlisted: list[OSError] = []
    for path in [root] if root.is_file() else _walk(root, unlisted):
        source = path.name if path == root else path.relative_to(root).as_posix()
        if reason := _unfit(path, named=path == root):
            unlisted_now = reason.startswith(_NOT_NOW)
            skipped.append(Skipped(_printable(source), reason, unlisted_now))
        else:
            files.append(File(path, source))
    for error in unlisted:
        below = Path(error.filename).relative_to(root).as_posix()
        why = f"can't be listed ({error.strerror})"
        skipped.append(Skipped(_printable(below), why, unlisted=True))
    return files, skipped


def _walk(root: Path, unlisted: list[OSError]) -> Iterator[Path]:
    """All files, and the folders that aren't entered, each folder's own before those below it.

    A list of what is left to do instead of recursion: folders may be nested deeper than calls.
    """
    folders = [root]
    while folders:
        folder = folders.pop()
        names: list[os.DirEntry[str]] = []
        aside: list[os.DirEntry[str]] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    enter = entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
                    (names if enter else aside).append(entry)
        except OSError as error:
            unlisted.append(error)
            continue
        aside.sort(key=lambda entry: (not _is_folder(entry), entry.name))
        yield from (folder / entry.name for entry in aside)
        folders += [folder / entry.name for entry in sorted(names, key=_name, reverse=True)]


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _unfit(path: Path, named: bool) -> str | None:
    """Why this file isn't read, or None. A file that somebody named is read even if hidden."""
    if path.name.startswith(".") and not named:
        return "hidden"
    try:
        if path.is_symlink() and not named:
            return "a link; index what it points to instead"
        status = path.stat()
    except OSError as error:
        return f"{_NOT_NOW} ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_size > LARGEST:
        return f"too large ({status.st_size >> 20} MB; at most {LARGEST >> 20} are read)"
    if path.suffix.lower() not in ENDINGS:
        return f"{path.suffix or 'no ending'}: not a format that is read"
    if not _is_utf8(path.as_posix()):
        return "its name isn't UTF-8; rename it"
    return None


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def read(file: File) -> bytes:
    """The file's bytes; raises Unreadable. What isn't a file any more is never waited for."""
    try:
        with opened(file.path) as content:
            return content.read()
    except OSError as error:
        raise Unreadable(f"can't be opened ({error.strerror})") from None


def opened(path: Path) -> IO[bytes]:
    """A regular file's content; raises OSError, and Unreadable for anything else."""
    content = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY), "rb")
    if stat.S_ISREG(os.fstat(content.fileno()).st_mode):
        return content
    content.close()
    raise Unreadable("not a regular file")


def document(file: File, content: bytes, label: str) -> Document:
    """The document of a file's bytes; raises Unreadable. `label` names the indexed path."""
    return document_of(file.source, content, label)[0]
