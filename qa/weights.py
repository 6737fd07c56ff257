"""The fitted regressions of `weights.json`, which `evals` writes, and what they say."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights.json"


def fitted(which: str, names: Sequence[str], row: Sequence[float]) -> float:
    """What the regression of that name gives features, 0 to 1; `names` say which they are."""
    weights, intercept = _weights()[which]
    score = intercept + sum(
        weights.get(name, 0.0) * value for name, value in zip(names, row, strict=True)
    )
    return 1 / (1 + math.exp(-score)) if score > -700 else 0.0


@cache
def _weights() -> Mapping[str, tuple[Mapping[str, float], float]]:
    """By regression: each feature's weight, and the intercept."""
    content = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {name: (each["weights"], each["intercept"]) for name, each in content.items()}


def reloaded() -> None:
    """What was read of the file is forgotten, after it was written anew."""
    _weights.cache_clear()
