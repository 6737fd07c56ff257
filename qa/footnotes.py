"""Answers as Markdown with footnotes, for elsewhere: who says it, and the exact words.

To be pasted their marks are [^1], as Markdown has it; for chats they are [1]. Whatever
means something in Markdown or HTML is escaped, so that words of documents show as words: only
blanks become single spaces, and characters that would steer the text become U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

import prompts
from qa.cite import listed
from qa.types import Answer, Citation, Claim, Growing

# Ours begin every line, or a typographic quote does, so that these are all that can mean something:
# of the rest "-" and "1." do so only where a line begins, see `_line`.
_MEANT = re.compile(r"[\\`*_{}\[\]<>#&|~$^=@+]|:(?=//|\w+:)|(?<=www)\.", re.IGNORECASE)
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_START = re.compile(r"^(?:([-:])|(\d+)([.)]))")
# Programs that chat take \[ and \( for formulas.
_LIKE_FORMULAS = re.compile(r"\\([\[\]\\])")
# They make links of addresses, escaped or not; a blank of no width ends these. (remark-gfm looks at
# words once escapes are read.)
_LIKE_ADDRESSES = re.compile(r"(\\[:@]|www(?=\\\.))", re.IGNORECASE)
_NO_WIDTH = "\u200b"
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|&#(\d+);")
_PASTED, _SENT = "[^{}]", "[{}]"


def as_markdown(answer: Answer) -> str:
    """An answer with a footnote for each citation; without its question."""
    body, notes = _parts(answer, 0, _PASTED)
    return "\n\n".join([*body, *notes]) + "\n"


def conversation_as_markdown(turns: Iterable[Answer]) -> str:
    """Answers in a row, each under its question; the footnotes are numbered through, at the end."""
    blocks: list[str] = []
    notes: list[str] = []
    for answer in turns:
        body, more = _parts(answer, len(notes), _PASTED)
        blocks += [f"## {_line(answer.question)}", *body]
        notes += more
    return "\n\n".join([*blocks, *notes]) + "\n"


class Telling:
    """An answer as Markdown with marks like [1], told as it grows: nothing is ever taken back.

    `citations` are those of the marks, once it has ended.
    """

    def __init__(self) -> None:
        self.citations: tuple[Citation, ...] = ()
        self._told: tuple[Claim, ...] = ()

    def grows(self, step: Growing) -> str:
        """What is new of the sentences that are checked; "" if nothing is."""
        return self._more(step.claims, step.citations) or ""

    def ends(self, answer: Answer) -> str:
        """The rest, with the footnotes.

        If the answer isn't what it began as, because the model failed, it is told after that.
        """
        began, cited = bool(self._told), self.citations
        more = self._more(answer.claims, answer.citations) if began else None
        if more is not None:
            # What else there is to say, but no sentence again.
            body, notes = _parts(replace(answer, claims=()), 0, _SENT)
            return more + _for_chats("\n\n".join(["", *body, *notes]))
        body, notes = _parts(answer, len(cited), _SENT)
        if began:
            earlier = [_note(each, _SENT.format(each.number)) for each in cited]
            body, notes = [prompts.load("began").fill(), *body], [*earlier, *notes]
        behind = (
            replace(each, number=len(cited) + n) for n, each in enumerate(answer.citations, 1)
        )
        self.citations = (*cited, *behind)
        return _for_chats(("\n\n" if began else "") + "\n\n".join([*body, *notes]))

    def _more(self, claims: tuple[Claim, ...], citations: tuple[Citation, ...]) -> str | None:
        """The sentences after those that are told; None if these are no longer said."""
        told, count = self._told, len(self.citations)
        if claims[: len(told)] != told or citations[:count] != self.citations:
            return None
        self._told, self.citations = claims, citations
        by_number = {each.number: each for each in citations}
        labels = {number: _SENT.format(number) for number in by_number}
        frame, said = _frame(told[-1], by_number) if told else "", []
        for claim in claims[len(told) :]:
            before, frame = frame, _frame(claim, by_number)
            sentence = _sentence(claim, by_number, labels)
            opens = f"According to {frame}:\n\n> "
            said.append(" " if before == frame else f"\n\n{opens}" if before else opens)
            said.append(sentence)
        return _for_chats("".join(said))


def as_said(markdown: str) -> str:
    """The sentences of an answer that `Telling` told, as the next question may lean on them.

    Of any other text, the text.
    """
    said, _, _ = markdown.replace(_NO_WIDTH, "").partition("\n\n[1] “")
    quoted = [line[2:] for line in said.splitlines() if line.startswith("> ")]
    words = re.sub(r"(?<!\\)\[\d+\]", "", " ".join(quoted) or said)
    words = _ESCAPE.sub(lambda match: match[1] or chr(min(int(match[2]), 0x10FFFF)), words)
    return re.sub("“(.*?)”(?= |$)", r"\1", words) if quoted else words


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


def _for_chats(markdown: str) -> str:
    unlinked = _LIKE_ADDRESSES.sub(rf"\1{_NO_WIDTH}", markdown)
    return _LIKE_FORMULAS.sub(lambda match: f"&#{ord(match[1])};", unlinked)


def _parts(answer: Answer, before: int, mark: str) -> tuple[list[str], list[str]]:
    """The blocks of an answer, and its footnotes, after as many `before`."""
    numbers = enumerate(answer.citations, start=before + 1)
    labels = {each.number: mark.format(number) for number, each in numbers}
    by_number = {each.number: each for each in answer.citations}
    # What these say is told with footnotes instead.
    differ = [
        prompts.load("differ").fill(values=listed(c, answer.citations)) for c in answer.conflicts
    ]
    body = [_line(line) for line in answer.notices if line not in differ]
    for conflict in answer.conflicts:
        values = "; ".join(
            f"“{escaped(value.text)}” ({escaped(by_number[value.citation].dated)})"
            f"{labels[value.citation]}"
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


def _sentence(claim: Claim, by_number: Mapping[int, Citation], labels: Mapping[int, str]) -> str:
    marks = "".join(labels[number] for number in claim.citations)
    is_quote = any(claim.text == by_number[number].quote for number in claim.citations)
    words = f"“{escaped(claim.text)}”" if is_quote else _line(claim.text)
    if claim.verdict == "supported":
        return f"{words}{marks}"
    struck = f"~~{words}~~" if claim.verdict == "unsupported" else words
    why = f"{claim.verdict}: {claim.reason}" if claim.reason else claim.verdict
    return f"{struck}{marks} ({escaped(why)})"


def _note(each: Citation, label: str) -> str:
    """Ends in a full stop: what ends in brackets could be taken for the address of a link."""
    below = f", under {escaped(each.heading)}" if each.heading else ""
    where = f"{escaped(each.source)}, {each.place}{below}"
    colon = ":" if label.startswith("[^") else ""
    return f"{label}{colon} {_dated(each)}: “{escaped(each.quote)}” ({where})."


def _dated(each: Citation) -> str:
    return f"“{escaped(each.title)}”" + (f", {escaped(each.date)}" if each.date else "")
