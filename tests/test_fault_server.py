"""The failing model server fails as it says, streamed and not, and leaves nothing behind."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import httpx
import pytest
from fault_server import FaultServer, faulty
from faulty_answers import Fault

SAYS = "Hares\neat  grass, “hay” and bark."
BOTH = pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
# How long silence lasts before it is taken for one, in seconds: what is on its way arrives.
SILENCE = 1.0


def asked(streamed: bool) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": "?"}], "stream": streamed}


def ask(server: FaultServer, streamed: bool) -> httpx.Response:
    return httpx.post(f"{server.url}/chat/completions", json=asked(streamed), timeout=10)


@contextmanager
def asking(server: FaultServer, streamed: bool, silence: float = 10) -> Iterator[httpx.Response]:
    body, url = asked(streamed), f"{server.url}/chat/completions"
    with httpx.stream("POST", url, json=body, timeout=httpx.Timeout(10, read=silence)) as response:
        yield response


def connected(server: FaultServer) -> socket.socket:
    url = httpx.URL(server.url)
    assert url.port
    return socket.create_connection((url.host, url.port))


def text(response: httpx.Response, streamed: bool) -> str:
    """What the model says; raises where that is no whole answer."""
    if not streamed:
        return str(response.json()["choices"][0]["message"]["content"])
    *events, done, rest = response.text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    chunks = [json.loads(each.removeprefix("data: ")) for each in events]
    assert chunks[-1]["choices"][0]["finish_reason"] in ("stop", "length")
    return "".join(each["choices"][0]["delta"].get("content", "") for each in chunks)


def read(response: httpx.Response) -> tuple[bytes, Exception | None]:
    """All that comes of a body, and how it ended."""
    came = b""
    try:
        for part in response.iter_raw():
            came += part
    except httpx.TransportError as error:
        return came, error
    return came, None


@BOTH
def test_a_fine_server_says_what_it_is_given_and_tells_what_it_was_asked(streamed: bool) -> None:
    with faulty("fine", says=SAYS) as server:
        assert text(ask(server, streamed), streamed) == SAYS
        assert server.requests == [asked(streamed)]
        assert server.wait_until(lambda it: it.open_connections == 0)
        models = httpx.get(f"{server.url}/models").json()
        assert [each["id"] for each in models["data"]] == ["faulty"]
        assert httpx.get(f"{server.url}/elsewhere").status_code == 404
        assert httpx.post(f"{server.url}/chat/completions", json={}).status_code == 400


@BOTH
def test_a_pause_is_before_every_token(streamed: bool) -> None:
    with faulty("fine", says="one two three", pause=0.05) as server:
        begun = monotonic()
        assert text(ask(server, streamed), streamed) == "one two three"
        assert monotonic() - begun >= 0.15


@BOTH
def test_a_server_that_refuses_has_nobody_listening(streamed: bool) -> None:
    with faulty("refuses") as server, pytest.raises(httpx.ConnectError):
        ask(server, streamed)


@BOTH
def test_a_server_that_never_answers_hears_but_says_nothing(streamed: bool) -> None:
    with faulty("never answers") as server:
        with pytest.raises(httpx.ReadTimeout), asking(server, streamed, 0.1):
            pass
        assert server.wait_until(lambda it: it.requests == [asked(streamed)])
        assert server.wait_until(lambda it: it.open_connections == 0)


@BOTH
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("429", 429, "rate_limit_exceeded"),
        ("500", 500, "server_error"),
        ("503", 503, "server_error"),
        ("too long", 400, "context_length_exceeded"),
    ],
)
def test_errors_are_told_as_openai_does(
    fault: Fault, status: int, code: str, streamed: bool
) -> None:
    with faulty(fault, retry_after=7) as server:
        response = ask(server, streamed)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.headers.get("Retry-After") == ("7" if fault == "429" else None)


@BOTH
def test_malformed_json_is_none(streamed: bool) -> None:
    for says in ("one two three four five", "one", ""):
        with faulty("malformed", says=says) as server, pytest.raises(json.JSONDecodeError):
            text(ask(server, streamed), streamed)


@BOTH
@pytest.mark.parametrize("at", [0, 20, 300])
def test_a_cut_is_after_so_many_bytes_and_seen_only_where_http_tells_the_length(
    streamed: bool, at: int
) -> None:
    with faulty("fine", says="word " * 99) as server:
        whole = ask(server, streamed).content
    for framed in (True, False):
        with faulty("cut", says="word " * 99, cut_at=at, framed=framed) as server:
            with asking(server, streamed) as response:
                came, error = read(response)
            assert came == whole[:at]
            assert isinstance(error, httpx.RemoteProtocolError) == framed


@BOTH
@pytest.mark.parametrize("head", [False, True], ids=["body", "head"])
def test_a_drip_is_a_byte_at_a_time_and_arrives_in_the_end(streamed: bool, head: bool) -> None:
    with faulty("drip", says="Hay.", interval=0.0001, head=head) as server:
        begun = monotonic()
        response = ask(server, streamed)
        assert monotonic() - begun >= len(response.content) * 0.0001
        assert text(response, streamed) == "Hay."


@BOTH
def test_an_empty_answer_has_no_text(streamed: bool) -> None:
    with faulty("empty") as server:
        assert text(ask(server, streamed), streamed) == ""


@BOTH
def test_another_language_is_another_script_without_marks(streamed: bool) -> None:
    with faulty("other language") as server:
        said = text(ask(server, streamed), streamed)
    assert said.split()
    assert not any((each.isascii() and each.isalnum()) or each in "[]" for each in said)


@BOTH
def test_babble_is_ten_thousand_tokens_whatever_is_allowed(streamed: bool) -> None:
    with faulty("babble") as server:
        assert len(text(ask(server, streamed), streamed).split()) == 10_000


@BOTH
def test_who_leaves_in_the_middle_is_noticed_at_once(
    streamed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with faulty("babble") as server:
        with asking(server, streamed) as response:
            next(response.iter_raw())
        assert server.wait_until(lambda it: it.open_connections == 0)
    assert caplog.records == []


@BOTH
def test_a_wrong_type_is_a_page(streamed: bool) -> None:
    with faulty("wrong type") as server:
        response = ask(server, streamed)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert "<form>" in response.text


@BOTH
def test_what_stalls_says_some_words_and_no_more(streamed: bool) -> None:
    with faulty("stalls", says="one two three", words=2) as server:
        with asking(server, streamed, SILENCE) as response:
            came, error = read(response)
        assert isinstance(error, httpx.ReadTimeout)
        assert came
        assert (b"two" in came, b"three" in came) == (streamed, False)
        assert server.wait_until(lambda it: it.open_connections == 0)


@BOTH
@pytest.mark.parametrize("fault", ["never answers", "stalls", "drip", "fine"])
def test_the_server_leaves_no_thread_and_no_task_while_somebody_waits(
    fault: Fault, streamed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(threading.enumerate())
    body = json.dumps(asked(streamed)).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with faulty(fault, pause=60) as server:
        # One that says nothing, one that waits for its answer.
        with connected(server), connected(server) as waits:
            waits.sendall(head + body)
            assert server.wait_until(lambda it: it.open_connections == 2 and bool(it.requests))
        assert server.wait_until(lambda it: it.open_connections == 0)
        waits = connected(server)
        waits.sendall(head + body)
        assert server.wait_until(lambda it: len(it.requests) == 2)
    with waits:
        while waits.recv(4_096):
            pass
    assert server.open_connections == 0
    assert set(threading.enumerate()) == before
    assert caplog.records == []
