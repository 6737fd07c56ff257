"""What a failing language model's server sends, byte by byte, with the pauses in between."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import cycle, islice
from typing import Any, Literal

Fault = Literal[
    "fine",  # a token every `pause` seconds
    "refuses",  # nobody listens
    "never answers",  # the request is read, nothing comes back
    "429",  # with Retry-After
    "500",
    "503",
    "malformed",  # JSON, or in a stream one event's, that is none
    "cut",  # the connection ends in the middle of an answer
    "drip",  # a byte every `interval` seconds
    "empty",  # an answer without text
    "other language",  # fluent, in another script, without marks
    "babble",  # `tokens` tokens, whatever the request allows
    "too long",  # OpenAI's error for more tokens than the model reads
    "wrong type",  # 200 with a page to sign in
    "stalls",  # `words` tokens, or half a body, then silence
]

_SAYS: dict[str, str] = {
    "empty": "",
    "other language": "Кролики їдять траву, сіно та листя. Влітку вони пасуться на луках.",
    "babble": "and then the rabbits ate hay and ",
}
_PAGE = b"<!doctype html><title>Sign in</title><form><input name=user></form>"
_ERRORS: dict[str, tuple[int, str, str]] = {
    "429": (429, "rate_limit_exceeded", "Rate limit reached for requests."),
    "500": (500, "server_error", "The server had an error while processing your request."),
    "503": (503, "server_error", "The engine is currently overloaded, please try again later."),
    "too long": (
        400,
        "context_length_exceeded",
        "This model's maximum context length is 8192 tokens. However, your messages resulted in"
        " 9001 tokens. Please reduce the length of the messages.",
    ),
}


@dataclass(frozen=True, slots=True)
class Options:
    """How a fault is played; times are in seconds."""

    says: str | None = None  # the answer; the fault's own text if None
    pause: float = 0.0  # before each token; not streamed, of all of them before the answer
    cut_at: int | None = (
        None  # bytes of the body (HTTP's framing aside) before the cut; half if None
    )
    framed: bool = True  # whether HTTP tells where the body ends, so that a cut is seen as one
    interval: float = 1.0  # before each byte of a drip
    head: bool = False  # whether status and headers drip as well
    retry_after: int = 1
    tokens: int = 10_000
    words: int = 3  # tokens of a stream, if it has as many, before it stalls or is malformed
    garbage: str = '{"choices": [{"ind'  # where it is malformed


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes, and how many seconds after the ones before they are sent."""

    data: bytes
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """All that goes over the wire; then the connection is closed, unless the server is silent.

    The pieces are made as they are asked for, so that the first of ten thousand isn't late.
    """

    pieces: Iterable[Piece]
    silent: bool = False


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer before it is framed; `length` is what the head promises, None for a stream."""

    status: int
    kind: str
    body: Iterable[Piece]
    length: int | None
    more: str = ""  # header lines
    ends: bool = True  # whether all of the body comes
    silent: bool = False


def answer(fault: Fault, options: Options, path: str, asked: Any) -> Answer:
    """What is sent to a request for `path` with the body `asked`."""
    if fault == "never answers":
        return Answer([], silent=True)
    reply = _cut(_reply(fault, options, path, asked), fault, options)
    pieces = _framed(reply, options.framed)
    if fault == "drip":
        pieces = _dripping(pieces, options)
    return Answer(pieces, reply.silent)


def _reply(fault: Fault, options: Options, path: str, asked: Any) -> _Reply:
    if fault == "wrong type":
        return _Reply(200, "text/html; charset=utf-8", [Piece(_PAGE)], len(_PAGE))
    models = path == "/v1/models"
    if fault in _ERRORS and not (models and fault == "too long"):
        more = f"Retry-After: {options.retry_after}\r\n" if fault == "429" else ""
        return replace(_error(*_ERRORS[fault]), more=more)
    if not models and path != "/v1/chat/completions":
        return _error(404, "not_found", f"Nothing is at {path}.")
    if models:
        return _json({"object": "list", "data": [{"id": "faulty", "object": "model"}]})
    if not isinstance(asked, dict) or not asked.get("messages"):
        return _error(400, "invalid_request", "The request has no messages.")
    tokens = _tokens(fault, options)
    finish = "length" if fault == "babble" else "stop"
    if asked.get("stream"):
        return _stream(fault, options, tokens, finish)
    if fault == "malformed":
        return _plain(options.garbage.encode())
    choice = {"index": 0, "finish_reason": finish}
    choice["message"] = {"role": "assistant", "content": "".join(tokens)}
    usage = {"prompt_tokens": 1, "completion_tokens": len(tokens), "total_tokens": 1 + len(tokens)}
    said = {**_about("chat.completion"), "choices": [choice], "usage": usage}
    return _json(said, options.pause * len(tokens))


def _tokens(fault: Fault, options: Options) -> list[str]:
    """The answer's words, each with the white space that follows."""
    plain = "Rabbits eat grass. They eat hay as well."
    says = _SAYS.get(fault, plain) if options.says is None else options.says
    words = re.split(r"(?<=\s)(?=\S)", says) if says else []
    return list(islice(cycle(words), options.tokens)) if fault == "babble" else words


