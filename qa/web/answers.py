"""An answer as HTML: sentences under the documents that say them, with marks that open these.

What speaks against it is shown with it: verdicts, conflicts, what has changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from qa.changed import Piece
from qa.reopen import MADE_BY, Changed
from qa.types import Answer, Citation, Claim, Conflict, Growing, Receipt, source_url
from qa.web import words
from qa.web.escape import attribute, direction, isolated, text

NEAREST = 3
_SIGNS = {"supported": "✓", "partly": "◐", "unsupported": "✗"}
_VERDICTS = {
    "supported": words.SUPPORTED,
    "partly": words.PARTLY,
    "unsupported": words.UNSUPPORTED,
}
_PIECES = {"same": "{}", "removed": "<del>{}</del>", "added": "<ins>{}</ins>"}


def growing(step: Growing) -> str:
    """Claims once they are checked; the words of the sentence that is being written, as a draft."""
    status = f'<p class="fn-status">{text(step.status)}…</p>'
    draft = f'<p class="fn-draft" dir="{direction(step.draft)}">{isolated(step.draft)}</p>'
    said = claims(step.claims, step.citations)
    return said + (draft if step.draft else "" if said else status)


def final(answer: Answer, changed: Sequence[Changed] = ()) -> str:
    """A whole answer; `changed` is what of a link's sources isn't as it was."""
    by_number = {each.number: each for each in answer.citations}
    # A conflict is shown side by side instead of in the one line that tells of it.
    lines = [line for line in answer.notices if not (answer.conflicts and _tells(line, answer))]
    parts = [f'<p class="fn-notice"><bdi>{text(line)}</bdi></p>' for line in lines]
    if answer.abstained:
        parts.append(f'<p class="fn-declined">{text(answer.abstained.text)}</p>')
        parts.append(_searched(answer.receipt))
    parts += [_sides(each, by_number) for each in answer.conflicts]
    said = claims(answer.claims, answer.citations)
    parts.append(said if said or not answer.abstained else _nearest(answer))
    return "".join(parts) + _since(changed)


def claims(said: Iterable[Claim], citations: Iterable[Citation]) -> str:
    """What is said, under the documents that say it: nothing stands on its own authority."""
    by_number = {each.number: each for each in citations}
    parts = []
    for _, group in groupby(said, key=lambda claim: _documents(claim, by_number)):
        some = list(group)
        cited = [by_number[number] for claim in some for number in claim.citations]
        sources = {each.document: each for each in cited}.values()
        named = words.AND.join(map(_source, sources)) or words.THE_MODEL
        sentences = " ".join(_claim(claim, by_number) for claim in some)
        parts.append(
            f'<p class="fn-frame">{words.ACCORDING} {named}</p>'
            f'<blockquote dir="{direction(some[0].text)}">{sentences}</blockquote>'
        )
    return "".join(parts)


def receipt(answer: Answer) -> str:
    """How the answer was made, closed."""
    made = answer.receipt
    model = {"quote": words.QUOTING, MADE_BY: words.FROM_LINK}.get(made.model, made.model)
    seconds = sum(made.seconds.values())
    rows = [
        (words.MODEL, model),
        (words.PROMPT, made.prompt),
        (words.READ, _read(made)),
        (words.TOOK, f"{seconds:.2f} s" if seconds else None),
        (words.INDEX, made.index),
    ]
    listed = "".join(f"<dt>{name}</dt><dd>{isolated(said)}</dd>" for name, said in rows if said)
    return f'<details class="fn-made"><summary>{words.HOW}</summary><dl>{listed}</dl></details>'


def _read(made: Receipt) -> str | None:
    if not made.passages:
        return None
    tokens = f", {made.tokens:,} tokens" if made.tokens else ""
    return f"{len(made.passages):,} of {made.searched:,} passages{tokens}"


def _tells(line: str, answer: Answer) -> bool:
    """Whether a notice is the one line on a conflict."""
    return any(all(value.text in line for value in each.values) for each in answer.conflicts)


def _documents(claim: Claim, citations: Mapping[int, Citation]) -> tuple[str, ...]:
    return tuple(sorted({citations[number].document for number in claim.citations}))


def _source(citation: Citation) -> str:
    dated = f' <span class="fn-date">· {text(citation.date)}</span>' if citation.date else ""
    return (
        f"<cite>{isolated(citation.title)}</cite> "
        f'<span class="fn-file">{isolated(citation.source)}{dated}</span>'
    )


def _claim(claim: Claim, citations: Mapping[int, Citation]) -> str:
    """A sentence with its marks, and what checking it found, if it isn't a quote."""
    marks = "".join(_mark(citations[number]) for number in claim.citations)
    said = f"<bdi>{_stressed(claim)}</bdi>"
    if claim.verdict == "unsupported":
        said = f"<s>{said}</s>"
    if any(claim.text == citations[number].quote for number in claim.citations):
        return said + marks
    return said + marks + _verdict(claim)


