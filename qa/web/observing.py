"""What can be seen of the server from outside: counts for Prometheus, and a line for each request.

Neither holds a question, a name or a document: routes are told by their pattern, people not at all.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.types import Answer

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# Where parts of the app are mounted that have routes of their own; anything else is "other".
_MOUNTED = ("/gradio_api", "/page", "/widget", "/mcp")


class Observed:
    """Counts of one process; those of several are added up if PROMETHEUS_MULTIPROC_DIR is set."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry: CollectorRegistry = CollectorRegistry()
        self._requests = Counter(
            "footnote_requests", "Requests.", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "footnote_request_seconds",
            "Until a response was whole.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._under_way = Gauge(
            "footnote_requests_under_way",
            "Requests that aren't answered yet.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._answers = Counter(
            "footnote_answers",
            "Answers by what was decided.",
            ["decision", "model"],
            registry=self.registry,
        )
        self._stages = Histogram(
            "footnote_answer_seconds",
            "What answering took, by stage.",
            ["stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )

    def answered(self, answer: Answer) -> None:
        decision = answer.abstained.kind if answer.abstained else "answered"
        self._answers.labels(decision, answer.receipt.model).inc()
        for stage, seconds in answer.receipt.seconds.items():
            self._stages.labels(stage).observe(seconds)

    def began(self) -> None:
        self._under_way.inc()

    def ended(self, route: str, status: int, seconds: float) -> None:
        self._under_way.dec()
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def as_text(self) -> tuple[bytes, str]:
        """All that is counted, in Prometheus's format, and the name of that format."""
        import os

        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = self.registry
        if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            for left in Path(folder).glob("gauge_live*.db"):
                process = left.stem.rpartition("_")[2]
                if not Path(f"/proc/{process}").exists() and Path("/proc/self").exists():
                    left.unlink(missing_ok=True)  # of a worker that has ended
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST


class Observing:
    """Wraps an app: counts each request, and if `logs` writes a line of JSON about it to stderr."""

    def __init__(self, app: ASGIApp, observed: Observed, logs: bool = False) -> None:
        self.app, self.observed, self.logs = app, observed, logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, request = time.perf_counter(), 500, uuid4().hex[:16]

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request
            await send(message)

        self.observed.began()
        try:
            await self.app(scope, receive, seen)
        finally:
            seconds, where = time.perf_counter() - began, route(scope)
            self.observed.ended(where, status, seconds)
            if self.logs:
                log(
                    "request",
                    request=request,
                    method=scope["method"],
                    route=where,
                    status=status,
                    seconds=round(seconds, 4),
                )


def log(event: str, **said: object) -> None:
    """Writes a line of JSON to stderr."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    print(json.dumps({"time": moment, "event": event, **said}), file=sys.stderr, flush=True)


def route(scope: Scope) -> str:
    """The pattern of the route that answered, which holds nothing of what was asked."""
    found = getattr(scope.get("route"), "path", None)
    if isinstance(found, str) and found:
        return found
    path: str = scope["path"]
    if path in ("/", "/healthz", "/readyz", "/metrics", "/embed"):
        return path
    return next((each for each in _MOUNTED if path.startswith(each)), "other")
