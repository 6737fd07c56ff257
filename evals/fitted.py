"""Prints how well a fit does on what was held back: picking, declining, calibration, topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evals.measure import answer_recall, f1
from qa.kinds import Kind, spans
from qa.marks import marks
from qa.quote import chosen
from qa.types import Quote

if TYPE_CHECKING:
    from evals.fit import Asked, Mask, Matrix

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
    weight = np.array([0.5 if each.foreign else 1.0 for each in asked])
    calibration(answers, np.array([each.answerable for each in asked], dtype=float), weight)
    # Near misses come only from collections of this size: one of each kind, as people ask.
    there = [place for place, each in enumerate(asked) if 61 <= each.chunks <= 700]
    between = [asked[place] for place in there]
    could = np.array([each.answerable for each in between])
    wrong(answers[there], could, np.array([_said_right(each) for each in between]))


def _picking(asked: Sequence[Asked]) -> None:
    """Whether the answer is in what would be said, in one sentence and in at most two."""
    firsts, one, two, words = [], [], [], []
    marked: Counter[tuple[str, bool]] = Counter()
    for each in asked:
        ranked = _ranked(each)
        firsts.append(each.right[int(np.argmax(each.chances))])
        answers = each.question.answers
        if not answers:
            continue
        question = each.question.question
        said = _said(each)
        one.append(answer_recall(answers, said[:1]))
        two.append(answer_recall(answers, said))
        words.append(sum(len(text.split()) for text in said))
        if kind := kind_of_answers(answers):
            marked[kind, _marked_right(question, ranked[0].sentence.text, answers)] += 1
    if firsts:
        print(f"  right sentence first: {np.mean(firsts):.3f} of {len(firsts)}")
    if one:
        print(
            f"  answer in the first sentence {np.mean(one):.3f}, in what is said "
            f"{np.mean(two):.3f}, of {np.mean(words):.1f} words; n {len(one)}"
        )
    kinds = {kind: (marked[kind, True], marked[kind, False]) for kind in ("date", "number", "name")}
    if marked:
        right = sum(each for each, _ in kinds.values())
        shown = ", ".join(f"{kind} {a} of {a + b}" for kind, (a, b) in kinds.items())
        print(f"  exact answer marked: {right} of {marked.total()} ({shown})")


def _ranked(each: Asked) -> list[Quote]:
    quotes = [
        Quote(found.passage, found.sentence, float(chance))
        for found, chance in zip(each.found, each.chances, strict=True)
    ]
    return sorted(quotes, key=lambda quote: -quote.probability)


def kind_of_answers(answers: Sequence[str]) -> str | None:
    """ "date", "number" or "name" if most gold answers are one from end to end; else None."""
    kinds = Counter(
        next((kind for kind in ("date", "number", "name") if _is_all(kind, each)), None)
        for each in answers
    )
    return kinds.most_common(1)[0][0]


def _is_all(kind: Kind, answer: str) -> bool:
    return any(span.start == 0 and span.end >= len(answer) - 1 for span in spans(kind, answer))


def _marked_right(question: str, sentence: str, answers: Sequence[str]) -> bool:
    """Whether the words marked are a gold answer's, by an F1 of 0.8; unmarked, all of them."""
    found = marks(question, sentence)
    return f1(answers, sentence[slice(*found[0])] if found else sentence) >= 0.8


def calibration(answers: Matrix, truth: Matrix, weight: Matrix) -> None:
    """How often questions of each tenth of chances were answerable, and the expected error; `truth`
    is 1 for those that are, each question counts as much as its `weight`."""
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


def wrong(answers: Matrix, could: Mask, good: Mask) -> None:
    """What share of the answers given is wrong, against what share of what could be answered is
    declined: a wrong answer is one without the gold answer, or to what the documents don't say."""
    print("\nthreshold, wrongly declined, wrong among what is said, right of all answerable")
    for threshold in (0.0, *THRESHOLDS, 0.6, 0.7, 0.8, 0.9):
        said = answers >= threshold
        amiss = (said & ~good).sum() / max(1, said.sum())
        declined, right = (could & ~said).sum(), (said & good).sum()
        print(
            f"  {threshold:.2f}  {declined / could.sum():.3f}  {amiss:.3f}"
            f"  {right / could.sum():.3f}"
        )


def _said_right(each: Asked) -> bool:
    if not each.answerable:
        return False
    return bool(answer_recall(each.question.answers, _said(each)))


def _said(each: Asked) -> list[str]:
    passages = list({id(found.passage): found.passage for found in each.found}.values())
    quotes = chosen(each.question.question, _ranked(each), passages, 2)
    return [quote.sentence.text for quote in quotes]


def auc(right: Sequence[float], rest: Sequence[float]) -> float:
    """The chance that one of the first is above one of the others (Hanley and McNeil 1982)."""
    one, other = np.array(right)[:, None], np.array(rest)[None, :]
    return float(((one > other) + 0.5 * (one == other)).mean())
