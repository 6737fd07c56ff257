"""Fits the weights in `qa/weights.json`: python -m evals.fit SET… (with documents/, gold.jsonl)

Every question is asked of its own set's documents, where a sentence is right if it shares half of
the shorter of itself and an evidence quote, and of the next set's, where nothing is right. So that
small collections are learned from too, it is asked again of parts of its own document, and those
parts are asked questions on others. In each collection all that has no answer weighs as much as all
that has, so that its size isn't mistaken for the odds of an answer. Three regressions are fitted:
whether a sentence answers, whether any does, and whether the documents speak of the matter. Prints
what they do to questions that were held back (5 folds, by document).
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from evals.gold import Question, read
from index import Passage, Search, Sentence, build
from qa.features import NAMES, OVERALL, Candidate, candidates, overall
from qa.weights import WEIGHTS

Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Model = tuple[Matrix, float]
PART_LENGTHS = (10**9, 6_000, 1_500)
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the sentences found, which of them are right, and how many chunks there are.

    `document` decides the fold; `foreign` says that it is about other documents. `chances` are what
    a model that has not seen this document gives the sentences.
    """

    question: Question
    found: list[Candidate]
    right: Matrix
    chunks: int
    foreign: bool
    document: str
    weight: float = 1.0
    chances: Matrix = field(default_factory=lambda: np.zeros(0))

    @property
    def fold(self) -> int:
        return crc32(self.document.encode()) % FOLDS

    @property
    def answerable(self) -> bool:
        return self.question.answerable and not self.foreign


def ask(documents: Path, own: list[Question], others: list[Question]) -> list[Asked]:
    """Indexes the documents and asks all questions; to the others no sentence is right."""
    with tempfile.TemporaryDirectory() as home:
        build(Path(home), [documents])
        search = Search(Path(home), view=False)
        asked = [_asked(search, question, documents) for question in own]
        asked += [_asked(search, question, None) for question in others]
    asked = [each for each in asked if each.found]
    answered = sum(bool(each.right.any()) for each in asked)
    rest = len(asked) - answered
    return [each if each.right.any() else replace(each, weight=answered / rest) for each in asked]


def _asked(search: Search, question: Question, documents: Path | None) -> Asked:
    at = search.snapshot()
    passages = search.find(question.question, 10, at)
    found = candidates(question.question, passages, at.chunks)
    right = right_of(found, question, documents)
    where = question.evidence[0].source if question.evidence else ""
    document = where or (passages[0].source if passages else question.id)
    return Asked(question, found, right, at.chunks, documents is None, document)


def right_of(found: Sequence[Candidate], question: Question, documents: Path | None) -> Matrix:
    """1 for each sentence that is right, 0 for the others; all of them without documents."""
    right = np.zeros(len(found))
    for each in question.evidence if documents else ():
        start = _text(documents / each.source).index(each.quote) if documents else 0
        end = start + len(each.quote)
        right += [_shares(one.passage, one.sentence, each.source, start, end) for one in found]
    return np.minimum(right, 1)


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


def fit(x: Matrix, y: Matrix, weight: Matrix, ridge: float = 1.0) -> Model:
    """Weights and intercept of a ridge logistic regression on scaled columns, by Newton's method;
    the weights are for columns as they came."""
    middle, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    scaled = np.c_[(x - middle) / scale, np.ones(len(x))]
    penalty = np.diag([ridge] * x.shape[1] + [0.0])
    weights = np.zeros(scaled.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (weight * (y - p)) - penalty @ weights
        curve = (scaled * (weight * p * (1 - p))[:, None]).T @ scaled + penalty
        weights += np.linalg.solve(curve, slope)
    own = weights[:-1] / scale
    return own, float(weights[-1] - own @ middle)


def chances(model: Model, x: Matrix) -> Matrix:
    weights, intercept = model
    result: Matrix = 1 / (1 + np.exp(-(x @ weights + intercept)))
    return result


def fit_sentences(asked: list[Asked]) -> Model:
    return fit(
        np.array([each.row for one in asked for each in one.found]),
        np.concatenate([one.right for one in asked]),
        np.concatenate([np.full(len(one.found), one.weight) for one in asked]),
    )


def fit_overall(asked: list[Asked], truth: list[bool]) -> Model:
    """On what is said of sentences by models that haven't seen their documents."""
    weight = np.array([0.5 if each.foreign else 1.0 for each in asked])
    return fit(_overall(asked), np.array(truth, dtype=float), weight, ridge=3.0)


def _overall(asked: list[Asked]) -> Matrix:
    return np.array([overall(each.found, each.chances.tolist()) for each in asked])


def with_chances(asked: list[Asked]) -> list[Asked]:
    """The same with the chances of sentences, by models of the other folds."""
    models = [fit_sentences([each for each in asked if each.fold != fold]) for fold in range(FOLDS)]
    return [
        replace(each, chances=chances(models[each.fold], np.array([c.row for c in each.found])))
        for each in asked
    ]


def held_back(asked: list[Asked], truth: list[bool]) -> Matrix:
    """The chance of each question, by models of the other folds."""
    result = np.zeros(len(asked))
    for fold in range(FOLDS):
        there = [place for place, each in enumerate(asked) if each.fold == fold]
        rest = [place for place, each in enumerate(asked) if each.fold != fold]
        model = fit_overall([asked[p] for p in rest], [truth[p] for p in rest])
        result[there] = chances(model, _overall([asked[p] for p in there]))
    return result


def written(models: Mapping[str, tuple[Sequence[str], Model]]) -> None:
    """Puts the weights of these regressions into the file; the others stay."""
    content = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    for name, (names, (weights, intercept)) in models.items():
        content[name] = {
            "weights": dict(zip(names, weights.round(4).tolist(), strict=True)),
            "intercept": round(intercept, 4),
        }
    WEIGHTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main(folders: list[Path]) -> None:
    from evals.fitted import report

    sets = [read(folder / "gold.jsonl") for folder in folders]
    asked: list[Asked] = []
    for number, (folder, own) in enumerate(zip(folders, sets, strict=True)):
        asked += ask(folder / "documents", own, sets[(number + 1) % len(sets)])
        asked += ask_parts(folder / "documents", [each for each in own if each.answerable])
    asked = with_chances(asked)
    answerable = [each.answerable for each in asked]
    own_topic = [not each.foreign for each in asked]
    models = {
        "sentence": (NAMES, fit_sentences(asked)),
        "answers": (OVERALL, fit_overall(asked, answerable)),
        "on_topic": (OVERALL, fit_overall(asked, own_topic)),
    }
    written(models)
    report(asked, held_back(asked, answerable), held_back(asked, own_topic))


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
