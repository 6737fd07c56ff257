"""What readers say of answers: a whole line each, whoever writes and whenever it is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from conftest import run_footnote
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from qa import Assistant, Settings
from qa.errors import NotKept, UnfitQuestion
from qa.feedback import FILE, SAID, Cited, Feedback, keep, of
from qa.identity import identify
from qa.types import Turn
from qa.web import feedback as door
from qa.web.answering import Answering
from qa.web.signin import SignIn


def lines(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / FILE).read_bytes().split(b"\n")[:-1]]


def test_a_line_says_all_there_is_to_know(tmp_path: Path) -> None:
    keep(
        tmp_path,
        Feedback(
            question="When is the\u2028visit?",
            verdict="down",
            reason="wrong",
            answer="In\nMay",
            cited=(Cited("a.txt", "In June."),),
            groups=("hr",),
            history=(Turn("Who?", "Ann."),),
            index="0123",
            model="quote",
        ),
    )
    (line,) = lines(tmp_path)
    assert datetime.fromisoformat(line.pop("time")).utcoffset() is not None
    assert line == {
        "question": "When is the visit?",
        "verdict": "down",
        "reason": "wrong",
        "answer": "In\nMay",
        "cited": [{"source": "a.txt", "quote": "In June."}],
        "groups": ["hr"],
        "history": [{"question": "Who?", "answer": "Ann."}],
        "index": "0123",
        "model": "quote",
    }


@given(st.text(max_size=200), st.text(max_size=50))
def test_whatever_a_reader_says_is_one_line(
    tmp_path_factory: pytest.TempPathFactory, answer: str, source: str
) -> None:
    home = tmp_path_factory.mktemp("home")
    for _ in range(2):
        keep(home, Feedback("Why?", "up", answer=answer, cited=(Cited(source, answer),)))
    assert len(lines(home)) == 2


def test_more_than_the_file_may_hold_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, Feedback("Why?", "up"))
    before = (tmp_path / FILE).read_bytes()
    monkeypatch.setattr("qa.feedback.MOST", 2 * len(before) - 1)
    with pytest.raises(NotKept, match=r"feedback\.jsonl: holds .* move it away"):
        keep(tmp_path, Feedback("Why?", "up"))
    assert (tmp_path / FILE).read_bytes() == before


def test_what_is_too_long_is_cut_and_what_is_no_question_refused() -> None:
    long = Feedback("Why?", "up", answer="x" * 9_000, cited=(Cited("a", "x" * 20_000),) * 60)
    assert len(long.answer) == SAID
    assert long.cited == ()
    with pytest.raises(UnfitQuestion):
        Feedback(" ", "up")


@pytest.mark.parametrize("cut", [1, 10, 60, -1])
def test_after_a_kill_the_next_line_is_whole_and_none_before_is_lost(
    tmp_path: Path, cut: int
) -> None:
    keep(tmp_path, Feedback("One?", "up"))
    whole = (tmp_path / FILE).read_bytes()
    keep(tmp_path, Feedback("Two, é?", "up"))
    half = (tmp_path / FILE).read_bytes()[len(whole) :][:cut]
    (tmp_path / FILE).write_bytes(whole + half)
    keep(tmp_path, Feedback("Three?", "up"))
    # All but its end was there: then it is whole.
    kept = ["One?", "Two, é?", "Three?"] if cut == -1 else ["One?", "Three?"]
    assert [line["question"] for line in lines(tmp_path)] == kept


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\nfrom qa.feedback import *\n"
        "for n in range(40): keep(pathlib.Path(sys.argv[1]), Feedback(f'{sys.argv[2]} {n}?', 'up',"
        " answer='x' * 1500))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(n)]) for n in range(3)
    ]
    assert [each.wait(60) for each in started] == [0, 0, 0]
    asked = {line["question"] for line in lines(tmp_path)}
    assert asked == {f"{n} {m}?" for n in range(3) for m in range(40)}


def test_where_nothing_can_be_written_one_line_says_so(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(NotKept, match="can't be written") as error:
        keep(tmp_path, Feedback("Why?", "up"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "maybe"},
        {"reason": "because"},
        {"answer": "x" * 2_001},
        {"groups": ["hr"]},
        {"question": " "},
        {"question": "x" * 2_001},
        {"cited": [{"source": "a"}]},
        {"cited": [{"source": "a", "quote": "b", "c": "d"}]},
        {"history": [{"question": "a", "answer": 3}]},
        {"time": "now"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_not_feedback_is_a_422_of_one_line(seed_url: str, change: dict[str, Any]) -> None:
    sent = httpx.post(
        f"{seed_url}/api/v1/feedback", json={"question": "Why?", "verdict": "up", **change}
    )
    assert sent.status_code == 422
    assert list(sent.json()) == ["error"]
    assert "\n" not in sent.json()["error"]


def test_a_bad_answer_becomes_a_draft_of_gold(seed_url: str, seed_folder: Path) -> None:
    question = "How large is Russia's shortfall?"
    answer = httpx.post(f"{seed_url}/api/v1/ask", json={"question": question}, timeout=30).json()
    sent = httpx.post(
        f"{seed_url}/api/v1/feedback",
        json={
            "question": question,
            "verdict": "down",
            "reason": "incomplete",
            "answer": "50,000 rounds",
            "cited": [{"source": c["source"], "quote": c["quote"]} for c in answer["citations"]],
            "history": [{"question": "Why does Russia need munitions?", "answer": "It is short."}],
            "index": answer["receipt"]["index"],
            "model": answer["receipt"]["model"],
        },
    )
    assert (sent.status_code, sent.content) == (204, b"")
    with (seed_folder / ".footnote" / FILE).open("ab") as file:
        file.write('{"question": "é'.encode()[:-1])
    ran = run_footnote("propose", cwd=seed_folder, command="footnote-eval")
    assert ran.returncode == 0, ran.stderr
    (draft,) = (each for each in yaml.safe_load(ran.stdout) if each["question"] == question)
    assert draft["answers"] == ["50,000 rounds"]
    assert "50,000 rounds" in draft["evidence"][0]["quote"]
    assert draft["history"][0]["answer"] == "It is short."
    assert "incomplete" in draft["x_review"]


def test_where_none_is_wanted_there_is_no_such_page(seed_folder: Path) -> None:
    settings = Settings(home=seed_folder / ".footnote", feedback=False)
    web = FastAPI()
    web.include_router(door.router(Answering(Assistant(settings, view=False))))
    web.add_middleware(SignIn, identify=identify(settings), tokens=False)
    sent = TestClient(web).post("/api/v1/feedback", json={"question": "Why?", "verdict": "up"})
    assert sent.status_code == 404


def test_feedback_on_an_answer_holds_what_it_rested_on(seed_folder: Path) -> None:
    answer = Assistant(Settings(home=seed_folder / ".footnote"), view=False).ask(
        "When is Putin set to visit North Korea?"
    )
    made = of(answer, "down", "wrong", right="In July")
    assert [each.quote for each in made.cited] == [each.quote for each in answer.citations]
    assert (made.index, made.model) == (answer.receipt.index, "quote")
