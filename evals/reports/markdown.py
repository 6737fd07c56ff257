"""An eval report as a comment on a pull request: what was lost first, at most 60,000 characters.

What users and documents wrote stands in it as text: none of it is markup, a mention or an image.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evals.gate import WHY, Flip, Verdict
from evals.report import Cited, Report, Scored
from evals.reports import wording
from qa.terminal import one_line

# Characters for each part, so that the whole stays below 60,000, and a comment below 65,536.
_REASONS, _LOST, _WON, _FAILING, _NOTES = 5_000, 28_000, 7_000, 10_000, 3_000
_LENGTH, _LISTED = 300, 5
_MARKUP = re.compile(r"[\\`*_\[\]|~<>&$#@^]")
# Made into links, mentions, emoji and formulas after all markup is read, so that writing them
# otherwise isn't enough: what is invisible has to stand between.
_ACTIVE = re.compile(r"[@#$]|:(?=//|[\w+-]+:)|\bwww(?=\.)|\bgh-(?=\d)", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"


def render(report: Report, verdict: Verdict, before: Report | None = None) -> str:
    """The same inputs give the same text, fit for a comment on GitHub."""
    comparison = verdict.comparison
    lost, won = (comparison.lost, comparison.won) if comparison else ((), ())
    lost_ids = {flip.now.id for flip in lost}
    failing = [each for each in report.questions if not each.good and each.id not in lost_ids]
    parts = [
        f"## Eval {'passed' if verdict.passed else 'failed'}: {_text(report.set)}",
        _fitted([f"- **{_text(each)}**" for each in verdict.reasons], _REASONS, "\n"),
        _fitted([f"- {_text(each)}" for each in verdict.notes], _NOTES, "\n"),
        f"{wording.questions(len(report.questions))}. {wording.compared(verdict)}".strip(),
        "\n".join(_table(report, verdict, before)),
    ]
    if lost:
        parts.append(f"### Lost: {wording.questions(len(lost))}")
        parts.append(_fitted(["\n".join(_of_lost(flip)) for flip in lost], _LOST, "\n\n"))
    parts.append(_folded("Won", [_line(flip.now, flip) for flip in won], _WON))
    others = "Other questions without a good outcome" if lost else "Without a good outcome"
    parts.append(_folded(others, [_line(each) for each in failing], _FAILING))
    return "\n\n".join(filter(None, parts)) + "\n"


def _text(text: str, length: int = _LENGTH) -> str:
    """Anybody's text as text on one line."""
    plain = wording.cut(one_line(wording.legal(text)).strip(), length)
    apart = _ACTIVE.sub(lambda match: match[0] + _JOINER, plain)
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", apart)


def _fitted(blocks: Sequence[str], budget: int, between: str) -> str:
    """As many of the blocks as the budget of characters allows, and how many more there are."""
    used, shown = 40, 0
    for block in blocks:
        used += len(block) + len(between)
        if used > budget:
            break
        shown += 1
    more = [f"… and {len(blocks) - shown:,} more"] if shown < len(blocks) else []
    # A line below a list would belong to its last entry.
    return (
        between.join([*blocks[:shown], *more]) if between != "\n" else _list(blocks[:shown], more)
    )


def _list(lines: Sequence[str], more: Sequence[str]) -> str:
    return "\n\n".join(filter(None, ["\n".join(lines), *more]))


def _folded(title: str, lines: Sequence[str], budget: int) -> str:
    if not lines:
        return ""
    head = f"<details>\n<summary>{title}: {len(lines):,}</summary>"
    return f"{head}\n\n{_fitted(lines, budget, chr(10))}\n\n</details>"


def _table(report: Report, verdict: Verdict, before: Report | None) -> Iterator[str]:
    found = wording.rows(report, verdict, before)
    if not any(row.moved is not None for row in found):
        yield "| measure | value | 95% interval | n |\n|---|--:|--:|--:|"
        for row in found:
            value = wording.figure(row.name, row.now.value)
            yield f"| {row.name} | {value} | {wording.interval(row)} | {row.now.n:,} |"
    else:
        yield "| measure | base | now | change | p | better–worse | n | visible |"
        yield "|---|--:|--:|--:|--:|--:|--:|--:|"
        for row in found:
            yield f"| {' | '.join(_cells(row))} |"
        if verdict.comparison:
            yield f"\n<sub>{wording.LEGEND}</sub>"
    yield f"\n<sub>{' and '.join(wording.JUDGED)} judged by {_text(report.judged_by)}</sub>"


def _cells(row: wording.Row) -> Iterator[str]:
    worse = row.change is not None and row.change.is_loss
    # On the questions that both have, so that base and change add up to it.
    now = row.change.now if row.change else row.now.value
    yield f"**{row.name}** (worse)" if worse else row.name
    yield "" if row.before is None else wording.figure(row.name, row.before)
    yield wording.figure(row.name, now)
    yield wording.moved(row)
    yield _text(wording.chance(row.change))
    yield wording.balance(row.change)
    yield f"{row.change.n if row.change else row.now.n:,}"
    yield wording.smallest(row.change)


def _of_lost(flip: Flip) -> Iterator[str]:
    before, now = flip.before, flip.now
    yield f"**{_text(now.question)}** ({_text(now.id, 100)}): {wording.of_flip(flip)}\n"
    yield "| | before | now |\n|---|---|---|"
    yield f"| outcome | {WHY[before.outcome]} | {WHY[now.outcome]} |"
    yield f"| answer | {_text(before.answer)} | {_text(now.answer)} |"
    cited = [_several([c.source for c in each.citations]) for each in (before, now)]
    yield f"| cites | {' | '.join(cited)} |"
    yield f"| retrieved | {' | '.join(_several(each.sources) for each in (before, now))} |\n"
    if now.answers:
        yield f"Expected: {_several(now.answers)}  "
    yield from map(_evidence, now.evidence[:_LISTED])
    if len(now.evidence) > _LISTED:
        yield f"… and {len(now.evidence) - _LISTED:,} more"


def _evidence(each: Cited) -> str:
    return f"Evidence: “{_text(each.quote)}” ({_text(each.source, 100)})  "


def _several(texts: Sequence[str]) -> str:
    some = list(dict.fromkeys(texts))
    more = [f"… and {len(some) - _LISTED:,} more"] if len(some) > _LISTED else []
    return ", ".join([*(_text(each, 100) for each in some[:_LISTED]), *more])


def _line(each: Scored, flip: Flip | None = None) -> str:
    why = wording.of_flip(flip) if flip else WHY[each.outcome]
    return f"- {_text(each.question)} ({_text(each.id, 100)}): {why}"
