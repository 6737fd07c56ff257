"""The words of a claim and of the sentences it cites, in order, and how the two line up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from index.sentences import between
from index.words import STOP_WORDS, stemmer
from qa.values import Value

_TOKEN = re.compile(
    r"(?<![^\W_])[^\W\d_](?:\.[^\W\d_](?![^\W_]))+\.?|\d+(?:[.,:]\d+)*|[^\W_]+(?:['’][^\W\d_]+)*"
)
_APOSTROPHE = str.maketrans("’‘ʼ", "'''")
# What marks a citation in what a language model writes.
_MARKS = re.compile(r"\s*\[\d{1,3}(?:[,–-]\s?\d{1,3})*\]")
_LISTED = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+")
# "One" is more than a number.
_FIGURES = {
    word: str(number)
    for line in ("two three four five six seven eight nine ten eleven twelve",)
    for number, word in enumerate(line.split(), start=2)
}
# The share of words in order above which a claim is a copy of a sentence, but for what is changed.
COPY = 0.7
# Sentences that are lined up with a claim at most, those with most of its words.
_LINED_UP = 3
# Words of a sentence that are lined up: more would take long.
_LONGEST = 400
# Words that a copy has in common with its sentence at least, and their share of the sentence.
_FEWEST, _OF_SENTENCE = 5, 0.4


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands; `said` is in lower case without possessive, in
    figures if it is a small number and "not" if it is "didn't" or the like; `stem` is of that."""

    start: int
    end: int
    said: str
    stem: str

    @property
    def tells(self) -> bool:
        """Whether it is more than a stop word."""
        return self.said not in STOP_WORDS


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its words; `stems` are those of all but stop words."""

    text: str
    words: tuple[Word, ...]
    stems: frozenset[str]

    def __len__(self) -> int:
        return len(self.words)


@dataclass(frozen=True, slots=True)
class Aligned:
    """A sentence beside a claim of so many `words`.

    `share` of the claim's telling stems are in it, and in `in_order` of its words both run alike;
    `changed` are the places where one says this and the other that, as (start, end) in the claim's
    words and in the sentence's.
    """

    sentence: Sentence
    share: float
    in_order: float
    changed: tuple[tuple[tuple[int, int], tuple[int, int]], ...]
    words: int

    def copies(self, first: int, last: int, share: float) -> bool:
        """Whether that share of a claim's words but those between runs like the sentence, of which
        it is no small part either; a few words alone are no copy."""
        others, same = self.words - (last - first), self.in_order * self.words
        return same >= max(_FEWEST, share * others, _OF_SENTENCE * len(self.sentence))


def unmarked(claim: str) -> str:
    """The claim without citation marks, a list item's number and blanks around it."""
    return _LISTED.sub("", _MARKS.sub("", claim)).strip()


@lru_cache(maxsize=4096)
def sentence(text: str) -> Sentence:
    """A text taken as one sentence."""
    found = list(_TOKEN.finditer(text))
    said = [_plain(match[0]) for match in found]
    words = tuple(
        Word(match.start(), match.end(), word, stem)
        for match, word, stem in zip(found, said, stemmer().stemWords(said), strict=True)
    )
    telling = frozenset(word.stem for word in words if word.tells)
    return Sentence(text, words, telling or frozenset(word.stem for word in words))


@lru_cache(maxsize=256)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, in order,, at least one, which is empty if need be."""
    spans = between(text, 0, len(text))
    return tuple(sentence(text[start:end]) for start, end in spans) or (sentence(""),)


def aligned(claim: Sentence, cited: Sequence[Sentence]) -> list[Aligned]:
    """The sentences nearest to a claim by its words, the nearest first."""
    shares = [(_share(claim, each), place) for place, each in enumerate(cited)]
    best = sorted(shares, key=lambda each: (-each[0], each[1]))[:_LINED_UP]
    found = [_lined_up(claim, cited[place], share) for share, place in best if share]
    return sorted(found, key=lambda each: (-each.share, -each.in_order))


def covers(of: Sentence, first: int, last: int, value: Value) -> bool:
    """Whether a value or name stands among those words of a sentence."""
    return any(value.start < word.end and word.start < value.end for word in of.words[first:last])


def alike(one: str, other: str) -> bool:
    """Whether two stems may be of one word: equal, or most of their letters from the first on, as
    in "Russia" and "Russian"."""
    if one == other:
        return True
    long, short = max(len(one), len(other)), min(len(one), len(other))
    return short >= 4 and short >= 0.6 * long and one[:short] == other[:short]


def unaccented(text: str) -> str:
    """Letters without their accents, which people leave out."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(each for each in apart if not unicodedata.combining(each)) or text


def _share(claim: Sentence, other: Sentence) -> float:
    return len(claim.stems & other.stems) / len(claim.stems) if claim.stems else 0.0


def _lined_up(claim: Sentence, other: Sentence, share: float) -> Aligned:
    mine, theirs = ([word.stem for word in each.words[:_LONGEST]] for each in (claim, other))
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    codes = matcher.get_opcodes()
    same = sum(end - start for tag, start, end, _, _ in codes if tag == "equal")
    changed = tuple(((a, b), (c, d)) for tag, a, b, c, d in codes if tag != "equal")
    return Aligned(other, share, same / len(mine) if mine else 0.0, changed, len(mine))


def _plain(word: str) -> str:
    plain = unaccented(word).lower().translate(_APOSTROPHE)
    if plain.endswith("n't"):
        return "not"
    if plain in _FIGURES:
        return _FIGURES[plain]
    # "U.S." is "US".
    return plain.removesuffix("'s").replace(".", "") if plain[:1].isalpha() else plain
