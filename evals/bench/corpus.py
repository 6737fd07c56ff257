"""Text and vectors that look enough like real ones: drawn at random, the same every time.

Words are those of the encoder's vocabulary, which lists them by how frequent they are, and pairs
of them for rare ones; they are drawn by Zipf's law, so that a few are in most texts and most are in
few. Sentences are of 6 to 28 words. What they say is nonsense, which costs an index the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encode import FOLDER, Vectors

_RARE_WORDS = 30_000
_PARAGRAPH_WORDS = 110


class Writer:
    """Writes nonsense, and asks about it; the same seed gives the same."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        listed = json.loads((FOLDER / "tokenizer.json").read_bytes())["model"]["vocab"]
        common = [word for word in listed if word.isascii() and word.isalpha() and len(word) > 1]
        pairs = np.random.default_rng(0).choice(common, (_RARE_WORDS, 2))
        self.words = np.array([*common, *("".join(pair) for pair in pairs)])
        weights = 1 / (np.arange(len(self.words)) + 2.7)
        self._odds = np.cumsum(weights / weights.sum())

    def _draw(self, count: int) -> list[str]:
        places = np.searchsorted(self._odds, self._chance.random(count))
        drawn: list[str] = self.words[np.minimum(places, len(self.words) - 1)].tolist()
        return drawn

    def sentences(self, words: int) -> list[str]:
        """Sentences of so many words in all, the last one cut short."""
        drawn, found, at = self._draw(words), [], 0
        while at < words:
            length = int(self._chance.integers(6, 29))
            some = drawn[at : at + length]
            middle = len(some) // 2
            comma = "," if length > 15 else ""
            text = " ".join([*some[:middle], some[middle] + comma, *some[middle + 1 :]])
            found.append(f"{text[0].upper()}{text[1:].rstrip(',')}.")
            at += length
        return found

    def paragraph(self, words: int = _PARAGRAPH_WORDS) -> list[str]:
        """The sentences of one paragraph."""
        return self.sentences(max(6, int(self._chance.normal(words, words / 4))))

    def text(self, words: int) -> str:
        """Paragraphs of about so many words in all."""
        count = max(1, round(words / _PARAGRAPH_WORDS))
        paragraphs = (self.paragraph(words // count) for _ in range(count))
        return "\n\n".join(" ".join(each) for each in paragraphs) + "\n"

    def questions(self, count: int) -> list[str]:
        """Questions of a few words each, some common and some rare."""
        asked = []
        for _ in range(count):
            words = " ".join(self._draw(int(self._chance.integers(4, 11))))
            asked.append(f"What does the {words} do?")
        return asked


def write_files(folder: Path, count: int, words: int, seed: int = 1) -> int:
    """Writes text files of about so many words, in folders of 100; gives how many words."""
    writer, total = Writer(seed), 0
    for number in range(count):
        path = folder / f"part-{number // 100:03}" / f"file-{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = writer.text(words)
        path.write_text(text, encoding="utf-8")
        total += len(text.split())
    return total


def clustered(centres: Vectors, count: int, seed: int, block: int = 10_000) -> Iterator[Vectors]:
    """Unit vectors (n, dimension), so many in all, in a cloud around each of the centres."""
    chance = np.random.default_rng(seed)
    for start in range(0, count, block):
        size = min(block, count - start)
        own = centres[chance.integers(0, len(centres), size)]
        # As far from the centre as texts on one subject are from each other.
        noise = chance.standard_normal((size, centres.shape[1])) / np.sqrt(centres.shape[1])
        yield unit(own + 0.8 * noise)


def unit(vectors: npt.NDArray[np.floating]) -> Vectors:
    scaled: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled
