"""How fast an index answers at a size, in how much memory, and how soon it knows of a change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from evals.bench.baselines import Bare
from evals.bench.corpus import Writer
from evals.bench.measure import Figure, in_a_process, load, p50, p95, timed
from evals.bench.readers import READERS
from index.encode import Encoder
from index.search import CANDIDATES, Search
from index.vectors import folder_of
from index.words import query

_WARM_UP = 20
# The sizes that the limits speak of.
_LARGE = 100_000
_MEMORY = 1.2e9
_PATIENCE = 20.0
_PARTS = ("embedding", "Chroma", "FTS5")


def searching(home: Path, size: int, questions: int, encoder: Encoder) -> Iterator[Figure]:
    """Questions of every reader in turn with the baseline, so that all meet the same machine."""
    asked = Writer(seed=4).questions(_WARM_UP + questions)
    search = Search(home, encoder=encoder)
    bare: list[tuple[float, float, float]] = []
    ours: dict[str, list[float]] = {name: [] for name in READERS}
    view = folder_of(home, search.library.generation())
    with (
        tempfile.TemporaryDirectory() as folder,
        Bare(home, view, Path(folder)) as baseline,
    ):
        for question in asked:
            bare.append(_bare(baseline, encoder, question, min(CANDIDATES, size)))
            for name, times in ours.items():
                times.append(timed(_find, search, question, name)[0])
    sums = [sum(each) for each in bare[_WARM_UP:]]
    parts = " + ".join(
        f"{1000 * p50(some):.1f} {name}"
        for some, name in zip(zip(*bare[_WARM_UP:], strict=True), _PARTS, strict=True)
    )
    for name, times in ours.items():
        mine = times[_WARM_UP:]
        yield Figure(
            f"search p50, {size:,} chunks, reader of {name}",
            p50(mine) / p50(sums),
            "ratio",
            f"{1000 * p50(mine):.1f} ms (p95 {1000 * p95(mine):.1f}); baseline "
            f"{1000 * p50(sums):.1f} (p95 {1000 * p95(sums):.1f}) = {parts}; load {load()}",
            limit=1.5 if size >= _LARGE else None,
        )


def _bare(
    baseline: Bare, encoder: Encoder, question: str, limit: int
) -> tuple[float, float, float]:
    embedding, vector = timed(encoder.question, question)
    chroma, _ = timed(baseline.nearest, vector, limit)
    fts5, _ = timed(baseline.by_words, query(question), limit)
    return embedding, chroma, fts5


def _find(search: Search, question: str, reader: str) -> None:
    with search.reading(READERS[reader]) as at:
        search.find(question, 8, at)


def memory(home: Path, size: int) -> Iterator[Figure]:
    """Of a process that opens the index and answers each reader 50 questions."""
    found = json.loads(in_a_process("evals.bench.alone", "search", str(home), "50"))
    yield Figure(
        f"memory of a process that answers, {size:,} chunks",
        found["peak_bytes"] / 1e6,
        "MB",
        f"at its peak; it opened in {found['open_seconds']:.1f} s",
        limit=_MEMORY / 1e6 if size >= _LARGE else None,
    )


def words(home: Path, size: int) -> Iterator[Figure]:
    """FTS5 and bm25s on the same texts, each in a process of its own."""
    if not find_spec("bm25s"):
        why = "not measured: pip install 'footnote-qa[bench]'"
        yield Figure(f"bm25s over FTS5, {size:,} chunks", None, "ratio", why)
        return
    fts5, bm25s = (
        json.loads(in_a_process("evals.bench.alone", kind, str(home), "100"))
        for kind in ("fts5", "bm25s")
    )
    for name, of, unit, scale in (
        ("query p50", "query_seconds", "ms", 1e3),
        ("time to index", "index_seconds", "s", 1),
        ("memory to index and ask", "index_bytes", "MB", 1e-6),
        ("time to add one", "add_seconds", "ms", 1e3),
    ):
        yield Figure(
            f"bm25s over FTS5, {name}, {size:,} chunks",
            bm25s[of] / fts5[of] if fts5[of] else None,
            "ratio",
            f"{scale * bm25s[of]:,.1f} and {scale * fts5[of]:,.1f} {unit}",
        )


def one_changed(home: Path, files: Path, size: int, encoder: Encoder) -> Iterator[Figure]:
    """From the start of the command until a reader who was there before finds the new words."""
    word = f"zebrafinch{time.time_ns()}"
    search = Search(home, encoder=encoder)
    search.find("warm", 8, search.snapshot())
    path = sorted(files.rglob("*.txt"))[-1]
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\nThe {word} was seen near the harbour.\n")
    environment = {**os.environ, "FOOTNOTE_HOME": str(home)}
    began = time.perf_counter()
    command = [sys.executable, "-m", "qa.cli", "index"]
    with subprocess.Popen(  # noqa: S603 - this Python and our own module
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        found = _wait_for(search, word, began)
        code = process.wait()
        ended = time.perf_counter() - began
    if code or found is None:
        raise RuntimeError(f"footnote index ended with {code} and {word} wasn't found")
    yield Figure(
        f"one changed file among {size:,} chunks can be found after",
        found,
        "s",
        f"the command ends after {ended:.1f} s; load {load()}",
        limit=5.0 if size >= _LARGE else None,
    )


def _wait_for(search: Search, word: str, began: float) -> float | None:
    before = search.library.generation()
    while time.perf_counter() - began < _PATIENCE:
        if search.library.generation() > before:
            with search.reading() as at:
                passages = [each.text for each in search.find(word, 8, at)]
            if any(word in text for text in passages):
                return time.perf_counter() - began
        time.sleep(0.02)
    return None
