"""Indexes that cost little: an encoder that hashes, folders of short texts, what an index says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from index import Search
from index.encode import Vectors
from index.types import Chunk


class Hashes:
    """Vectors drawn by the hash of a text: the same text has the same, and no model is loaded."""

    name = "local"  # by whose word pieces the readers count
    window = 256
    dimension = 16
    identity = "hashes 16 unit"

    def pieces(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def question(self, text: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
        vector = np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit

    def chunks(self, chunks: Sequence[Chunk]) -> Iterator[tuple[Vectors, Vectors]]:
        for chunk in chunks:
            texts = [chunk.embedded[start:end] for start, end in chunk.sentences]
            sentences = [self.question(text) for text in texts]
            pooled = np.array(sentences, dtype=np.float32).reshape(-1, self.dimension)
            yield self.question(chunk.embedded), pooled


# What a question gets: the identity of all that is seen, and source and text of each passage.
Answer = tuple[str, tuple[tuple[str, str], ...]]


def answer(search: Search, question: str, limit: int = 8) -> Answer:
    with search.reading() as at:
        found = search.find(question, limit, at)
        return at.index, tuple((each.source, each.text) for each in found)


def ask(home: Path, question: str, view: bool = False) -> Answer:
    """The answer of a search that is opened for it."""
    search = Search(home, view=view, encoder=Hashes())
    try:
        return answer(search, question)
    finally:
        search.library.close()


def stop_at(stage: str) -> Callable[[str, int, int], None]:
    """Progress that stops a build as Ctrl+C does, at its first word of that stage."""

    def progress(said: str, done: int, total: int) -> None:
        if said == stage:
            raise KeyboardInterrupt

    return progress


def sections(name: str, count: int) -> str:
    """A Markdown text of as many chunks, by 20 to 40: a long sentence under each heading."""
    return "\n\n".join(
        f"## {name} {each}\n\n" + f"The {name} numbered {each} stands on shelf {each * 7}. " * 9
        for each in range(count)
    )


def holding(home: Path, *words: str) -> list[str]:
    """The files under a folder in whose bytes one of these words stands."""
    return sorted(
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if path.is_file()
        and any(word.lower().encode() in path.read_bytes().lower() for word in words)
    )


def size(folder: Path) -> int:
    """Bytes of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
