"""The words of a language model as they come, within a time, or one line on why there are none.

The model is asked in a thread of its own, so that whoever waits can stop waiting at any moment:
the connection is then closed, whether the server says something more or not.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from qa.errors import Babble, NoModel, QaFault, Stopped
from qa.models import ended, failed, messages

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

# Seconds between two looks whether the answer is still wanted.
LOOKS = 0.2
# Characters after which a model is babbling, and is stopped.
LONGEST = 8_000
# After so many failures in a row a server is left alone for so many seconds; for more than the
# last, whatever it asks for itself, it isn't.
FAILURES, REST, LONGEST_REST = 3, 30.0, 300.0


@dataclass(slots=True)
class Breaker:
    """Whether a server is worth asking: not for a while after it failed again and again, or asked
    to be left alone."""

    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _rests_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rests(self) -> bool:
        with self._lock:
            return self.clock() < self._rests_until

    def failed(self, rest: float = 0.0) -> None:
        """Another failure; `rest` is how many seconds the server asks for."""
        with self._lock:
            self._failures += 1
            least = REST if self._failures >= FAILURES else 0.0
            until = self.clock() + min(max(rest, least), LONGEST_REST)
            self._rests_until = max(self._rests_until, until)

    def answered(self) -> None:
        with self._lock:
            self._failures = 0


@dataclass(frozen=True, slots=True)
class _Ended:
    """The last thing that comes, with what went wrong, if anything did."""

    failure: QaFault | None = None


def words(
    make: Callable[[], LLM],
    name: str,
    url: str,
    system: str,
    user: str,
    seconds: float,
    stop: threading.Event | None = None,
) -> Generator[str, None, None]:
    """What the model says, piece by piece; `make` makes the model `name`, whose server is at `url`.
    Raises Stopped soon after `stop` is set.

    Raises NoModel, with one line, if it fails, is cut off, says nothing, says too much, or isn't
    done `seconds` from now. What it has said until then isn't to be shown as its answer.
    """
    ends = time.monotonic() + seconds
    came: SimpleQueue[str | _Ended] = SimpleQueue()
    asking = _Asking(make, name, url, system, user, came)
    thread = threading.Thread(target=asking.run, name="model", daemon=True)
    thread.start()
    said = 0
    try:
        while True:
            if stop and stop.is_set():
                raise Stopped(f"llm {name}: isn't waited for any more")
            left = ends - time.monotonic()
            try:
                # Even if more has come: whoever takes it may be slower than the model.
                piece = came.get(timeout=min(left, LOOKS)) if left > 0 else None
            except Empty:
                continue
            if piece is None:
                raise NoModel(f"llm {name}: not done after {seconds:.0f} seconds")
            if isinstance(piece, _Ended):
                if piece.failure:
                    raise piece.failure
                if not said:
                    raise Babble(f"llm {name}: said nothing")
                return
            said += len(piece)
            if said > LONGEST:
                raise Babble(f"llm {name}: said more than {LONGEST:,} characters")
            yield piece
    finally:
        asking.stop()


class _Asking:
    """One question to a model, run in a thread, stopped from any other."""

    def __init__(
        self,
        make: Callable[[], LLM],
        name: str,
        url: str,
        system: str,
        user: str,
        came: SimpleQueue[str | _Ended],
    ) -> None:
        self._make, self._name, self._url = make, name, url
        self._system, self._user, self._came = system, user, came
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def run(self) -> None:
        try:
            with self._lock:
                if self._stopped:
                    return
                self._task = self._loop.create_task(self._ask())
            self._loop.run_until_complete(self._task)
            self._came.put(_Ended())
        except asyncio.CancelledError:
            pass
        except QaFault as failure:
            self._came.put(_Ended(failure))
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def stop(self) -> None:
        """Ends the question; harmless if it has ended."""
        with self._lock:
            self._stopped = True
            if self._task and not self._loop.is_closed():
                try:
                    self._loop.call_soon_threadsafe(self._task.cancel)
                except RuntimeError:
                    # It closed in between.
                    return

    async def _ask(self) -> None:
        failure = None
        try:
            finished = await self._stream()
        except QaFault:
            raise
        except Exception as error:
            # Whatever an adapter, its client or the server's words make of it.
            failure = failed(self._name, self._url, error)
        if failure:
            raise failure
        if finished is False:
            raise NoModel(f"llm {self._name}: was cut off")

    async def _stream(self) -> bool | None:
        """Puts the pieces where they are waited for; whether the last said that it was the last."""
        finished: bool | None = None
        asked = messages(self._system, self._user)
        async for answer in await self._make().astream_chat(asked):
            said = ended(self._name, answer.raw)
            finished = said if finished is None else finished or bool(said)
            if answer.delta:
                self._came.put(answer.delta)
        return finished
