"""Shows how far a build is, on stderr: bars on a terminal, else a line for each stage."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import ProgressColumn, Task

    from index.publish import Progress


_LONG = 200


class progress:
    """Shows how far a build is, on stderr: bars on a terminal, else a line as each stage begins."""

    def __init__(self) -> None:
        self._bars: dict[str, Any] = {}

    def __enter__(self) -> Progress:
        if not sys.stderr.isatty():
            return self._line
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._shown = Progress(
            TextColumn("{task.description:<8}"),
            BarColumn(),
            MofNCompleteColumn(),
            _rate(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._shown.start()
        return self._bar

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_shown"):
            self._shown.stop()

    def _line(self, stage: str, done: int, total: int) -> None:
        if stage not in self._bars:
            self._bars[stage] = 0
            print(f"{stage} {total}", file=sys.stderr, flush=True)
        # A long stage says where it is at every tenth.
        elif total >= _LONG and done * 10 // total > self._bars[stage]:
            self._bars[stage] = done * 10 // total
            print(f"{stage} {done} of {total}", file=sys.stderr, flush=True)

    def _bar(self, stage: str, done: int, total: int) -> None:
        if stage not in self._bars:
            self._bars[stage] = self._shown.add_task(stage, total=total)
        self._shown.update(self._bars[stage], completed=done, total=total)


def _rate() -> ProgressColumn:
    """A column that says how many are done a second."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    return Rate()
