"""A question or claim, and what is read for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What the reader learns from, or is tried on.

    `task` is "span", "sentence" or "entailment". `start` and `end` are the answer's place in the
    passage, None where it doesn't answer; `label` is 1 where it answers or entails.
    """

    task: str
    asked: str
    passage: str
    label: int
    start: int | None = None
    end: int | None = None
    of: str = ""

    @property
    def answer(self) -> str:
        """The exact words that answer, or none."""
        return "" if self.start is None else self.passage[self.start : self.end]
