"""An index of many chunks, made in minutes: texts and files are written, vectors are drawn.

Only the encoder is left out. What is in the library is what a build would have put there, so that
a build finds its files unchanged; the view is a real one.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from evals.bench.corpus import Writer, clustered
from index.encode import Encoder, Vectors
from index.library import Library
from index.library.copies import copy
from index.library.sums import COPY, LIBRARY, write_sums
from index.publish import Publisher
from index.types import Chunk, Document
from index.vectors import Place

# 100 folders, so that rules can give somebody 1 % or 50 % of all.
FOLDERS = 100
_CHUNKS_A_FILE = 20
_CENTRES = 200
LABEL = "files"


def filled(home: Path, chunks: int, encoder: Encoder, say: Callable[[str], None]) -> Path:
    """An index of so many chunks, made in `home` unless it is there; gives the folder indexed."""
    files = home.parent / f"{home.name}-files"
    done = home / "whole"
    if done.exists() and done.read_text() == f"{chunks} {encoder.identity}":
        return files
    for folder in (home, files):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    library = Library(home / LIBRARY, "make")
    publisher = Publisher(Place(home), library, lambda *_: None, encoder)
    writer = Writer(chunks)
    of_chunks = _add_files(library, files.resolve(), chunks, writer)
    _add_vectors(library, of_chunks, encoder, writer)
    say(f"the view of {chunks:,} chunks is being written")
    publisher.publish(publisher.rules)
    library.tidy()
    copy(library, home / COPY)
    library.close()
    write_sums(home)
    done.write_text(f"{chunks} {encoder.identity}")
    return files


def _add_files(library: Library, files: Path, count: int, writer: Writer) -> list[tuple[str, int]]:
    """Gives the hash of each text and how many sentences it has."""
    found: list[tuple[str, int]] = []
    with library.transaction():
        library.set_paths({LABEL: files})
        total = -(-count // _CHUNKS_A_FILE)
        for number in range(total):
            source = f"part-{number * FOLDERS // total:02}/file-{number:05}.txt"
            paragraphs = [
                writer.paragraph() for _ in range(min(_CHUNKS_A_FILE, count - len(found)))
            ]
            text = "\n\n".join(" ".join(each) for each in paragraphs) + "\n"
            path = files / source
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            document = Document(f"d{number}", source, path.stem, text, titled=False)
            chunks = list(_chunks(document, paragraphs))
            file = hashlib.sha256(text.encode()).hexdigest()
            library.add(document, chunks, LABEL, file, born=1)
            found += [(chunk.sha256, len(chunk.sentences)) for chunk in chunks]
    return found


def _chunks(document: Document, paragraphs: list[list[str]]) -> list[Chunk]:
    chunks, at = [], 0
    for sentences in paragraphs:
        start, spans = at, []
        for sentence in sentences:
            spans.append((at, at + len(sentence)))
            at += len(sentence) + 1
        end = at - 1
        text = document.text[start:end]
        chunks.append(Chunk(document.id, start, end, text, "", tuple(spans)))
        at += 1
    return chunks


def _add_vectors(
    library: Library, texts: list[tuple[str, int]], encoder: Encoder, writer: Writer
) -> None:
    centres = centres_of(encoder, writer)
    start = 0
    for vectors in clustered(centres, len(texts), seed=1):
        with library.transaction():
            some = texts[start : start + len(vectors)]
            library.add_vectors(
                encoder.identity,
                (
                    (sha256, vector.tobytes(), _repeated(vector, count))
                    for (sha256, count), vector in zip(some, vectors, strict=True)
                ),
            )
        start += len(vectors)


def centres_of(encoder: Encoder, writer: Writer) -> Vectors:
    """Vectors of texts of this writer's, around which others are drawn."""
    return np.stack([encoder.question(text) for text in writer.sentences(17 * _CENTRES)])


def _repeated(vector: Vectors, count: int) -> bytes:
    return np.repeat(vector[None], count, axis=0).astype(np.float16).tobytes()
