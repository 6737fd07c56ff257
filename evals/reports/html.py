"""An eval report as one HTML page that loads nothing: charts, filters, every question with why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files

from evals.gate import Flip, Verdict
from evals.report import Report
from evals.reports import questions, tables, wording
from evals.reports.questions import text

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def render(report: Report, verdict: Verdict, before: Report | None = None) -> str:
    """The same inputs give the same page; without its script it shows everything."""
    earlier = wording.earlier(report, verdict, before)
    numbers = {each.id: number for number, each in enumerate(report.questions, start=1)}
    parts = [
        *_head(report),
        *_verdict(verdict),
        *_changed(verdict, numbers),
        *tables.measures(report, verdict, before),
        *tables.outcomes(report, verdict, earlier),
        *tables.tags(report),
        *questions.of_all(report, earlier),
        f"</main>\n<script>\n{_own('page.js')}</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _own(name: str) -> str:
    return files("evals.reports").joinpath(name).read_text(encoding="utf-8")


def _head(report: Report) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">'
    yield f"<title>Eval of {text(report.set)}</title>\n<style>\n{_own('page.css')}</style>\n</head>"
    yield f"<body>\n<header>\n<h1>Eval of <bdi>{text(report.set)}</bdi></h1>"
    index, model = (f"<code>{text(each)}</code>" for each in (report.index, report.model))
    yield f"<p>{wording.questions(len(report.questions))} · index {index} · model {model}</p>"
    yield "</header>\n<main>"


def _verdict(verdict: Verdict) -> Iterator[str]:
    kind = "passed" if verdict.passed else "failed"
    yield f'<section class="verdict {kind}" aria-labelledby="verdict">'
    yield f'<h2 id="verdict">{kind.capitalize()}</h2>'
    if verdict.reasons:
        yield f"<ul>{''.join(f'<li>{text(each)}</li>' for each in verdict.reasons)}</ul>"
    for each in (wording.compared(verdict), *verdict.notes):
        if each:
            yield f"<p>{text(each)}</p>"
    yield "</section>"


def _changed(verdict: Verdict, numbers: Mapping[str, int]) -> Iterator[str]:
    comparison = verdict.comparison
    if not comparison or not (comparison.lost or comparison.won):
        return
    yield '<section aria-labelledby="changed">\n<h2 id="changed">Lost and won</h2>'
    for name, flips in (("Lost", comparison.lost), ("Won", comparison.won)):
        if flips:
            is_open = " open" if name == "Lost" and len(flips) <= 30 else ""
            yield f"<details{is_open}><summary>{name}: {len(flips):,}</summary>\n<ul class=flips>"
            yield from (_flip(flip, numbers[flip.now.id]) for flip in flips)
            yield "</ul>\n</details>"
    yield "</section>"


def _flip(flip: Flip, number: int) -> str:
    link = f'<a href="#q{number}"><bdi>{text(flip.now.question)}</bdi></a>'
    return f"<li>{link} <span>{wording.of_flip(flip)}</span></li>"
