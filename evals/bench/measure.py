"""Figures with what they are held to, and what they are made of: medians, peaks of memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    `value` is None if it wasn't measured; `note` says why, or what it is made of. `limit` is None
    where none is set, or where the run is smaller than what the limit speaks of; `least` says that
    the value must not be below it, rather than above.
    """

    name: str
    value: float | None
    unit: str
    note: str = ""
    limit: float | None = None
    least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the limit is kept; None where there is none to keep."""
        if self.limit is None or self.value is None:
            return None
        return self.value >= self.limit if self.least else self.value <= self.limit

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}


def timed(
    run: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
) -> tuple[float, Result]:
    """Seconds it took, and what it gave."""
    began = time.perf_counter()
    result = run(*given, **named)
    return time.perf_counter() - began, result


def p50(values: Sequence[float]) -> float:
    return float(np.percentile(values, 50))


def p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95))


def load() -> str:
    """How busy the machine is: what others run takes from every figure."""
    return "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())


def in_a_process(module: str, *arguments: str, cwd: Path | None = None) -> str:
    """What a module of ours prints when run alone, so that its memory is its own."""
    done = subprocess.run(  # noqa: S603 - this Python and our own module
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
    if done.returncode:
        raise RuntimeError(f"{module} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def peak_bytes() -> int:
    """The most memory this process has had."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not getrusage: there a process starts with the peak of the one that started it.
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) << 10
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10
