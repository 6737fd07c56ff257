"""Fits what reading adds to the weights in `qa/weights.json`; `evals/reading.py --fit` runs it.

Four regressions, each fitted to what the one before makes: how likely a passage answers, a
sentence, any of them; and whether the documents speak of the matter at all. What is judged without
reading is among their features, so that few weights are learned from few questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from evals.fit import FOLDS, Matrix, Model, chances, fit, right_of, written
from evals.seen import Seen, holds
from qa.features import Candidate, candidates
from qa.reread import OVERALL_READ, PASSAGE, READ, overall_read, passage_rows, ranked, with_readings
from qa.weights import reloaded

# What a question counts that was made from another one, beside one that somebody asked.
MADE = 0.25
# What those about other documents count together, beside all that are answered: to answer them is
# worse than to decline one of the others.
FOREIGN = 1.5
RIDGE = 3.0


@dataclass(frozen=True, slots=True)
class Asked:
    """The sentences that were read for a question, and which of them are right."""

    seen: Seen
    found: list[Candidate]
    right: Matrix

    @property
    def fold(self) -> int:
        evidence = self.seen.question.evidence
        source = evidence[0].source if evidence else self.seen.passages[0].source
        return crc32(source.encode()) % FOLDS


def fit_all(seen: Sequence[Seen]) -> None:
    """Fits the four and writes them."""
    answered = [each for each in seen if each.kind == "own"]
    rows, right = list[tuple[float, ...]](), list[bool]()
    for each in answered:
        some = each.passages[: len(each.readings)]
        rows += passage_rows(some, each.readings)
        right += [holds(each, passage) for passage in some]
    model = fit(np.array(rows), np.array(right, dtype=float), np.ones(len(rows)))
    written({"passage read": (PASSAGE, model)})
    reloaded()
    asked = [each for each in map(_asked, seen) if each.found]
    models = [_sentences([each for each in asked if each.fold != fold]) for fold in range(FOLDS)]
    # By models that haven't seen their documents.
    x = np.array([_overall(each, models[each.fold]) for each in asked])
    kinds = [each.seen.kind for each in asked]
    foreign = FOREIGN * kinds.count("own") / max(1, kinds.count("foreign"))
    weight = np.array(
        [
            foreign if each.seen.foreign else MADE if each.seen.question.tags else 1.0
            for each in asked
        ]
    )
    answers = np.array([float(kind == "own") for kind in kinds])
    on_topic = np.array([float(kind != "foreign") for kind in kinds])
    written(
        {
            "sentence read": (READ, _sentences(asked)),
            "answers read": (OVERALL_READ, fit(x, answers, weight, RIDGE)),
            "on_topic read": (OVERALL_READ, fit(x, on_topic, weight, RIDGE)),
        }
    )
    reloaded()
    print(f"fitted to {len(asked):,} questions")


def _asked(seen: Seen) -> Asked:
    question = seen.question
    passages, readings = ranked(seen.passages, seen.readings)
    found = candidates(question.question, passages, seen.chunks)
    found = with_readings(found, passages, readings)
    right = right_of(found, question, None if seen.foreign else seen.documents)
    return Asked(seen, found, right)


def _sentences(asked: Sequence[Asked]) -> Model:
    rows = [each.read for one in asked for each in one.found]
    right = np.concatenate([one.right for one in asked])
    return fit(np.array(rows), right, np.ones(len(rows)))


def _overall(asked: Asked, model: Model) -> tuple[float, ...]:
    likely = chances(model, np.array([each.read for each in asked.found]))
    return overall_read(asked.found, likely.tolist())
