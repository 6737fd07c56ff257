"""The default answerer: picks the sentences that answer a question, and says nothing else.

Each sentence of the passages gets the probability that it answers, by a logistic regression on
nine features, fitted by `evals/fit.py` on questions about documents that aren't in this repository.
Below a threshold nothing is quoted. A question for a count or an age is answered only by a
sentence that counts that thing, or gives an age.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cache

import Stemmer

from index import Passage, Sentence, content_words
from qa.types import Quote

# The passages whose sentences are considered, best first.
CONSIDERED = 5
# What is as near to the best sentence as this, by probability, is said too.
NEARLY_AS_GOOD = 0.8

# Feature weights and intercept, by evals/fit.py; the features are described at `features`.
WEIGHTS = (8.48, -3.98, 4.41, -0.09, 0.44, 1.49, 2.16, -0.21, -0.16)
INTERCEPT = -9.14

_NUMBER = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|"
    r"fifty|hundreds?|thousands?|millions?|billions?|dozens?|scores|half|third|quarter|single)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(1\d{3}|20\d{2}|January|February|March|April|May|June|July|August|September|October|"
    r"November|December|(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|century|centuries|decades?|"
    r"years?|months?|weeks?|days?|today|yesterday|tomorrow)\b"
)
_NAME = re.compile(r"(?<=\S\s)[A-Z][\w'’-]+")
_ENDS = re.compile(r"[.!?…。！？]\W*$")
_NUMBERING = re.compile(r"^\W*\d{1,3}[.)]\s")
_AGE = re.compile(r"\b(aged?|born|years?[ -]old|birthday)\b", re.IGNORECASE)

_ASKS_DATE = re.compile(
    r"\b(when|since when|how long ago|(what|which) (year|date|day|month|time|decade|century))\b"
)
_ASKS_NUMBER = re.compile(
    r"\b(how (many|much|long|old|large|big|far|tall|often|high|deep|fast|wide|heavy)"
    r"|what (number|percent|percentage|amount|proportion|share))\b"
)
_ASKS_NAME = re.compile(
    r"\b(who|whom|whose|where|(which|what) (person|country|city|company|team|state|nation|place))\b"
)
_ASKS_AGE = re.compile(r"\bhow old\b")
_ASKS_COUNT = re.compile(
    r"\bhow many ((?:(?!(?:have|has|had|did|do|does|are|were|is|was|will|would|can|could|should|may"
    r"|might|must|to|of|in|on|at|for|from|by|with|that|which|who)\b)[\w'’-]+ ?)+)"
)


def quotes(
    question: str, passages: Sequence[Passage], among: int, most: int, refuse_below: float
) -> list[Quote]:
    """The sentences that answer, at most `most`, in reading order; none when it is better to
    decline. `among` is how many chunks the passages were searched from."""
    ranked = rank(question, passages, among)
    if not ranked or ranked[0].probability < refuse_below:
        return []
    enough = max(refuse_below, NEARLY_AS_GOOD * ranked[0].probability)
    chosen = [each for each in ranked[:most] if each.probability >= enough]
    order = {id(each): place for place, each in enumerate(passages)}
    return sorted(chosen, key=lambda each: (order[id(each.passage)], each.sentence.start))


def rank(question: str, passages: Sequence[Passage], among: int) -> list[Quote]:
    """Every sentence that could be an answer, likeliest first."""
    candidates, rows = features(question, passages, among)
    could = _could_answer(question)
    ranked = [
        Quote(passage, sentence, _probability(row))
        for (passage, sentence), row in zip(candidates, rows, strict=True)
        if could(passage, sentence) and not _is_label(question, sentence)
    ]
    return sorted(ranked, key=lambda each: -each.probability)


def features(
    question: str, passages: Sequence[Passage], among: int
) -> tuple[list[tuple[Passage, Sentence]], list[tuple[float, ...]]]:
    """The sentences of the best passages, once each, and nine features of each:

    the question's cosine to the sentence, and to its passage; the share of the question's words in
    the sentence, and in it with its headings and the sentence before (words weighted by how few of
    the sentences have them); 1 if a date, number or name is asked for and there, -1 if it is asked
    for and missing, else 0; the passage's score against the best passage's; one over its rank;
    the first feature times the third; the decimal logarithm of `among`, as the best of many chunks
    looks good by chance.
    """
    asked = stems(question)
    candidates: dict[tuple[str, int, int], tuple[Passage, int, Sentence, str]] = {}
    for rank_, passage in enumerate(passages[:CONSIDERED], start=1):
        before = ""
        for sentence in passage.sentences:
            key = (passage.document, sentence.start, sentence.end)
            candidates.setdefault(key, (passage, rank_, sentence, f"{passage.context} {before}"))
            before = sentence.text
    own = [stems(sentence.text) for _, _, sentence, _ in candidates.values()]
    weight = {
        stem: math.log(1 + len(own) / (0.5 + sum(stem in each for each in own))) for stem in asked
    }
    whole = sum(weight.values()) or 1.0
    best = max((passage.score for passage in passages), default=0.0) or 1.0
    pattern = _expected(question)
    rows: list[tuple[float, ...]] = []
    for (passage, rank_, sentence, around), words in zip(candidates.values(), own, strict=True):
        covered = sum(weight[stem] for stem in asked & words) / whole
        rows.append(
            (
                sentence.similarity,
                float(passage.why["similarity"]),
                covered,
                sum(weight[stem] for stem in asked & (words | stems(around))) / whole,
                0.0 if pattern is None else 1.0 if pattern.search(sentence.text) else -1.0,
                passage.score / best,
                1 / rank_,
                covered * sentence.similarity,
                math.log10(max(1, among)),
            )
        )
    return [(passage, sentence) for passage, _, sentence, _ in candidates.values()], rows


def stems(text: str) -> frozenset[str]:
    """The stems of a text's words, without stop words."""
    return frozenset(_stemmer().stemWords(content_words(text)))


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


def _probability(row: Sequence[float]) -> float:
    """The logistic function of the weighted features."""
    score = INTERCEPT + sum(w * x for w, x in zip(WEIGHTS, row, strict=True))
    return 1 / (1 + math.exp(-score))


def _expected(question: str) -> re.Pattern[str] | None:
    """What kind of words the question asks for, as a pattern; None if it could be anything."""
    asked = question.lower()
    if _ASKS_DATE.search(asked):
        return _DATE
    if _ASKS_NUMBER.search(asked):
        return _NUMBER
    return _NAME if _ASKS_NAME.search(asked) else None


def _could_answer(question: str) -> Callable[[Passage, Sentence], bool]:
    """Whether a sentence gives the kind of figure asked for: an age, or a number of those things.

    The thing counted stood in 11 of 12 sentences that answered such a question when looked at.
    """
    asked = question.lower()
    if _ASKS_AGE.search(asked):
        return lambda _, sentence: bool(_AGE.search(sentence.text))
    if counted := _ASKS_COUNT.search(asked):
        # The noun comes last, or before a verb: "soldiers", "private attempts", "people live".
        things = set(_stemmer().stemWords(counted[1].split()[-2:]))
        return lambda passage, sentence: bool(
            _NUMBER.search(sentence.text) and things & stems(f"{passage.context} {sentence.text}")
        )
    return lambda _passage, _sentence: True


def _is_label(question: str, sentence: Sentence) -> bool:
    """Whether it is a line like "4. Next meeting", which says no more than the question does."""
    if _ENDS.search(sentence.text):
        return False
    return stems(_NUMBERING.sub("", sentence.text)) <= stems(question)
