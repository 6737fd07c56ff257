"""Picked sentences become claims with citations, each compared with the document once more.

A quote is shown only if it equals the document's text at its offsets; anything else is dropped,
and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index import Document, Passage
from qa.types import Citation, Claim, Quote

# The documents by id, as they stand now.
Documents = dict[str, Document]


def cite(quotes: Sequence[Quote], documents: Documents) -> tuple[list[Claim], list[Citation], int]:
    """Claims, their citations numbered from 1, and how many quotes were dropped."""
    claims: list[Claim] = []
    citations: list[Citation] = []
    for quote in quotes:
        sentence, passage = quote.sentence, quote.passage
        document = documents.get(passage.document)
        if document is None or not stands(document, sentence.start, sentence.end, sentence.text):
            continue
        number = len(citations) + 1
        citations.append(
            Citation(
                number=number,
                document=document.id,
                source=document.source,
                title=document.title,
                date=document.date,
                heading=document.heading_at(sentence.start),
                page=document.page_at(sentence.start),
                start=sentence.start,
                end=sentence.end,
                quote=sentence.text,
                sha256=document.sha256,
            )
        )
        claims.append(Claim(text=sentence.text, citations=(number,), marks=quote.marks))
    return claims, citations, len(quotes) - len(claims)


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
