"""Models: chosen by name, asked through one door; what goes wrong is one line without the key.

The cassettes are of llama.cpp's server (xllamacpp 2026.10) with SmolLM2-135M-Instruct in Q4_1, on
127.0.0.1:8818, for which a key was wanted. The failures come from a server in here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import serving

from qa.errors import NoModel, RecordingMissing
from qa.models import call, model
from qa.settings import SECRETS, load

NAME, URL = "openai-like/smollm2", "http://127.0.0.1:8818/v1"
KEY = "sk-not-a-real-key"


@pytest.mark.vcr
def test_a_model_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", "not-a-real-key")
    llm = model(NAME, URL, longest=8)
    said = call(NAME, URL, lambda: llm.complete("Rabbits eat"))
    assert said.text
    assert said.additional_kwargs["completion_tokens"] == 8
    assert "".join(each.delta or "" for each in llm.stream_complete("Say: rabbit.")).strip()


@pytest.mark.vcr
def test_a_model_server_that_refuses_the_key_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FOOTNOTE_LLM_KEY", raising=False)
    llm = model(NAME, URL)
    with pytest.raises(NoModel, match=r"127\.0\.0\.1:8818 refuses the key; set the right one"):
        call(NAME, URL, lambda: llm.complete("Hello?"))


class Server:
    """Answers every request with one status and body."""

    def __init__(self) -> None:
        self.status, self.body = 200, json.dumps({})
        self.keys: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.keys.append(self.headers["Authorization"])
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(outer.body.encode())))
                self.end_headers()
                self.wfile.write(outer.body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def ask(self, url: str | None = None) -> object:
        url = url or self.url
        llm = model("openai-like/x", url)
        return call("openai-like/x", url, lambda: llm.complete("Hello?"), waits=0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", KEY)
    it = Server()
    with serving(it.http):
        yield it


@pytest.mark.parametrize(
    ("status", "said", "tries", "says"),
    [
        (500, "no", 3, r"failed 3 times \(HTTP 500\); try again later"),
        (429, "no", 3, r"failed 3 times \(HTTP 429\)"),
        (404, "no model", 1, "refuses the request .*no model.*; check llm and llm_url"),
        (400, f"bad {KEY} \n two", 1, r"refuses the request .*\[key\]"),
        (401, f"bad key {KEY}", 1, "refuses the key; set the right one"),
        (200, "<html>Hello</html>", 1, "doesn't answer as a language model's server does"),
    ],
)
def test_a_server_that_fails_is_one_line_without_the_key(
    server: Server, status: int, said: str, tries: int, says: str
) -> None:
    server.status, server.body = status, json.dumps({"error": {"message": said}})
    for url in (server.url, server.url.replace("//", "//me:secret@")):
        server.keys.clear()
        with pytest.raises(NoModel, match=says) as error:
            server.ask(url)
        assert len(server.keys) == tries
        assert "\n" not in str(error.value)
        assert KEY not in str(error.value)
        assert "secret" not in str(error.value)
        assert error.value.__cause__ is error.value.__context__ is None
    server.keys.clear()
    with pytest.raises(NoModel):
        server.ask()
    assert server.keys[0] == f"Bearer {KEY}"


def test_nobody_there_is_one_line(server: Server) -> None:
    server.http.server_close()
    with pytest.raises(NoModel, match=r"no server answers at 127\.0\.0\.1:\d+; start it, or set"):
        server.ask()


def test_errors_of_ours_go_through_as_they_are() -> None:
    def ask() -> None:
        raise RecordingMissing("x")

    with pytest.raises(RecordingMissing, match=r"^x$"):
        call(NAME, URL, ask)


@pytest.mark.parametrize(
    ("name", "url", "says"),
    [
        ("", "", "there is none of that name; set llm to one of ollama/MODEL, openai/MODEL"),
        ("gpt-4", "", "'gpt-4': there is none of that name"),
        ("openai/", "", "there is none of that name"),
        ("openai/x", "", "needs a key; set OPENAI_API_KEY in the environment"),
        ("anthropic/x", "", "needs a key; set ANTHROPIC_API_KEY in the environment"),
        ("openai/x", "http://127.0.0.1/v1", "takes no llm_url"),
        ("openai-like/x", "", "needs its server's address; set llm_url"),
        ("openai-like/x", "127.0.0.1:80", "llm_url is no web address"),
        ("ollama/x", "http://[1", "llm_url is no web address"),
    ],
)
def test_a_model_that_cannot_be_is_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str, says: str
) -> None:
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(NoModel, match=says) as error:
        model(name, url)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("extra", ["anthropic", "ollama"])
def test_a_missing_extra_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, extra: str) -> None:
    # As if it weren't there, whether it is or not.
    monkeypatch.setitem(sys.modules, f"llama_index.llms.{extra}", None)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    says = rf"llm {extra}/x: needs an extra; in .* run: pip install '\.\[{extra}\]'"
    with pytest.raises(NoModel, match=says) as error:
        model(f"{extra}/x")
    assert KEY not in str(error.value)


def test_openais_model_needs_no_extra_and_its_key_goes_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_BASE", "http://127.0.0.1:1/v1")
    llm = model("openai/gpt-4.1-mini")
    assert llm.to_dict()["api_base"] == "https://api.openai.com/v1"


def test_the_model_is_a_setting_and_its_key_is_none(tmp_path: Path) -> None:
    settings = load(
        tmp_path, environment={"FOOTNOTE_LLM": NAME, "FOOTNOTE_LLM_URL": URL, SECRETS[1]: KEY}
    )
    assert (settings.llm, settings.llm_url) == (NAME, URL)
    assert KEY not in repr(settings)
