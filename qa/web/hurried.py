"""Connections that don't wait for ever: whoever begins a request has so long to say what he wants.

Uvicorn waits for the rest of a request's head without end, and takes one of any length.
"""

from __future__ import annotations

import asyncio
import socket

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Seconds and bytes that a request's head may take.
HEAD_SECONDS, LONGEST_HEAD = 20.0, 64 * 1024


class Hurried(HttpToolsProtocol):
    """HTTP/1.1 as Uvicorn speaks it, with limits of the head; `guard` has those of the body."""

    head_seconds = HEAD_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._taken = 0
        self._is_head = True
        self._until: asyncio.TimerHandle | None = None
        self._wait()
        # One that is known to have hung up is nobody; see `identity`.
        if self.client is None and not _is_unix(transport):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_come()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._taken += len(data)
        super().data_received(data)
        # A head, or what follows a body, in which nothing comes to an end.
        if self._taken > LONGEST_HEAD:
            self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_head = True
        if not self._until:
            self._wait()

    def on_header(self, name: bytes, value: bytes) -> None:
        # What follows a body is no header: it was neither seen nor let through as one.
        if self._is_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_head, self._taken = False, 0
        self._has_come()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._taken = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._taken = 0
        super().on_message_complete()

    def _wait(self) -> None:
        self._taken = 0
        self._until = self.loop.call_later(self.head_seconds, self.transport.close)

    def _has_come(self) -> None:
        if self._until:
            self._until.cancel()
            self._until = None


def _is_unix(transport: asyncio.Transport) -> bool:
    connection = transport.get_extra_info("socket")
    return connection is not None and connection.family == socket.AF_UNIX
