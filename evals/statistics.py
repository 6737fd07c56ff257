"""What numbers from so many questions can say: intervals, paired tests, the smallest loss seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# The chance of an alarm where nothing got worse, over all that is gated together.
ALPHA = 0.05
_RESAMPLES = 9_999


def wilson(mean: float, n: int) -> tuple[float, float]:
    """A 95% interval of a mean of n values from 0 to 1 (Wilson 1927).

    Exact in form for shares; wider than needed for values between, which vary less than a share of
    the same mean, so that it holds for both and never shrinks to nothing where all are equal.
    """
    from scipy.stats import norm

    z = float(norm.ppf(0.975))
    middle = (mean + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (mean * (1 - mean) / n + z * z / (4 * n * n)) ** 0.5
    # At the ends the formula gives them but for rounding.
    low = 0.0 if mean == 0 else max(0.0, middle - half)
    return low, 1.0 if mean == 1 else min(1.0, middle + half)


def quantile(values: Sequence[float], share: float) -> tuple[float, float, float]:
    """A quantile and its 95% interval, from order statistics."""
    from scipy.stats import binom

    ordered = sorted(values)
    n = len(ordered)
    low = int(binom.ppf(0.025, n, share))
    high = int(binom.ppf(0.975, n, share))
    return float(np.quantile(ordered, share)), ordered[max(0, low - 1)], ordered[min(n - 1, high)]


def p_worse(changes: Sequence[float]) -> float:
    """How likely losses this large are if nothing got worse: a paired test, one-sided.

    `changes` are, question by question, now less before. Where all that changed did by the same
    amount it is the exact sign test (McNemar's, for shares), else a permutation test of signs,
    exact for few questions, and always with the same draws.
    """
    from scipy.stats import binomtest, permutation_test

    moved = np.array([each for each in changes if abs(each) > 1e-9])
    if not len(moved):
        return 1.0
    if np.ptp(np.abs(moved)) < 1e-9:
        worse = int((moved < 0).sum())
        return float(binomtest(worse, len(moved), 0.5, alternative="greater").pvalue)
    tested = permutation_test(
        (moved,),
        lambda sample, axis: sample.mean(axis=axis),
        vectorized=True,
        permutation_type="samples",
        alternative="less",
        n_resamples=_RESAMPLES,
        batch=200,  # or all signs of all resamples are held at once
        rng=np.random.default_rng(0),
    )
    return float(tested.pvalue)


def holm(p: Sequence[float]) -> list[float]:
    """P values corrected for being several (Holm 1979), in the same order."""
    order = sorted(range(len(p)), key=p.__getitem__)
    corrected, highest = [1.0] * len(p), 0.0
    for place, which in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - place) * p[which]))
        corrected[which] = highest
    return corrected


def smallest_loss(n: int, tests: int) -> float | None:
    """The smallest share of n questions that, lost with none gained, would be seen as a loss.

    `tests` is how many measures are gated together; None if n is too few to show any.
    """
    lost = 1
    while 0.5**lost * tests >= ALPHA:
        lost += 1
    return lost / n if lost <= n else None
