"""What is looked at to tell whether a sentence answers a question: numbers, cheap to compute.

Similarities come from the index; the rest is words: which of the question's are in the sentence,
around it, or nowhere in its passage, and whether the kind of words asked for is there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from index import Passage, Sentence, content_words
from index.types import Span
from index.words import stemmer
from qa.kinds import Kind, fits, kind_of, spans, wants

# The passages whose sentences are considered, best first.
CONSIDERED = 5

NAMES = (
    *(
        "similarity",
        "passage similarity",
        "similarity below the best",
        "words",
        "words below the best",
    ),
    *(
        "words with those around",
        "words of the passage",
        "words times similarity",
        "pairs of words",
    ),
    *(
        "names",
        "numbers",
        "rarest word missing",
        "kind is there",
        "kind is missing",
        "reason",
        "list",
    ),
    *("speech", "counted thing", "passage score", "rank", "first of its passage", "new words"),
    *("length", "leans", "asks", "chunks", "value fits", "value is missing"),
    *("words beyond the title",),
)
OVERALL = (
    *("odds of the best", "odds above the next", "odds of all"),
    *(f"best: {name}" for name in NAMES),
    *("most similar", "most words", "most words of a passage", "least missing", "nearest passage"),
)
_WORD = re.compile(r"\w+")
# Words that give a reason, and verbs of aims.
_REASON = re.compile(
    r"\b(because|since|due to|owing to|as a result|so that|in order to|caused|led to|reason"
    r"|after|therefore|thus|for fear|thanks to"
    r"|to (?:[a-z]+e|avoid|spare|stop|make|keep|help|pay|meet))\b",
    re.IGNORECASE,
)
_SPEECH = re.compile(
    r"[\"“”«»„]|\b(said|says|told|called|described|added|argued|warned|according)\b"
)
_ASKS_SPEECH = re.compile(
    r"\b(said?|says?|tell|told|describe[ds]?|called?|words|remark|quote|comment|opinion|think|argue"
    r"|claim|warn|explain|respond|reply|react)\w*\b",
    re.IGNORECASE,
)
LEANS = re.compile(
    r"^\W*(it|its|they|their|he|his|she|her|this|that|these|those|such|there|both|the two"
    r"|the former|the latter)\b",
    re.IGNORECASE,
)
_SPANS: dict[Kind, Kind] = {"date": "date", "name": "name"}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=\S\s)[A-ZÀ-ÖØ-Þ][\w'’-]+")
_ASKS_COUNT = re.compile(
    r"\bhow many ((?:(?!(?:have|has|had|did|do|does|are|were|is|was|will|would|can|could|should|may"
    r"|might|must|to|of|in|on|at|for|from|by|with|that|which|who)\b)[\w'’-]+ ?)+)"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that could be quoted, and its features in the order of NAMES.

    If it was read: what was found, in the order of `qa.reread.READ`, where the `exact` answer
    stands, if it stands there, and the chance that it answers, 0 to 1, as it was `unread`.
    """

    passage: Passage
    sentence: Sentence
    row: tuple[float, ...]
    read: tuple[float, ...] = ()
    exact: Span | None = None
    unread: float = 0.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a question is compared with sentences."""

    stems: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]
    names: frozenset[str]
    numbers: frozenset[str]
    kind: Kind
    wanted: frozenset[str]
    speech: bool
    counted: frozenset[str]


def candidates(question: str, passages: Sequence[Passage], among: int) -> list[Candidate]:
    """The sentences of the best passages, once each; `among` is how many chunks were searched."""
    asked = _asked(question)
    seen: dict[tuple[str, int, int], tuple[Passage, int, int]] = {}
    for rank, passage in enumerate(passages[:CONSIDERED]):
        for place, sentence in enumerate(passage.sentences):
            seen.setdefault(
                (passage.document, sentence.start, sentence.end), (passage, rank, place)
            )
    found = list(seen.values())
    used = {id(passage): passage for passage, _, _ in found}
    words = {key: [stems(s.text) for s in passage.sentences] for key, passage in used.items()}
    around = {key: stems(passage.context) for key, passage in used.items()}
    figures = {key: numbers(f"{each.context} {each.text}") for key, each in used.items()}
    wholes = {key: around[key].union(*each) for key, each in words.items()}
    own = [words[id(passage)][place] for passage, _, place in found]
    weight = {
        stem: math.log(1 + len(own) / (0.5 + sum(stem in each for each in own)))
        for stem in asked.stems
    }
    best = max((passage.score for passage in passages), default=0.0) or 1.0
    nearest = max((s.similarity for p, _, _ in found for s in p.sentences), default=0.0)
    fullest = max((_share(weight, each) for each in own), default=0.0)
    result = []
    for passage, rank, place in found:
        sentence, all_words = passage.sentences[place], words[id(passage)]
        mine = all_words[place]
        near = mine | around[id(passage)] | (all_words[place - 1] if place else frozenset())
        whole = wholes[id(passage)]
        covered = _share(weight, mine)
        missing = max((weight[each] for each in asked.stems if each not in whole), default=0.0)
        row = (
            sentence.similarity,
            float(passage.why["similarity"]),
            sentence.similarity - nearest,
            covered,
            covered - fullest,
            _share(weight, near),
            _share(weight, whole),
            covered * sentence.similarity,
            _pairs(asked, sentence.text),
            len(asked.names & (near)) / len(asked.names) if asked.names else 0.5,
            float(asked.numbers <= figures[id(passage)]),
            missing / max(weight.values(), default=1.0),
            *_kinds(asked, sentence.text),
            passage.score / best,
            1 / (1 + rank),
            float(place == 0),
            len(mine - set(asked.stems)) / len(mine) if mine else 0.0,
            math.log(1 + len(sentence.text.split())),
            float(bool(LEANS.match(sentence.text))),
            float(sentence.text.rstrip("\"'”’)").endswith("?")),
            math.log10(max(1, among)),
            *_value_fits(asked, sentence.text),
            _beyond(weight, mine, around[id(passage)]),
        )
        result.append(Candidate(passage, sentence, row))
    return result


def overall(found: Sequence[Candidate], chances: Sequence[float]) -> tuple[float, ...]:
    """What tells whether any of them answers, in the order of OVERALL, by the chance of each."""
    odds = sorted((log_odds(each) for each in chances), reverse=True)
    best = max(zip(chances, (each.row for each in found), strict=True))[1]
    columns = {name: [each.row[place] for each in found] for place, name in enumerate(NAMES)}
    return (
        odds[0],
        odds[0] - (odds[1] if len(odds) > 1 else log_odds(0.0)),
        math.log(sum(chances) + 1e-6),
        *best,
        max(columns["similarity"]),
        max(columns["words"]),
        max(columns["words of the passage"]),
        min(columns["rarest word missing"]),
        max(columns["passage similarity"]),
    )


def log_odds(chance: float) -> float:
    """The logarithm of the odds, which a certainty doesn't make infinite."""
    held = min(max(chance, 1e-6), 1 - 1e-6)
    return math.log(held / (1 - held))


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """The stems of a text's words, without stop words."""
    return frozenset(stemmer().stemWords(content_words(text)))


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text in figures, as they are written."""
    return frozenset(_NUMBER.findall(text))


def _asked(question: str) -> _Asked:
    words = tuple(stemmer().stemWords(content_words(question)))
    counted = _ASKS_COUNT.search(question.lower())
    return _Asked(
        stems=words,
        pairs=frozenset(pairwise(words)),
        names=frozenset(stemmer().stemWords([w.lower() for w in _NAME.findall(question)])),
        numbers=numbers(question),
        kind=kind_of(question),
        wanted=wants(question),
        speech=bool(_ASKS_SPEECH.search(question)),
        # The noun comes last, or before a verb: "soldiers", "private attempts", "people live".
        counted=frozenset(stemmer().stemWords(counted[1].split()[-2:])) if counted else frozenset(),
    )


def _share(weight: dict[str, float], words: frozenset[str]) -> float:
    """The weight of the question's words that are among these, 0 to 1."""
    whole = sum(weight.values())
    return sum(each for stem, each in weight.items() if stem in words) / whole if whole else 0.0


def _pairs(asked: _Asked, sentence: str) -> float:
    """The share of the question's neighbouring words that are near each other in the sentence."""
    if not asked.pairs:
        return 0.0
    words = stemmer().stemWords(_WORD.findall(sentence.lower()))
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word, []).append(place)
    near = sum(
        any(abs(a - b) <= 3 for a in places.get(one, ()) for b in places.get(other, ()))
        for one, other in asked.pairs
    )
    return near / len(asked.pairs)


def _beyond(weight: dict[str, float], words: frozenset[str], title: frozenset[str]) -> float:
    """The share among what the title doesn't say: a report's first sentence repeats it."""
    rest = {stem: each for stem, each in weight.items() if stem not in title}
    return _share(rest, words) if rest else 0.5


def _value_fits(asked: _Asked, sentence: str) -> tuple[float, float]:
    """Whether a value that measures what is asked is there, and whether one is missing."""
    if not asked.wanted:
        return 0.0, 0.0
    known = set(asked.stems)
    there = any(
        fits(each, asked.wanted) and not stems(each.text) <= known
        for each in spans(_SPANS.get(asked.kind, "number"), sentence)
    )
    return float(there), float(not there)


def _kinds(asked: _Asked, sentence: str) -> tuple[float, ...]:
    """Kind there, kind missing, reason, list, speech, counted thing."""
    there = missing = counted = 0.0
    if asked.kind in ("date", "number", "name"):
        is_new = any(
            not stems(each.text) <= set(asked.stems) for each in spans(asked.kind, sentence)
        )
        there, missing = float(is_new), float(not is_new)
    if asked.counted:
        has = asked.counted & stems(sentence) and any(spans("number", sentence))
        counted = 1.0 if has else -1.0
    return (
        there,
        missing,
        float(asked.kind == "reason" and bool(_REASON.search(sentence))),
        float(asked.kind == "list" and sentence.count(",") >= 2),
        float(asked.speech and bool(_SPEECH.search(sentence))),
        counted,
    )
