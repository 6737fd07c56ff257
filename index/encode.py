"""Texts become unit vectors, by the encoder that is committed beside this file or by another.

One pass of the local encoder gives a chunk's vector and, by pooling each sentence's own tokens, a
vector a sentence, so that picking sentences later costs no encoding but the question's.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index import remote
from index.model import session
from index.tokens import Count, tiktoken_count
from index.types import Chunk

FOLDER = Path(__file__).parent / "encoder"
Vectors = npt.NDArray[np.float32]
LOCAL = "local"
# Chunks that the local encoder has in hand at a time, so that memory doesn't grow with the index.
_AT_ONCE = 64


class Encoder(Protocol):
    """What the index needs of an encoder; safe to use from several threads.

    Raises NoEncoder, at any of these, where it can't be used.
    """

    @property
    def name(self) -> str:
        """What `encoder` and `tokenizer` know it by."""

    @property
    def identity(self) -> str:
        """Name, hash or server, dimension, normalisation; vectors of two mustn't be compared."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""

    @property
    def window(self) -> int:
        """The most word pieces (or tokens) of one text."""

    def pieces(self, texts: Sequence[str]) -> list[int]:
        """Word pieces (or tokens) of each text."""

    def question(self, text: str) -> Vectors:
        """The unit vector of a question, shape (dimension,)."""

    def chunks(self, chunks: Sequence[Chunk]) -> Iterator[tuple[Vectors, Vectors]]:
        """For each chunk, in order, its unit vector (dimension,) and its sentences' (n, dimension).

        They come as they are made, so that what came before a failure can be kept.
        """


def encoder(name: str = LOCAL, url: str | None = None) -> Encoder:
    """The encoder of that name: "local", or PROVIDER/MODEL for those of LlamaIndex.

    `url` is where its server is. Raises NoEncoder for a name, extra or key that isn't there;
    whether a server answers shows at first use.
    """
    if name == LOCAL:
        return _local()
    return remote.LlamaIndexEncoder(name, url)


@cache
def _local() -> LocalEncoder:
    """One for the whole process, as it never changes: who serves and follows changes needs two."""
    return LocalEncoder()


def named(encoder_or_name: Encoder | str) -> Encoder:
    """The encoder itself, or the one of that name."""
    return encoder(encoder_or_name) if isinstance(encoder_or_name, str) else encoder_or_name


def tokenizer(name: str = LOCAL) -> tuple[Count, int]:
    """What counts the pieces of that encoder, and its window, without loading the encoder.

    Raises NoEncoder for a name that isn't one.
    """
    if name == LOCAL:
        return _counting(local_tokenizer(FOLDER)), LocalEncoder.window
    remote.parts(name)
    return tiktoken_count(), remote.LlamaIndexEncoder.window


class LocalEncoder:
    """all-MiniLM-L6-v2 in int8: 384 dimensions, 256 word pieces, English.

    `identity` changes with the model's or the tokenizer's bytes; vectors of two identities must
    not be compared. Safe to use from several threads.
    """

    name = LOCAL
    window = 256
    dimension = 384

    def __init__(self, folder: Path = FOLDER) -> None:
        model, words = folder / "model.onnx", folder / "tokenizer.json"
        digest = hashlib.sha256(model.read_bytes() + words.read_bytes()).hexdigest()
        self.identity = f"all-MiniLM-L6-v2-int8 {digest[:16]} {self.dimension} unit"
        self._tokenizer = local_tokenizer(folder)
        self._threads = os.cpu_count() or 1
        self._session = session(model)

    def pieces(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, the marks at its ends counted."""
        return _counting(self._tokenizer)(texts)

    def question(self, text: str) -> Vectors:
        """The unit vector of a question, shape (384,). What exceeds the window isn't read."""
        tokens = self._tokenizer.encode(text)
        tokens.truncate(self.window)
        return _unit(self._read(tokens).mean(axis=0))

    def chunks(self, chunks: Sequence[Chunk]) -> Iterator[tuple[Vectors, Vectors]]:
        """For each chunk, in order, its unit vector (384,) and its sentences' (n, 384).

        Raises ValueError for a chunk that exceeds the window.
        """
        with ThreadPoolExecutor(self._threads) as pool:
            for first in range(0, len(chunks), _AT_ONCE):
                some = chunks[first : first + _AT_ONCE]
                tokens = self._tokenizer.encode_batch([chunk.embedded for chunk in some])
                yield from pool.map(self._chunk, some, tokens)

    def _chunk(self, chunk: Chunk, tokens: Any) -> tuple[Vectors, Vectors]:
        if len(tokens.ids) > self.window:
            raise ValueError(f"a chunk of {len(tokens.ids)} word pieces would be embedded cut")
        states = self._read(tokens)
        pooled = [states.mean(axis=0), *_sentences(states, tokens.offsets, chunk)]
        vectors = _unit(np.stack(pooled))
        return vectors[0], vectors[1:]

    def _read(self, tokens: Any) -> Vectors:
        """The encoder's last hidden state of each word piece, shape (pieces, 384).

        One text a run: in a batch the int8 scale spans all texts, so that a vector would depend on
        its neighbours (cosine down to 0.96) and a rebuilt index differ from the one before. On a
        CPU it costs paragraphs nothing. How many threads there are makes no bit of difference.
        """
        ids = np.array([tokens.ids], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        states: Vectors = self._session.run(None, feed)[0][0]
        return states


def local_tokenizer(folder: Path = FOLDER) -> Any:
    """The word pieces of the local encoder, a `tokenizers.Tokenizer` of its caller's own."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _counting(words: Any) -> Count:
    def count(texts: Sequence[str]) -> list[int]:
        return [len(each.ids) for each in words.encode_batch(list(texts))]

    return count


def _sentences(states: Vectors, offsets: list[tuple[int, int]], chunk: Chunk) -> list[Vectors]:
    """The mean state of each sentence's own tokens; of the whole chunk where it has none."""
    shift = chunk.start - len(chunk.context) - 1
    starts = np.array([first for first, _ in offsets]) + shift
    ends = np.array([last for _, last in offsets]) + shift
    means = []
    for start, end in chunk.sentences:
        own = (starts >= start) & (ends <= end) & (ends > starts)
        means.append(states[own].mean(axis=0) if own.any() else states.mean(axis=0))
    return means


def _unit(vectors: Vectors) -> Vectors:
    """Scaled to length 1 along the last axis; a zero vector stays one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return scaled
