"""How fast text files are indexed: beside the encoder alone, the plain pipeline, and again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from evals.bench.baselines import plain_pipeline
from evals.bench.corpus import write_files
from evals.bench.measure import Figure, load, p50, timed
from index.build import build
from index.encode import Encoder
from index.library import Library
from index.library.sums import LIBRARY
from index.types import Chunk

_WORDS = 1000
_SMALL_WORDS = 60


def indexing(
    files: int, rounds: int, fp32: Path | None, encoder: Encoder, say: Callable[[str], None]
) -> Iterator[Figure]:
    """The rounds alternate between all, so that whatever else runs slows each as much."""
    ours: list[float] = []
    alone: list[float] = []
    plain: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder) / "files"
        words = write_files(documents, files, _WORDS)
        build(Path(folder) / "warm", [documents / "part-000"], encoder=encoder)
        chunks: list[Chunk] = []
        plain_chunks = 0
        for number in range(rounds):
            say(f"{files} files are indexed, round {number + 1} of {rounds}")
            home = Path(folder) / f"home-{number}"
            ours.append(timed(build, home, [documents], encoder=encoder)[0])
            chunks = chunks or _embedded(home)
            alone.append(timed(list, encoder.chunks(chunks))[0])
            if fp32:
                at = Path(folder) / f"plain-{number}"
                seconds, plain_chunks = plain_pipeline(documents, fp32, at)
                plain.append(seconds)
    speed = len(chunks) / p50(ours)
    yield Figure(
        "indexing, of the encoder's own rate",
        p50([mine / theirs for mine, theirs in zip(alone, ours, strict=True)]),
        "ratio",
        f"{speed:.1f} of {len(chunks) / p50(alone):.1f} chunks/s, {words / p50(ours):,.0f} words/s,"
        f" {len(chunks):,} chunks in {files} files; load {load()}",
        limit=0.85 if files >= 300 else None,
        least=True,
    )
    if not plain:
        why = "not measured: name the fp32 export with --fp32 (index/encoder/build.py makes it)"
        yield Figure("indexing, against the plain pipeline", None, "times", why)
        return
    yield Figure(
        "indexing, against the plain pipeline",
        p50([theirs / mine for mine, theirs in zip(ours, plain, strict=True)]),
        "times",
        f"{p50(ours):.1f} s, plain {p50(plain):.1f} s for {plain_chunks:,} chunks; load {load()}",
        limit=2.5 if files >= 300 else None,
        least=True,
    )


def _embedded(home: Path) -> list[Chunk]:
    """Exactly what a build has embedded."""
    library = Library(home / LIBRARY)
    ids = library.places(library.generation())[:, 0].tolist()
    once = {chunk.sha256: chunk for chunk in library.chunks(ids)}
    library.close()
    return list(once.values())


def again(files: int, encoder: Encoder, say: Callable[[str], None]) -> Iterator[Figure]:
    """Unchanged files, the first time and the second."""
    with tempfile.TemporaryDirectory() as folder:
        documents, home = Path(folder) / "files", Path(folder) / "home"
        write_files(documents, files, _SMALL_WORDS, seed=2)
        say(f"{files:,} small files are indexed, and once more")
        first, _ = timed(build, home, [documents], encoder=encoder)
        times = [timed(build, home, encoder=encoder)[0] for _ in range(3)]
    yield Figure(
        "indexing unchanged files again",
        p50(times) / first,
        "ratio",
        f"{p50(times):.2f} s after {first:.1f} s for {files:,} files; load {load()}",
        limit=0.02 if files >= 10_000 else None,
    )
