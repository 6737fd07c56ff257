"""A file becomes a document: its encoding found, its text kept as it is, its title and headings.

The canonical text of a text or Markdown file is the file decoded, less a byte order mark: line
ends stay as they are, so every offset can be checked against the file itself.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from index.errors import NothingToIndex, Unreadable
from index.sentences import blocks
from index.types import Document, Heading

MARKDOWN = {".md", ".markdown"}
TEXT = {".txt", ".text", ".rst", ".log"}
TITLE_LENGTH = 120
LARGEST = 256 << 20

# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file found below an indexed path: where it is, and its name below that path."""

    path: Path
    source: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why."""

    source: str
    reason: str


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
            skipped.append(Skipped(_printable(source), reason))
        else:
            files.append(File(path, source))
    for error in unlisted:
        skipped.append(
            Skipped(_printable(str(error.filename)), f"can't be listed ({error.strerror})")
        )
    return files, skipped


def _walk(root: Path, unlisted: list[OSError]) -> Iterator[Path]:
    for folder, names, files in os.walk(root, onerror=lambda error: unlisted.append(error)):
        hidden = sorted(name for name in names if name.startswith(".") or _is_link(folder, name))
        names[:] = sorted(set(names) - set(hidden))
        yield from (Path(folder, name) for name in hidden + sorted(files))


def _is_link(folder: str, name: str) -> bool:
    return os.path.islink(os.path.join(folder, name))


def _unfit(path: Path, named: bool) -> str | None:
    """Why this file isn't read, or None. A file that somebody named is read even if hidden."""
    if path.name.startswith(".") and not named:
        return "hidden"
    if path.is_symlink() and not named:
        return "a link; index what it points to instead"
    try:
        status = path.stat()
    except OSError as error:
        return f"can't be read ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_size > LARGEST:
        return f"too large ({status.st_size >> 20} MB; at most {LARGEST >> 20} are read)"
    if path.suffix.lower() not in MARKDOWN | TEXT:
        return (
            f"{path.suffix or 'no ending'}: not a format that is read yet (text and Markdown are)"
        )
    if not _is_utf8(path.as_posix()):
        return "its name isn't UTF-8; rename it"
    return None


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def read(file: File) -> bytes:
    """The file's bytes; raises Unreadable."""
    try:
        return file.path.read_bytes()
    except OSError as error:
        raise Unreadable(f"can't be opened ({error.strerror})") from None


def document(file: File, content: bytes, label: str) -> Document:
    """The document of a file's bytes; raises Unreadable. `label` names the indexed path."""
    text = decode(content)
    if not text or text.isspace():
        raise Unreadable("it is empty")
    headings = _markdown(text) if file.path.suffix.lower() in MARKDOWN else _first_line(text)
    name = f"{label}/{file.source}"
    return Document(
        id=hashlib.sha256(name.encode()).hexdigest()[:16],
        source=file.source,
        title=_shortened(headings[0].text if headings else _from_name(file.source)) or file.source,
        text=text,
        headings=headings,
    )


def decode(content: bytes) -> str:
    """Text of bytes: by their byte order mark, as UTF-8, or in the likeliest older encoding."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _strictly(content, name)
    if b"\0" in content:
        raise Unreadable("it isn't text (it holds zero bytes)")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(content, _guess(content))


def _strictly(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"it isn't valid {encoding} at byte {error.start}") from None
    if "\0" in text:
        raise Unreadable("it isn't text (it holds zero characters)")
    return text


def _guess(content: bytes) -> str:
    from charset_normalizer import from_bytes

    # Of the encodings that fit equally, the commonest: in a short text nothing tells them apart.
    fits = from_bytes(content)
    best = fits.best()
    if best is None:
        raise Unreadable("its encoding can't be told; save it as UTF-8")
    common = [fit.encoding for fit in fits if fit.chaos <= best.chaos]
    return next((name for name in ("cp1252", "latin_1") if name in common), best.encoding)


def _markdown(text: str) -> tuple[Heading, ...]:
    from markdown_it import MarkdownIt

    # Front matter (--- to ---) would be read as a heading; blank lines keep the line numbers.
    if front := re.match(r"---[ \t]*\r?\n.*?\n---[ \t]*(?:\r?\n|$)", text, re.DOTALL):
        shown = "\n" * front[0].count("\n") + text[front.end() :]
    else:
        shown = text
    starts = [0, *(match.end() for match in re.finditer("\r\n|\r|\n", text)), len(text)]
    tokens = MarkdownIt("commonmark").parse(shown)
    above: list[tuple[int, str]] = []
    found: list[Heading] = []
    for opening, inline in pairwise(tokens):
        words = "".join(part.content or " " for part in inline.children or () if not part.nesting)
        if opening.type != "heading_open" or not opening.map or not words.strip():
            continue
        name, level = " ".join(words.split()), int(opening.tag[1])
        above = [each for each in above if each[0] < level]
        # The first heading is the title, and a path is what stands below it.
        if found:
            above.append((level, name))
        path = " › ".join(each for _, each in above) or None
        first, after = opening.map
        found.append(Heading(name, path, starts[first], starts[min(after, len(starts) - 1)]))
    return tuple(found)


def _first_line(text: str) -> tuple[Heading, ...]:
    """The headline of a plain text: a short first line, no sentence, with more text below it."""
    first = list(islice(blocks(text, 0, len(text)), 2))
    if len(first) < 2:
        return ()
    (start, end), (below, _) = first
    line = text[start:end].strip()
    if len(line) > 200 or len(line.splitlines()) > 1:
        return ()
    if line[-1] in ".!?:;,…" or text[below:].lstrip()[:1].islower():
        return ()
    # What stands over lines like itself is the first of a list.
    apart = text[end:below].count("\n") > 1 or text[end:below].count("\r") > 1
    if not apart and first[1][1] - below < 2 * len(line):
        return ()
    return (Heading(" ".join(line.split()), None, start, end),)


def _from_name(source: str) -> str:
    return re.sub(r"[_\s]+", " ", Path(source).stem).strip() or source


def _shortened(title: str) -> str:
    """A title to be shown: no characters that only steer a display, and not too long."""
    title = "".join(char for char in title if unicodedata.category(char) not in ("Cc", "Cf"))
    if len(title) <= TITLE_LENGTH:
        return title
    return title[: TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"
