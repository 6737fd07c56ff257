"""What the reader finds in passages: a new order of them, and more to judge their sentences by.

What was judged without reading stays: its odds are among what the regressions of reading look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index import Passage
from qa.features import NAMES, OVERALL, Candidate, log_odds, overall
from qa.read import Reader, Reading, readable
from qa.weights import fitted

# Passages that are read first, which are enough if one of them has more than so much log odds to
# answer.
FIRST, LIKELY = 4, -1.0
PASSAGE = ("score", "rank", "answers", "found", "answers below the best")
READ = (
    *("odds unread", "odds unread below the best", "answers", "answers below the best", "found"),
    *("here", "here and answers", "here and answers below the best"),
)
OVERALL_READ = (
    *("odds unread", "odds of the matter unread", "odds of the best", "odds above the next"),
    *("best: answers", "best: found", "best: here"),
    *("most answers", "most found", "most here and answers"),
)


def reread(
    question: str, passages: Sequence[Passage], reader: Reader, most: int
) -> tuple[list[Passage], list[Reading]]:
    """Those that were read, at most so many, in the order of how likely they answer, and the rest
    as they were; and what was read, in that new order."""
    return ranked(passages, read_enough(question, passages[:most], reader))


def read_enough(question: str, passages: Sequence[Passage], reader: Reader) -> list[Reading]:
    """What the first passages say, and the others only where none of those is likely to answer;
    nothing of a question that the reader can't read."""
    if not readable(question):
        return []
    readings = reader.read(question, passages[:FIRST])
    if all(each.answers <= LIKELY for each in readings):
        readings += reader.read(question, passages[FIRST:])
    return readings


def ranked(
    passages: Sequence[Passage], readings: Sequence[Reading]
) -> tuple[list[Passage], list[Reading]]:
    """As `reread`, by what was read in the first passages."""
    some = list(passages[: len(readings)])
    chance = [fitted("passage read", PASSAGE, row) for row in passage_rows(some, readings)]
    order = sorted(range(len(some)), key=lambda place: -chance[place])
    best_first = [some[place] for place in order]
    return [*best_first, *passages[len(some) :]], [readings[place] for place in order]


def passage_rows(
    passages: Sequence[Passage], readings: Sequence[Reading]
) -> list[tuple[float, ...]]:
    """The features of each passage, in the order of PASSAGE."""
    best = max((each.score for each in passages), default=0.0) or 1.0
    most = max((each.answers for each in readings), default=0.0)
    return [
        (passage.score / best, 1 / (1 + rank), read.answers, read.found, read.answers - most)
        for rank, (passage, read) in enumerate(zip(passages, readings, strict=True))
    ]


def with_readings(
    found: Sequence[Candidate], passages: Sequence[Passage], readings: Sequence[Reading]
) -> list[Candidate]:
    """The candidates whose passages were read, with what was `read`, in the order of READ."""
    read = {id(passage): each for passage, each in zip(passages, readings, strict=False)}
    some = [each for each in found if id(each.passage) in read]
    mine = [read[id(each.passage)] for each in some]
    places = [each.passage.sentences.index(each.sentence) for each in some]
    unread = [fitted("sentence", NAMES, each.row) for each in some]
    odds = [log_odds(each) for each in unread]
    here = [each.places[place] for each, place in zip(mine, places, strict=True)]
    both = [each.answers + there for each, there in zip(mine, here, strict=True)]
    most = max((each.answers for each in mine), default=0.0)
    likeliest, fullest = max(odds, default=0.0), max(both, default=0.0)
    return [
        replace(
            each,
            exact=reading.exact[place],
            unread=chance,
            read=(
                *(odd, odd - likeliest),
                *(reading.answers, reading.answers - most, reading.found),
                *(there, joint, joint - fullest),
            ),
        )
        for each, reading, place, chance, odd, there, joint in zip(
            some, mine, places, unread, odds, here, both, strict=True
        )
    ]


def overall_read(found: Sequence[Candidate], chances: Sequence[float]) -> tuple[float, ...]:
    """What tells whether any of them answers, in the order of OVERALL_READ, by the chance of each
    after reading."""
    unread = overall(found, [each.unread for each in found])
    odds = sorted((log_odds(each) for each in chances), reverse=True)
    best = max(zip(chances, (each.read for each in found), strict=True))[1]
    columns = {name: [each.read[place] for each in found] for place, name in enumerate(READ)}
    return (
        log_odds(fitted("answers", OVERALL, unread)),
        log_odds(fitted("on_topic", OVERALL, unread)),
        odds[0],
        odds[0] - (odds[1] if len(odds) > 1 else log_odds(0.0)),
        *(best[READ.index(name)] for name in ("answers", "found", "here")),
        *(max(columns[name]) for name in ("answers", "found", "here and answers")),
    )
