"""The audit log: a whole line for everything that is shown, and no question in plain words."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from apart import run
from starlette.testclient import TestClient

from evals.bench.portal import second_long_model
from qa.assistant import Assistant
from qa.audit import Audit
from qa.errors import NotKept
from qa.identity import Asker
from qa.permalink import pack, unpack
from qa.reopen import Effort
from qa.settings import Settings
from qa.types import Growing
from qa.web.answering import Answering
from qa.web.app import app

ANN = Asker("ann", frozenset({"hr", "all"}), "token-1")
QUESTION = "When is Putin set to visit North Korea?"


def lines(home: Path) -> list[dict[str, Any]]:
    files = sorted(home.glob("audit*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture(scope="module")
def assistant(seed_folder: Path) -> Assistant:
    home = seed_folder / ".footnote"
    return Assistant(Settings(home=home), view=False, folder=seed_folder)


def test_an_answer_leaves_who_asked_what_was_decided_and_what_was_shown(
    tmp_path: Path, assistant: Assistant
) -> None:
    answering = Answering(assistant, audit=Audit(tmp_path, 1 << 20))
    answer = run(answering.answer(ANN, QUESTION))
    (line,) = lines(tmp_path)
    assert line["who"] == "ann"
    assert line["groups"] == ["all", "hr"]
    assert line["token"] == ANN.token
    assert (line["did"], line["decision"]) == ("ask", "answered")
    assert line["documents"] == [answer.citations[0].document]
    assert line["index"] == answer.receipt.index


def test_a_question_is_kept_as_an_hmac_that_tells_equal_ones(
    tmp_path: Path, assistant: Assistant
) -> None:
    for _ in range(2):
        answering = Answering(assistant, audit=Audit(tmp_path, 1 << 20))
        for question in (QUESTION, "Who won the cup?"):
            run(answering.answer(ANN, question))
    kept = [line["question"] for line in lines(tmp_path)]
    assert kept[:2] == kept[2:]
    assert kept[0] != kept[1]
    assert "Putin" not in (tmp_path / "audit.jsonl").read_text()
    assert (tmp_path / "audit.key").stat().st_mode & 0o077 == 0


def test_a_key_of_ones_own_makes_the_hmac_and_readable_keeps_the_question(tmp_path: Path) -> None:
    Audit(tmp_path, 1 << 20, key="a").add(ANN, "ask", "answered", question="q")
    Audit(tmp_path, 1 << 20, key="b").add(ANN, "ask", "answered", question="q")
    Audit(tmp_path, 1 << 20, readable=True).add(ANN, "ask", "answered", question="q")
    first, second, third = (line["question"] for line in lines(tmp_path))
    assert first != second
    assert third == "q"


def test_what_is_searched_read_or_absent_is_told_too(tmp_path: Path, assistant: Assistant) -> None:
    answering = Answering(assistant, audit=Audit(tmp_path, 1 << 20))
    run(answering.find(ANN, "Putin"))
    document = assistant.documents()[0].document
    answering.document(ANN, document)
    answering.document(ANN, "nothing-of-that-name")
    answering.original(ANN, document)
    told = [(each["did"], each["decision"], each["documents"]) for each in lines(tmp_path)]
    assert told == [
        ("search", "found", [document]),
        ("source", "shown", [document]),
        ("source", "absent", []),
        ("original", "shown", [document]),
    ]


def _adds(home: Path, name: str) -> None:
    audit = Audit(home, 2_000)
    for number in range(100):
        audit.add(ANN, "ask", f"{name} {number}", ["d" * 50])


def test_many_writers_and_full_files_lose_and_tear_no_line(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("fork")
    some = [processes.Process(target=_adds, args=(tmp_path, str(name))) for name in range(4)]
    for each in some:
        each.start()
    for each in some:
        each.join()
    kept = [line["decision"] for line in lines(tmp_path)]
    assert sorted(kept) == sorted(f"{name} {number}" for name in range(4) for number in range(100))
    files = list(tmp_path.glob("audit*.jsonl"))
    assert len(files) > 10
    assert all(file.stat().st_size <= 2_000 for file in files)


def test_what_cannot_be_told_is_not_shown(tmp_path: Path, assistant: Assistant) -> None:
    answering = Answering(assistant, audit=Audit(tmp_path, 1 << 20))
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(NotKept, match="can't be written"):
        run(answering.answer(ANN, QUESTION))
    with pytest.raises(NotKept):
        answering.document(ANN, assistant.documents()[0].document)


def test_an_answer_that_is_left_while_it_grows_tells_what_was_shown(
    tmp_path: Path, seed_folder: Path
) -> None:
    home = seed_folder / ".footnote"
    with second_long_model() as url:
        settings = Settings(home=home, llm="openai-like/steady", llm_url=url)
        asked = Assistant(settings, view=False, folder=seed_folder)
        answering = Answering(asked, audit=Audit(tmp_path, 1 << 20))

        async def leaves() -> None:
            steps = answering.stream(ANN, QUESTION)
            async for step in steps:
                if isinstance(step, Growing) and step.citations:
                    break
            await steps.aclose()

        run(leaves())
    begun, left = lines(tmp_path)
    assert (begun["decision"], left["decision"]) == ("begun", "left")
    assert begun["documents"] == left["documents"] == [asked.documents()[0].document]


def test_a_link_tells_of_what_it_shows_where_its_words_do_not_stand(
    tmp_path: Path, assistant: Assistant
) -> None:
    """Anybody can make one, with words that are like a document's."""
    answer = assistant.ask(QUESTION)
    link = unpack(pack(answer))
    (cited,) = link.citations
    made_up = replace(cited, quote=cited.quote.replace("June", "May"))
    link = replace(link, citations=(made_up,))
    answering = Answering(assistant, audit=Audit(tmp_path, 1 << 20))
    (again,) = run(answering.reopen(ANN, [link], Effort()))
    assert again.changed[0].now
    (line,) = lines(tmp_path)
    assert (line["did"], line["documents"]) == ("link", [made_up.document])


def test_lists_and_files_that_are_added_are_told_too(tmp_path: Path, seed_folder: Path) -> None:
    shutil.copytree(seed_folder / ".footnote", tmp_path / "home")
    home = tmp_path / "home"
    settings = Settings(home=home, uploads=str(tmp_path / "added"))
    answering = Answering(
        Assistant(settings, view=False, folder=tmp_path), audit=Audit(home, 1 << 20)
    )
    there = TestClient(app(answering.assistant, ["testserver"], answering))
    there.get("/documents")
    there.get("/api/v1/documents")
    there.put("/api/v1/documents/note.txt", content=b"The ferry sails at nine.")
    told = [(each["did"], each["decision"]) for each in lines(home)]
    assert told == [("list", "1 named"), ("list", "1 named"), ("add", "adds: note.txt")]
