"""Charts of an eval report as inline SVG without text: widths in percent, colours by class.

Each has its figures as a text alternative, and stands beside a table that holds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape

from evals.gate import WHY
from evals.report import Measure, Scored
from evals.reports.wording import OUTCOMES


def scale(now: Measure, before: float | None, earlier: Measure | None, words: str) -> str:
    """A share from 0 to 1 with its interval, and above it, thinner, what it was before."""
    marks = ['<rect class="rail" x="0" y="11" width="100%" height="2"/>']
    if earlier:
        marks.append(_span("was", earlier.low, earlier.high, 3, 3))
    if before is not None:
        marks.append(_tick("was", before, 0, 9))
    marks.append(_span("now", now.low, now.high, 9, 6))
    marks.append(_tick("now", now.value, 5, 14))
    return _svg("scale", 20, words, marks)


def stack(questions: Iterable[Scored]) -> str:
    """Outcomes as parts of a bar, good ones first."""
    counts = Counter(each.outcome for each in questions)
    total = counts.total() or 1
    marks, reached = [], 0
    for name in OUTCOMES:
        if count := counts[name]:
            x, width = _percent(reached / total), _percent(count / total)
            title = f"<title>{WHY[name]}: {count:,}</title>"
            marks.append(
                f'<rect class="o-{name}" x="{x}" y="0" width="{width}" height="100%">{title}</rect>'
            )
            reached += count
    words = ", ".join(f"{WHY[name]}: {counts[name]:,}" for name in OUTCOMES if counts[name])
    return _svg("stack", 16, words, marks)


def _svg(kind: str, height: int, words: str, marks: Iterable[str]) -> str:
    return (
        f'<svg class="{kind}" width="100%" height="{height}" role="img" '
        f'aria-label="{escape(words)}">{"".join(marks)}</svg>'
    )


def _span(kind: str, low: float, high: float, y: int, height: int) -> str:
    x, width = _percent(low), _percent(high - low)
    return f'<rect class="{kind}-span" x="{x}" y="{y}" width="{width}" height="{height}" rx="1"/>'


def _tick(kind: str, value: float, y: int, height: int) -> str:
    # Drawn as a group moved back by half its width, so that both ends of the scale show it whole.
    return (
        f'<rect class="{kind}" x="{_percent(value)}" y="{y}" width="3" height="{height}" rx="1" '
        f'transform="translate({-1.5 if 0 < value < 1 else -3 if value >= 1 else 0})"/>'
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
