"""An eval report for a terminal: text at most a hundred columns wide, tables aligned."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from evals.gate import Verdict
from evals.report import Report
from evals.reports import wording
from evals.reports.wording import Row
from qa.terminal import one_line

_WIDTH = 100
_LOST = 20
_HEAD = ("measure", "value", "95% interval", "n")
_COMPARED = ("before", "change", "p", "better–worse", "visible")


def render(report: Report, verdict: Verdict, before: Report | None = None) -> str:
    """The same inputs give the same text; nothing in it can steer the terminal."""
    blocks = (
        _head(report, verdict),
        _measures(report, verdict, before),
        _slices(report),
        _verdict(verdict),
        _lost(verdict),
    )
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block))) + "\n"


def _plain(text: str) -> str:
    return one_line(wording.legal(text))


def _head(report: Report, verdict: Verdict) -> Iterator[str]:
    yield f"{_plain(report.set)}: {wording.questions(len(report.questions))}"
    yield f"index {_plain(report.index)}, model {_plain(report.model)}"
    if compared := wording.compared(verdict):
        yield compared


def _measures(report: Report, verdict: Verdict, before: Report | None) -> Iterator[str]:
    found = wording.rows(report, verdict, before)
    is_compared = any(row.moved is not None for row in found)
    head = (*_HEAD, *_COMPARED) if is_compared else _HEAD
    lines = _aligned([head, *(_cells(row)[: len(head)] for row in found)])
    yield lines[0]
    for row, line in zip(found, lines[1:], strict=True):
        yield f"{line}  ←" if row.change and row.change.is_loss else line
        if row.name == max(
            (each.name for each in found if each.name in wording.JUDGED),
            key=wording.JUDGED.index,
            default=None,
        ):
            yield f"  (both judged by {_plain(report.judged_by)})"
    if report.seconds:
        stages = (
            f"{_plain(stage)} {wording.duration(p['p50'])} (p95 {wording.duration(p['p95'])})"
            for stage, p in report.seconds.items()
        )
        yield from _wrapped(f"latency by stage, p50: {', '.join(stages)}")
    if verdict.comparison:
        yield from _wrapped(f"{wording.LEGEND} ← marks a loss beyond chance.")


def _cells(row: Row) -> tuple[str, ...]:
    before = "" if row.before is None else wording.figure(row.name, row.before)
    return (
        row.name,
        wording.figure(row.name, row.now.value),
        wording.interval(row),
        f"{row.now.n:,}",
        before,
        wording.moved(row),
        wording.chance(row.change),
        wording.balance(row.change),
        wording.smallest(row.change),
    )


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """The first column to the left, all others to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    ]


def _slices(report: Report) -> Iterator[str]:
    cells = []
    for tag, measures in report.slices.items():
        if right := measures.get("right"):
            figures = f"{right.value:.2f} of {right.n:,}"
            cells.append(
                (wording.cut(_plain(tag), 30), f"{figures} ({right.low:.2f}–{right.high:.2f})")
            )
    if not cells:
        return
    yield "right, by tag"
    lines = _aligned(cells)
    width = max(map(len, lines))
    side_by_side = max(1, (_WIDTH + 3) // (width + 3))
    # Down the first column, then the next, as an index is read.
    depth = -(-len(lines) // side_by_side)
    for start in range(depth):
        yield "   ".join(line.ljust(width) for line in lines[start::depth]).rstrip()


def _verdict(verdict: Verdict) -> Iterator[str]:
    yield "PASSED" if verdict.passed else "FAILED"
    for text in (*verdict.reasons, *verdict.notes):
        yield from _wrapped(f"- {_plain(text)}", "  ")


def _lost(verdict: Verdict) -> Iterator[str]:
    lost = verdict.comparison.lost if verdict.comparison else ()
    if not lost:
        return
    yield f"lost: {wording.questions(len(lost))}"
    for flip in lost[:_LOST]:
        yield from _wrapped(f"- {_plain(flip.now.id)}: {wording.of_flip(flip)}", "  ")
        yield f"  {wording.cut(_plain(flip.now.question), _WIDTH - 2)}"
    if len(lost) > _LOST:
        yield f"… and {len(lost) - _LOST:,} more"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
