"""Fits the weights in `qa/quote.py`: python -m evals.fit SET… (each with documents/, gold.jsonl)

Every question is asked of its own set's documents, where a sentence is right if it shares half of
the shorter of itself and an evidence quote, and of the next set's, where nothing is right. So that
small collections are learned from too, it is asked again of parts of its own document, and those
parts are asked questions on others. In each collection all that has no answer weighs as much as all
that has, so that its size isn't mistaken for the odds of an answer. Prints the weights, and how
many questions would be refused and answered at thresholds, by size of the collection, on what was
held back (5 folds over questions).
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from evals.gold import Question, read
from index import Passage, Search, Sentence, build
from qa.quote import features

Matrix = npt.NDArray[np.float64]
PART_LENGTHS = (10**9, 6_000, 1_500)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's features (sentences, 9), whether each sentence is right, among how many chunks,
    whether it is about other documents, and what it weighs."""

    question: str
    rows: Matrix
    right: Matrix
    chunks: int
    foreign: bool
    weight: float = 1.0


def ask(documents: Path, own: list[Question], others: list[Question]) -> list[Asked]:
    """Indexes the documents and asks all questions; to the others no sentence is right."""
    with tempfile.TemporaryDirectory() as home:
        build(Path(home), [documents])
        search = Search(Path(home), view=False)
        asked = [_asked(search, question, documents) for question in own]
        asked += [_asked(search, question, None) for question in others]
    asked = [each for each in asked if len(each.rows)]
    answered = sum(each.right.any() for each in asked)
    rest = len(asked) - answered
    return [each if each.right.any() else replace(each, weight=answered / rest) for each in asked]


def _asked(search: Search, question: Question, documents: Path | None) -> Asked:
    at = search.snapshot()
    passages = search.find(question.question, 8, at)
    sentences, found = features(question.question, passages, at.chunks)
    right = np.zeros(len(sentences))
    for each in question.evidence if documents else ():
        assert documents  # noqa: S101 - for the type checker
        start = _text(documents / each.source).index(each.quote)
        end = start + len(each.quote)
        right += [_shares(*sentence, each.source, start, end) for sentence in sentences]
    return Asked(question.id, np.array(found), np.minimum(right, 1), at.chunks, documents is None)


@cache
def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig")


def ask_parts(documents: Path, questions: list[Question], seed: int = 0) -> list[Asked]:
    """Asks parts of the 10 documents with most questions those questions, and 30 of others."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    sources = {question: {each.source for each in question.evidence} for question in questions}
    asks = Counter(name for names in sources.values() for name in names)
    asked = []
    for name, _ in asks.most_common(10):
        text = _text(documents / name)
        for length in PART_LENGTHS:
            start = chance.randrange(max(1, len(text) - length))
            part = text[start : start + length]
            own = [q for q in questions if all(each.quote in part for each in q.evidence)]
            rest = [q for q in questions if name not in sources[q]]
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / name).write_bytes(part.encode())
                asked += ask(Path(folder), own, chance.sample(rest, 30))
    return asked


def _shares(passage: Passage, sentence: Sentence, source: str, start: int, end: int) -> bool:
    common = min(end, sentence.end) - max(start, sentence.start)
    shorter = min(end - start, sentence.end - sentence.start)
    return passage.source == source and common >= shorter / 2


def fit(asked: list[Asked], ridge: float = 1.0) -> Matrix:
    """Weights and, last, the intercept, of a ridge logistic regression by Newton's method."""
    x = np.concatenate([each.rows for each in asked])
    x, y = np.c_[x, np.ones(len(x))], np.concatenate([each.right for each in asked])
    weight = np.concatenate([np.full(len(each.rows), each.weight) for each in asked])
    penalty = np.diag([ridge] * (x.shape[1] - 1) + [0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (weight * (y - p)) - penalty @ weights
        weights += np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x + penalty, slope)
    return weights


def report(asked: list[Asked]) -> None:
    """Prints what the thresholds would do to questions held back."""
    kinds = ("wrongly refused", "near misses refused", "off topic refused")
    best: list[tuple[int, str, float]] = []
    first = []
    for fold in range(5):
        weights = fit([each for each in asked if crc32(each.question.encode()) % 5 != fold])
        for each in (each for each in asked if crc32(each.question.encode()) % 5 == fold):
            scores = np.c_[each.rows, np.ones(len(each.rows))] @ weights
            kind = kinds[2 if each.foreign else 0 if each.right.any() else 1]
            best.append((each.chunks, kind, 1 / (1 + np.exp(-scores.max()))))
            if each.right.any():
                first.append(each.right[scores.argmax()])
    print(f"right sentence first: {np.mean(first):.3f} of {len(first)} that were retrieved")
    for low, high in ((1, 5), (6, 60), (61, 700), (701, 10**9)):
        for kind in kinds:
            some = np.array([p for chunks, is_, p in best if is_ == kind and low <= chunks <= high])
            if not len(some):
                continue
            rates = " ".join(f"{np.mean(some < t):.3f} at {t}," for t in (0.01, 0.02, 0.03, 0.05))
            print(f"{low}+ chunks, {kind}: {rates} n {len(some)}")


def main(folders: list[Path]) -> None:
    sets = [read(folder / "gold.jsonl") for folder in folders]
    asked: list[Asked] = []
    for number, (folder, own) in enumerate(zip(folders, sets, strict=True)):
        asked += ask(folder / "documents", own, sets[(number + 1) % len(sets)])
        asked += ask_parts(folder / "documents", [each for each in own if each.answerable])
    print("weights and intercept", fit(asked).round(2).tolist())
    report(asked)


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
