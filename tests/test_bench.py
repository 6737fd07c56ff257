"""The benchmark says everything it promises, and writes it as JSON; how fast is not tested here."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import run_footnote

from evals.cli import main
from index.encode import LocalEncoder
from index.library import Library

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
UNREAD = [
    "answer p50, 40 chunks",
    "answer p95, 40 chunks",
    "answer, stage search p50, 40 chunks",
    "answer, stage answer p50, 40 chunks",
    "embedding the question alone p50, 40 chunks",
    "answer over embedding, p50, 40 chunks",
    "CPU an answer, 40 chunks",
]
ASKED = [*UNREAD, *(f"{name}, read" for name in UNREAD)]
PAGE = [
    "answer in the page p50, 40 chunks",
    "answer in the page p95, 40 chunks",
    "page over API, p50, 40 chunks",
    "first byte to usable p50, 40 chunks",
    "2 at once, answers not their own, 40 chunks",
    "2 at once, answer p50, 40 chunks",
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


def test_every_figure_of_answering_is_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "figures.json"
    small = ["--chunks", "40", "--questions", "16", "--keep", str(tmp_path)]
    code = main(["bench", "ask", *small, "--json", str(report)])
    printed = capsys.readouterr().out
    figures = {each["name"]: each for each in json.loads(report.read_text())["figures"]}
    assert code == 0
    assert list(figures) == ASKED
    assert all(name in printed for name in ASKED)
    assert not any(each["limit"] for each in figures.values())
    for names in (UNREAD, ASKED[len(UNREAD) :]):
        median, slowest, search, answer, embedding, ratio, cpu = (
            figures[name]["value"] for name in names
        )
        assert slowest >= median > max(search, answer) > 0
        assert ratio == pytest.approx(median / embedding)
        assert cpu > 0
    # Both kinds are asked, and both ends met.
    found = re.match(r"(\d+) questions, (\d+) .* (\d+) were answered", figures[ASKED[0]]["note"])
    assert found
    asked, answerable, answered = map(int, found.groups())
    assert asked == 16
    assert 0 < answerable < asked
    assert 0 < answered < asked
    # Answering needs the vectors of sentences: every chunk has some.
    library = Library(tmp_path / "40-asked" / "library.db")
    chunks = library.places(library.generation())[:, 0].tolist()
    stored = library.stored(chunks, LocalEncoder().identity)
    library.close()
    assert len(stored) == len(chunks) > 40
    assert all(len(each.sentence_vectors) for each in stored.values())


def test_what_answering_adds_to_a_models_time_is_printed_and_written(tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    small = ["--questions", "2", "--tokens", "20"]
    assert main(["bench", "model", *small, "--json", str(report)]) == 0
    figures = json.loads(report.read_text())["figures"]
    assert [each["name"].split()[0] for each in figures] == ["first", "all"]
    assert all(0 < each["value"] < 10_000 and each["met"] is None for each in figures)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium here")
def test_what_who_asks_in_the_page_waits_for_is_printed_and_written(tmp_path: Path) -> None:
    small = ["--chunks", "40", "--questions", "5", "--conversations", "2", "--json", "figures.json"]
    # A process of its own: of the browser's driver there can be but one in each.
    done = run_footnote("bench", "page", *small, cwd=tmp_path, command="footnote-eval")
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "figures.json").read_text())["figures"]
    figures = {each["name"]: each for each in rows}
    assert list(figures) == PAGE
    assert all(name in done.stdout for name in PAGE)
    # Whatever the size, nobody is given another's answer.
    strays = figures.pop(PAGE[4])
    assert (strays["value"], strays["met"]) == (0, True)
    assert all(each["value"] > 0 and each["met"] is None for each in figures.values())


def test_without_a_browser_the_page_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["bench", "page"]) == 2
    assert capsys.readouterr().err == (
        "footnote-eval: there is no Chromium here; install Debian's package chromium\n"
    )


def test_more_questions_than_there_are_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "ask", "--questions", "5000"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--questions 5000: there are " in said


def test_a_missing_export_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "index", "--fp32", str(tmp_path / "none.onnx")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
