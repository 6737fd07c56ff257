"""The benchmark says everything it promises, and writes it as JSON; how fast is not tested here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.cli import main

LINES = [
    "indexing, of the encoder's own rate",
    "indexing, against the plain pipeline",
    "indexing unchanged files again",
    "search p50, 60 chunks, reader of all",
    "search p50, 60 chunks, reader of 50 %",
    "search p50, 60 chunks, reader of 1 %",
    "memory of a process that answers, 60 chunks",
    "bm25s over FTS5, query p50, 60 chunks",
    "bm25s over FTS5, time to index, 60 chunks",
    "bm25s over FTS5, memory to index and ask, 60 chunks",
    "bm25s over FTS5, time to add one, 60 chunks",
    "one changed file among 60 chunks can be found after",
]
SMALL = "--files 2 --rounds 1 --unchanged 3 --chunks 60 --questions 3"


def test_every_figure_is_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "figures.json"
    code = main(["bench", "index", *SMALL.split(), "--json", str(report)])
    printed = capsys.readouterr().out
    figures = {each["name"]: each for each in json.loads(report.read_text())["figures"]}
    assert code == 0
    assert list(figures) == LINES
    assert all(name in printed for name in LINES)
    plain = figures.pop("indexing, against the plain pipeline")
    assert plain["value"] is None
    assert "--fp32" in plain["note"]
    # Memory is a peak's growth, which on sixty chunks may be nothing.
    grown = figures.pop("bm25s over FTS5, memory to index and ask, 60 chunks")["value"]
    assert grown is None or grown >= 0
    assert all(each["value"] > 0 for each in figures.values())
    # So small a run is held to nothing.
    assert not any("limit" in each["note"] or each["limit"] for each in figures.values())


def test_prepared_indexes_are_kept_for_the_next_run(tmp_path: Path) -> None:
    part = ["bench", "index", "--chunks", "40", "--only", "change", "--keep", str(tmp_path)]
    assert main(part) == 0
    made = (tmp_path / "40" / "library.db").stat().st_ino
    assert main(part) == 0
    assert (tmp_path / "40" / "library.db").stat().st_ino == made


def test_a_missing_export_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "index", "--fp32", str(tmp_path / "none.onnx")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
