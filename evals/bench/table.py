"""The table that a benchmark prints line by line, and the same as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from evals.bench.measure import Figure, load


def table(figures: Iterable[Figure], file: Path | None) -> bool:
    """Prints each figure as it is there; whether every limit is kept."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; load {load()} (1, 5, 15 minutes; free of others it is at most the cores)")
    there = list(_shown(figures))
    if file:
        said = {"machine": machine, "figures": [each.as_json() for each in there]}
        file.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return all(each.met is not False for each in there)


def say(what: str) -> None:
    """What is being done, for whoever waits."""
    print(f"… {what}", file=sys.stderr, flush=True)


def _shown(figures: Iterable[Figure]) -> Iterator[Figure]:
    print(f"{'':56} {'measured':>16} {'limit':>8}")
    for each in figures:
        value = "–" if each.value is None else f"{each.value:,.3g} {each.unit}"
        sign = "≥" if each.least else "≤"
        limit = "" if each.limit is None else f"{sign} {each.limit:g}"
        missed = "  MISSED" if each.met is False else ""
        print(f"{each.name:56} {value:>16} {limit:>8}{missed}\n    {each.note}", flush=True)
        yield each
