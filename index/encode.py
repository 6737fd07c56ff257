"""Texts become unit vectors, by the encoder that is committed beside this file.

One pass gives a chunk's vector and, by pooling each sentence's own tokens, a vector a sentence, so
that picking sentences later costs no encoding but the question's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.types import Chunk

FOLDER = Path(__file__).parent / "encoder"
Vectors = npt.NDArray[np.float32]
DIMENSION = 384


class Encoder:
    """all-MiniLM-L6-v2 in int8: 384 dimensions, 256 word pieces, English.

    `identity` changes with the model's or the tokenizer's bytes; vectors of two identities must
    not be compared. Safe to use from several threads.
    """

    window = 256

    def __init__(self, folder: Path = FOLDER) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
        digest = hashlib.sha256(model.read_bytes() + tokenizer.read_bytes()).hexdigest()
        self.identity = f"all-MiniLM-L6-v2-int8 {digest[:16]}"
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )

    def pieces(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, the marks at its ends counted."""
        return [len(each.ids) for each in self._tokenizer.encode_batch(list(texts))]

    def question(self, text: str) -> Vectors:
        """The unit vector of a question, shape (384,). What exceeds the window isn't read."""
        tokens = self._tokenizer.encode(text)
        tokens.truncate(self.window)
        return _unit(self._read(tokens).mean(axis=0))

    def chunk(self, chunk: Chunk) -> tuple[Vectors, Vectors]:
        """The chunk's unit vector, shape (384,), and its sentences', shape (n, 384)."""
        tokens = self._tokenizer.encode(chunk.embedded)
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
        CPU it costs paragraphs nothing.
        """
        ids = np.array([tokens.ids], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        states: Vectors = self._session.run(None, feed)[0][0]
        return states


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
