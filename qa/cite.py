"""Picked sentences become claims with citations, each compared with the document once more.

A quote is shown only if it equals the document's text at its offsets; anything else is dropped,
and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index import Document, Passage
from qa.types import Citation, Claim, Conflict, Quote, Stated

# The documents by id, as they stand now.
Documents = dict[str, Document]


def cite(quotes: Sequence[Quote], documents: Documents) -> tuple[list[Claim], list[Citation], int]:
    """Claims, their citations numbered from 1, and how many quotes were dropped."""
    claims: list[Claim] = []
    citations: list[Citation] = []
    for quote in quotes:
        sentence, passage = quote.sentence, quote.passage
        document = documents.get(passage.document)
        number = len(citations) + 1
        made = citation(document, number, sentence.start, sentence.end, sentence.text)
        if made:
            citations.append(made)
            claims.append(Claim(text=sentence.text, citations=(number,), marks=quote.marks))
    return claims, citations, len(quotes) - len(claims)


def citation(
    document: Document | None, number: int, start: int, end: int, text: str
) -> Citation | None:
    """The citation of these words, if they are what the document says there."""
    if document is None or not stands(document, start, end, text):
        return None
    return Citation(
        number=number,
        document=document.id,
        source=document.source,
        title=document.title,
        date=document.date,
        heading=document.heading_at(start),
        page=document.page_at(start),
        start=start,
        end=end,
        quote=text,
        sha256=document.sha256,
    )


def conflicting(
    question: str, quotes: Sequence[Quote], claims: Sequence[Claim], citations: Sequence[Citation]
) -> tuple[Conflict, ...]:
    """The conflict between these quotes, by what of them is cited; none if fewer than two are."""
    differing = {(each.passage.document, each.sentence.start) for each in quotes}
    values = tuple(
        Stated(claim.text[slice(*claim.marks[0])] if claim.marks else claim.text, citation.number)
        for claim, citation in zip(claims, citations, strict=True)
        if (citation.document, citation.start) in differing
    )
    return (Conflict(question, values),) if len(values) > 1 else ()


def listed(conflict: Conflict, citations: Sequence[Citation]) -> str:
    """The values with who gives them and when: “23” (Harbour Post, 14 March 2024) [1]; …"""
    by_number = {each.number: each for each in citations}
    return "; ".join(
        f"“{value.text}” ({by_number[value.citation].dated}) [{value.citation}]"
        for value in conflict.values
    )


def standing(passages: Iterable[Passage], documents: Documents) -> list[Passage]:
    """The passages whose text is the document's at their offsets."""
    return [
        passage
        for passage in passages
        if (document := documents.get(passage.document))
        and stands(document, passage.start, passage.end, passage.text)
    ]


def stands(document: Document, start: int, end: int, text: str) -> bool:
    """Whether this is, character for character, what the document says there."""
    return 0 <= start < end <= len(document.text) and document.text[start:end] == text
