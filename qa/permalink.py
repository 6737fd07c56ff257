"""An answer as text for a link: what it said and cited, so that it opens again; nothing is stored.

The text is compact JSON, deflated, in base64 for addresses, with a prefix that says which kind it
is. Whoever has a link can change it, so what is read from one is only ever looked up again, by
`qa.reopen`.
"""

from __future__ import annotations

import binascii
import json
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, get_args

from index.types import Span
from qa.errors import UnfitLink, UnfitQuestion
from qa.question import fit
from qa.types import Answer, Citation, Claim, Reason

PREFIX = "a1."
# What a link may hold: characters of it, bytes once inflated, claims, citations, marks and
# citations of a claim, and characters of a claim that no quote says, of a quote, of all quotes.
LONGEST, INFLATED = 100_000, 400_000
CLAIMS, CITATIONS, OF_CLAIM = 60, 90, 10
WRITTEN, QUOTED, QUOTED_TOGETHER = 1_000, 10_000, 60_000
_NAMED, _FARTHEST = 2_000, 10**9
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BROKEN = "the link isn't whole, or isn't one of Footnote's; copy it again from the answer"


@dataclass(frozen=True, slots=True)
class KeptCitation:
    """Words that an answer cited: where they stood in which document, with what SHA-256."""

    document: str
    source: str
    title: str
    start: int
    end: int
    sha256: str
    quote: str


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """A sentence of an answer; `citations` count from 1 in the citations of the link."""

    text: str
    marks: tuple[Span, ...]
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a link holds of an answer; none of it is known to be true."""

    question: str
    abstained: Reason | None
    claims: tuple[KeptClaim, ...]
    citations: tuple[KeptCitation, ...]


def keep(answer: Answer) -> Kept:
    """What of an answer goes into its link."""
    numbers = {each.number: place for place, each in enumerate(answer.citations, start=1)}
    return Kept(
        question=answer.question,
        abstained=answer.abstained.kind if answer.abstained else None,
        claims=tuple(_kept_claim(each, numbers) for each in answer.claims if each.citations),
        citations=tuple(_kept_citation(each) for each in answer.citations),
    )


def pack(answer: Answer) -> str:
    """The answer as text for a link, of characters that any address may hold.

    Raises UnfitLink if there is nothing in it to look up again, or too much for a link.
    """
    kept = keep(answer)
    if not kept.claims and not kept.abstained:
        raise UnfitLink("the answer rests on no document; there is nothing to link to")
    texts = [each.quote for each in kept.citations]
    row = [
        kept.question,
        kept.abstained,
        [
            [
                0 if each.text == texts[each.citations[0] - 1] else each.text,
                [list(mark) for mark in each.marks],
                list(each.citations),
            ]
            for each in kept.claims
        ],
        [
            [each.document, each.source, each.title, each.start, each.end, each.sha256, each.quote]
            for each in kept.citations
        ],
    ]
    try:
        content = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
        text = PREFIX + urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")
        if len(text) <= LONGEST and unpack(text) == kept:
            return text
    except (UnicodeEncodeError, UnfitLink):
        pass
    raise UnfitLink("the answer is too long for a link; ask for less at a time")


def unpack(text: str) -> Kept:
    """What a link holds; raises UnfitLink for whatever isn't one, whatever its characters."""
    try:
        content = _content(text)
    except (ValueError, RecursionError, zlib.error):
        # From None: what was sent may be anything, and isn't repeated.
        raise UnfitLink(_BROKEN) from None
    return unpacked(content)


def unpacked(content: Any) -> Kept:
    """The same of its content: question, abstention, claims and citations, as lists."""
    try:
        question, abstained, claims, citations = _list(content, 4)
        cited = tuple(_citation(each) for each in _list(citations, None, CITATIONS))
        if sum(len(each.quote) for each in cited) > QUOTED_TOGETHER:
            raise ValueError
        # Only where the documents say something else is there anything to say.
        says = abstained in (None, "said_differently")
        if abstained not in (None, *get_args(Reason)) or says != bool(claims):
            raise ValueError
        return Kept(
            question=fit(_text(question, _NAMED)),
            abstained=abstained,
            claims=tuple(_claim(each, cited) for each in _list(claims, None, CLAIMS)),
            citations=cited,
        )
    except (ValueError, TypeError, UnfitQuestion):
        raise UnfitLink(_BROKEN) from None


def _content(text: str) -> Any:
    if not text.startswith(PREFIX) or len(text) > LONGEST:
        raise ValueError
    coded = text.removeprefix(PREFIX)
    if not re.fullmatch(r"[A-Za-z0-9_-]*", coded):
        raise ValueError
    try:
        packed = urlsafe_b64decode(coded + "=" * (-len(coded) % 4))
    except binascii.Error:
        raise ValueError from None
    inflating = zlib.decompressobj()
    content = inflating.decompress(packed, INFLATED)
    if not inflating.eof or inflating.unused_data:
        raise ValueError
    return json.loads(content.decode())


def _claim(value: Any, cited: tuple[KeptCitation, ...]) -> KeptClaim:
    said, marks, numbers = _list(value, 3)
    places = tuple(_number(each, 1, len(cited)) for each in _list(numbers, None, OF_CLAIM))
    if not places or len(set(places)) < len(places):
        raise ValueError
    quote = cited[places[0] - 1].quote
    text = quote if type(said) is int and said == 0 else _text(said, WRITTEN)
    spans: list[Span] = []
    for mark in _list(marks, None, OF_CLAIM):
        start, end = _list(mark, 2)
        start = _number(start, spans[-1][1] if spans else 0, len(text) - 1)
        spans.append((start, _number(end, start + 1, len(text))))
    return KeptClaim(text, tuple(spans), places)


def _citation(value: Any) -> KeptCitation:
    document, source, title, start, end, sha256, quote = _list(value, 7)
    start = _number(start, 0, _FARTHEST)
    words = _text(quote, QUOTED)
    if _number(end, 1, _FARTHEST) != start + len(words) or not _SHA256.fullmatch(_text(sha256, 64)):
        raise ValueError
    return KeptCitation(
        document=_text(document, _NAMED),
        source=_text(source, _NAMED),
        title=_text(title, _NAMED),
        start=start,
        end=start + len(words),
        sha256=sha256,
        quote=words,
    )


def _list(value: Any, length: int | None, most: int = 0) -> list[Any]:
    if type(value) is not list or len(value) > (most or length or 0):
        raise ValueError
    if length is not None and len(value) != length:
        raise ValueError
    return value


def _text(value: Any, most: int) -> str:
    """Not empty, and no half of a surrogate pair in it, which `encode` refuses with ValueError."""
    if type(value) is not str or not 0 < len(value) <= most:
        raise ValueError
    value.encode()
    return value


def _number(value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ValueError
    return value


def _kept_claim(claim: Claim, numbers: dict[int, int]) -> KeptClaim:
    cited = tuple(numbers[each] for each in claim.citations)
    return KeptClaim(claim.text, claim.marks, cited)


def _kept_citation(each: Citation) -> KeptCitation:
    return KeptCitation(
        each.document, each.source, each.title, each.start, each.end, each.sha256, each.quote
    )
