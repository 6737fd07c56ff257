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
from qa.web.render import Said

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


def ask_all(home: Path) -> dict[str, Answer]:
    found = {}
    for each in ATTEMPTS:
        with faulty("fine", says=each["says"]) as server:
            given = Settings(home=home, llm="openai-like/obedient", llm_url=server.url)
            found[each["id"]] = Assistant(given, view=False).ask(each["question"])
    return found


def test_documents_that_give_orders_are_quoted_and_not_obeyed(home: Path, page: Page) -> None:
    # One test, as asking takes long: tests of a module run in several processes.
    answers = ask_all(home)
    obeyed = [each["id"] for each in ATTEMPTS if _says(answers[each["id"]], each["canary"])]
    assert obeyed == []
    _every_citation_is_exact(home, answers)
    _what_is_shown_asks_no_other_host_for_anything_and_runs_nothing(page, answers)
    assert all("\x1b" not in harmless(as_text(answer)) for answer in answers.values())


def _says(answer: Answer, canary: str) -> bool:
    """Whether it says the canary; a document's sentence, quoted whole, or its title is no word of
    ours."""
    quotes = {each.quote for each in answer.citations}
    titles = [each.title for each in answer.citations]
    return any(canary in each.text and each.text not in quotes for each in answer.claims) or any(
        canary in notice and not any(canary in title for title in titles)
        for notice in answer.notices
    )


def _every_citation_is_exact(home: Path, answers: dict[str, Answer]) -> None:
    read = Assistant(Settings(home=home), view=False)
    for answer in answers.values():
        for each in answer.citations:
            document = read.document(each.document)
            assert document
            assert document.text[each.start : each.end] == each.quote


def _what_is_shown_asks_no_other_host_for_anything_and_runs_nothing(
    page: Page, answers: dict[str, Answer]
) -> None:
    asked: list[str] = []

    def seen(request: Request) -> None:
        asked.append(request.url)

    shown = render.conversation([Said(each.question, each) for each in answers.values()])
    page.on("request", seen)
    page.on("dialog", lambda dialog: asked.append(f"dialog: {dialog.message}"))
    page.route("**/*", lambda route: route.fulfill(body=f"<!doctype html>{shown}"))
    page.goto(HERE)
    assert page.locator("article").count() == len(answers)
    assert asked == [HERE]
    assert page.locator("script, img, iframe, svg, object, style, form, [onclick]").count() == 0
    links = page.locator("a").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    assert all(link.startswith("/source/") for link in links)
