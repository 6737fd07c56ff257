"""How many answers are made at once: so many, and whoever else asks is told when to try again.

Whoever signs in may ask so often; what nobody has time for is refused at once and not piled up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from anyio import CapacityLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.errors import Crowded
from qa.identity import Asker
from qa.web.problems import crowded
from qa.web.rates import Rates

# What is told to whoever finds the server full; seconds.
PAUSE = 2
FULL = f"more is asked here now than can be answered; try again in {PAUSE} s"
# Where questions are asked, and nothing but answers is given.
_ASKED = ("/api/v1/ask", "/api/v1/search", "/v1/chat/completions")


class Admission:
    """For one event loop. `at_once` answers are let in, those that wait for their turn included.

    `rates` are of questions, `requests` of all that somebody asks for. `working` bounds the
    threads that search and pick, which more threads than processors only slow down; `reading` those
    that wait for a language model.
    """

    def __init__(
        self, at_once: int, rates: Rates | None = None, requests: Rates | None = None
    ) -> None:
        self.at_once, self._rates, self.requests = at_once, rates, requests
        self.inside = 0
        self.working = CapacityLimiter(max(2, os.cpu_count() or 2))
        self.reading = CapacityLimiter(at_once)

    @property
    def is_full(self) -> bool:
        return self.inside >= self.at_once

    @contextmanager
    def place(self, asker: Asker) -> Iterator[None]:
        """Holds a place; raises Crowded if there is none, TooOften if it isn't his turn yet."""
        if self.is_full:
            raise Crowded(FULL, PAUSE)
        if self._rates and asker.user:
            self._rates.spend(asker.user)
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


class Turnstile:
    """Wraps an app: whoever asks while it is full is told so at once, before anything else is done.

    Thousands may come at the same moment, who would otherwise be read, verified and turned away.
    """

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self.app, self.admission = app, admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.admission.is_full and scope["path"] in _ASKED:
            await crowded(Crowded(FULL, PAUSE), scope["path"])(scope, receive, send)
            return
        await self.app(scope, receive, send)
