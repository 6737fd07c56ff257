"""The questions of an eval report as HTML: what was asked, answered, cited and expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from evals.gate import WHY
from evals.report import Cited, Report, Scored
from evals.reports import wording
from evals.reports.overlap import parts


def text(anything: str) -> str:
    """Anybody's text as text: in HTML, or in an attribute between quotes."""
    return escape(wording.legal(anything))


def of_all(report: Report, earlier: Mapping[str, Scored]) -> Iterator[str]:
    """Filters, which a script makes work, and below them every question."""
    tags = {tag: str(number) for number, tag in enumerate(report.slices, start=1)}
    yield '<section aria-labelledby="questions">\n<h2 id="questions">Questions</h2>'
    yield from _filters(report, tags, is_compared=bool(earlier))
    yield f'<p id="shown" role="status">{wording.questions(len(report.questions))}</p>'
    yield "<p><small>Marked: where a citation and the evidence hold the same words.</small></p>"
    for number, each in enumerate(report.questions, start=1):
        yield _of_one(number, each, earlier.get(each.id), tags)
    yield "</section>"


def _filters(report: Report, tags: Mapping[str, str], is_compared: bool) -> Iterator[str]:
    present = {each.outcome for each in report.questions}
    outcomes = {WHY[name]: name for name in wording.OUTCOMES if name in present}
    yield '<form id="filters" role="search" aria-label="Filter questions" hidden>'
    yield '<label>Text <input type="search" name="text" autocomplete="off"></label>'
    yield _select("Outcome", "outcome", {"Not good": "bad"} | outcomes)
    if tags:
        yield _select("Tag", "tag", tags)
    if is_compared:
        kinds = {"Changed only": "changed", "Lost only": "lost", "Won only": "won"}
        yield _select("Since before", "change", kinds)
    yield '<button type="reset">Show all</button>\n</form>'


def _select(label: str, name: str, choices: Mapping[str, str]) -> str:
    options = "".join(
        f'<option value="{value}">{text(choice)}</option>' for choice, value in choices.items()
    )
    start = f'<label>{label} <select name="{name}"><option value="">All</option>'
    return f"{start}{options}</select></label>"


def _of_one(number: int, now: Scored, before: Scored | None, tags: Mapping[str, str]) -> str:
    """A <details>; `before` is what was found for the same question, `tags` their numbers."""
    change = _change(now, before)
    held = "".join(f" {tags[tag]}" for tag in now.tags if tag in tags)
    was = f"{WHY[before.outcome]} → " if before and before.outcome != now.outcome else ""
    kind = f"bad {now.outcome}" if not now.good else now.outcome
    pairs = "".join(f"<dt>{name}</dt><dd>{what}</dd>" for name, what in _pairs(now, before))
    return (
        f'<details class="q" data-outcome="{kind}" data-tag="{held.strip()}" '
        f'data-change="{change}">'
        f'<summary><span class="what" dir="auto">{text(now.question)}</span>'
        f'<span class="how"><i class="o-{now.outcome}"></i> {was}{WHY[now.outcome]}'
        f'<code>{text(now.id)}</code></span></summary><dl id="q{number}">{pairs}</dl></details>'
    )


def _change(now: Scored, before: Scored | None) -> str:
    if before is None or (before.outcome, before.answer) == (now.outcome, now.answer):
        return ""
    if before.good == now.good:
        return "changed"
    return "changed won" if now.good else "changed lost"


def _pairs(now: Scored, before: Scored | None) -> Iterator[tuple[str, str]]:
    """Names and what they have, as HTML."""
    yield "Answer", _said(now)
    if before and _change(now, before):
        yield "Answer before", f"{_said(before)}<small>{WHY[before.outcome]}</small>"
    if now.answers:
        yield "Expected", "".join(f'<p dir="auto">{text(each)}</p>' for each in now.answers)
    if now.citations:
        yield "Citations", _quotes(now.citations, now.evidence)
    if now.evidence:
        yield "Evidence", _quotes(now.evidence, now.citations)
    if now.sources:
        yield "Retrieved", f"<ol>{''.join(f'<li>{text(each)}</li>' for each in now.sources)}</ol>"
    if now.invalid:
        yield "Invalid quotes", f"{now.invalid:,}"
    if now.leaked:
        yield "Leaked passages", f"{now.leaked:,}"
    if now.tags:
        yield "Tags", ", ".join(f"<bdi>{text(tag)}</bdi>" for tag in now.tags)
    if now.values:
        yield "Values", " · ".join(_value(*each) for each in now.values.items())


def _said(each: Scored) -> str:
    said = f'<p class="said" dir="auto">{text(each.answer) or "nothing"}</p>'
    return f"{said}<small>declined: {text(each.abstained)}</small>" if each.abstained else said


def _quotes(quotes: Sequence[Cited], others: Sequence[Cited]) -> str:
    return "".join(
        f'<figure><blockquote dir="auto">{_marked(each, others)}</blockquote>'
        f"<figcaption>{text(each.source)}, characters {each.start:,}–{each.end:,}</figcaption>"
        "</figure>"
        for each in quotes
    )


def _marked(quote: Cited, others: Sequence[Cited]) -> str:
    return "".join(
        f"<mark>{text(part)}</mark>" if shared else text(part)
        for part, shared in parts(quote, others)
    )


def _value(name: str, value: float) -> str:
    return f"<span>{text(name)} {value:.4g}</span>"
