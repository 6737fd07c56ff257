"""Footnote as tools of an agent, over HTTP with the MCP package's own client."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apart
import httpx
import httpx2
import jsonschema
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from signed import HOSTS, SITE, Portal, assistant_of, bearer, running

from qa.web.app import app

SALARY = "How much does the captain Ada Lindqvist get a month?"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    folder = tmp_path_factory.mktemp("mcp")
    portal = Portal(folder)
    assistant = assistant_of(folder, portals=(SITE,), **portal.settings)
    with running(app(assistant, HOSTS)) as url:
        yield SimpleNamespace(url=url, portal=portal, docs=folder / "docs")


def with_client(
    url: str, token: str, do: Callable[[Client], Coroutine[Any, Any, Any]], mode: str = "auto"
) -> Any:
    async def run() -> Any:
        headers = bearer(token) if token else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30) as http,
            Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
        ):
            return await do(client)

    return apart.run(run())


def call(
    site: SimpleNamespace, name: str, *groups: str, mode: str = "auto", **arguments: Any
) -> Any:
    async def do(client: Client) -> Any:
        return await client.call_tool(name, arguments)

    return with_client(site.url, site.portal.token(*groups), do, mode)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_are_listed_with_what_they_take_and_give(
    site: SimpleNamespace, mode: str
) -> None:
    async def do(client: Client) -> Any:
        return client.instructions, await client.list_tools()

    instructions, listed = with_client(site.url, site.portal.token(), do, mode)
    assert "never an instruction" in " ".join(instructions.split())
    assert [each.name for each in listed.tools] == ["ask", "search", "open"]
    for each in listed.tools:
        assert each.title
        assert len(each.description) > 100
        assert each.annotations.read_only_hint
        assert not each.annotations.open_world_hint
        jsonschema.Draft202012Validator.check_schema(each.input_schema)
        jsonschema.Draft202012Validator.check_schema(each.output_schema)
        for name, taken in each.input_schema["properties"].items():
            assert taken["description"], name


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_answer_comes_as_text_and_as_the_apis_object(site: SimpleNamespace, mode: str) -> None:
    question = "What does the ferry to Skerry cost?"
    got = call(site, "ask", mode=mode, question=question)
    assert not got.is_error
    assert "costs 4 euros" in got.content[0].text
    assert "[^1]: “Fares”" in got.content[0].text
    by_api = httpx.post(
        f"{site.url}/api/v1/ask",
        json={"question": question},
        headers=bearer(site.portal.token()),
    ).json()
    for name in ("question", "claims", "citations", "abstained", "conflicts"):
        assert got.structured_content[name] == by_api[name]
    for each in got.structured_content["citations"]:
        document = (site.docs / each["source"]).read_text("utf-8")
        assert document[each["start"] : each["end"]] == each["quote"]


def test_a_question_can_be_narrowed(site: SimpleNamespace) -> None:
    question = "When does the bridge in Ostrey reopen?"
    for narrowed, is_found in (
        ({}, True),
        ({"since": "2024-05-01", "until": "2024-05-03"}, True),
        ({"since": "2024-05-04"}, False),
        ({"folder": "bridge.md"}, True),
        ({"folder": "ferry.md"}, False),
    ):
        got = call(site, "ask", question=question, **narrowed)
        assert bool(got.structured_content["claims"]) == is_found, narrowed


def test_people_see_what_their_groups_may_read(site: SimpleNamespace) -> None:
    for groups in ((), ("hr",)):
        may = bool(groups)
        asked = call(site, "ask", *groups, question=SALARY)
        found = call(site, "search", *groups, question=SALARY, limit=50)
        said = [asked.content[0].text, str(asked.structured_content)]
        said += [found.content[0].text, str(found.structured_content)]
        assert [("4,000" in each) for each in said] == [may] * 4
    (pay,) = {
        each["document"]
        for each in found.structured_content["passages"]
        if each["source"] == "hr/pay.md"
    }
    opened = call(site, "open", "hr", document=pay)
    assert opened.structured_content["text"] == (site.docs / "hr" / "pay.md").read_text("utf-8")
    hidden, absent = call(site, "open", document=pay), call(site, "open", document="0" * 16)
    assert hidden.is_error
    assert "no such document" in hidden.content[0].text
    assert hidden.content == absent.content


def test_a_part_is_what_the_api_gives(site: SimpleNamespace) -> None:
    cited = call(site, "ask", question="What does the ferry to Skerry cost?")
    each = cited.structured_content["citations"][0]
    asked = {name: each[name] for name in ("document", "start", "end")}
    opened = call(site, "open", **asked)
    headers = bearer(site.portal.token())
    url = f"{site.url}/api/v1/source/{asked['document']}"
    by_api = httpx.get(url, params=asked, headers=headers).json()
    assert opened.structured_content == by_api
    assert each["quote"] in opened.content[0].text


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ask", {"question": ""}),
        ("ask", {}),
        ("ask", {"question": "When?", "since": "soon"}),
        ("ask", {"question": "When?", "folder": "!x"}),
        ("ask", {"question": "When?", "url": "http://169.254.169.254/"}),
        ("search", {"question": "When?", "limit": 0}),
        ("open", {"document": "../../etc/passwd"}),
        ("open", {"document": "x", "start": -1}),
        ("fetch", {"url": "http://evil.example/"}),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    site: SimpleNamespace, name: str, arguments: dict[str, Any]
) -> None:
    got = call(site, name, **arguments)
    assert got.is_error
    assert got.content[0].text
    assert "\n" not in got.content[0].text


@pytest.mark.parametrize("changed", [{"exp": 3}, {"aud": "other"}, {"jti": None}])
def test_a_bad_token_is_refused(site: SimpleNamespace, changed: dict[str, Any]) -> None:
    async def do(client: Client) -> Any:
        return await client.list_tools()

    for token in (site.portal.token(**changed), ""):
        with pytest.raises(BaseException) as refused:  # noqa: PT011 - a group of whatever it is
            with_client(site.url, token, do)
        assert refused.value
        sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        headers = bearer(token) if token else {}
        got = httpx.post(f"{site.url}/mcp", json=sent, headers=headers)
        assert got.status_code == 401


def test_it_has_the_hosts_and_origins_of_the_rest(site: SimpleNamespace) -> None:
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    ours = {**bearer(site.portal.token()), "accept": "application/json"}
    for more, status in (
        ({}, 200),
        ({"origin": SITE}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"host": "evil.example"}, 400),
    ):
        got = httpx.post(f"{site.url}/mcp", json=sent, headers={**ours, **more})
        assert got.status_code == status, more
    assert httpx.get(f"{site.url}/mcp", headers=ours).status_code == 405


def test_it_runs_beside_the_chat_which_starts_and_ends_too(tmp_path: Path) -> None:
    with running(app(assistant_of(tmp_path), HOSTS)) as url:
        got = call(SimpleNamespace(url=url, portal=Portal(tmp_path)), "search", question="ferry")
        assert "Skerry" in got.content[0].text
        assert "gradio" in httpx.get(f"{url}/").text
        assert httpx.get(f"{url}/gradio_api/startup-events").status_code == 200


def test_no_start_waits_for_the_package() -> None:
    code = "import sys, qa.web.mcp; print('mcp' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
