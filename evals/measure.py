"""The numbers, as pure functions: of answers (SQuAD 2.0), of citations (ALCE), of rankings.

Every function takes one question's data and gives 0 to 1.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

# Whether the quotes together support the claim.
Supports = Callable[[str, Sequence[str]], bool]

_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_MARKS = {".": "·", ",": "·", ":": "·"}
_DROPPED = frozenset(string.punctuation)
# Scripts that put no blanks between words: there a gold answer may stand anywhere.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def normalised(text: str) -> str:
    """SQuAD's way: lower case, without ASCII punctuation, articles and more than single blanks."""
    lower = "".join(char for char in text.lower() if char not in _DROPPED)
    return " ".join(_ARTICLES.sub(" ", lower).split())


def answer_recall(answers: Sequence[str], claims: Sequence[str]) -> float:
    """1 if a gold answer stands, as whole words, in one of the claims."""
    said = [f" {normalised(_with_numbers(claim))} " for claim in claims]
    golds = [normalised(_with_numbers(answer)) for answer in answers]
    return float(
        any(
            (gold if _UNSPACED.search(gold) else f" {gold} ") in claim
            for gold in golds
            if gold
            for claim in said
        )
    )


def _with_numbers(text: str) -> str:
    """Punctuation inside numbers is kept from normalising: 1.5 isn't 15, nor 18-19 1819."""
    whole = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return re.sub(r"(?<=\d)[.,:/–-](?=\d)", lambda mark: _MARKS.get(mark[0], "–"), whole)


def f1(answers: Sequence[str], said: str) -> float:
    """Token F1 of the best gold answer; no gold answers means that nothing should be said.

    SQuAD 2.0's definition (Rajpurkar et al. 2018): where either is empty, 1 if both are.
    """
    return max(_f1(normalised(gold).split(), normalised(said).split()) for gold in _golds(answers))


def exact_match(answers: Sequence[str], said: str) -> float:
    """1 if a gold answer and what is said are equal when normalised (SQuAD 2.0)."""
    return float(any(normalised(gold) == normalised(said) for gold in _golds(answers)))


def _golds(answers: Sequence[str]) -> list[str]:
    # As in SQuAD's script: gold answers that normalise to nothing aren't any.
    return [each for each in answers if normalised(each)] or [""]


def _f1(gold: list[str], said: list[str]) -> float:
    if not gold or not said:
        return float(gold == said)
    common = sum((Counter(gold) & Counter(said)).values())
    if not common:
        return 0.0
    precision, recall = common / len(said), common / len(gold)
    return 2 * precision * recall / (precision + recall)


def citation_recall(claims: Sequence[tuple[str, Sequence[str]]], supports: Supports) -> float:
    """Share of claims that the quotes they cite support together (ALCE, Gao et al. 2023)."""
    return sum(bool(quotes) and supports(claim, quotes) for claim, quotes in claims) / len(claims)


def citation_precision(claims: Sequence[tuple[str, Sequence[str]]], supports: Supports) -> float:
    """Share of citations that are needed (ALCE): of a claim that its quotes support together, those
    that support it alone or without which the others don't. 0 where nothing is cited."""
    needed = total = 0
    for claim, quotes in claims:
        total += len(quotes)
        if not quotes or not supports(claim, quotes):
            continue
        for number, quote in enumerate(quotes):
            others = [*quotes[:number], *quotes[number + 1 :]]
            needed += supports(claim, [quote]) or not supports(claim, others)
    return needed / total if total else 0.0


def ranking(relevant: Sequence[bool], there: int) -> dict[str, float]:
    """MRR@10 and nDCG@10 by trec_eval, through ir-measures.

    Which passages are relevant, best first, and how many relevant ones there are at most.
    """
    from ir_measures import RR, Qrel, ScoredDoc, iter_calc, nDCG

    # trec_eval orders by score.
    run = [ScoredDoc("q", f"found {rank}", -rank) for rank in range(len(relevant))]
    qrels = [Qrel("q", f"found {rank}", int(each)) for rank, each in enumerate(relevant)]
    qrels += [Qrel("q", f"lost {number}", 1) for number in range(there - sum(relevant))]
    if not any(relevant):
        return {"mrr@10": 0.0, "ndcg@10": 0.0}
    names = {RR @ 10: "mrr@10", nDCG @ 10: "ndcg@10"}
    return {names[each.measure]: each.value for each in iter_calc(list(names), qrels, run)}
