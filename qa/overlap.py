"""How much of a claim the cited text has: numbers between 0 and 1, mostly, cheap to compute."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import pairwise

from qa.wording import Sentence

OVERLAP = (
    *("best sentence", "best two together", "all words", "pairs of words", "pairs near"),
    *("threes of words", "longest run", "missing words", "length"),
)
SIMILAR = (*OVERLAP, "similarity", "similarity of the best few")
# Words that may stand between two that are near.
_NEAR = 6
# Words of a text that are looked through for runs, and places of a word: more would take long.
_WORDS, _PLACES = 4_000, 50


def overlap(claim: Sentence, cited: Sequence[Sentence]) -> tuple[float, ...]:
    """The features of a claim beside the sentences that it cites, in OVERLAP's order."""
    whole = frozenset().union(*(each.stems for each in cited))
    rare = _rarity(claim, cited)
    total = sum(rare.values()) or 1.0

    def share(stems: frozenset[str]) -> float:
        return sum(rare[stem] for stem in claim.stems & stems) / total

    best = max(share(each.stems) for each in cited)
    two = max((share(a.stems | b.stems) for a, b in pairwise(cited)), default=best)
    mine = [word.stem for word in claim.words]
    theirs = [word.stem for each in cited for word in each.words][:_WORDS]
    telling = [word.stem for word in claim.words if word.tells]
    others = [word.stem for each in cited for word in each.words if word.tells]
    return (
        best,
        two,
        share(whole),
        _common(list(pairwise(telling)), set(pairwise(others))),
        _near(telling, theirs),
        _common(_threes(mine), set(_threes(theirs))),
        math.log(1 + longest_run(mine, theirs)),
        math.log(1 + len(claim.stems - whole)),
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


def _common(mine: Sequence[tuple[str, ...]], theirs: Collection[tuple[str, ...]]) -> float:
    """The share of these pairs or threes that are among those."""
    some = set(mine)
    return sum(each in theirs for each in some) / len(some) if some else 0.0


def _threes(words: Sequence[str]) -> list[tuple[str, str, str]]:
    return list(zip(words, words[1:], words[2:], strict=False))


def _near(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """The share of the claim's neighbouring words that are near each other in the text."""
    wanted = set(mine)
    places: dict[str, list[int]] = {}
    for place, word in enumerate(theirs):
        if word in wanted and len(there := places.setdefault(word, [])) < _PLACES:
            there.append(place)
    pairs = list(pairwise(mine))
    near = sum(
        any(abs(a - b) <= _NEAR for a in places.get(one, ()) for b in places.get(other, ()))
        for one, other in pairs
    )
    return near / len(pairs) if pairs else 0.0
