"""What the library's rows become: chunks, chunks with their vectors, lines of a listing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.encode import DIMENSION, Vectors
from index.types import Chunk


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
    """A document's line in a listing."""

    document: str
    label: str
    source: str
    title: str
    file_sha256: str
    sha256: str


def chunk_of(row: Sequence[object]) -> Chunk:
    document, start, end, text, context, sentences = row
    spans = tuple((first, last) for first, last in json.loads(str(sentences)))
    return Chunk(str(document), start, end, str(text), str(context), spans)  # type: ignore[arg-type]


def stored_of(row: Sequence[object]) -> Stored:
    identity, *columns, source, title, sha256, vector, sentences = row
    chunk = chunk_of(columns)
    pooled = np.frombuffer(sentences, dtype=np.float16).astype(np.float32)  # type: ignore[call-overload]
    return Stored(
        id=identity,  # type: ignore[arg-type]
        chunk=chunk,
        source=str(source),
        title=str(title),
        sha256=str(sha256),
        vector=np.frombuffer(vector, dtype=np.float32),  # type: ignore[call-overload]
        sentence_vectors=pooled.reshape(len(chunk.sentences), DIMENSION),
    )
