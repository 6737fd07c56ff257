"""Answers as Markdown with footnotes, to be pasted elsewhere: who says it, and the exact words.

Whatever means something in Markdown or HTML is escaped, so that words of documents show as words:
only blanks become single spaces, and characters that would steer the text become U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

import prompts
from qa.cite import listed
from qa.types import Answer, Citation, Claim

# Ours begin every line, or a typographic quote does, so that these are all that can mean something:
# of the rest "-" and "1." do so only where a line begins, see `_line`.
_MEANT = re.compile(r"[\\`*_{}\[\]<>#&|~$^=@+]|:(?=//|\w+:)|(?<=www)\.", re.IGNORECASE)
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_START = re.compile(r"^(?:([-:])|(\d+)([.)]))")


def conversation_as_markdown(turns: Iterable[Answer]) -> str:
    """Answers in a row, each under its question; the footnotes are numbered through, at the end."""
    blocks: list[str] = []
    notes: list[str] = []
    for answer in turns:
        body, more = _parts(answer, len(notes))
        blocks += [f"## {_line(answer.question)}", *body]
        notes += more
    return "\n\n".join([*blocks, *notes]) + "\n"


def plain(text: str) -> str:
    """The words as they will show."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))


def escaped(text: str) -> str:
    """Words for the middle of a line, where nothing in them means anything."""
    return _MEANT.sub(r"\\\g<0>", plain(text))


def _line(text: str) -> str:
    """Words for the beginning of a line, which makes lists of some."""
    return _LINE_START.sub(
        lambda match: f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}", escaped(text)
    )


def _parts(answer: Answer, before: int) -> tuple[list[str], list[str]]:
    """The blocks of an answer, and its footnotes, after as many `before`."""
    labels = {each.number: before + n for n, each in enumerate(answer.citations, start=1)}
    by_number = {each.number: each for each in answer.citations}
    # What these say is told with footnotes instead.
    differ = [
        prompts.load("differ").fill(values=listed(c, answer.citations)) for c in answer.conflicts
    ]
    body = [_line(line) for line in answer.notices if line not in differ]
    for conflict in answer.conflicts:
        values = "; ".join(
            f"“{escaped(value.text)}” ({escaped(by_number[value.citation].dated)})"
            f"[^{labels[value.citation]}]"
            for value in conflict.values
        )
        body.append(prompts.load("differ").fill(values=values))
    if answer.abstained:
        body.append(_line(answer.abstained.text))
    for frame, said in groupby(answer.claims, key=lambda claim: _frame(claim, by_number)):
        sentences = " ".join(_sentence(claim, by_number, labels) for claim in said)
        body += [f"According to {frame}:", f"> {sentences}"]
    return body, [_note(each, labels[each.number]) for each in answer.citations]


def _frame(claim: Claim, by_number: Mapping[int, Citation]) -> str:
    cited = (by_number[number] for number in claim.citations)
    sources = dict.fromkeys(f"{_dated(each)} ({escaped(each.source)})" for each in cited)
    return " and ".join(sources) or "the language model"


def _sentence(claim: Claim, by_number: Mapping[int, Citation], labels: Mapping[int, int]) -> str:
    marks = "".join(f"[^{labels[number]}]" for number in claim.citations)
    is_quote = any(claim.text == by_number[number].quote for number in claim.citations)
    words = f"“{escaped(claim.text)}”" if is_quote else _line(claim.text)
    if claim.verdict == "supported":
        return f"{words}{marks}"
    struck = f"~~{words}~~" if claim.verdict == "unsupported" else words
    why = f"{claim.verdict}: {claim.reason}" if claim.reason else claim.verdict
    return f"{struck}{marks} ({escaped(why)})"


def _note(each: Citation, label: int) -> str:
    """Ends in a full stop: what ends in brackets could be taken for the address of a link."""
    below = f", under {escaped(each.heading)}" if each.heading else ""
    where = f"{escaped(each.source)}, {each.place}{below}"
    return f"[^{label}]: {_dated(each)}: “{escaped(each.quote)}” ({where})."


def _dated(each: Citation) -> str:
    return f"“{escaped(each.title)}”" + (f", {escaped(each.date)}" if each.date else "")
