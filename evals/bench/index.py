"""`footnote-eval bench index`: every figure of the index in one run, as a table and as JSON."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from evals.bench.indexing import again, indexing
from evals.bench.measure import Figure
from evals.bench.searching import memory, one_changed, searching, words
from evals.bench.synthetic import filled
from evals.bench.table import say, table
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
    return table(_figures(plan), plan.json)


def _figures(plan: Plan) -> Iterator[Figure]:
    encoder = LocalEncoder()
    wanted = plan.only or ("indexing", "again", "search", "change")
    if "indexing" in wanted:
        yield from indexing(plan.files, plan.rounds, plan.fp32, encoder, say)
    if "again" in wanted:
        yield from again(plan.unchanged, encoder, say)
    if not {"search", "change"} & set(wanted):
        return
    with nullcontext(plan.keep) if plan.keep else tempfile.TemporaryDirectory() as folder:
        for size in plan.sizes:
            home = Path(folder) / str(size)
            files = filled(home, size, encoder, say)
            if "search" in wanted:
                say(f"{size:,} chunks are searched")
                yield from searching(home, size, plan.questions, encoder)
                yield from memory(home, size)
                yield from words(home, size)
            if "change" in wanted:
                yield from one_changed(home, files, size, encoder)
