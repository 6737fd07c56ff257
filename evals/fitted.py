"""Prints how well a fit does on what was held back: picking, declining, calibration, topics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evals.measure import answer_recall
from qa.quote import ALSO, WORDS

if TYPE_CHECKING:
    from evals.fit import Asked, Matrix

THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)


def report(asked: Sequence[Asked], answers: Matrix, on_topic: Matrix) -> None:
    """`answers` and `on_topic` are the chances of the questions, held back."""
    for low, high in ((1, 5), (6, 60), (61, 700), (701, 10**9)):
        every = zip(asked, answers, on_topic, strict=True)
        some = [(e, a, t) for e, a, t in every if low <= e.chunks <= high]
        print(f"\n{low}+ chunks")
        _picking([each for each, _, _ in some if each.answerable])
        kinds = {
            "wrongly declined": [a for e, a, _ in some if e.answerable],
            "near misses declined": [a for e, a, _ in some if not e.answerable and not e.foreign],
            "off topic declined": [a for e, a, _ in some if e.foreign],
        }
        for kind, chances in kinds.items():
            if chances:
                rates = ", ".join(
                    f"{np.mean(np.array(chances) < t):.3f} at {t}" for t in THRESHOLDS
                )
                print(f"  {kind}: {rates}; n {len(chances)}")
        if kinds["near misses declined"]:
            right, rest = kinds["wrongly declined"], kinds["near misses declined"]
            print(f"  AUC, answerable against near misses: {auc(right, rest):.3f}")
        told = [(e.foreign, t < 0.5) for e, _, t in some]
        print(f"  topic told rightly: {np.mean([a == b for a, b in told]):.3f} of {len(told)}")
    _calibration(asked, answers)


def _picking(asked: Sequence[Asked]) -> None:
    """Whether the answer is in what would be said, in one sentence and in at most two."""
    firsts, one, two, words = [], [], [], []
    for each in asked:
        order = np.argsort(-each.chances)
        firsts.append(each.right[order[0]])
        if not each.question.answers:
            continue
        said = [each.found[place].sentence.text for place in order[:2]]
        if (
            each.chances[order[-1 if len(order) < 2 else 1]] < ALSO * each.chances[order[0]]
            or sum(len(text.split()) for text in said) > WORDS
        ):
            said = said[:1]
        one.append(answer_recall(each.question.answers, said[:1]))
        two.append(answer_recall(each.question.answers, said))
        words.append(sum(len(text.split()) for text in said))
    if firsts:
        print(f"  right sentence first: {np.mean(firsts):.3f} of {len(firsts)}")
    if one:
        print(
            f"  answer in the first sentence {np.mean(one):.3f}, in what is said "
            f"{np.mean(two):.3f}, of {np.mean(words):.1f} words; n {len(one)}"
        )


def _calibration(asked: Sequence[Asked], answers: Matrix) -> None:
    """How often questions of each tenth of chances were answerable, and the expected error."""
    truth = np.array([each.answerable for each in asked], dtype=float)
    weight = np.array([0.5 if each.foreign else 1.0 for each in asked])
    error = 0.0
    print("\nchance said, share that is answerable, n")
    for low in np.arange(0, 1, 0.1):
        there = (answers >= low) & (answers < low + 0.1)
        if there.any():
            said = np.average(answers[there], weights=weight[there])
            is_ = np.average(truth[there], weights=weight[there])
            error += abs(said - is_) * weight[there].sum() / weight.sum()
            print(f"  {said:.2f}  {is_:.2f}  {there.sum()}")
    print(f"expected calibration error {error:.3f}")


def auc(right: Sequence[float], rest: Sequence[float]) -> float:
    """The chance that one of the first is above one of the others (Hanley and McNeil 1982)."""
    one, other = np.array(right)[:, None], np.array(rest)[None, :]
    return float(((one > other) + 0.5 * (one == other)).mean())
