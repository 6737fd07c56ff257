"""How many answers are made at once: so many, and whoever else asks is told when to try again.

Whoever signs in may ask so often; what nobody has time for is refused at once and not piled up.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager

from anyio import CapacityLimiter

from qa.errors import Crowded, TooOften
from qa.identity import Asker
from qa.web.rates import Rates

# What is told to whoever finds the server full; seconds.
PAUSE = 2


class Admission:
    """For one event loop. `at_once` answers are let in, those that wait for their turn included.

    `working` bounds the threads that search and pick, which more threads than processors only slow
    down; `reading` those that wait for a language model.
    """

    def __init__(self, at_once: int, rates: Rates | None = None) -> None:
        self.at_once, self._rates = at_once, rates
        self.inside = 0
        self.working = CapacityLimiter(max(2, os.cpu_count() or 2))
        self.reading = CapacityLimiter(at_once)

    @contextmanager
    def place(self, asker: Asker) -> Iterator[None]:
        """Holds a place; raises Crowded if there is none, TooOften if it isn't his turn yet."""
        if self.inside >= self.at_once:
            raise Crowded("more is asked here now than can be answered; try again", PAUSE)
        if self._rates and asker.user and (wait := self._rates.wait(asker.user)):
            seconds = math.ceil(wait)
            raise TooOften(f"you have asked very often; try again in {seconds} s", seconds)
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1
