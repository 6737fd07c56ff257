"""Whether quotes support a claim, without a model: its numbers and most of its words stand there.

How often that agrees with people is measured by `footnote-eval judge` on a labelled set.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.features import numbers, stems

# The share of a claim's words that its quotes must have, chosen on AttributionBench's dev set; and
# what that gives there (python -m evals.cli judge SET, on 1,198 claims).
COVERED = 0.65
MEASURED = "words and numbers in common: balanced accuracy 0.67 on 1,198 labelled claims"


def supports(claim: str, quotes: Sequence[str]) -> bool:
    """Whether the quotes together hold every number of a claim, and enough of its words."""
    text = " ".join(quotes)
    if claim in text:
        return True
    if not numbers(claim) <= numbers(text):
        return False
    return coverage(claim, quotes) >= COVERED


def coverage(claim: str, quotes: Sequence[str]) -> float:
    """The share of a claim's stems, stop words aside, that its quotes have together, 0 to 1."""
    asked = stems(claim)
    return len(asked & stems(" ".join(quotes))) / len(asked) if asked else 1.0
