"""What a reader process and its parent say to each other: one line of JSON for each file.

Not pickle: the process has read hostile files, and what it says is taken as data alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import Unreadable
from index.types import Chunk, Document, Heading, Page

# Said once, when the process can take files.
READY = b"ready\n"
# The exit status of a process that ran out of its memory.
OUT_OF_MEMORY = 12


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that was read: its document in chunks.

    `file_sha256` is of the file's bytes; `notes` are lines on what of it couldn't be read.
    """

    document: Document
    chunks: tuple[Chunk, ...]
    file_sha256: str
    notes: tuple[str, ...]


def job_line(path: Path, source: str, label: str) -> bytes:
    return _line({"path": str(path), "source": source, "label": label})


def job_of(line: bytes) -> tuple[Path, str, str]:
    job = json.loads(line)
    return Path(job["path"]), job["source"], job["label"]


def answer_line(answer: Parsed | Unreadable) -> bytes:
    if isinstance(answer, Unreadable):
        return _line({"unreadable": " ".join(str(answer).split())})
    document = answer.document
    return _line(
        {
            "id": document.id,
            "source": document.source,
            "title": document.title,
            "text": document.text,
            "headings": [[h.text, h.path, h.start, h.end] for h in document.headings],
            "pages": [[page.number, page.start, page.end] for page in document.pages],
            "date": document.date,
            "titled": document.titled,
            "chunks": [[c.start, c.end, c.context, c.sentences] for c in answer.chunks],
            "file_sha256": answer.file_sha256,
            "notes": answer.notes,
        }
    )


def answer_of(line: bytes) -> Parsed | Unreadable:
    """What `answer_line` said; raises ValueError, KeyError or TypeError for anything else."""
    said = json.loads(line)
    if "unreadable" in said:
        return Unreadable(str(said["unreadable"]))
    document = Document(
        id=said["id"],
        source=said["source"],
        title=said["title"],
        text=said["text"],
        headings=tuple(Heading(*each) for each in said["headings"]),
        pages=tuple(Page(*each) for each in said["pages"]),
        date=said["date"],
        titled=said["titled"],
    )
    chunks = tuple(_chunk(document, *each) for each in said["chunks"])
    return Parsed(document, chunks, said["file_sha256"], tuple(said["notes"]))


def _chunk(
    document: Document, start: int, end: int, context: str, sentences: Sequence[Sequence[int]]
) -> Chunk:
    return Chunk(
        document=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        context=context,
        sentences=tuple((first, last) for first, last in sentences),
    )


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode("ascii") + b"\n"
