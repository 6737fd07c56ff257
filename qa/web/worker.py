"""A process that answers, and several of them beside each other on one socket.

Each has its own copy of the view, and sees a new generation by itself. What they share is a folder:
how often people asked, and what was counted.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.assistant import Assistant
from qa.audit import Audit
from qa.identity import identify
from qa.settings import Settings
from qa.web.hurried import Hurried
from qa.web.observing import log
from qa.web.serve import BACKLOG, SPREADS, bound
from qa.web.tracing import tracer

if TYPE_CHECKING:
    from multiprocessing.synchronize import Semaphore
    from types import FrameType

# Seconds: how long connections may stay open once the server stops. An open chat holds one for as
# long as its tab is open; answers end by themselves, see `Answering.end`.
_LAST = 5
# Requests of any kind that somebody has for a question that he may ask: a chat page alone is many.
REQUESTS = 20


def work(
    settings: Settings,
    hosts: Sequence[str],
    listening: socket.socket,
    shared: Path,
    ready: Callable[[], None],
) -> None:
    """Answers until it is stopped, in as many processes as the settings say.

    Calls `ready` when all of them can; one that dies is started again.
    """
    if settings.workers == 1:
        uvicorn.Server(_config(settings, partial(_made, settings, hosts, shared, ready))).run(
            [listening]
        )
        return
    from uvicorn.supervisors import Multiprocess

    # Threads of the view and of models come and go: an arena for each keeps what they gave back,
    # as does one in which large blocks leave holes because its thresholds follow them.
    for name, value in (("ARENA_MAX", "2"), ("MMAP_THRESHOLD_", "131072")):
        os.environ.setdefault(f"MALLOC_{name}", value)
    counts = shared / "counts"
    counts.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)
    started = multiprocessing.get_context("spawn").Semaphore(0)

    def tell() -> None:
        for _ in range(settings.workers):
            started.acquire()
        ready()

    threading.Thread(target=tell, daemon=True).start()
    made = partial(_made, settings, hosts, shared, partial(_release, started))
    shared_out = SPREADS and listening.family != socket.AF_UNIX
    sockets: list[Any] = [_Own(listening)] if shared_out else [listening]
    Multiprocess(_config(settings, made), sockets).run()


class _Own:
    """A socket that each process it is sent to listens on by itself: else whichever of them wakes
    first takes all who connect at that moment."""

    def __init__(self, listening: socket.socket) -> None:
        self._family, self._address = int(listening.family), listening.getsockname()

    def __reduce__(self) -> tuple[Any, ...]:
        return _listening, (self._family, self._address)


def _listening(family: int, address: tuple[Any, ...]) -> socket.socket:
    made = bound(family, address)
    made.listen(BACKLOG)
    return made


def checked(settings: Settings) -> None:
    """Raises BadSetting for what else each worker would fail with, again and again."""
    identify(settings)
    if settings.tracing:
        tracer()


def _release(started: Semaphore) -> None:
    started.release()


def _config(settings: Settings, made: Callable[[], ASGIApp]) -> uvicorn.Config:
    return uvicorn.Config(
        made,
        factory=True,
        workers=settings.workers,
        log_level="warning",
        http=Hurried,
        # What goes wrong then is a fault, not an app that knows nothing of it.
        lifespan="on",
        server_header=False,
        # Who connects is who connects, whatever headers say: `identity` goes by it.
        proxy_headers=False,
        timeout_graceful_shutdown=_LAST,
    )


def _made(
    settings: Settings, hosts: Sequence[str], shared: Path, ready: Callable[[], None]
) -> ASGIApp:
    """The app of one process."""
    if supervisor := multiprocessing.parent_process():
        threading.Thread(target=_end_with, args=(supervisor,), daemon=True).start()
    from qa.web.admission import Admission
    from qa.web.answering import Answering
    from qa.web.app import app
    from qa.web.observing import Observed
    from qa.web.rates import Rates

    if settings.logs == "json":
        _log_as_json()
    logging.getLogger("uvicorn.error").addFilter(_is_fault)
    audit = None
    if settings.audit:
        longest = settings.audit_megabytes << 20
        key = os.environ.get("FOOTNOTE_AUDIT_KEY", "")
        audit = Audit(settings.home, longest, settings.audit_questions, key)
    questions = Rates(shared / "rates", settings.rate)
    requests = Rates(shared / "requests", settings.rate * REQUESTS)
    admission = Admission(settings.answers_at_once, questions, requests)
    assistant, stopping = Assistant(settings), threading.Event()
    answering = Answering(assistant, admission, audit, Observed())
    web = app(assistant, hosts, answering, stopping)
    drain = settings.drain_seconds if settings.identity != "none" else 0.0
    return Graceful(web, ready, stopping, answering.end, assistant.close, drain)


def _end_with(supervisor: Any) -> None:
    """However the process that started this one ends, nobody is left behind."""
    supervisor.join()
    os.kill(os.getpid(), signal.SIGTERM)


class Graceful:
    """Wraps an app: calls `ready` once it has started, and lets it stop in order.

    On SIGTERM it sets `stopping`, goes on for `drain` seconds so that others stop sending people
    here, has its answers `end`, and then stops as the server would have at once; last it calls
    `close`.
    """

    def __init__(
        self,
        app: ASGIApp,
        ready: Callable[[], None],
        stopping: threading.Event,
        end: Callable[[], None],
        close: Callable[[], None],
        drain: float,
    ) -> None:
        self.app, self.ready, self.stopping = app, ready, stopping
        self.end, self.close, self.drain = end, close, drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def started(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._listen()
                self.ready()
            elif message["type"] == "lifespan.shutdown.complete":
                self.close()

        await self.app(scope, receive, started if scope["type"] == "lifespan" else send)

    def _listen(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # nobody sends signals there
        server = signal.getsignal(signal.SIGTERM)

        def stop(sig: int, frame: FrameType | None) -> None:
            again = self.stopping.is_set()
            self.stopping.set()
            if self.drain and not again:
                # Its handler is called again when the time is up; who asks twice won't wait.
                threading.Timer(self.drain, os.kill, (os.getpid(), sig)).start()
                return
            self.end()
            if callable(server):
                server(sig, frame)

        signal.signal(signal.SIGTERM, stop)


def _is_fault(record: logging.LogRecord) -> bool:
    """Whoever still listens when the server stops is cut off, which is no fault of the app's."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, asyncio.CancelledError)


def _log_as_json() -> None:
    """Faults are lines of JSON too: of what kind they are, as their text may hold a question."""

    class AsJson(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
            log("fault", level=record.levelname.lower(), where=record.name, what=kind or record.msg)

    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
    logging.basicConfig(handlers=[AsJson()], level=logging.WARNING, force=True)
    logging.getLogger("uvicorn").propagate = True
