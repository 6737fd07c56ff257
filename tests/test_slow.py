"""Whoever sends slowly, without end, or far too much, harms nobody else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from apart import run
from starlette.types import Message, Receive, Scope, Send

from qa.assistant import Assistant
from qa.identity import identify
from qa.settings import Settings
from qa.web.app import app
from qa.web.guard import Guard
from qa.web.hurried import LONGEST_HEAD, Hurried
from qa.web.signin import SignIn

QUESTION = {"question": "When is Putin set to visit North Korea?"}
HALF_OPEN = 300


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The port of a server as `worker` configures it."""
    assistant = Assistant(Settings(home=folder / ".footnote"), view=False, folder=folder)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        config = uvicorn.Config(
            app(assistant, ["127.0.0.1"]),
            http=Hurried,
            log_level="critical",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(60)


@pytest.fixture(scope="module")
def port(seed_folder: Path) -> Iterator[int]:
    with served(seed_folder) as port:
        yield port


@contextmanager
def begun(port: int, sent: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        yield connection


def answer(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    said = b""
    try:
        while some := connection.recv(65_536):
            said += some
    except ConnectionError:
        pass
    return said


HEAD = b"POST /api/v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST /api/v1/ask HT", HEAD, HEAD + b'Content-Length: 60\r\n\r\n{"question": "Wh'],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
def test_hundreds_of_half_open_requests_leave_others_unharmed(port: int, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(HALF_OPEN):
            stack.enter_context(begun(port, sent))
        for _ in range(3):
            url = f"http://127.0.0.1:{port}/api/v1/ask"
            assert httpx.post(url, json=QUESTION, timeout=60).json()["claims"]


@pytest.mark.parametrize("sent", [b"", b"POST /api/v1/ask HT", HEAD])
def test_a_head_that_does_not_come_ends_the_connection(
    port: int, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hurried, "head_seconds", 0.2)
    with begun(port, sent) as connection:
        assert answer(connection) == b""


def test_a_kept_connection_has_the_same_limits(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hurried, "head_seconds", 0.2)
    first = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with begun(port, first + b"GET /healthz HT") as connection:
        assert answer(connection).count(b"200 OK") == 1


def test_a_head_without_end_is_cut_off(port: int) -> None:
    with begun(port, HEAD) as connection, pytest.raises(ConnectionError):
        connection.sendall((b"X-More: " + b"x" * LONGEST_HEAD + b"\r\n") * 1000)


def test_what_follows_a_body_is_no_header_and_has_an_end(port: int) -> None:
    """Else a name could be smuggled in behind what the proxy looked at, or memory be filled."""
    head = HEAD.replace(b"Host: 127.0.0.1\r\n", b"") + b"Transfer-Encoding: chunked\r\n\r\n"
    with begun(port, head + b"0\r\nHost: 127.0.0.1\r\n\r\n") as connection:
        # Its host isn't known: what came later doesn't count.
        assert b" 400 " in connection.recv(65_536)
    begins = HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    with begun(port, begins) as connection, pytest.raises(ConnectionError):
        connection.sendall(b"a: b\r\n" * 10_000_000)


def test_whoever_has_hung_up_is_not_taken_for_a_socket_s_owner(
    seed_folder: Path,
) -> None:
    """A connection that was reset has no address, and neither has one on a unix socket."""
    came: list[object] = []

    async def seen(scope: Scope, receive: Receive, send: Send) -> None:
        came.append(scope["asker"])

    settings = Settings(home=seed_folder, identity="proxy", proxy_networks=("10.0.0.7/32",))
    web = SignIn(seen, identify(settings), tokens=False)
    for server, client in ((("127.0.0.1", 7860), None), (None, None), (("h", 1), ("10.0.0.8", 5))):
        scope = {"type": "http", "path": "/", "method": "GET", "client": client, "server": server}
        scope["headers"] = [(b"x-forwarded-user", b"ceo")]
        run(web(scope, _nothing, _taken))
    assert came == []
    scope |= {"client": None, "server": ("/run/footnote.sock", None)}
    run(web(scope, _nothing, _taken))
    assert [each.user for each in came] == ["ceo"]  # type: ignore[attr-defined]


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _taken(message: Message) -> None:
    """Nobody is there to read it."""


def test_a_body_that_stops_coming_gets_a_408(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guard, "pause", 0.2)
    with begun(port, HEAD + b'Content-Length: 60\r\n\r\n{"question": "Wh') as connection:
        said = answer(connection)
    assert b" 408 " in said
    assert b"stopped coming" in said


def test_a_body_of_a_gigabyte_is_refused_before_it_is_sent(port: int) -> None:
    with begun(port, HEAD + b"Content-Length: 1073741824\r\n\r\n") as connection:
        assert b" 413 " in connection.recv(65_536)


def test_a_body_of_a_gigabyte_without_a_length_is_cut_off(port: int) -> None:
    block = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with begun(port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n") as connection:
        sent = 0
        try:
            while sent < 1 << 30:
                connection.sendall(block)
                sent += len(block)
        except OSError:
            pass  # it hung up
        # What lies in the buffers of both sides had been sent when it did.
        assert sent < 64 << 20


def test_a_slow_reader_of_an_answer_leaves_others_unharmed(port: int) -> None:
    body = b'{"question": "What is this about?"}'
    with ExitStack() as stack:
        request = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        for _ in range(50):
            stack.enter_context(begun(port, request))
        url = f"http://127.0.0.1:{port}/api/v1/ask"
        assert httpx.post(url, json=QUESTION, timeout=60).json()["claims"]
