"""An answer that was saved shows its evidence again as it stands now, and says what has changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Command

QUESTION = "When does the office in Lisbon open?"
OPENS = "The office in Lisbon opens at nine in the morning on weekdays."


@pytest.fixture
def saved(tmp_path: Path, footnote: Command) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "office.txt").write_text(f"{OPENS}\n")
    assert footnote("index", "notes").returncode == 0
    path = tmp_path / "answer.json"
    path.write_text(footnote("ask", "--json", QUESTION).stdout)
    return path


def test_a_saved_answer_shows_its_citations_and_passages_again(
    saved: Path, footnote: Command
) -> None:
    replay = json.loads(footnote("ask", "--json", "--replay", saved.name).stdout)
    answer = json.loads(saved.read_text())
    for name in ("question", "claims", "citations"):
        assert replay[name] == answer[name]
    assert replay["changed"] == []
    assert [each["text"] for each in replay["passages"]] == [f"{OPENS}\n".strip()]
    shown = footnote("ask", "--replay", saved.name).stdout
    assert f"“{OPENS}” [1]" in shown
    assert "1 passage read for it" in shown


def test_what_has_changed_since_is_said_and_not_shown_as_if_it_stood(
    saved: Path, footnote: Command
) -> None:
    (saved.parent / "notes" / "office.txt").write_text(OPENS.replace("nine", "ten"))
    assert footnote("index").returncode == 0
    replay = json.loads(footnote("ask", "--json", "--replay", saved.name).stdout)
    assert replay["citations"] == []
    (changed,) = replay["changed"]
    assert changed["kind"] == "changed"
    assert changed["now"] == OPENS.replace("nine", "ten")
    assert replay["passages"][0]["text"] is None
    assert "has changed since" in footnote("ask", "--replay", saved.name).stdout


def test_a_sentence_that_somebody_wrote_into_the_file_is_not_shown(
    saved: Path, footnote: Command
) -> None:
    answer: dict[str, Any] = json.loads(saved.read_text())
    forged = "The office in Lisbon never opens again."
    answer["claims"][0]["marks"] = []
    answer["claims"][0]["text"] = answer["citations"][0]["quote"] = forged
    answer["citations"][0]["end"] = answer["citations"][0]["start"] + len(forged)
    saved.write_text(json.dumps(answer))
    replay = json.loads(footnote("ask", "--json", "--replay", saved.name).stdout)
    assert forged not in json.dumps([replay["claims"], replay["citations"]])


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"citations": [1]}', "\ud800", "[" * 10_000])
def test_a_file_that_holds_no_answer_is_one_line(
    tmp_path: Path, footnote: Command, content: str
) -> None:
    (tmp_path / "bad.json").write_text(content, errors="surrogatepass")
    replay = footnote("ask", "--replay", "bad.json")
    assert replay.returncode == 2
    assert replay.stderr.count("\n") == 1
    assert "Traceback" not in replay.stderr
