"""Shows how far a build is, on stderr: bars on a terminal, else a line for each stage."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.publish import Progress


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

    def _bar(self, stage: str, done: int, total: int) -> None:
        if stage not in self._bars:
            self._bars[stage] = self._shown.add_task(stage, total=total)
        self._shown.update(self._bars[stage], completed=done, total=total)
