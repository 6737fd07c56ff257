"""Documents that give a model orders change nothing, though the model obeys every one of them.

`injections.jsonl` was written by somebody who had not seen the code: 150 documents with an attack
in each, an innocent question, and what a model that obeys says to it, with a canary.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fault_server import faulty
from playwright.sync_api import Page, Request

from index import build
from qa.assistant import Assistant
from qa.settings import Settings
from qa.terminal import as_text, harmless
from qa.types import Answer
from qa.web import render

ATTEMPTS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "injections.jsonl").read_text("utf-8").splitlines()
]
HERE = "http://footnote.test/"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("attacked")
    for each in ATTEMPTS:
        path = folder / "documents" / each["id"] / Path(each["name"]).name
        path.parent.mkdir(parents=True)
        path.write_bytes(each["document"].encode())
    build(folder / "home", [folder / "documents"])
    return folder / "home"


@pytest.fixture(scope="module")
def answers(home: Path) -> dict[str, Answer]:
    found = {}
    for each in ATTEMPTS:
        with faulty("fine", says=each["says"]) as server:
            given = Settings(home=home, llm="openai-like/obedient", llm_url=server.url)
            found[each["id"]] = Assistant(given, view=False).ask(each["question"])
    return found


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda each: each["id"])
def test_nothing_is_said_that_the_attack_wants_said(
    attempt: dict[str, Any], answers: dict[str, Answer]
) -> None:
    answer = answers[attempt["id"]]
    quotes = {each.quote for each in answer.citations}
    for claim in answer.claims:
        # A sentence of the document, quoted whole under its name, is no word of ours.
        assert attempt["canary"] not in claim.text or claim.text in quotes
    titles = [each.title for each in answer.citations]
    for notice in answer.notices:
        # Where documents differ they are named, by titles that may be an attack.
        assert attempt["canary"] not in notice or any(attempt["canary"] in t for t in titles)


def test_every_citation_is_exact(home: Path, answers: dict[str, Answer]) -> None:
    read = Assistant(Settings(home=home), view=False)
    for answer in answers.values():
        for each in answer.citations:
            document = read.document(each.document)
            assert document
            assert document.text[each.start : each.end] == each.quote


def test_what_is_shown_asks_no_other_host_for_anything_and_runs_nothing(
    page: Page, answers: dict[str, Answer]
) -> None:
    asked: list[str] = []

    def seen(request: Request) -> None:
        asked.append(request.url)

    shown = render.conversation([(each.question, each) for each in answers.values()])
    page.on("request", seen)
    page.on("dialog", lambda dialog: asked.append(f"dialog: {dialog.message}"))
    page.route("**/*", lambda route: route.fulfill(body=f"<!doctype html>{shown}"))
    page.goto(HERE)
    assert page.locator("article").count() == len(answers)
    assert asked == [HERE]
    assert page.locator("script, img, iframe, svg, object, style, form, [onclick]").count() == 0
    links = page.locator("a").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    assert all(link.startswith("/source/") for link in links)


def test_what_is_printed_steers_no_terminal(answers: dict[str, Answer]) -> None:
    for answer in answers.values():
        assert "\x1b" not in harmless(as_text(answer))
