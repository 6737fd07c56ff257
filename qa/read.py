"""A small model of our own reads a question and a passage together: is the answer there, and where?

One encoder with three heads, int8, in `reader/`, trained by `reader/train.py`: where the answer
starts and ends, whether the passage answers at all, and whether it says what a claim says.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index import Passage, Sentence
from index.encode import local_tokenizer
from index.model import session
from index.types import Span

MODEL = Path(__file__).parent / "reader" / "model.onnx"
# Word pieces of a question and a passage; of the question, at most so many characters.
WINDOW, ASKED = 320, 300
# Word pieces of an exact answer, at most.
EXACT = 20
# The last of the Latin letters: of other scripts the model knows nothing, and finds answers in
# anything.
_LATIN = "\u024f"
# The logarithm that stands for "never".
_NEVER = -12.0
Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a passage.

    `answers` are the log odds that it answers; `found` the logarithm of how much likelier the best
    place is than none. Of each of its sentences, `places` has the logarithm of the chance that the
    answer stands in it, and `exact` the answer's span, counted from the sentence's start.
    """

    answers: float
    found: float
    places: tuple[float, ...]
    exact: tuple[Span | None, ...]


class Reader:
    """Loads the model, about 60 MB; safe to use from several threads."""

    def __init__(self, model: Path = MODEL) -> None:
        self._session = session(model)
        self._words = local_tokenizer()
        self._words.enable_truncation(WINDOW)
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="reader")

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """What each passage says to the question, in order; 28 to 64 ms a passage of 115 words."""
        return list(self._pool.map(lambda each: self._read(question, each), passages))

    def weigh(self, claim: str, texts: Sequence[str]) -> list[tuple[float, float, float]]:
        """Of each text the log odds that it says what the claim says and that it answers it, and
        the logarithm of how much likelier than nowhere the likeliest place for that is."""
        return list(self._pool.map(lambda text: self._weigh(claim, text), texts))

    def _read(self, question: str, passage: Passage) -> Reading:
        encoded, place, said = self._run(question, f"{passage.context}\n{passage.text}")
        shift = passage.start - len(passage.context) - 1
        # Where a word piece stands in the document; nowhere for those of question and context.
        own = np.array(
            [
                (start + shift, end + shift)
                if kind == 1 and start + shift >= passage.start
                else (-1, -1)
                for (start, end), kind in zip(encoded.offsets, encoded.sequence_ids, strict=True)
            ]
        )
        closed = own[:, 0] < 0
        closed[0] = False
        place[closed] = -1e4
        starts, ends = (_log_softmax(place[:, which]) for which in (0, 1))
        best = [_best(sentence, own, starts, ends) for sentence in passage.sentences]
        top = max((each[1] for each in best if each), default=2 * _NEVER)
        return Reading(
            answers=float(said[0]),
            found=max(2 * _NEVER, top - float(starts[0] + ends[0])),
            places=tuple(each[0] if each else _NEVER for each in best),
            exact=tuple(each[2] if each else None for each in best),
        )

    def _weigh(self, claim: str, text: str) -> tuple[float, float, float]:
        encoded, place, said = self._run(claim, text)
        own = np.array(encoded.sequence_ids, dtype=object) == 1
        most = [float(place[own, which].max(initial=_NEVER)) for which in (0, 1)]
        nowhere = float(place[0].sum())
        return float(said[1]), float(said[0]), sum(most) - nowhere

    def _run(self, asked: str, text: str) -> tuple[Any, Logits, Logits]:
        encoded = self._words.encode(asked[:ASKED], text)
        ids = np.array([encoded.ids], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        place, said = self._session.run(None, feed)
        return encoded, place[0], said[0]


def readable(question: str) -> bool:
    """Whether most of a question's letters are Latin ones."""
    letters = [char <= _LATIN for char in question if char.isalpha()]
    return 2 * sum(letters) >= len(letters)


@cache
def reader() -> Reader:
    """One for the whole process."""
    return Reader()


def _log_softmax(logits: Logits) -> Logits:
    shifted = logits - logits.max()
    result: Logits = shifted - np.log(np.exp(shifted).sum())
    return result


def _best(
    sentence: Sentence, own: npt.NDArray[np.int64], starts: Logits, ends: Logits
) -> tuple[float, float, Span] | None:
    """Logarithms of the chance that the answer stands in a sentence, and of that of its likeliest
    span there, which is the third; None if none of its word pieces was read."""
    inside = np.flatnonzero((own[:, 0] >= sentence.start) & (own[:, 1] <= sentence.end))
    if not len(inside):
        return None
    first, last = starts[inside], ends[inside]
    sums = first[:, None] + last[None, :]
    fits = np.triu(np.ones_like(sums, dtype=bool)) & ~np.triu(np.ones_like(sums, dtype=bool), EXACT)
    sums[~fits] = -1e4
    a, b = np.unravel_index(int(sums.argmax()), sums.shape)
    there = float(np.exp(first).sum()) * float(np.exp(last).sum())
    span = int(own[inside[a], 0]) - sentence.start, int(own[inside[b], 1]) - sentence.start
    return max(_NEVER, math.log(there + 1e-12) / 2), float(sums[a, b]), span
