"""How much of a claim the cited text has: numbers between 0 and 1, mostly, cheap to compute."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from qa.names import names
from qa.values import agree, values
from qa.wording import Sentence

OVERLAP = (
    *("best sentence", "best two together", "all words", "pairs of words", "pairs near"),
    *("threes of words", "longest run", "missing words", "missing names", "missing values"),
    "length",
)
SIMILAR = (*OVERLAP, "similarity", "similarity of the best few")
# Words that may stand between two that are near.
_NEAR = 6
_RUN_WORDS = 4_000
_NUMBER = re.compile(r"\d")


def overlap(claim: Sentence, text: str, cited: Sequence[Sentence]) -> tuple[float, ...]:
    """The features of a claim beside the text it cites and its sentences, in OVERLAP's order."""
    whole = frozenset().union(*(each.stems for each in cited))
    rare = _rarity(claim, cited)
    total = sum(rare.values()) or 1.0

    def share(stems: frozenset[str]) -> float:
        return sum(rare[stem] for stem in claim.stems & stems) / total

    best = max(share(each.stems) for each in cited)
    two = max((share(a.stems | b.stems) for a, b in pairwise(cited)), default=best)
    mine = [word.stem for word in claim.words]
    theirs = [word.stem for each in cited for word in each.words][:_RUN_WORDS]
    telling = [word.stem for word in claim.words if word.tells]
    others = [word.stem for each in cited for word in each.words if word.tells]
    missing_names, missing_values = _missing(claim, text, whole)
    return (
        best,
        two,
        share(whole),
        _common(list(pairwise(telling)), set(pairwise(others))),
        _near(telling, theirs),
        _common(_threes(mine), set(_threes(theirs))),
        math.log(1 + longest_run(mine, theirs)),
        math.log(1 + len(claim.stems - whole)),
        missing_names,
        missing_values,
        math.log(1 + len(mine)),
    )


def longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words in a row both have, at most."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(other):
        places.setdefault(word, []).append(place)
    longest, ending = 0, dict[int, int]()
    for word in one:
        ending = {place: ending.get(place - 1, 0) + 1 for place in places.get(word, ())}
        longest = max(longest, *ending.values()) if ending else longest
    return longest


def _rarity(claim: Sentence, cited: Sequence[Sentence]) -> dict[str, float]:
    """What each of the claim's stems weighs: more the fewer of the sentences have it."""
    return {
        stem: math.log(1 + len(cited) / (0.5 + sum(stem in each.stems for each in cited)))
        for stem in claim.stems
    }


def _common(mine: Sequence[object], theirs: set[object] | set[tuple[str, str]]) -> float:
    some = set(mine)
    return len(some & theirs) / len(some) if some else 0.0


def _threes(words: Sequence[str]) -> list[tuple[str, str, str]]:
    return list(zip(words, words[1:], words[2:], strict=False))


def _near(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """The share of the claim's neighbouring words that are near each other in the text."""
    wanted = set(mine)
    places: dict[str, list[int]] = {}
    for place, word in enumerate(theirs):
        if word in wanted:
            places.setdefault(word, []).append(place)
    pairs = list(pairwise(mine))
    near = sum(
        any(abs(a - b) <= _NEAR for a in places.get(one, ()) for b in places.get(other, ()))
        for one, other in pairs
    )
    return near / len(pairs) if pairs else 0.0


def _missing(claim: Sentence, text: str, whole: frozenset[str]) -> tuple[float, float]:
    """The shares of the claim's names and of its values that aren't in the text."""
    from qa.wording import sentence

    said = [sentence(name.text).stems for name in names(claim.text)]
    stated, there = values(claim.text), values(text)
    return (
        sum(not each <= whole for each in said) / len(said) if said else 0.0,
        sum(not any(agree(each, one) for one in there) for each in stated) / len(stated)
        if stated
        else 0.0,
    )
