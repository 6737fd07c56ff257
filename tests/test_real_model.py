"""What a real, small and unreliable model says is checked and cited, through two adapters.

The cassettes are of SmolLM2-135M as tests/model_server.py serves it; CONTRIBUTING.md says how they
are recorded. That model invents things readily: what stays of its answers is what matters here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from index import build
from qa.assistant import Assistant
from qa.models import model
from qa.settings import Settings
from qa.types import Answer, Growing, Turn

SERVERS = {
    "openai-like/smollm2": "http://127.0.0.1:8818/v1",
    "ollama/smollm2": "http://127.0.0.1:8819",
}
REPORT = """The lighthouse of Vell is sold

*Coast Weekly, 9 March 2025*

The lighthouse of Vell was sold to the baker Ines Morel for 340,000 crowns, the town said on Friday.

She wants to open a café there in May. The lamp went out in 1998, when a buoy took its place.
"""
QUESTION = "Who bought the lighthouse of Vell?"
BOUGHT = Turn(QUESTION, "The lighthouse of Vell was sold to the baker Ines Morel.")

each_adapter = pytest.mark.parametrize("llm", SERVERS)
pytestmark = pytest.mark.vcr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("vell")
    (folder / "vell.md").write_text(REPORT, encoding="utf-8")
    build(folder / ".footnote", [folder])
    return folder / ".footnote"


def assistant(home: Path, llm: str, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Assistant:
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", "not-a-real-key")
    given = Settings(home=home, llm=llm, llm_url=SERVERS[llm], llm_seconds=300.0, **more)
    # It babbles on: what comes after so many tokens would only make the cassettes long.
    return Assistant(given, view=False, llm=lambda: model(llm, SERVERS[llm], longest=200))


def holds(answer: Answer) -> None:
    """All that is shown stands in the document, or was checked against what does."""
    assert answer.claims
    assert all(REPORT[each.start : each.end] == each.quote for each in answer.citations)
    assert all(each.verdict != "unsupported" and each.citations for each in answer.claims)


@each_adapter
def test_a_question_is_answered(home: Path, llm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = assistant(home, llm, monkeypatch).ask(QUESTION)
    holds(answer)
    assert "Ines Morel" in answer.text
    assert answer.receipt.model == llm


@each_adapter
def test_an_answer_grows_word_by_word(
    home: Path, llm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    *steps, answer = assistant(home, llm, monkeypatch).stream("What went out in 1998?")
    assert isinstance(answer, Answer)
    holds(answer)
    drafts = [each.draft for each in steps if isinstance(each, Growing) and each.draft]
    assert len(drafts) > 3


@each_adapter
def test_a_follow_up_is_answered(home: Path, llm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = assistant(home, llm, monkeypatch)
    answer = asked.ask("And what does she want to open there?", history=[BOUGHT])
    holds(answer)
    assert "café" in answer.text


@each_adapter
def test_what_the_model_itself_doubts_is_left_out(
    home: Path, llm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = assistant(home, llm, monkeypatch, llm_judges=True).ask(QUESTION)
    holds(answer)
    assert "Ines Morel" in answer.text
