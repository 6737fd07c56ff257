"""Answers as HTML for the chat. Every word of a document, a name or a question is escaped here.

Besides the usual characters, `$`, `{`, `}`, the backtick and the backslash are escaped, as they
mean something in the templates that Gradio fills, and carriage returns, which HTML would change.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from qa.types import Answer, Citation, Claim, Growing, source_url

_TEMPLATE = str.maketrans({char: f"&#{ord(char)};" for char in "${}`\\\r"})
NEAREST = 3
WELCOME = (
    '<p class="fn-welcome">Ask something. Each sentence of the answer shows you the words it '
    "rests on; when the documents don’t say, you will be told so.</p>"
)


def text(words: str) -> str:
    """Words as text and nothing else."""
    return html.escape(words).translate(_TEMPLATE)


def conversation(turns: Sequence[tuple[str, Answer | Growing]]) -> str:
    """Questions with their answers, as far as they have come."""
    return "".join(
        '<article class="fn-turn"><h2 class="fn-question"><span class="fn-hidden">You asked: '
        f"</span><bdi>{text(question)}</bdi></h2>"
        f'<div class="fn-answer">{_shown(answer)}</div></article>'
        for question, answer in turns
    )


def failed(line: str) -> str:
    """One line on what went wrong."""
    return f'<p class="fn-error" role="alert">{text(line)}</p>'


def _shown(answer: Answer | Growing) -> str:
    return _answer(answer) if isinstance(answer, Answer) else _growing(answer)


def _growing(growing: Growing) -> str:
    """Claims once they are checked; the words of the sentence that is being written, as a draft."""
    status = f'<p class="fn-status">{text(growing.status)}…</p>'
    draft = f'<p class="fn-draft" dir="auto"><bdi>{text(growing.draft)}</bdi></p>'
    said = _claims(growing.claims, growing.citations)
    return said + (draft if growing.draft else "" if said else status)


def _answer(answer: Answer) -> str:
    notices = "".join(
        f'<p class="fn-notice"><bdi>{text(line)}</bdi></p>' for line in answer.notices
    )
    if answer.abstained:
        said = f'{notices}<p class="fn-declined">{text(answer.abstained.text)}</p>'
        return said + (_claims(answer.claims, answer.citations) or _nearest(answer))
    return notices + _claims(answer.claims, answer.citations)


def _claims(claims: Iterable[Claim], citations: Iterable[Citation]) -> str:
    """What is said, under the documents that say it: nothing stands on its own authority."""
    by_number = {each.number: each for each in citations}
    parts = []
    for _, group in groupby(claims, key=lambda claim: _documents(claim, by_number)):
        said = list(group)
        cited = [by_number[number] for claim in said for number in claim.citations]
        sources = {each.document: each for each in cited}.values()
        named = " and ".join(map(_source, sources)) or "the language model"
        sentences = " ".join(_claim(claim, by_number) for claim in said)
        parts.append(
            f'<p class="fn-frame">According to {named}</p>'
            f'<blockquote dir="auto">{sentences}</blockquote>'
        )
    return "".join(parts)


def _documents(claim: Claim, citations: Mapping[int, Citation]) -> tuple[str, ...]:
    return tuple(sorted({citations[number].document for number in claim.citations}))


def _source(citation: Citation) -> str:
    dated = f" · {text(citation.date)}" if citation.date else ""
    return (
        f"<cite><bdi>{text(citation.title)}</bdi></cite> "
        f'<span class="fn-file"><bdi>{text(citation.source)}</bdi>{dated}</span>'
    )


def _claim(claim: Claim, citations: Mapping[int, Citation]) -> str:
    """A sentence with its marks, and what checking it found, if that isn't plain support."""
    marks = "".join(_mark(citations[number]) for number in claim.citations)
    if claim.verdict == "supported":
        return f"<bdi>{_marked(claim)}</bdi>{marks}"
    words = f"<bdi>{_marked(claim)}</bdi>"
    struck = f"<s>{words}</s>" if claim.verdict == "unsupported" else words
    why = f"{claim.verdict}: {claim.reason}" if claim.reason else claim.verdict
    return f'{struck}{marks} <span class="fn-verdict">({text(why)})</span>'


def _marked(claim: Claim) -> str:
    """The claim's words, the exact answer among them stressed."""
    parts, at = [], 0
    for start, end in claim.marks:
        parts += [text(claim.text[at:start]), f"<strong>{text(claim.text[start:end])}</strong>"]
        at = end
    return "".join([*parts, text(claim.text[at:])])


def _mark(citation: Citation) -> str:
    page = f", page {citation.page}," if citation.page else ""
    label = f"Citation {citation.number}: open {citation.title}{page} at these words"
    return _link(citation.url, "fn-mark", str(citation.number), label)


def _nearest(answer: Answer) -> str:
    """The passages that came nearest, closed, so that declining looks like an answer too."""
    items = []
    for passage in answer.passages[:NEAREST]:
        url = source_url(passage.document, passage.start, passage.end, passage.sha256)
        opened = _link(url, "fn-open", "Open", f"Open {passage.title} at this passage")
        items.append(
            f'<li><span class="fn-file"><bdi>{text(passage.source)}</bdi></span> {opened}'
            f'<p dir="auto">{text(passage.text)}</p></li>'
        )
    if not items:
        return ""
    return (
        f'<details class="fn-nearest"><summary>The nearest passages ({len(items)})</summary>'
        f"<ol>{''.join(items)}</ol></details>"
    )


def _link(url: str, kind: str, words: str, label: str) -> str:
    return (
        f'<a class="{kind}" href="{html.escape(url)}" target="fn-source" '
        f'aria-label="{text(label)}">{text(words)}</a>'
    )
