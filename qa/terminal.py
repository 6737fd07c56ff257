"""What the commands print: answers, reports, and text that can't steer the terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index import Change, Report
    from qa.replay import Replayed
    from qa.types import Answer, Citation


def count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def as_text(answer: Answer) -> str:
    """An answer for a terminal: its sentences by document, then where they stand."""
    lines = [*answer.notices]
    if answer.abstained:
        lines.append(answer.abstained.text)
        for passage in answer.passages[: 0 if answer.claims else 3]:
            where = f"{passage.source}, characters {passage.start}–{passage.end}"
            lines += ["", f"  {where}: {passage.why['text']}", f"  {_shortened(passage.text)}"]
    by_number = {each.number: each for each in answer.citations}
    before: list[str] = []
    for claim in answer.claims:
        cited = [by_number[number] for number in claim.citations]
        said_by = list(dict.fromkeys(_source(each) for each in cited))
        if said_by != before:
            lines.append(f"According to {' and '.join(said_by) or 'the language model'}:")
            before = said_by
        numbers = "".join(f" [{each.number}]" for each in cited)
        is_quote = any(claim.text == each.quote for each in cited)
        lines.append(f"  “{claim.text}”{numbers}" if is_quote else f"  {claim.text}{numbers}")
        if claim.reason:
            lines.append(f"    {claim.verdict}: {claim.reason}")
    if answer.citations:
        lines.append("")
    for each in answer.citations:
        below = f", under {each.heading}" if each.heading else ""
        lines.append(f"[{each.number}] {each.source}, {each.place}{below}")
    return "\n".join(lines)


def as_evidence(replay: Replayed) -> str:
    """An answer that was given before: what still stands of it, what doesn't, and what was read."""
    lines = [replay.reopened.answer.question, as_text(replay.reopened.answer)]
    for change in replay.reopened.changed:
        now = f" now: “{change.now}”" if change.kind == "changed" and change.now else ""
        lines.append(f"[{change.number}] {change.source}: {change.kind}: “{change.before}”{now}")
    lines += ["", f"{count(len(replay.passages), 'passage')} read for it:"]
    for each in replay.passages:
        where = f"{each.source or 'a document that is gone'}, characters "
        lines.append(f"  {where}{each.extent.start}–{each.extent.end}:")
        lines.append(f"    {_shortened(each.text) if each.text else 'has changed since'}")
    return "\n".join(lines)


def _source(citation: Citation) -> str:
    dated = f", {citation.date}" if citation.date else ""
    return f"“{citation.title}” ({citation.source}{dated})"


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 300 else f"{words[:300]}…"


# Control characters, and those that turn the direction of what follows: in a terminal they could
# do what a document says.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """Text for a terminal: as it is, but for characters that would steer the terminal."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", re.sub("\r\n?", "\n", text))


def one_line(text: str) -> str:
    """The same on one line, so that a file's name can't look like a line of ours."""
    return harmless(" ".join(text.splitlines()))


def escaped(text: str) -> str:
    """JSON that is as harmless, and still says the same."""
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_NAMED = 10


def as_table(report: Report) -> str:
    """What a build did: a line for each kind of change, with the first files and why."""
    lines = [
        f"{count(report.documents, 'document')} in {count(report.chunks, 'chunk')}; "
        f"{count(report.encoded, 'chunk')} encoded"
    ]
    for what in ("added", "changed", "moved", "removed"):
        some = [change for change in report.changes if change.what == what]
        if some:
            lines.append(f"{what:>9} {len(some):>7,}  {_names(some)}")
    if report.unchanged:
        lines.append(f"unchanged {report.unchanged:>7,}")
    return "\n".join(lines)


def _names(changes: Sequence[Change]) -> str:
    shown = [one_line(each.source + (f" ({each.why})" if each.why else "")) for each in changes]
    more = f", and {len(shown) - _NAMED:,} more" if len(shown) > _NAMED else ""
    return ", ".join(shown[:_NAMED]) + more
