"""A language model's server that fails in one chosen way, in OpenAI's words, streamed and not.

    with faulty("stalls", words=2) as server:
        llm = model("openai-like/any", server.url)

`tests/faulty_answers.py` says what goes over the wire; here is what listens, counts and hangs up.
Every connection carries one request, as the answer says (`Connection: close`): one that is still
open is one that somebody still waits on, or forgot.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from faulty_answers import Answer, Fault, Options, answer


class FaultServer:
    """What a test sees of the server; all of it may be read from any thread.

    `url` ends in /v1; `requests` are the bodies that came, parsed, None where there was none.
    """

    def __init__(self, fault: Fault, options: Options, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.requests: list[Any] = []
        self._fault, self._options = fault, options
        self._turns: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        self._open = 0
        self._stopping = False
        self._changed = threading.Condition()

    @property
    def open_connections(self) -> int:
        """How many connections neither side has closed."""
        return self._open

    def wait_until(self, rule: Callable[[FaultServer], bool], within: float = 5.0) -> bool:
        """Waits till the rule holds, looking at each request and each connection's end.

        False if it doesn't hold `within` seconds.
        """
        with self._changed:
            return self._changed.wait_for(lambda: rule(self), within)

    async def serve(self, listening: socket.socket, stop: asyncio.Event) -> None:
        """Serves until `stop` is set, then hangs up on everybody; RuntimeError if a task is left.

        Raises as well what went wrong in here while answering.
        """
        server = await asyncio.start_server(self._connected, sock=listening)
        await stop.wait()
        self._stopping = True
        server.close()
        await server.wait_closed()
        for turn in self._turns:
            turn.cancel()
        mine = asyncio.current_task()
        while rest := asyncio.all_tasks() - {mine}:
            ended, _ = await asyncio.wait(rest, timeout=5)
            if not ended:
                raise RuntimeError(f"the server leaves tasks behind: {rest}")
        for error in self._errors:
            raise error

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count(1)
        turn = asyncio.create_task(self._turn(reader, writer))
        self._turns.add(turn)
        if self._stopping:
            turn.cancel()
        # Waits for it rather than awaits it, so that only the turn is cancelled, not this.
        await asyncio.wait({turn})
        self._turns.discard(turn)
        writer.transport.abort()
        with suppress(OSError):  # what broke it
            await writer.wait_closed()
        self._count(-1)
        if not turn.cancelled() and (error := turn.exception()):
            self._errors.append(error)

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request and its answer, until either side closes the connection."""
        with suppress(EOFError, ConnectionError):  # it closed while it asked
            path, asked = await _request(reader)
            with self._changed:
                self.requests.append(asked)
                self._changed.notify_all()
            # Whoever has asked sends no more: what can be read now is that it closes.
            leaves = asyncio.create_task(reader.read(1))
            speaks = asyncio.create_task(
                _speak(writer, answer(self._fault, self._options, path, asked))
            )
            both = {leaves, speaks}
            try:
                ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in both:
                    each.cancel()
                await asyncio.gather(*both, return_exceptions=True)
            for each in ended:
                each.result()

    def _count(self, more: int) -> None:
        with self._changed:
            self._open += more
            self._changed.notify_all()


async def _request(reader: asyncio.StreamReader) -> tuple[str, Any]:
    """Its path and its body, parsed; None where there is none."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    fields = {name.strip().lower(): value for name, _, value in (at.partition(":") for at in lines)}
    body = await reader.readexactly(int(fields.get("content-length", 0)))
    return first.split()[1], json.loads(body) if body else None


async def _speak(writer: asyncio.StreamWriter, says: Answer) -> None:
    # So that `drain` waits till the system has all of it: then hanging up loses nothing.
    writer.transport.set_write_buffer_limits(0)
    for piece in says.pieces:
        await asyncio.sleep(piece.after)
        writer.write(piece.data)
        await writer.drain()
    if says.silent:
        await asyncio.Event().wait()


@contextmanager
def faulty(fault: Fault, **options: Any) -> Iterator[FaultServer]:
    """A server with this fault on a free port of 127.0.0.1, in a thread of its own while inside.

    The options are those of `Options`. Raises on leaving what went wrong in the server itself.
    """
    chosen = Options(**options)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server = FaultServer(fault, chosen, sock.getsockname()[1])
        if fault == "refuses":
            # Bound, but nobody listens: connecting is refused, and no one else gets the port.
            yield server
            return
        sock.listen()
        loop, stop = asyncio.new_event_loop(), asyncio.Event()
        with ThreadPoolExecutor(1, thread_name_prefix="faulty") as thread:
            running = thread.submit(loop.run_until_complete, server.serve(sock, stop))
            try:
                yield server
            finally:
                loop.call_soon_threadsafe(stop.set)
                try:
                    running.result()
                finally:
                    loop.close()
