"""The bytes of a file of any kind become a document: one canonical text, its headings and pages.

Text and Markdown are kept as they are. The other kinds are read into blocks, by a library for each
kind, and the blocks are put together; the same bytes always give the same text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from importlib import import_module
from pathlib import PurePosixPath

from index.errors import Unreadable
from index.formats.blocks import Reading, cleaned, put_together
from index.formats.dates import dateline
from index.types import Document, Heading, Page

TITLE_LENGTH = 120
_MARKDOWN = {".md", ".markdown"}
_TEXT = {".txt", ".text", ".rst", ".log"}
# What a kind is called, and the module here with its `read(content: bytes) -> Reading`. They are
# imported when the first file of that kind comes: some are slow to.
_READERS = {
    ".pdf": ("a PDF", "pdf"),
    ".docx": ("a Word document", "word"),
    ".pptx": ("a PowerPoint presentation", "slides"),
    ".xlsx": ("an Excel workbook", "workbook"),
    ".html": ("a web page", "web"),
    ".htm": ("a web page", "web"),
    ".xhtml": ("a web page", "web"),
    ".csv": ("a CSV table", "csv_table"),
    ".tsv": ("a TSV table", "csv_table"),
    ".json": ("a JSON file", "json_text"),
    ".jsonl": ("a JSON Lines file", "json_text"),
    ".eml": ("an e-mail", "mail"),
    ".epub": ("an EPUB book", "book"),
}
ENDINGS = frozenset(_MARKDOWN | _TEXT | set(_READERS))


def document_of(source: str, content: bytes, label: str) -> tuple[Document, tuple[str, ...]]:
    """The document of a file's bytes, and notes on what of it couldn't be read.

    `source` is the file's path below the indexed folder that `label` names. Raises Unreadable with
    one line; MemoryError goes through.
    """
    ending = PurePosixPath(source).suffix.lower()
    if not content:
        raise Unreadable("it is empty")
    title: str | None = None
    notes: tuple[str, ...] = ()
    pages: tuple[Page, ...] = ()
    if ending in _READERS:
        reading = _read(ending, content)
        if reading.title is not None:
            title = " ".join(cleaned(reading.title).split())
        text, headings, pages = put_together(reading.blocks, title)
        day, notes = reading.date, reading.notes
    else:
        text, headings, day = _as_it_is(ending, content)
    if not text or text.isspace():
        raise Unreadable("it is empty" if ending not in _READERS else "it holds no text")
    if title is None and headings:
        title = headings[0].text
    titled = bool(title)
    title = title or _from_name(source)
    document = Document(
        id=hashlib.sha256(f"{label}/{source}".encode()).hexdigest()[:16],
        source=source,
        title=_shortened(title) or source,
        text=text,
        headings=headings,
        pages=pages,
        date=day or dateline(text),
        titled=titled,
    )
    return document, notes


def _as_it_is(ending: str, content: bytes) -> tuple[str, tuple[Heading, ...], str | None]:
    from index.formats import text

    decoded = text.decode(content)
    if ending in _MARKDOWN:
        return decoded, text.markdown_headings(decoded), text.markdown_date(decoded)
    return decoded, text.headline(decoded), None


def _read(ending: str, content: bytes) -> Reading:
    kind, module = _READERS[ending]
    read: Callable[[bytes], Reading] = import_module(f"index.formats.{module}").read
    try:
        return read(content)
    except (Unreadable, MemoryError):
        raise
    except RecursionError:
        raise Unreadable("it is nested too deeply to be read") from None
    except Exception:  # the boundary to the libraries: hostile bytes make them raise anything
        raise Unreadable(
            f"it can't be read as {kind}: it is damaged, or another kind of file"
        ) from None


def _from_name(source: str) -> str:
    return re.sub(r"[_\s]+", " ", PurePosixPath(source).stem).strip() or source


def _shortened(title: str) -> str:
    """A title to be shown: no characters that only steer a display, and not too long."""
    title = "".join(char for char in title if unicodedata.category(char) not in ("Cc", "Cf"))
    if len(title) <= TITLE_LENGTH:
        return title
    return title[: TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"
