"""A server's view for those who answer questions: left alone for a while when it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from index.encode import Vectors
from index.errors import Damaged
from index.vectors.any_view import AnyView
from index.vectors.exact import Nearest

# Seconds after a failure before a question asks the server again.
REST = 15.0


class Patient:
    """A view of `count` vectors that `open` opens, asked only while it works.

    After a failure nobody asks it for some seconds; then the next question opens it anew. Safe to
    use from several threads.
    """

    def __init__(
        self,
        open: Callable[[], AnyView],
        count: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.count, self._open, self._clock = count, open, clock
        self._lock = threading.Lock()
        self._view: AnyView | None = None
        self._not_before = -float("inf")
        self._opened()

    def nearest(
        self, question: Vectors, readable: npt.NDArray[np.bool_], seen: int, limit: int
    ) -> Nearest | None:
        """As `AnyView.nearest`; None too where the view can't be used now."""
        view = self._opened()
        if view is None:
            return None
        try:
            return view.nearest(question, readable, seen, limit)
        except Damaged:
            with self._lock:
                # Another question may have opened the next one already.
                if self._view is view:
                    self._fail()
            return None

    def close(self) -> None:
        with self._lock:
            self._fail()
            self._not_before = float("inf")

    def _opened(self) -> AnyView | None:
        with self._lock:
            if self._view is None and self._clock() >= self._not_before:
                try:
                    self._view = self._open()
                except Damaged:
                    self._fail()
            return self._view

    def _fail(self) -> None:
        self._not_before = self._clock() + REST
        if self._view:
            self._view.close()
        self._view = None
