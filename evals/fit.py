"""Fits the weights in `qa/quote.py`: python -m evals.fit SET… (each with documents/, gold.jsonl)

Every question is asked of its own set's documents, where a sentence is right if it shares half of
the shorter of itself and an evidence quote, and of the next set's, where nothing is right. Prints
the weights, and how many questions would be refused and answered at thresholds, on what was held
back (5 folds over questions).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evals.gold import Question, read
from index import Passage, Search, Sentence, build
from qa.quote import features

Matrix = npt.NDArray[np.float64]
# Features (sentences, 8) and whether each sentence is right, of one question.
Asked = tuple[Matrix, Matrix]


def ask(search: Search, questions: list[Question], documents: Path | None) -> list[Asked]:
    """Asks all questions; without `documents` no sentence is right."""
    texts: dict[str, str] = {}
    rows = []
    for question in questions:
        passages = search.find(question.question, 8, search.snapshot())
        sentences, found = features(question.question, passages)
        spans = []
        for each in question.evidence if documents else ():
            if each.source not in texts:
                texts[each.source] = (documents / each.source).read_text(encoding="utf-8-sig")
            start = texts[each.source].index(each.quote)
            spans.append((each.source, start, start + len(each.quote)))
        right = [any(_shares(*sentence, *span) for span in spans) for sentence in sentences]
        if found:
            rows.append((np.array(found), np.array(right, dtype=float)))
    return rows


def _shares(passage: Passage, sentence: Sentence, source: str, start: int, end: int) -> bool:
    common = min(end, sentence.end) - max(start, sentence.start)
    shorter = min(end - start, sentence.end - sentence.start)
    return passage.source == source and common >= shorter / 2


def fit(asked: list[Asked], ridge: float = 1.0) -> Matrix:
    """Weights and, last, the intercept, of a ridge logistic regression by Newton's method."""
    x = np.concatenate([rows for rows, _ in asked])
    x, y = np.c_[x, np.ones(len(x))], np.concatenate([right for _, right in asked])
    penalty = np.diag([ridge] * (x.shape[1] - 1) + [0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (y - p) - penalty @ weights
        weights += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + penalty, slope)
    return weights


def chances(weights: Matrix, rows: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-np.c_[rows, np.ones(len(rows))] @ weights)))


def main(folders: list[Path]) -> None:
    searches, sets = [], []
    for folder in folders:
        home = Path(tempfile.mkdtemp(prefix="footnote-fit-"))
        build(home, [folder / "documents"])
        searches.append(Search(home, view=False))
        sets.append(read(folder / "gold.jsonl"))
    own, others = [], []
    for number, (search, questions) in enumerate(zip(searches, sets, strict=True)):
        own += ask(search, questions, folders[number] / "documents")
        others += ask(search, sets[(number + 1) % len(sets)], None)
    print("weights", fit(own + others).round(2).tolist())
    best, first, foreign = [], [], []
    for fold in range(5):
        rest = [each for n, each in enumerate(own) if n % 5 != fold]
        rest += [each for n, each in enumerate(others) if n % 5 != fold]
        weights = fit(rest)
        for rows, right in own[fold::5]:
            if right.any():
                chance = chances(weights, rows)
                best.append(chance.max())
                first.append(right[chance.argmax()])
        foreign += [chances(weights, rows).max() for rows, _ in others[fold::5]]
    print(f"right sentence first: {np.mean(first):.3f} of {len(first)} that were retrieved")
    for threshold in (0.005, 0.01, 0.015, 0.02, 0.03, 0.05):
        refused, declined = np.mean(np.array(best) < threshold), np.mean(np.array(foreign) < threshold)
        print(f"refuse_below {threshold}: false refusals {refused:.3f}, off topic declined {declined:.3f}")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
