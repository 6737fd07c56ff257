"""What reading adds to picking and declining: python -m evals.reading [--fit] [--most N] SET…

Each SET has documents/ and gold.jsonl, as for `evals.fit`; every question is asked of its own set's
documents, and some of the next set's, where nothing is right. What is printed is with the weights
as they are, without reading and with it. With `--fit` those of reading are fitted first, to sets
that the reader has not seen (`qa/reader/held.py` writes them): `evals/fit_reading.py`.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evals.fit import right_of
from evals.fit_reading import fit_all
from evals.fitted import auc, calibration, wrong
from evals.gold import read
from evals.measure import answer_recall, f1
from evals.seen import Seen, holds, see, see_parts
from evals.statistics import wilson
from qa.quote import by_chance, pick
from qa.read import MODEL, Reader
from qa.reread import ranked
from qa.settings import Settings

# How many of the next set's questions are asked of a set's documents.
FOREIGN = 200
SEED = 5
# Shares of wrongly declined questions at which declining is told.
WRONGLY = (0.01, 0.02, 0.03, 0.05)


@dataclass(slots=True)
class Figures:
    """What is measured of questions, one value for each that it can be told of."""

    first_sentence: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    first_passage: list[float] = field(default_factory=list)
    marked: list[float] = field(default_factory=list)
    chances: dict[str, list[float]] = field(default_factory=dict)


def measured(seen: Sequence[Seen], reading: bool) -> Figures:
    """The figures, as `qa.quote` answers with two sentences at most."""
    figures = Figures()
    for each in seen:
        question, passages, readings = each.question, each.passages, each.readings
        passages, readings = ranked(passages, readings) if reading else (passages, [])
        picked = pick(question.question, passages, each.chunks, 2, readings=readings)
        figures.chances.setdefault(each.kind, []).append(picked.answers)
        if each.kind != "own":
            continue
        figures.first_passage.append(holds(each, passages[0]))
        likely = by_chance(question.question, passages, each.chunks, readings)[0]
        right = right_of([one for one, _ in likely[:1]], question, each.documents)
        figures.first_sentence.append(bool(right.any()))
        if question.answers:
            said = [quote.sentence.text for quote in picked.quotes]
            figures.recall.append(answer_recall(question.answers, said))
            exact = [q.sentence.text[slice(*span)] for q in picked.quotes for span in q.marks]
            figures.marked.append(any(f1(question.answers, text) >= 0.8 for text in exact))
    return figures


def told(figures: Figures) -> None:
    """Prints them, with 95 % intervals."""
    least, chance = Settings().refuse_below, figures.chances
    declined = {kind: [c < least for c in some] for kind, some in chance.items()}
    for name, values in (
        ("right sentence first", figures.first_sentence),
        ("answer in at most two sentences", figures.recall),
        ("right passage first", figures.first_passage),
        ("exact words marked", figures.marked),
        ("wrongly declined", declined.get("own", [])),
        ("near misses declined", declined.get("near", [])),
        ("off topic declined", declined.get("foreign", [])),
    ):
        if values:
            share = float(np.mean(values))
            low, high = wilson(share, len(values))
            print(f"  {name}: {share:.3f} ({low:.3f}–{high:.3f}), n {len(values)}")
    own, near, foreign = (chance.get(kind, []) for kind in ("own", "near", "foreign"))
    if own and near:
        print(f"  AUC, answerable against near misses: {auc(own, near):.3f}")
    for share in WRONGLY if own and foreign else ():
        at = float(np.quantile(own, share))
        off = np.mean([c < at for c in foreign])
        print(f"  off topic declined at {share:.0%} wrongly declined ({at:.3f}): {off:.3f}")
    if own and near and foreign and len(own) == len(figures.recall):
        # What the chances mean, and what another threshold would cost and gain.
        others = len(near) + len(foreign)
        every = np.array([*own, *near, *foreign])
        could = np.array([True] * len(own) + [False] * others)
        weight = np.array([1.0] * (len(own) + len(near)) + [0.5] * len(foreign))
        calibration(every, could.astype(float), weight)
        wrong(every, could, np.array([each > 0 for each in figures.recall] + [False] * others))


def main() -> None:
    parser = argparse.ArgumentParser(usage="python -m evals.reading [--fit] [--most N] SET…")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--most", type=int, default=10**9, metavar="N", help="questions of a set")
    parser.add_argument("--model", type=Path, default=MODEL, metavar="FILE", help="another reader")
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET")
    arguments = parser.parse_args()
    reader = Reader(arguments.model)
    chance = random.Random(SEED)  # noqa: S311 - no secret
    sets = [read(folder / "gold.jsonl") for folder in arguments.sets]
    seen: list[tuple[str, list[Seen]]] = []
    for number, (folder, own) in enumerate(zip(arguments.sets, sets, strict=True)):
        others = [each for each in sets[(number + 1) % len(sets)] if each.answerable]
        # All that somebody asked to have no answer: there are few.
        rare = [each for each in own if not each.answerable and not each.tags]
        rest = [each for each in own if each not in rare]
        some = [*rare, *chance.sample(rest, min(arguments.most, len(rest)))]
        foreign = chance.sample(others, min(FOREIGN, len(others))) if len(sets) > 1 else []
        seen.append((folder.name, see(folder / "documents", some, foreign, reader)))
        if arguments.fit:
            parts = see_parts(folder / "documents", own, chance, reader)
            seen.append((f"{folder.name}, parts", parts))
    if arguments.fit:
        fit_all([each for _, some in seen for each in some])
    for name, each in seen:
        for reading in (False, True):
            print(f"\n{name}, {'with' if reading else 'without'} reading")
            told(measured(each, reading))


if __name__ == "__main__":
    main()
