"""What the library's rows become: documents, chunks with their vectors, lines of a listing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from index.encode import Vectors
from index.errors import Damaged
from index.types import Chunk, Document, Heading, Page


@dataclass(frozen=True, slots=True)
class Stored:
    """A chunk with what the library knows of its document: what a passage is made of."""

    id: int
    chunk: Chunk
    source: str
    title: str
    sha256: str
    vector: Vectors
    sentence_vectors: Vectors


@dataclass(frozen=True, slots=True)
class Entry:
    """A document's line in a listing; `row` names this version of it in the library."""

    row: int
    document: str
    label: str
    source: str
    title: str
    date: str | None
    file_sha256: str
    sha256: str


def checksum(*values: str | bytes | int | None) -> int:
    """A CRC-32 over a row's values, that a byte flipped on disk changes."""
    total = 0
    for value in values:
        content = value if isinstance(value, bytes) else str(value).encode()
        total = crc32(content, crc32(b"%d:" % len(content), total))
    return total


def sound(what: str, expected: int, *values: str | bytes | int | None) -> None:
    """Raises Damaged unless the row's values have the checksum that was stored with them."""
    if checksum(*values) != expected:
        raise Damaged(f"{what}: isn't what was stored; run: footnote repair")


DOCUMENT = (
    "label, file_sha256, document, source, title, date, sha256, titled, headings, pages, text, "
    "checksum"
)


def document_values(document: Document, label: str, file: str) -> list[Any]:
    """The values of a document's columns, as DOCUMENT names them; `file` is its file's hash."""
    headings = [[each.text, each.path, each.start, each.end] for each in document.headings]
    pages = [[each.number, each.start, each.end] for each in document.pages]
    values = [
        label,
        file,
        document.id,
        document.source,
        document.title,
        document.date,
        document.sha256,
        int(document.titled),
        json.dumps(headings),
        json.dumps(pages),
        document.text,
    ]
    return [*values, checksum(*values)]


def document_of(row: Sequence[Any]) -> Document:
    """The document of a row; raises Damaged unless it is what was stored."""
    *values, expected = row
    _, _, document, source, title, date, sha256, titled, headings, pages, text = values
    sound(source, expected, *values)
    found = Document(
        id=document,
        source=source,
        title=title,
        text=text,
        headings=tuple(Heading(*each) for each in json.loads(headings)),
        pages=tuple(Page(*each) for each in json.loads(pages)),
        date=date,
        titled=bool(titled),
    )
    if found.sha256 != sha256:
        raise Damaged(f"{source}: its text isn't what was indexed; run: footnote repair")
    return found


CHUNK = 'start, "end", sentences, sha256, context, about, grams, text, checksum'


def chunk_values(chunk: Chunk, about: str, grams: str) -> list[Any]:
    """The values of a chunk's columns, as CHUNK names them."""
    values: list[Any] = [chunk.start, chunk.end, json.dumps(chunk.sentences), chunk.sha256]
    values += [chunk.context, about, grams, chunk.text]
    return [*values, checksum(*values)]


def chunk_of(document: str, row: Sequence[Any]) -> Chunk:
    """The chunk of a row; raises Damaged unless it is what was stored."""
    *values, expected = row
    start, end, sentences, _, context, _, _, text = values
    sound(f"a passage of document {document}", expected, *values)
    spans = tuple((first, last) for first, last in json.loads(sentences))
    return Chunk(document, start, end, text, context, spans)


def vector_of(expected: int, content: bytes) -> Vectors:
    sound("a vector", expected, content)
    return np.frombuffer(content, dtype=np.float32)


def sentence_vectors_of(expected: int, content: bytes, count: int, dimension: int) -> Vectors:
    """Sentence vectors, shape (count, dimension)."""
    sound("a sentence's vector", expected, content)
    pooled = np.frombuffer(content, dtype=np.float16).astype(np.float32)
    return pooled.reshape(count, dimension)
