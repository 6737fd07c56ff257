"""Many people who ask over HTTP at once: for `footnote-eval bench load`.

Each has a connection of his own, as browsers do, and a token of his own. What is sent and read is
as plain as it can be, so that asking takes little of the machine that answers.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody got: the status (0: no answer at all), after so many seconds.

    `began` is when he asked, by `time.perf_counter`.
    """

    status: int
    began: float
    seconds: float
    body: bytes = b""


class Person:
    """Asks over one connection, which is opened anew when the server closes it."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, question: str, path: str = "/api/v1/ask") -> Reply:
        body = json.dumps({"question": question}).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        began = time.perf_counter()
        for again in (False, True):
            kept = self._streams is not None
            try:
                status, content = await self._sent(head + body)
                return Reply(status, began, time.perf_counter() - began, content)
            except (OSError, asyncio.IncompleteReadError):
                await self.leave()
                # A connection that was kept may have been closed meanwhile.
                if again or not kept:
                    break
        return Reply(0, began, time.perf_counter() - began)

    async def _sent(self, request: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].split("\r\n")[0])
        content = await reader.readexactly(length)
        if "connection: close" in head:
            await self.leave()
        return int(head.split(" ", 2)[1]), content

    async def leave(self) -> None:
        if self._streams:
            self._streams[1].close()
            with suppress(OSError):
                await self._streams[1].wait_closed()
        self._streams = None


@asynccontextmanager
async def people(port: int, tokens: Sequence[str]) -> AsyncIterator[list[Person]]:
    """As many as there are tokens."""
    there = [Person(port, token) for token in tokens]
    try:
        yield there
    finally:
        for each in there:
            await each.leave()
