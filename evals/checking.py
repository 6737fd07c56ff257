"""How well `qa.check` agrees with people, and what it lets through: python -m evals.checking SET

SET is a file of claims with passages that people judged, as `footnote-eval judge` takes them. The
regressions are fitted to four fifths of it and tried on the rest, five times; claims with the same
passages are in the same fifth. What is printed below that are true sentences of this repository's
documents, with one thing changed and without: `evals/corrupt.py` says how.

With `--fit` the weights fitted to all of it go into `qa/weights.json`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from evals.corrupt import Changed, corrupted, evidence, harmless
from evals.fit import FOLDS, Mask, Matrix, Model, chances, fit, written
from evals.judge import Agreement, Labelled, read_labelled
from evals.statistics import wilson
from index.encode import encoder
from qa.check import SUPPORTED, WEIGHED, Similar, Weigh, check, fault, features, is_quoted
from qa.overlap import OVERLAP, SIMILAR
from qa.read import reader
from qa.wording import aligned, sentence, sentences, unmarked

RIDGE = 30.0


@dataclass(frozen=True, slots=True)
class Ways:
    """What a check may use beside words."""

    similar: Similar | None = None
    weigh: Weigh | None = None


def vectors() -> Similar:
    """What makes vectors of sentences, by the encoder that comes with the index."""
    local = encoder()
    return lambda texts: np.stack([local.question(text) for text in texts])


def held_back(x: Matrix, y: Matrix, rows: Sequence[Labelled], open_: Mask) -> Matrix:
    """The chance of each claim, by a model that has seen no claim about its passages, fitted to the
    open ones, which the rules leave to it."""
    folds = np.array([crc32("\n".join(row.passages).encode()) % FOLDS for row in rows])
    found = np.zeros(len(rows))
    for fold in range(FOLDS):
        others = (folds != fold) & open_
        found[folds == fold] = chances(fitted(x[others], y[others]), x[folds == fold])
    return found


def fitted(x: Matrix, y: Matrix) -> Model:
    return fit(x, y, np.ones(len(y)), RIDGE)


def by_rules(rows: Sequence[Labelled]) -> list[bool | None]:
    """What is sure without the regression: that a claim is quoted, or that a rule finds fault."""
    found: list[bool | None] = []
    for row in rows:
        said, text = unmarked(row.claim), "\n\n".join(row.passages)
        claim, cited = sentence(said), sentences(text)
        wrong = fault(claim, text, cited, aligned(claim, cited))
        found.append(True if is_quoted(said, text) else False if wrong else None)
    return found


def seen(rows: Sequence[Labelled], similar: Similar | None, weigh: Weigh | None) -> Matrix:
    """What the regression looks at, a row for each claim."""
    found = []
    for row in rows:
        claim, cited = sentence(unmarked(row.claim)), sentences("\n\n".join(row.passages))
        found.append(features(claim, cited, similar, weigh))
    return np.array(found)


def agreed(rows: Sequence[Labelled], said: Sequence[bool]) -> Agreement:
    """How verdicts compare with people's."""
    pairs = [(row.supported, verdict) for row, verdict in zip(rows, said, strict=True)]
    right = Counter(people for people, verdict in pairs if people == verdict)
    of = Counter(people for people, _ in pairs)
    return Agreement(of[True], right[True], of[False], right[False])


def main() -> None:
    parser = argparse.ArgumentParser(usage="python -m evals.checking [--fit] SET")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("set", type=Path)
    arguments = parser.parse_args()
    rows = read_labelled(arguments.set)
    y = np.array([row.supported for row in rows], dtype=float)
    ruled = by_rules(rows)
    open_ = np.array([each is None for each in ruled])
    _rules(rows, ruled)
    models = {}
    for which, names, similar, weigh in (
        ("support", OVERLAP, None, None),
        ("support with vectors", SIMILAR, vectors(), None),
        ("support read", WEIGHED, vectors(), reader().weigh),
    ):
        x = seen(rows, similar, weigh)
        models[which] = (names, fitted(x[open_], y[open_]))
        alone = held_back(x, y, rows, np.ones_like(open_))
        _agreement(f"{which}, without the rules", agreed(rows, [c >= SUPPORTED for c in alone]))
        chance = held_back(x, y, rows, open_)
        said = [c >= SUPPORTED if r is None else r for c, r in zip(chance, ruled, strict=True)]
        _agreement(f"{which}, with the rules", agreed(rows, said))
    if arguments.fit:
        written(models)
        print(f"fitted to {open_.sum():,} claims; run it again for what these weights let through")
        return
    said_truly = evidence()
    for name, ways in (
        ("words", Ways()),
        ("words and vectors", Ways(vectors())),
        ("words, vectors and reading", Ways(vectors(), reader().weigh)),
    ):
        print(f"\nby {name}")
        untouched = [Changed("untouched", each.sentence, each) for each in said_truly]
        _verdicts("true sentences not called supported", untouched, ways, alarm=True)
        reworded = harmless(said_truly)
        _verdicts("the same in other words, not called supported", reworded, ways, alarm=True)
        _verdicts("one thing changed, not called supported", corrupted(said_truly), ways)
        every = corrupted(said_truly, most=10**6)
        _verdicts("every such change, not called supported", every, ways)


def _rules(rows: Sequence[Labelled], ruled: Sequence[bool | None]) -> None:
    """How often people agree with the rules, where those say something."""
    for verdict, what in ((True, "quoted word for word"), (False, "a rule finds fault")):
        agree = [
            row.supported == verdict for row, r in zip(rows, ruled, strict=True) if r is verdict
        ]
        print(f"{what}: {len(agree)} claims, people agree with {sum(agree)}")


def _agreement(name: str, found: Agreement) -> None:
    low, high = found.interval
    print(
        f"{name}: balanced accuracy {found.balanced_accuracy:.3f} ({low:.3f}–{high:.3f}), of "
        f"supported {found.true_positive:.3f}, of others {found.true_negative:.3f}, n {found.n:,}"
    )


def _verdicts(name: str, some: Sequence[Changed], ways: Ways, alarm: bool = False) -> None:
    told = [check(each.claim, [each.said.cited], ways.similar, ways.weigh) for each in some]
    doubted = [each for each, one in zip(some, told, strict=True) if one.verdict != "supported"]
    share = len(doubted) / len(some)
    low, high = wilson(share, len(some))
    print(f"  {name}: {len(doubted)} of {len(some)} = {share:.3f} ({low:.3f}–{high:.3f})")
    shown = doubted if alarm else [each for each in some if each not in doubted]
    for each in shown[:20]:
        print(f"    {each.kind}: {each.claim}")


if __name__ == "__main__":
    main()
