"""What reading adds is measured on any set, and fitted to any other."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import evals.fit
import qa.weights
from evals import reading
from evals.statistics import wilson

FERRY = (
    "The ferry to Corran sails at nine in summer. Halden Marine has run it since 2019.\n\n"
    "In winter the ferry stays in port. A ticket costs eight crowns.\n"
)
MUSEUM = (
    "Ada Corrin founded the museum in 1908. It shows boats and nets.\n\n"
    "The museum opens at ten. Children enter for free on Sundays.\n"
)
# Of both sets: no question is about these.
OTHERS = {
    "weather.txt": "Rain is likely on the coast. Inland it stays dry until Friday.\n",
    "market.txt": "The market moves to the quay in spring. Stalls are given out by lot.\n",
}
QUESTIONS = {
    "ferry": [
        ("Who has run the ferry since 2019?", "Halden Marine has run", "Halden Marine"),
        ("What does a ticket cost?", "A ticket costs eight crowns.", "eight crowns"),
        ("Who sold the ferry?", None, None),
    ],
    "museum": [
        ("Who founded the museum?", "Ada Corrin founded the museum in 1908.", "Ada Corrin"),
        ("When does the museum open?", "The museum opens at ten.", "ten"),
        ("Who burnt the museum?", None, None),
    ],
}  # fmt: skip


@pytest.fixture
def sets(tmp_path: Path) -> list[str]:
    for name, text in (("ferry", FERRY), ("museum", MUSEUM)):
        (tmp_path / name / "documents").mkdir(parents=True)
        for file, said in {f"{name}.txt": text, **OTHERS}.items():
            (tmp_path / name / "documents" / file).write_text(said)
        lines = [
            {
                "id": f"{name}{number}",
                "question": asked,
                "answerable": quote is not None,
                "answers": [answer] if answer else [],
                "evidence": [{"source": f"{name}.txt", "quote": quote}] if quote else [],
            }
            for number, (asked, quote, answer) in enumerate(QUESTIONS[name])
        ]
        gold = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / name / "gold.jsonl").write_text(gold)
    return [str(tmp_path / "ferry"), str(tmp_path / "museum")]


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the weights, which may be written."""
    mine = tmp_path / "weights.json"
    shutil.copyfile(qa.weights.WEIGHTS, mine)
    monkeypatch.setattr(qa.weights, "WEIGHTS", mine)
    monkeypatch.setattr(evals.fit, "WEIGHTS", mine)
    yield mine
    qa.weights.reloaded()


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["reading", *arguments])
    reading.main()


def test_every_figure_is_told_without_reading_and_with_it_and_with_its_interval(
    sets: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, *sets)
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.endswith("reading")] == [
        "ferry, without reading",
        "ferry, with reading",
        "museum, without reading",
        "museum, with reading",
    ]
    low, high = wilson(1.0, 2)
    assert f"right sentence first: 1.000 ({low:.3f}–{high:.3f}), n 2" in out
    assert out.count("exact words marked") == 4
    assert out.count("AUC, answerable against near misses") == 4


def test_fitting_changes_the_weights_of_reading_and_no_others(
    sets: list[str], weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = json.loads(weights.read_text())
    run(monkeypatch, "--fit", *sets)
    after = json.loads(weights.read_text())
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"passage read", "sentence read", "answers read", "on_topic read"}