def _verdict(claim: Claim) -> str:
    """A quiet sign; in words for those who don't see it, and for all where it isn't support."""
    sign = f'<span aria-hidden="true">{_SIGNS[claim.verdict]}</span>'
    name = _VERDICTS[claim.verdict]
    if claim.verdict == "supported":
        said = f'<span class="fn-hidden">{name}</span>'
        return f' <span class="fn-verdict" title="{name}">{sign}{said}</span>'
    why = f"{name}: {claim.reason}" if claim.reason else name
    return f' <span class="fn-verdict fn-doubt">{sign} {text(why)}</span>'


def _stressed(claim: Claim) -> str:
    """The claim's words, the exact answer among them stressed."""
    parts, at = [], 0
    for start, end in claim.marks:
        parts += [text(claim.text[at:start]), f"<strong>{text(claim.text[start:end])}</strong>"]
        at = end
    return "".join([*parts, text(claim.text[at:])])


def _mark(citation: Citation) -> str:
    """The number that opens the source; its quote shows beside it when pointed at."""
    page = words.ON_PAGE.format(page=citation.page) if citation.page else ""
    label = words.CITES.format(number=citation.number, title=citation.title, page=page)
    where = " · ".join(filter(None, (citation.title, citation.date, citation.place)))
    more = f' data-quote="{attribute(citation.quote)}" data-where="{attribute(where)}"'
    return _link(citation.url, "fn-mark", str(citation.number), label, more)


def _sides(conflict: Conflict, citations: Mapping[int, Citation]) -> str:
    """What documents give different values for, side by side."""
    sides = "".join(
        f'<li><strong class="fn-value">{isolated(each.text)}</strong>{_mark(cited)} '
        f"<span>{_source(cited)}</span></li>"
        for each in conflict.values
        if (cited := citations.get(each.citation))
    )
    return f'<div class="fn-differ"><p>{words.DIFFER}</p><ul>{sides}</ul></div>'


def _searched(made: Receipt) -> str:
    """What was looked at in vain."""
    if not made.searched:
        return ""
    one = made.searched == 1
    said = words.SEARCHED_ONE if one else words.SEARCHED.format(count=made.searched)
    return f'<p class="fn-searched">{said}</p>'


def _nearest(answer: Answer) -> str:
    """The passages that came nearest, closed, so that declining looks like an answer too."""
    items = []
    for passage in answer.passages[:NEAREST]:
        url = source_url(passage.document, passage.start, passage.end, passage.sha256)
        opened = _link(url, "fn-open", words.OPEN, words.AT_PASSAGE.format(title=passage.title))
        items.append(
            f'<li><span class="fn-file">{isolated(passage.source)}</span> {opened}'
            f'<p dir="auto">{text(passage.text)}</p></li>'
        )
    if not items:
        return ""
    return (
        f'<details class="fn-nearest"><summary>{words.NEAREST} ({len(items)})</summary>'
        f"<ol>{''.join(items)}</ol></details>"
    )


def _since(changed: Sequence[Changed]) -> str:
    """What of a link's sources isn't as the link has it."""
    if not changed:
        return ""
    items = "".join(
        f"<li>{_named(each)}<p>{words.CHANGED[each.kind]}</p>{_difference(each)}</li>"
        for each in changed
    )
    return f'<div class="fn-changed" role="note"><p>{words.CHANGED_SINCE}</p><ul>{items}</ul></div>'


def _named(changed: Changed) -> str:
    """The document that there is; what a link says of one that is gone may be made up."""
    if changed.kind == "gone":
        return ""
    return (
        f'<p class="fn-frame"><cite>{isolated(changed.title)}</cite> '
        f'<span class="fn-file">{isolated(changed.source)}</span></p>'
    )


def _difference(changed: Changed) -> str:
    if changed.kind != "changed":
        return ""
    said = f'<p dir="auto">{words.WAS}: {_pieces(changed.difference) or text(changed.before)}</p>'
    return said + (f'<p dir="auto">{words.IS}: {isolated(changed.now)}</p>' if changed.now else "")


def _pieces(pieces: Sequence[Piece]) -> str:
    return "".join(_PIECES[each.kind].format(text(each.text)) for each in pieces)


def _link(url: str, kind: str, said: str, label: str, more: str = "") -> str:
    return (
        f'<a class="{kind}" href="{attribute(url)}" target="fn-source" '
        f'aria-label="{attribute(label)}"{more}>{text(said)}</a>'
    )
