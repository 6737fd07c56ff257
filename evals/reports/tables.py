"""The tables of an eval report's HTML page, with charts in them: measures, outcomes, tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from evals.gate import WHY, Verdict
from evals.report import Report, Scored
from evals.reports import charts, wording
from evals.reports.questions import text
from evals.run import SHARES


def measures(report: Report, verdict: Verdict, before: Report | None) -> Iterator[str]:
    """Shares with bars, then all else."""
    found = wording.rows(report, verdict, before)
    shares = [row for row in found if row.name in SHARES]
    compared = any(row.moved is not None for row in found)
    yield '<section aria-labelledby="measures">\n<h2 id="measures">Measures</h2>'
    yield '<p class="key"><span class="k now"></span> now, with its 95% interval'
    if compared:
        yield '<span class="k was"></span> before'
    yield "</p>"
    yield from _table("Shares, from 0 to 1", shares, compared, before)
    judged = " and ".join(wording.JUDGED)
    yield f"<p><small>{judged} are judged by {text(report.judged_by)}.</small></p>"
    rest = [row for row in found if row.name not in SHARES]
    yield from _table("Counts, lengths and latency", rest, compared, None)
    if report.seconds:
        stages = (
            f"{text(stage)} {wording.duration(p['p50'])} (p95 {wording.duration(p['p95'])})"
            for stage, p in report.seconds.items()
        )
        yield f"<p><small>Latency by stage, p50: {', '.join(stages)}.</small></p>"
    if verdict.comparison:
        yield f"<p><small>{wording.LEGEND}</small></p>"
    yield "</section>"


def _table(
    caption: str, rows: Sequence[wording.Row], compared: bool, before: Report | None
) -> Iterator[str]:
    """`before` only where there are bars to draw its intervals in."""
    bars = any(row.name in SHARES for row in rows)
    # Only shares are tested.
    moves = ("before", "change", *(("p", "better–worse", "visible") if bars else ()))
    ends = "<span>0</span><span>1</span>"
    head = ["measure", "value", "95% interval", "n", *(moves if compared else ())]
    columns = [f"<th scope=col>{name}</th>" for name in head]
    if bars:
        columns.insert(2, f'<th scope=col class="ends" aria-label="from 0 to 1">{ends}</th>')
    yield f'<div class="wide" tabindex="0" role="region" aria-label="{caption}"><table>'
    yield f"<caption>{caption}</caption>\n<thead><tr>"
    yield f"{''.join(columns)}</tr></thead>\n<tbody>"
    for row in rows:
        worse = row.change is not None and row.change.is_loss
        yield '<tr class="worse">' if worse else "<tr>"
        meaning = f"<small>{wording.MEANINGS[row.name]}</small>"
        yield f"<th scope=row>{row.name}{' (worse)' if worse else ''} {meaning}</th>"
        yield f"<td>{wording.figure(row.name, row.now.value)}</td>"
        if bars:
            yield f'<td class="chart">{_bar(row, before)}</td>'
        cells = (wording.interval(row), f"{row.now.n:,}", *_moves(row)[: len(head) - 4])
        yield f"{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
    yield "</tbody></table></div>"


def _moves(row: wording.Row) -> tuple[str, ...]:
    was = "" if row.before is None else wording.figure(row.name, row.before)
    p, balance = wording.chance(row.change), wording.balance(row.change)
    return was, wording.moved(row), p, balance, wording.smallest(row.change)


def _bar(row: wording.Row, before: Report | None) -> str:
    words = f"{row.now.value:.3f}, 95% interval {wording.interval(row)}"
    if row.before is not None:
        words += f"; before {row.before:.3f}"
    earlier = before.measures.get(row.name) if before else None
    return charts.scale(row.now, row.before, earlier, words)


def outcomes(report: Report, verdict: Verdict, earlier: Mapping[str, Scored]) -> Iterator[str]:
    """A bar for each run and a table of both."""
    same = [earlier[each.id] for each in report.questions if each.id in earlier]
    runs = [("Now", list(report.questions))]
    # Only where all that were compared are known; else it would be a bar of flips alone.
    if verdict.comparison and same and len(same) == verdict.comparison.same:
        runs.append(("Before", same))
    yield '<section aria-labelledby="outcomes">\n<h2 id="outcomes">Outcomes</h2>'
    for name, questions in runs:
        yield f'<div class="run"><span>{name}</span>{charts.stack(questions)}</div>'
    yield '<div class="wide fit"><table class="legend"><thead><tr><th scope=col>outcome</th>'
    yield f"{''.join(f'<th scope=col>{name.lower()}</th>' for name, _ in runs)}</tr></thead><tbody>"
    counts = [
        (Counter(each.outcome for each in questions), len(questions)) for _, questions in runs
    ]
    for name in wording.OUTCOMES:
        if any(count[name] for count, _ in counts):
            cells = (f"<td>{c[name]:,} <small>{c[name] / n:.0%}</small></td>" for c, n in counts)
            yield f'<tr><th scope=row><i class="o-{name}"></i> {WHY[name]}</th>'
            yield f"{''.join(cells)}</tr>"
    yield "</tbody></table></div>\n</section>"


def tags(report: Report) -> Iterator[str]:
    """Outcomes of each tag, with the share of good ones."""
    if not report.slices:
        return
    yield '<section aria-labelledby="tags">\n<h2 id="tags">Outcomes by tag</h2>'
    yield '<div class="wide" tabindex="0" role="region" aria-label="Table of tags"><table>'
    yield "<thead><tr>"
    yield '<th scope=col>tag</th><th scope=col>n</th><th scope=col class="ends">outcomes</th>'
    yield "<th scope=col>right</th><th scope=col>95% interval</th></tr></thead>\n<tbody>"
    by_tag: dict[str, list[Scored]] = {tag: [] for tag in report.slices}
    for each in report.questions:
        for tag in each.tags:
            by_tag.setdefault(tag, []).append(each)
    for tag, questions in by_tag.items():
        right = report.slices.get(tag, {}).get("right")
        value = f"{right.value:.2f}" if right else ""
        ends = f"{right.low:.2f}–{right.high:.2f}" if right else ""
        yield f"<tr><th scope=row><bdi>{text(tag)}</bdi></th><td>{len(questions):,}</td>"
        yield f'<td class="chart">{charts.stack(questions)}</td>'
        yield f"<td>{value}</td><td>{ends}</td></tr>"
    yield "</tbody></table></div>\n</section>"
