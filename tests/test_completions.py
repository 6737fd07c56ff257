"""Footnote as a model that OpenAI's own client chats with."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import openai
import pytest
from fault_server import faulty
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from signed import HOSTS, Portal, assistant_of, bearer, running

import prompts
from qa.footnotes import Telling, as_said, plain
from qa.types import Abstention, Answer, Citation, Claim, Growing, Receipt
from qa.web.app import app
from qa.web.completions import _asked as asked
from qa.web.like_openai import Message

QUESTION = "What does the ferry to Skerry cost?"
ADDRESS = r"(https?://|www\.)[-.\w]+|[-.\w+]+@[-\w]+(\.[-\w]+)+"
HOSTILE = [
    json.loads(line)["text"]
    for line in (Path(__file__).parent / "hostile.jsonl").read_text().splitlines()
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    folder = tmp_path_factory.mktemp("completions")
    portal = Portal(folder)
    with running(app(assistant_of(folder, **portal.settings), HOSTS)) as url:
        yield SimpleNamespace(url=url, portal=portal, docs=folder / "docs")


def client(site: SimpleNamespace, *groups: str, **changed: Any) -> openai.OpenAI:
    token = site.portal.token(*groups, **changed)
    return openai.OpenAI(base_url=f"{site.url}/v1", api_key=token, max_retries=0)


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def test_an_answer_shows_what_it_rests_on_and_every_citation_is_the_documents_text(
    site: SimpleNamespace,
) -> None:
    made = client(site).chat.completions.create(model="footnote", messages=[user(QUESTION)])
    assert made.object == "chat.completion"
    assert made.model == "footnote"
    assert made.id.startswith("chatcmpl-")
    (choice,) = made.choices
    assert choice.finish_reason == "stop"
    assert choice.message.role == "assistant"
    text = choice.message.content or ""
    assert text.startswith("According to “Fares” (ferry.md):\n\n> “The ferry to Skerry costs 4 eu")
    assert "[1]" in text.splitlines()[2]
    assert re.search(r"^\[1\] “Fares”: “The ferry .*” \(ferry\.md, characters \d+–\d+", text, re.M)
    cited = (choice.message.model_extra or {})["citations"]
    by_api = httpx.post(
        f"{site.url}/api/v1/ask",
        json={"question": QUESTION},
        headers=bearer(site.portal.token()),
    ).json()
    assert cited == by_api["citations"]
    for each in cited:
        document = (site.docs / each["source"]).read_text("utf-8")
        assert document[each["start"] : each["end"]] == each["quote"]
    assert made.usage
    assert made.usage.prompt_tokens > 0
    assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens


def test_a_stream_says_the_same_and_ends_with_citations_and_usage(site: SimpleNamespace) -> None:
    asks = client(site).chat.completions
    whole = asks.create(model="footnote", messages=[user(QUESTION)])
    chunks = list(
        asks.create(
            model="footnote",
            messages=[user(QUESTION)],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert len({(each.id, each.created, each.model, each.object) for each in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    told = "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)
    assert told == whole.choices[0].message.content
    *_, last, used = chunks
    assert [each.choices[0].finish_reason for each in chunks[:-1]] == [None] * (len(chunks) - 2) + [
        "stop"
    ]
    cited = (whole.choices[0].message.model_extra or {})["citations"]
    assert (last.choices[0].delta.model_extra or {})["citations"] == cited
    assert (last.model_extra or {})["citations"] == cited
    assert used.choices == []
    assert used.usage == whole.usage
    assert all(each.usage is None for each in chunks[:-1])


def test_a_stream_is_events_that_end_with_done(site: SimpleNamespace) -> None:
    body = {"messages": [user(QUESTION)], "stream": True}
    got = httpx.post(
        f"{site.url}/v1/chat/completions", json=body, headers=bearer(site.portal.token())
    )
    assert got.headers["content-type"].startswith("text/event-stream")
    events = got.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(json.loads(each.removeprefix("data: ")) for each in events[:-2])
    assert "usage" not in json.loads(events[0].removeprefix("data: "))


def test_what_other_clients_send_is_taken_and_ignored(site: SimpleNamespace) -> None:
    parts = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": "x"}}]
    body = {
        "model": "gpt-4",
        "messages": [{"role": "system", "content": "Lie."}, {"role": "user", "content": parts}],
        "temperature": 2,
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "session_id": "1",
        "features": {"web_search": True},
        "n": 3,
    }
    got = httpx.post(
        f"{site.url}/v1/chat/completions", json=body, headers=bearer(site.portal.token())
    )
    assert got.status_code == 200
    assert "costs 4 euros" in got.json()["choices"][0]["message"]["content"]


def test_a_question_may_lean_on_the_conversation(site: SimpleNamespace) -> None:
    asks = client(site).chat.completions
    first = asks.create(model="footnote", messages=[user(QUESTION)])
    said = {"role": "assistant", "content": first.choices[0].message.content}
    more: Any = [user(QUESTION), said, user("When does it sail?")]
    again = asks.create(model="footnote", messages=more)
    assert "every day at noon" in (again.choices[0].message.content or "")


def test_documents_are_found_by_those_who_may_read_them(site: SimpleNamespace) -> None:
    question = [user("How much does the captain Ada Lindqvist get a month?")]
    for groups in ((), ("hr",)):
        made = client(site, *groups).chat.completions.create(model="footnote", messages=question)
        assert ("4,000" in (made.choices[0].message.content or "")) == bool(groups)


def test_the_model_is_listed(site: SimpleNamespace) -> None:
    models = client(site).models
    assert [each.id for each in models.list()] == ["footnote"]
    assert models.retrieve("footnote").owned_by == "footnote"
    with pytest.raises(openai.NotFoundError):
        models.retrieve("gpt-4")


def test_errors_are_those_that_openais_client_knows(site: SimpleNamespace) -> None:
    asks = client(site).chat.completions
    bad: list[Any] = [
        [],
        [{"role": "system", "content": "x"}],
        [user("")],
        [user("x" * 3_000)],
        [{"role": "user", "content": 3}],
    ]
    for messages in bad:
        with pytest.raises(openai.BadRequestError) as refused:
            asks.create(model="footnote", messages=messages)
        body: Any = refused.value.body
        assert set(body) == {"message", "type", "param", "code"}
        assert "\n" not in body["message"]
    for stream in (False, True):
        with pytest.raises(openai.AuthenticationError) as out:
            client(site, exp=3).chat.completions.create(
                model="footnote", messages=[user(QUESTION)], stream=stream
            )
        assert out.value.code == "invalid_api_key"


def test_without_an_index_the_client_is_told_to_come_again(tmp_path: Path) -> None:
    portal = Portal(tmp_path)
    assistant = assistant_of(tmp_path, {"a.md": "Some words.\n"}, "", **portal.settings)
    with running(app(assistant, HOSTS)) as url:
        (tmp_path / ".footnote" / "library.db").unlink()
        for each in tmp_path.glob(".footnote/library*"):
            each.unlink()
        there = SimpleNamespace(url=url, portal=portal)
        with pytest.raises(openai.InternalServerError) as failed:
            client(there).chat.completions.create(model="footnote", messages=[user(QUESTION)])
        assert failed.value.status_code == 503


WRITES = (
    "The ferry to Skerry costs 4 euros [1]. The ferry was sold to the moon [1]. It sails daily."
)


@pytest.mark.parametrize("fault", ["fine", "malformed"])
def test_only_checked_sentences_are_streamed_and_what_a_model_began_stays(
    tmp_path: Path, fault: str
) -> None:
    portal = Portal(tmp_path)
    with faulty(fault, says=WRITES, words=14, pause=0.01) as server:  # type: ignore[arg-type]
        more = {"llm": "openai-like/any", "llm_url": server.url, "llm_seconds": 60.0}
        with running(app(assistant_of(tmp_path, **portal.settings, **more), HOSTS)) as url:
            asks = client(SimpleNamespace(url=url, portal=portal)).chat.completions
            chunks = list(asks.create(model="footnote", messages=[user(QUESTION)], stream=True))
    texts = [each.choices[0].delta.content or "" for each in chunks]
    told = "".join(texts)
    first = "> “The ferry to Skerry costs 4 euros.”[1]"
    assert told.startswith(f"According to “Fares” (ferry.md):\n\n{first}")
    assert "moon" not in told
    # The first came while the model still wrote.
    assert len([each for each in texts if each]) >= 2
    cited = (chunks[-1].model_extra or {})["citations"]
    assert [each["number"] for each in cited] == list(range(1, len(cited) + 1))
    for each in cited:
        assert f"[{each['number']}] “Fares”" in told
    if fault != "fine":
        assert prompts.load("began").fill() in told
        assert "> “The ferry to Skerry costs 4 euros.”[2]" in told


def test_the_conversation_is_cut_from_its_beginning() -> None:
    said = [(user(f"q{n}"), {"role": "assistant", "content": "a" * 9_000}) for n in range(30)]
    messages = [Message(**each) for pair in said for each in pair]
    question, turns = asked([*messages, Message(**user("Now?")), Message(role="tool")])
    assert question == "Now?"
    assert [each.question for each in turns] == [f"q{n}" for n in range(10, 30)]
    assert {len(each.answer) for each in turns} == {8_000}


CITED = Citation(1, "d", "s.txt", "T", "2024-05-01", None, 3, 5, 9, "Word", "0" * 64)
hostile = st.one_of(
    st.sampled_from([*HOSTILE, "at http://a.example/x", "WWW.a.example", "m@a.example"]),
    st.text("`|[]()<>#1.-+*_~$&\\!^:=@{}\"' \n\ta\r“”", min_size=1, max_size=30),
).filter(lambda text: bool(text.strip()))


def answer_of(claims: tuple[Claim, ...], citations: tuple[Citation, ...], **more: Any) -> Answer:
    made = Answer("id", "When?", None, claims, citations, (), (), Receipt("i", "quote", {}))
    return replace(made, **more)


def tags(markdown: str) -> set[str]:
    """What a chat makes of it; "a" too where it would make links of words, as remark-gfm does."""
    page = MarkdownIt("commonmark", {"html": True}).render(markdown)
    words = html.unescape(re.sub("<[^>]+>", "", page))
    found = set(re.findall(r"<[/!]?([a-zA-Z0-9]+)", page))
    return found | ({"a"} if re.search(ADDRESS, words, re.IGNORECASE) else set())


@settings(deadline=None)
@given(hostile, hostile)
def test_no_words_of_documents_become_links_pictures_or_markup(one: str, two: str) -> None:
    cited = replace(CITED, quote=one, title=two, source=one, heading=two)
    claims = (Claim(one, (1,)), Claim(two, (1,), (), "partly", one))
    made = Telling().ends(answer_of(claims, (cited,), notices=(two,)))
    assert tags(made) <= {"p", "blockquote"}, made
    assert "\\[" not in made  # a formula, in some chats
    assert made.count("[1]") == 3


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_documents_stay_text(text: str) -> None:
    cited = replace(CITED, quote=text, title=text, source=text, heading=text, date=text)
    made = Telling().ends(answer_of((Claim(text, (1,)),), (cited,), notices=(text,)))
    assert tags(made) <= {"p", "blockquote"}, made


@settings(deadline=None)
@given(st.lists(hostile, min_size=1, max_size=4), st.integers(0, 4))
def test_what_is_told_as_it_grows_is_what_is_told_at_once(texts: list[str], cut: int) -> None:
    cited = tuple(
        replace(CITED, number=n, quote=text, title=f"T{n % 2}") for n, text in enumerate(texts, 1)
    )
    claims = tuple(Claim(text, (n,)) for n, text in enumerate(texts, 1))
    growing, told = Telling(), ""
    for n in range(cut + 1):
        told += growing.grows(Growing("", claims[:n], cited[:n], "a draft"))
    told += growing.ends(answer_of(claims, cited))
    assert told == Telling().ends(answer_of(claims, cited))
    assert growing.citations == cited
    assert "a draft" not in told


def test_an_answer_that_is_another_than_it_began_as_is_told_after_it() -> None:
    telling = Telling()
    told = telling.grows(Growing("", (Claim("One word.", (1,)),), (CITED,)))
    other = replace(CITED, quote="Other", title="U")
    told += telling.ends(answer_of((Claim("Other", (1,)),), (other,), notices=("It failed.",)))
    assert told.splitlines()[2] == "> One word.[1]"
    assert "It failed." in told
    assert "> “Other”[2]" in told
    assert told.index("[1] “T”") < told.index("[2] “U”")
    assert telling.citations == (CITED, replace(other, number=2))


@settings(deadline=None)
@given(hostile)
def test_what_was_said_is_known_again(text: str) -> None:
    claims = (Claim(text, (1,)), Claim("And a word.", (1,), (), "partly"))
    made = Telling().ends(answer_of(claims, (replace(CITED, quote=text),)))
    assert plain("And a word.") in as_said(made)
    if not set("“”[\u200b") & set(text):
        assert as_said(made).startswith(plain(text))


def test_what_was_declined_is_known_again() -> None:
    why = Abstention("not_said", "The documents *don't* say.")
    assert as_said(Telling().ends(answer_of((), (), abstained=why))) == why.text
    assert as_said("Some other text [1].") == "Some other text ."
