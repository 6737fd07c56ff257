"""One answer against one gold question: its outcome, and the value of every measure it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evals import measure, spans
from evals.gold import Question
from evals.report import Cited, Outcome, Scored
from evals.spans import Place
from index import Document
from qa.types import Answer, Citation

# A passage counts with at most so many tokens, however long it is.
PASSAGE_TOKENS = 256
# The most passages that any measure looks at.
DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Ground:
    """What answers are held against.

    `document` gives one as indexed, by its id, or None; `evidence` is by question, each quote with
    all its places; `cut` gives how many characters of a text its first 256 tokens are; `may_read`
    says whether somebody in these groups may read a document.
    """

    document: Callable[[str], Document | None]
    evidence: Mapping[str, Sequence[Sequence[Place]]]
    cut: Callable[[str], int]
    may_read: Callable[[Sequence[str], str], bool]
    supports: measure.Supports


def score(gold: Question, answer: Answer, ground: Ground) -> Scored:
    """What the answer is worth, by every measure that applies to the question."""
    passages = _passages(answer, ground)
    cited = [Place(each.document, each.start, each.end) for each in answer.citations]
    evidence = ground.evidence[gold.id]
    said = [claim.text for claim in answer.claims]
    # Who declines without a word has not told anybody that the documents don't say.
    declined = bool(answer.abstained and answer.abstained.text.strip())
    values = _values(gold, answer, declined, said, evidence, passages, cited, ground)
    shown = {each.document for each in answer.passages} | {each.document for each in cited}
    return Scored(
        id=gold.id,
        question=gold.question,
        gold=gold.hash,
        tags=gold.tags,
        outcome=_outcome(gold, declined, bool(said), evidence, passages, cited, values),
        answer=" ".join(said) or (answer.abstained.text if answer.abstained else ""),
        abstained=answer.abstained.kind if answer.abstained else None,
        answers=gold.answers,
        evidence=tuple(
            Cited(each.source, places[0].start, places[0].end, each.quote)
            for each, places in zip(gold.evidence, evidence, strict=True)
        ),
        citations=tuple(
            Cited(each.source, each.start, each.end, each.quote) for each in answer.citations
        ),
        sources=tuple(dict.fromkeys(each.source for each in answer.passages)),
        values=values,
        invalid=_invalid(answer, ground),
        leaked=sum(not ground.may_read(gold.groups, document) for document in shown),
        seconds=dict(answer.receipt.seconds),
    )


def _passages(answer: Answer, ground: Ground) -> list[Place]:
    return [
        Place(each.document, each.start, each.start + ground.cut(each.text))
        for each in answer.passages[:DEEPEST]
    ]


def _values(
    gold: Question,
    answer: Answer,
    declined: bool,
    said: Sequence[str],
    evidence: Sequence[Sequence[Place]],
    passages: Sequence[Place],
    cited: Sequence[Place],
    ground: Ground,
) -> dict[str, float]:
    values: dict[str, float] = {}
    if evidence:
        values |= {f"recall@{k}": spans.recall(evidence, passages, k) for k in (1, 5, 10)}
        values |= measure.ranking(spans.relevance(evidence, passages), len(evidence))
    if gold.answerable:
        values["false_refusal"] = float(declined or not said)
        if evidence:
            precision, recall = spans.overlap(evidence, cited)
            values["evidence_recall"] = recall
            if cited:
                values["evidence_precision"] = precision
    else:
        values["negative_rejection"] = float(declined)
    if declined and not gold.answerable and gold.expect and answer.abstained:
        values["abstention_kind"] = float(answer.abstained.kind == gold.expect)
    if gold.answers or not gold.answerable:
        exact = "" if declined else _marked(answer) or " ".join(said)
        golds = gold.answers if gold.answerable else ()
        # Saying nothing, not even that it declines, is no right answer.
        is_answer = float(declined or bool(said))
        values["f1"] = is_answer * measure.f1(golds, exact)
        values["exact_match"] = is_answer * measure.exact_match(golds, exact)
    if gold.answers and gold.answerable:
        values["answer_recall"] = 0.0 if declined else measure.answer_recall(gold.answers, said)
    if said:
        values["answer_words"] = float(sum(len(each.split()) for each in said))
        quotes = {each.number: each.quote for each in answer.citations}
        claims = [(c.text, [quotes[n] for n in c.citations if n in quotes]) for c in answer.claims]
        values["citation_recall"] = measure.citation_recall(claims, ground.supports)
        values["citation_precision"] = measure.citation_precision(claims, ground.supports)
    return values


def _marked(answer: Answer) -> str:
    """The words that are marked as the exact answer, where there are any."""
    return " ".join(claim.text[start:end] for claim in answer.claims for start, end in claim.marks)


def _outcome(
    gold: Question,
    declined: bool,
    answered: bool,
    evidence: Sequence[Sequence[Place]],
    passages: Sequence[Place],
    cited: Sequence[Place],
    values: Mapping[str, float],
) -> Outcome:
    if not gold.answerable:
        return "declined_right" if declined else "wrong"
    if not any(spans.is_held(each, passages) for each in evidence):
        return "not_retrieved"
    if declined or not answered:
        return "declined_wrong"
    held = [spans.is_held(each, cited) for each in evidence]
    if gold.expect == "conflict":
        return "right" if all(held) else "not_answered"
    if gold.answers and not values["answer_recall"]:
        return "not_answered"
    if any(held):
        return "right"
    return "miscited" if gold.answers else "not_answered"


def _invalid(answer: Answer, ground: Ground) -> int:
    """Citations that aren't their document's, and marks that point to none."""
    numbers = {each.number for each in answer.citations}
    wrong = sum(not _stands(each, ground.document(each.document)) for each in answer.citations)
    return wrong + sum(each not in numbers for claim in answer.claims for each in claim.citations)


def _stands(citation: Citation, document: Document | None) -> bool:
    """Whether the quote is its document's text, byte for byte, at its offsets."""
    return (
        document is not None
        and 0 <= citation.start < citation.end <= len(document.text)
        and document.text[citation.start : citation.end] == citation.quote
        and (document.sha256, document.source, document.title)
        == (citation.sha256, citation.source, citation.title)
        and (document.date, document.page_at(citation.start)) == (citation.date, citation.page)
    )
