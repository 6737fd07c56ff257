"""Narrowing: a question is asked of some documents, and nobody sees more by it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from hypothesis import assume, given
from hypothesis import strategies as st

import prompts
from index import Access, Rule, Search, Within, build
from index.within import LONGEST_PATH, MOST_PATHS, exactly
from qa import Assistant, Settings
from qa.identity import identify
from qa.web import api
from qa.web.answering import Answering
from qa.web.app import _unfit as unfit
from qa.web.signin import SignIn

HR = Rule(("hr/**",), frozenset({"hr"}))
OLD = "# Fares\n\n3 May 2021\n\nA ticket for the ferry costs 4 euros.\n"
NEW = "# Fares\n\n9 June 2024\n\nA ticket for the ferry costs 6 euros.\n"
TEXTS = {
    "old/fares.md": OLD,
    "new/fares.md": NEW,
    "new/[draft] fares.md": "The draft says that a ticket for the ferry costs 7 euros.\n",
    "hr/pay.md": "9 June 2024\n\nThe ferry's captain gets 4,000 euros a month.\n",
}
QUESTION = "What does a ticket for the ferry cost?"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("within")
    for name, text in TEXTS.items():
        path = folder / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    build(folder / "home", [folder / "docs"])
    (folder / "footnote.toml").write_text('[[access]]\npaths = ["hr/**"]\ngroups = ["hr"]\n')
    settings = Settings(home=folder / "home", access=(HR,))
    assistant = Assistant(settings, view=False, folder=folder)
    web = FastAPI()
    web.add_exception_handler(RequestValidationError, unfit)
    web.include_router(api.router(Answering(assistant)))
    web.add_middleware(SignIn, identify=identify(assistant.settings), tokens=False)
    return SimpleNamespace(home=folder / "home", assistant=assistant, client=TestClient(web))


def seen(site: SimpleNamespace, *groups: str, **within: Any) -> list[str]:
    search = site.assistant.search
    with search.reading(Access((HR,), frozenset(groups), Within(**within))) as at:
        found = search.find("ferry ticket fares euros captain", 8, at)
        assert {each.document for each in found} == {each.document for each in at.entries}
        return sorted(each.source for each in at.entries)


@pytest.mark.parametrize(
    ("paths", "sources"),
    [
        (("old/**",), ["old/fares.md"]),
        (("docs/old/",), ["old/fares.md"]),
        (("fares.md",), ["new/fares.md", "old/fares.md"]),
        (("new/fares.md", "old/fares.md"), ["new/fares.md", "old/fares.md"]),
        (("new/[draft] fares.md",), ["new/[draft] fares.md"]),
        ((exactly("new/[draft] fares.md"),), ["new/[draft] fares.md"]),
        (("*",), ["new/[draft] fares.md", "new/fares.md", "old/fares.md"]),
        (("hr/**",), []),
        (("none.md",), []),
    ],
)
def test_folders_documents_and_patterns_narrow(
    site: SimpleNamespace, paths: tuple[str, ...], sources: list[str]
) -> None:
    assert seen(site, paths=paths) == sources


@pytest.mark.parametrize(
    ("days", "sources"),
    [
        ({"since": "2022-01-01"}, ["new/fares.md"]),
        ({"until": "2022-01-01"}, ["old/fares.md"]),
        ({"since": "2021-05-03", "until": "2024-06-09"}, ["new/fares.md", "old/fares.md"]),
        ({"since": "2021-05-04", "until": "2024-06-08"}, []),
    ],
)
def test_a_time_holds_its_first_and_last_day_and_no_document_without_a_date(
    site: SimpleNamespace, days: dict[str, str], sources: list[str]
) -> None:
    assert seen(site, **days) == sources


def test_narrowing_never_shows_what_may_not_be_read(site: SimpleNamespace) -> None:
    everything = {"paths": ("**",), "since": "0001-01-01", "until": "9999-12-31"}
    assert "hr/pay.md" not in seen(site, **everything)
    assert "hr/pay.md" in seen(site, "hr", **everything)
    assert seen(site, "hr", paths=("hr/**",)) == ["hr/pay.md"]


def test_an_answer_comes_from_within_alone_and_the_next_from_everything(
    site: SimpleNamespace,
) -> None:
    def said(within: Within | None) -> str:
        return site.assistant.ask(QUESTION, within=within).text

    assert "4 euros" in said(Within(("old/**",)))
    assert "6 euros" in said(Within(since="2022-01-01"))
    everything = site.assistant.ask(QUESTION)
    assert everything == _timeless(site.assistant.ask(QUESTION, within=Within()), everything)
    assert {each.source for each in everything.passages} > {"old/fares.md", "new/fares.md"}


def _timeless(answer: Any, like: Any) -> Any:
    return replace(answer, receipt=replace(answer.receipt, seconds=like.receipt.seconds))


def test_what_is_within_is_as_if_the_rest_were_not_there(
    site: SimpleNamespace, tmp_path: Path
) -> None:
    (tmp_path / "docs" / "old").mkdir(parents=True)
    (tmp_path / "docs" / "old" / "fares.md").write_text(OLD)
    build(tmp_path / "home", [tmp_path / "docs"])
    alone = Search(tmp_path / "home", view=False).snapshot()
    with site.assistant.search.reading(Access(within=Within(("old/**",)))) as at:
        assert (at.index, at.chunks) == (alone.index, alone.chunks)


@pytest.mark.parametrize("question", [QUESTION, "Which documents do you have?"])
def test_nothing_within_is_an_abstention_that_says_so(site: SimpleNamespace, question: str) -> None:
    for within in (Within(("none/**",)), Within(("hr/**",)), Within(until="1999-01-01")):
        answer = site.assistant.ask(question, within=within)
        assert answer.abstained
        assert answer.abstained.text == prompts.load("nothing_searched").fill()
        assert answer.notices == (prompts.load("nothing_within").fill(),)
        assert answer.claims == answer.passages == ()


def test_a_list_of_documents_is_narrowed_too(site: SimpleNamespace) -> None:
    answer = site.assistant.ask("Which documents do you have?", within=Within(("old/**",)))
    assert "1 document" in answer.notices[0]
    assert {each.source for each in answer.citations} == {"old/fares.md"}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1))
def test_any_name_of_a_file_can_be_named_exactly(name: str) -> None:
    assume(name != "b")  # a folder of that name is one too
    within = Within((exactly(f"a/{name}"), exactly(name)))
    assert within.holds("docs", f"a/{name}", None)
    assert within.holds("docs", name, None)
    assert not within.holds("docs", f"b/a/{name}", None)


def test_what_a_path_may_say_is_compared_in_time(subtests: pytest.Subtests) -> None:
    names = ["e" * 255, "/".join(["ee"] * 100), f"{'e' * 120}/" * 8]
    for path in (
        "*e*x",
        "**/*e*x",
        "**/*e*/e*/**/x",
        "**/?e?*?e*x",
        "e**x",
        "**/[a-z]*[a-z]*x",
    ):
        within = Within((path,))
        with subtests.test(path):
            started = time.process_time()
            assert not any(within.holds("docs", name, None) for name in names)
            assert time.process_time() - started < 5


@pytest.mark.parametrize("name", ["[draft].md", "a*b.md", "a?.md", "!a.md", "#1.md", "a\\b.md"])
def test_what_is_named_exactly_is_no_pattern(name: str) -> None:
    within = Within((exactly(name),))
    assert within.holds("docs", name, None)
    assert not any(within.holds("docs", other, None) for other in ("d.md", "aXb.md", "ab.md"))


BAD: list[dict[str, Any]] = [
    {"since": "yesterday"},
    {"since": "20240101"},
    {"until": "2024-02-30"},
    {"until": ""},
    {"since": "2024-02-02", "until": "2024-02-01"},
    {"paths": [""]},
    {"paths": ["!a.md"]},
    {"paths": ["#a"]},
    {"paths": ["./a"]},
    {"paths": ["a\\b"]},
    {"paths": ["/"]},
    {"paths": ["//"]},
    {"paths": ["*a*a*a*a*a*a*a*a*a*a*b"]},
    {"paths": [f"a{'*' * 30}b"]},
    {"paths": ["**/a/**/b/**/c"]},
    {"paths": ["a" * (LONGEST_PATH + 1)]},
    {"paths": ["a"] * (MOST_PATHS + 1)},
    {"paths": "a"},
    {"paths": [1]},
    {"paths": None},
    {"folder": "a"},
    {"since": 2024},
]


@pytest.mark.parametrize("within", [*BAD, [], "a"], ids=lambda each: str(each)[:40])
def test_what_cannot_be_meant_is_a_422_with_one_line(site: SimpleNamespace, within: object) -> None:
    refused = site.client.post("/api/v1/ask", json={"question": QUESTION, "within": within})
    assert refused.status_code == 422
    assert list(refused.json()) == ["error"]
    assert "\n" not in refused.json()["error"]
    assert len(refused.json()["error"]) < 300


def test_a_question_is_narrowed_over_http(site: SimpleNamespace) -> None:
    body = {"question": QUESTION, "within": {"paths": ["docs/old/"], "until": "2021-12-31"}}
    answer = site.client.post("/api/v1/ask", json=body).json()
    assert "4 euros" in answer["claims"][0]["text"]
    assert {each["source"] for each in answer["passages"]} == {"old/fares.md"}
    assert site.client.post("/api/v1/ask", json={"question": QUESTION, "within": None}).json()
