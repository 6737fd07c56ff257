"""The default answerer: picks the sentences that answer a question, and says nothing else.

A logistic regression on the features of each sentence gives the chance that it answers; two more,
on those of the best and of all, the chance that any does, and that the documents speak of the
matter at all. `evals/fit.py` fits them, on questions about documents that aren't in here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index import Passage, Sentence
from index.types import Span
from qa.conflicts import FEATURES, differing
from qa.contrast import Dates
from qa.features import LEANS, NAMES, OVERALL, Candidate, candidates, overall, stems
from qa.kinds import kind_of, spans
from qa.marks import marks
from qa.premise import contradicting
from qa.read import Reading
from qa.reread import OVERALL_READ, READ, overall_read, with_readings
from qa.types import Quote
from qa.weights import fitted

# A sentence is said too if it is this likely, as a share of the likeliest one's chance; and where
# several things are asked for, a likelier share of those.
ALSO, ALSO_OF_SEVERAL = 0.5, 0.25
# What an answer holds at most, unless a single sentence is longer.
WORDS = 60

# Characters that stand between a sentence and the one before, at most.
_GAP = 4
# Characters within which a headline and a dateline stand.
_HEAD = 300
_ENDS = re.compile(r"[.!?…。！？]\W*$")
_NUMBERING = re.compile(r"^\W*\d{1,3}[.)]\s")
_AGE = re.compile(r"\b(aged?|born|years?[ -]old|birthday)\b", re.IGNORECASE)
_ASKS_AGE = re.compile(r"\bhow old\b")
_ASKS_COUNT = re.compile(r"\bhow many \w")


@dataclass(frozen=True, slots=True)
class Picked:
    """The sentences that answer best, in reading order; `answers` is the chance that they do,
    `on_topic` that the documents speak of what is asked.

    `differing` are those among them that give different values for the same thing, the likeliest
    first, the value marked. `instead` says something else than the question takes for granted.
    """

    quotes: tuple[Quote, ...]
    answers: float
    on_topic: float
    differing: tuple[Quote, ...] = ()
    instead: Quote | None = None


def pick(
    question: str,
    passages: Sequence[Passage],
    among: int,
    most: int,
    dates: Dates | None = None,
    readings: Sequence[Reading] = (),
) -> Picked:
    """At most `most` sentences, or one of each document where those differ.

    `among` is how many chunks the passages were searched from; `dates` when their documents were
    published, as far as that is known; `readings` what was read in the first passages.
    """
    likely, row = by_chance(question, passages, among, readings)
    if not row:
        return Picked((), 0.0, 0.0)
    read, names = (" read", OVERALL_READ) if readings else ("", OVERALL)
    could = _could_answer(question)
    ranked = [
        _quote(each, chance, *filter(None, [each.exact])) for each, chance in likely if could(each)
    ]
    picked = chosen(question, ranked, passages, most)
    # Only in the likeliest: the others are said beside it.
    picked = [
        replace(each, marks=() if place else each.marks or marks(question, each.sentence.text))
        for place, each in enumerate(picked)
    ]
    differ = [
        _quote(each.candidate, each.chance, *each.marks)
        for each in differing(question, _unread(likely), dates or {}, conflict_chance)
    ]
    said = differ or picked
    other = contradicting(question, likely, passages)
    order = {id(each): place for place, each in enumerate(passages)}
    return Picked(
        quotes=tuple(sorted(said, key=lambda q: (order[id(q.passage)], q.sentence.start))),
        answers=fitted(f"answers{read}", names, row) if said else 0.0,
        on_topic=fitted(f"on_topic{read}", names, row),
        differing=tuple(differ),
        instead=_quote(other[0], 1.0, (other[1].start, other[1].end)) if other else None,
    )


def by_chance(
    question: str, passages: Sequence[Passage], among: int, readings: Sequence[Reading] = ()
) -> tuple[list[tuple[Candidate, float]], tuple[float, ...]]:
    """The sentences that could be quoted with their chance to answer, the likeliest first, and
    what tells whether any of them does, in the order of OVERALL, or OVERALL_READ if they were read;
    nothing if there are none."""
    found = candidates(question, passages, among)
    if readings:
        found = with_readings(found, passages, readings)
    if not found:
        return [], ()
    chances = sentence_chances(found)
    likely = sorted(
        (
            (each, chance)
            for each, chance in zip(found, chances, strict=True)
            if not is_head(each) and not _is_label(question, each.sentence)
        ),
        key=lambda each: -each[1],
    )
    return likely, (overall_read if readings else overall)(found, chances)


def _unread(likely: Sequence[tuple[Candidate, float]]) -> list[tuple[Candidate, float]]:
    """The same sentences by their chance without reading: conflicts were learned from that."""
    again = [(each, each.unread if each.read else chance) for each, chance in likely]
    return sorted(again, key=lambda each: -each[1])


def _quote(candidate: Candidate, chance: float, *exact: Span) -> Quote:
    return Quote(candidate.passage, candidate.sentence, round(chance, 6), exact)


def sentence_chances(found: Sequence[Candidate]) -> list[float]:
    """The chance that each sentence answers, 0 to 1, by what was read in it, if it was read."""
    return [
        fitted("sentence read", READ, each.read)
        if each.read
        else fitted("sentence", NAMES, each.row)
        for each in found
    ]


def conflict_chance(row: Sequence[float]) -> float:
    """How likely two statements are a conflict, 0 to 1, by what `qa.conflicts` looks at."""
    return fitted("conflict", FEATURES, row)


def chosen(
    question: str, ranked: Sequence[Quote], passages: Sequence[Passage], most: int
) -> list[Quote]:
    """The likeliest, what it leans on, and what is likely enough beside it, in so many words."""
    if not ranked:
        return []
    leans = LEANS.match(ranked[0].sentence.text) or _in_speech(ranked[0])
    before = _before(ranked[0], passages) if leans else None
    several = kind_of(question) in ("list", "reason", "comparison")
    enough = ranked[0].probability * (ALSO_OF_SEVERAL if several else ALSO)
    taken, words = [ranked[0]], len(ranked[0].sentence.text.split())
    for quote in [before, *ranked[1:]] if before else ranked[1:]:
        words += len(quote.sentence.text.split())
        likely = quote is before or quote.probability >= enough
        if len(taken) == most or not likely or words > WORDS:
            break
        if all(stems(quote.sentence.text) != stems(each.sentence.text) for each in taken):
            taken.append(quote)
    return taken


def _in_speech(quote: Quote) -> bool:
    """Whether it goes on with what somebody says, so that who says it stands before."""
    spoken = quote.passage.text[: quote.sentence.start - quote.passage.start]
    spoken = spoken.rpartition("\n\n")[2]
    return spoken.count("“") > spoken.count("”") or spoken.count('"') % 2 == 1


def _before(quote: Quote, passages: Sequence[Passage]) -> Quote | None:
    """The sentence before: "It comes to 196 million" doesn't say what does.

    A passage's first sentence has it in another passage of the document, if in any.
    """
    start = quote.sentence.start
    for passage in [quote.passage, *passages]:
        if passage.document == quote.passage.document:
            for sentence in passage.sentences:
                if 0 <= start - sentence.end <= _GAP:
                    return replace(quote, passage=passage, sentence=sentence)
    return None


def _could_answer(question: str) -> Callable[[Candidate], bool]:
    """Whether a sentence gives the kind of figure asked for: an age, or a number of those things.

    The thing counted stood in 11 of 12 sentences that answered such a question when looked at.
    """
    asked = question.lower()
    if _ASKS_AGE.search(asked):
        return lambda each: bool(_AGE.search(each.sentence.text))
    if _ASKS_COUNT.search(asked):
        counted = NAMES.index("counted thing")
        return lambda each: each.row[counted] >= 0 and any(spans("number", each.sentence.text))
    return lambda _: True


def is_head(each: Candidate) -> bool:
    """Whether it is the headline or dateline of a report, whose sentences come after it."""
    if each.passage.start > _HEAD or _ENDS.search(each.sentence.text):
        return False
    after = [s for s in each.passage.sentences if _ENDS.search(s.text) and len(s.text.split()) > 4]
    return bool(after) and each.sentence.start < after[0].start


def _is_label(question: str, sentence: Sentence) -> bool:
    """Whether it is a line like "4. Next meeting", which says no more than the question does."""
    if _ENDS.search(sentence.text):
        return False
    return stems(_NUMBERING.sub("", sentence.text)) <= stems(question)