def _stream(fault: Fault, options: Options, tokens: list[str], finish: str) -> _Reply:
    about = _about("chat.completion.chunk")

    def chunk(delta: dict[str, str], finish: str | None = None, after: float = 0.0) -> Piece:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return Piece(_event(json.dumps({**about, "choices": [choice]})), after)

    def events() -> Iterator[Piece]:
        yield chunk({"role": "assistant", "content": ""})
        malformed = min(options.words, len(tokens)) if fault == "malformed" else None
        for number in range(len(tokens) + 1):
            if number == malformed:
                yield Piece(_event(options.garbage))
            if number < len(tokens):
                yield chunk({"content": tokens[number]}, after=options.pause)
        yield chunk({}, finish)
        yield Piece(_event("[DONE]"))

    return _Reply(200, "text/event-stream; charset=utf-8", events(), None)


def _cut(reply: _Reply, fault: Fault, options: Options) -> _Reply:
    """What is left of the reply where the fault is that its end doesn't come."""
    if fault not in ("cut", "stalls"):
        return reply
    if fault == "stalls" and reply.length is None:
        said = islice(reply.body, 1 + options.words)
        return replace(reply, body=said, ends=False, silent=True)
    body = list(reply.body)
    room = sum(len(each.data) for each in body) // 2
    if fault == "cut" and options.cut_at is not None:
        room = options.cut_at
    kept: list[Piece] = []
    for each in body:
        kept.append(replace(each, data=each.data[:room]))
        room -= len(each.data)
        if room <= 0:
            break
    return replace(reply, body=kept, ends=False, silent=fault == "stalls")


def _framed(reply: _Reply, framed: bool) -> Iterator[Piece]:
    """Head and body as HTTP/1.1; the head is the first piece."""
    chunked = framed and reply.length is None
    head = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
    head += f"Content-Type: {reply.kind}\r\nConnection: close\r\n{reply.more}"
    if chunked:
        head += "Transfer-Encoding: chunked\r\n"
    elif framed:
        head += f"Content-Length: {reply.length}\r\n"
    yield Piece(f"{head}\r\n".encode())
    for each in filter(lambda each: each.data, reply.body):
        size = len(each.data)
        yield replace(each, data=b"%x\r\n%b\r\n" % (size, each.data)) if chunked else each
    if chunked and reply.ends:
        yield Piece(b"0\r\n\r\n")


def _dripping(pieces: Iterable[Piece], options: Options) -> Iterator[Piece]:
    for number, piece in enumerate(pieces):
        if number == 0 and not options.head:
            yield piece
            continue
        for byte in piece.data:
            yield Piece(bytes([byte]), options.interval)


def _event(data: str) -> bytes:
    return f"data: {data}\n\n".encode()


def _about(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": "faulty"}


def _json(what: Any, after: float = 0.0) -> _Reply:
    return _plain(json.dumps(what).encode(), after)


def _plain(body: bytes, after: float = 0.0) -> _Reply:
    return _Reply(200, "application/json", [Piece(body, after)], len(body))


def _error(status: int, code: str, message: str) -> _Reply:
    kind = "invalid_request_error" if status < 429 else code
    told = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return replace(_json(told), status=status)
