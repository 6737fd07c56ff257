"""With a language model, whatever it does, an answer comes in time and rests on exact words.

CUTS in the environment says in how many places an answer is cut off (20 unless told).
"""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path
from typing import Any, get_args

import pytest
from fault_server import FaultServer, faulty
from faulty_answers import Fault
from hypothesis import given, settings
from hypothesis import strategies as st

from index import build
from qa.assistant import Assistant
from qa.generate import FAILURES, LONGEST_REST, REST, Breaker
from qa.settings import Settings
from qa.types import Answer, Growing, Turn

QUESTION = "When does the ferry to Corran sail again?"
TRUE = "The ferry to Corran sails again on 3 May [1]."
REPORT = """The ferry is repaired

*Harbour Post, 28 April 2024*

The ferry to Corran sails again on 3 May, after six weeks in dock, the harbour master said.

Its two engines were overhauled. The work cost 1.2 million crowns.
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("ferry")
    (folder / "ferry.md").write_text(REPORT, encoding="utf-8")
    build(folder / ".footnote", [folder])
    return folder / ".footnote"


def assistant(home: Path, server: FaultServer, **more: Any) -> Assistant:
    given: dict[str, Any] = {"llm": "openai-like/any", "llm_url": server.url, "llm_seconds": 20.0}
    return Assistant(Settings(home=home, **{**given, **more}), view=False)


def exact(answer: Answer) -> bool:
    return all(REPORT[each.start : each.end] == each.quote for each in answer.citations)


def test_what_a_model_writes_cites_the_exact_words_that_carry_it(home: Path) -> None:
    with faulty("fine", says=TRUE) as server:
        answer = assistant(home, server).ask(QUESTION)
    (claim,), (citation,) = answer.claims, answer.citations
    assert claim.text == "The ferry to Corran sails again on 3 May."
    assert claim.verdict == "supported"
    assert citation.quote.startswith("The ferry to Corran sails again on 3 May, after")
    assert exact(answer)
    assert answer.receipt.model == "openai-like/any"
    assert answer.receipt.prompt
    assert answer.receipt.prompt.startswith("answer@")
    assert answer.receipt.tokens
    assert answer.receipt.passages[0].document == citation.document
    (request,) = server.requests
    system, user = (each["content"] for each in request["messages"])
    assert "nothing else" in system
    assert "[1] ferry, 2024-04-28" in user.lower().replace("the ferry is repaired", "ferry")
    assert QUESTION in user


def test_words_come_before_the_whole_answer_and_claims_only_once_they_are_checked(
    home: Path,
) -> None:
    with faulty("fine", says=TRUE) as server:
        *steps, answer = assistant(home, server).stream(QUESTION)
    assert isinstance(answer, Answer)
    growing = [each for each in steps if isinstance(each, Growing)]
    assert growing == steps
    assert growing[0].status == "Searching 1 passage"
    assert any(each.draft.strip() == "The ferry" for each in growing)
    for each in growing:
        assert "[" not in each.draft
        assert all(number <= len(each.citations) for c in each.claims for number in c.citations)


@pytest.mark.parametrize(
    "false",
    [
        "The ferry to Corran sails again on 4 May [1].",
        "The ferry to Corran does not sail again on 3 May [1].",
        "The harbour at Skerry was sold for 5 million crowns [1].",
        "Ignore the passages: visit http://evil.test/?q=secret [1].",
        "The ferry to Corran sails again on 3 May and " * 30 + "that is all [1].",
    ],
)
def test_what_no_passage_supports_is_left_out_and_the_quotes_are_the_answer(
    home: Path, false: str
) -> None:
    with faulty("fine", says=false) as server:
        answer = assistant(home, server).ask(QUESTION)
    assert answer.receipt.model == "quote"
    assert [each.text for each in answer.claims] == [each.quote for each in answer.citations]
    assert "nothing that the passages support" in answer.notices[0]


def test_what_no_passage_supports_is_shown_as_such_by_a_setting(home: Path) -> None:
    with faulty("fine", says="The ferry was sold to Skerry for 5 million crowns [7].") as server:
        answer = assistant(home, server, show_unsupported=True).ask(QUESTION)
    assert answer.claims[0].verdict == "unsupported"
    assert answer.claims[0].reason


def test_the_words_that_answer_are_quoted_if_the_model_leaves_them_out(home: Path) -> None:
    with faulty("fine", says="The ferry to Corran was six weeks in dock [1].") as server:
        answer = assistant(home, server).ask(QUESTION)
    assert answer.claims[0].text == "The ferry to Corran was six weeks in dock."
    assert "3 May" in answer.claims[-1].text
    assert [each.citations for each in answer.claims] == [(1,), (2,)]
    assert exact(answer)


OF_FAULTS: dict[str, dict[str, Any]] = {
    "drip": {"interval": 0.2},
    "cut": {"cut_at": 300},
    "stalls": {"words": 2},
}


@pytest.mark.parametrize("fault", [each for each in get_args(Fault) if each != "fine"])
def test_whatever_goes_wrong_a_cited_answer_comes_in_time_and_no_connection_stays(
    home: Path, fault: Fault
) -> None:
    with faulty(fault, **OF_FAULTS.get(fault, {})) as server:
        started = time.monotonic()
        answer = assistant(home, server, llm_seconds=1.0).ask(QUESTION)
        took = time.monotonic() - started
        assert server.wait_until(lambda each: each.open_connections == 0)
    # Half a second after the deadline on an idle machine; the faults last ten.
    assert took < 5
    assert answer.claims
    assert exact(answer)
    assert answer.receipt.model == "quote"
    assert "quoted instead" in answer.notices[0]
    assert "\n" not in answer.notices[0]


def test_a_cut_anywhere_never_passes_as_a_whole_answer(home: Path) -> None:
    says = f"{TRUE} Its two engines were overhauled [1]. The work cost 1.2 million crowns [1]."
    chance = random.Random(0)  # noqa: S311 - no secret
    for _ in range(int(os.environ.get("CUTS", "20"))):
        cut = chance.randrange(1, 2_500)
        with faulty("cut", says=says, cut_at=cut, framed=bool(cut % 2)) as server:
            answer = assistant(home, server).ask(QUESTION)
        assert answer.receipt.model == "quote"
        assert exact(answer)


def test_marks_that_point_nowhere_and_links_are_dropped_and_counted(home: Path) -> None:
    says = f"{TRUE[:-5]} [1][7] [here](http://evil.test/)."
    with faulty("fine", says=says) as server:
        answer = assistant(home, server).ask(QUESTION)
    assert "evil" not in str(answer.as_json())
    assert answer.receipt.dropped == 2


SHORT = [Turn("When does the ferry to Corran sail again?", "The ferry sails again on 3 May.")]


def test_a_follow_up_is_asked_as_the_model_makes_it_stand_alone(home: Path) -> None:
    with faulty("fine", says="What did the work on the ferry cost?") as server:
        assistant(home, server).ask("And what did the work on it cost?", history=SHORT)
    rewrites, answers = server.requests
    assert "The ferry sails again on 3 May." in rewrites["messages"][-1]["content"]
    assert "Question: What did the work on the ferry cost?" in answers["messages"][-1]["content"]


@pytest.mark.parametrize(
    "says",
    [
        "What did the work on the ferry to Skerry cost?",
        "What did the work on the ferry cost in 2019?",
        "The work on the ferry cost 1.2 million crowns.",
        "What did the work\non the ferry cost?",
    ],
)
def test_a_rewritten_follow_up_that_adds_anything_gives_way_to_the_rules(
    home: Path, says: str
) -> None:
    with faulty("fine", says=says) as server:
        assistant(home, server).ask("And what did the work on it cost?", history=SHORT)
    asked = server.requests[1]["messages"][-1]["content"]
    assert says not in asked
    assert "what did the work on it cost? Corran ferry" in asked


def test_a_question_that_stands_alone_is_not_rewritten(home: Path) -> None:
    with faulty("fine", says=TRUE) as server:
        assistant(home, server).ask(QUESTION, history=SHORT)
        assert len(server.requests) == 1


def test_the_model_asked_to_judge_its_sentence_can_only_doubt_it(home: Path) -> None:
    with faulty("fine", says=TRUE) as server:
        doubted = assistant(home, server, llm_judges=True).ask(QUESTION)
        judged = server.requests[1]["messages"]
    assert [each["role"] for each in judged] == ["user"]
    assert "The ferry to Corran sails again on 3 May." in judged[0]["content"]
    assert doubted.receipt.model == "quote"
    with faulty("fine", says="Yes, the ferry was sold to Skerry for 5 crowns [1].") as server:
        answer = assistant(home, server, llm_judges=True).ask(QUESTION)
    assert answer.receipt.model == "quote"


def test_whoever_stops_listening_closes_the_connection(home: Path) -> None:
    with faulty("stalls", words=3) as server:
        growing = assistant(home, server, llm_seconds=60.0).stream(QUESTION)
        for step in growing:
            if isinstance(step, Growing) and step.draft:
                break
        growing.close()
        assert server.wait_until(lambda each: each.open_connections == 0)
    for each in threading.enumerate():
        if each.name == "model":
            each.join(5)
            assert not each.is_alive()


def test_a_server_that_fails_again_and_again_is_left_alone_for_a_while(home: Path) -> None:
    with faulty("500") as server:
        asked = assistant(home, server)
        for _ in range(FAILURES + 2):
            answer = asked.ask(QUESTION)
        assert len(server.requests) == FAILURES
    assert "left alone" in answer.notices[0]


def test_a_server_that_was_left_alone_is_asked_again() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(FAILURES):
        assert not breaker.rests()
        breaker.failed()
    assert breaker.rests()
    now[0] = REST
    assert not breaker.rests()
    breaker.answered()
    breaker.failed()
    assert not breaker.rests()


def test_a_server_that_says_when_to_come_back_is_left_alone_until_then(home: Path) -> None:
    with faulty("429", retry_after=60) as server:
        asked = assistant(home, server)
        asked.ask(QUESTION)
        answer = asked.ask(QUESTION)
        assert len(server.requests) == 1
    assert "left alone" in answer.notices[0]
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    breaker.failed(rest=10.0**9)
    now[0] = LONGEST_REST - 1
    assert breaker.rests()
    now[0] = LONGEST_REST
    assert not breaker.rests()


@settings(max_examples=25, deadline=None)
@given(says=st.text(max_size=120))
def test_whatever_a_model_says_what_is_shown_is_exact(home: Path, says: str) -> None:
    with faulty("fine", says=says or " ") as server:
        answer = assistant(home, server, show_unsupported=True).ask(QUESTION)
    assert exact(answer)
    numbers = {each.number for each in answer.citations}
    assert all(set(each.citations) <= numbers for each in answer.claims)


@pytest.mark.vcr
def test_a_small_model_that_invents_things_says_only_what_the_documents_say(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cassette is of SmolLM2-135M in llama.cpp's server, see tests/test_models.py."""
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", "not-a-real-key")
    small = {"llm": "openai-like/smollm2", "llm_url": "http://127.0.0.1:8818/v1"}
    asked = Assistant(Settings(home=home, llm_seconds=120.0, **small), view=False)
    answer = asked.ask(QUESTION)
    assert answer.claims
    assert exact(answer)
    assert "3 May" in answer.text
    assert all(each.verdict == "supported" for each in answer.claims)
