"""`footnote-eval bench index`: every figure of the index in one run, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from evals.bench.indexing import again, indexing
from evals.bench.measure import Figure, load
from evals.bench.searching import memory, one_changed, searching, words
from evals.bench.synthetic import filled
from index.encode import LocalEncoder
from index.errors import IndexFault


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and how large; `only` are parts to measure, None for all."""

    files: int
    rounds: int
    unchanged: int
    sizes: tuple[int, ...]
    questions: int
    only: tuple[str, ...] | None = None
    fp32: Path | None = None
    keep: Path | None = None
    json: Path | None = None


def bench(plan: Plan) -> bool:
    """Prints each figure as it is there; whether every limit is kept."""
    if plan.fp32 and not plan.fp32.is_file():
        raise IndexFault(f"{plan.fp32}: no such file; index/encoder/build.py --fp32 makes it")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}; load {load()} (1, 5, 15 minutes; free of others it is at most the cores)")
    figures = list(_shown(_figures(plan)))
    if plan.json:
        said = {"machine": machine, "figures": [each.as_json() for each in figures]}
        plan.json.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return all(each.met is not False for each in figures)


def _figures(plan: Plan) -> Iterator[Figure]:
    encoder = LocalEncoder()
    wanted = plan.only or ("indexing", "again", "search", "change")
    if "indexing" in wanted:
        yield from indexing(plan.files, plan.rounds, plan.fp32, encoder, _say)
    if "again" in wanted:
        yield from again(plan.unchanged, encoder, _say)
    if not {"search", "change"} & set(wanted):
        return
    with nullcontext(plan.keep) if plan.keep else tempfile.TemporaryDirectory() as folder:
        for size in plan.sizes:
            home = Path(folder) / str(size)
            files = filled(home, size, encoder, _say)
            if "search" in wanted:
                _say(f"{size:,} chunks are searched")
                yield from searching(home, size, plan.questions, encoder)
                yield from memory(home, size)
                yield from words(home, size)
            if "change" in wanted:
                yield from one_changed(home, files, size, encoder)


def _shown(figures: Iterable[Figure]) -> Iterator[Figure]:
    print(f"{'':56} {'measured':>16} {'limit':>8}")
    for each in figures:
        value = "–" if each.value is None else f"{each.value:,.3g} {each.unit}"
        sign = "≥" if each.least else "≤"
        limit = "" if each.limit is None else f"{sign} {each.limit:g}"
        missed = "  MISSED" if each.met is False else ""
        print(f"{each.name:56} {value:>16} {limit:>8}{missed}\n    {each.note}", flush=True)
        yield each


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)
