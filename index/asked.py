"""What a question names to the letter: passages that hold it rank above those that don't.

Numbers and quoted phrases only. Capitalised names gained nothing where this was measured: their
words are rare, and so weigh enough already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.words import content_words, grams, phrases, stemmer

# What holding all numbers of a question, and all its quoted phrases, adds to a score of 0 to 1.
NUMBERS, PHRASES = 0.02, 0.2
# Words and sources that are named before it says "and 3 more".
_NAMED = 6
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,:]\d+)*(?!\w)")


@dataclass(frozen=True, slots=True)
class Asked:
    """The content words, the numbers as they are written, and the quoted phrases of a question."""

    words: tuple[str, ...]
    numbers: dict[str, re.Pattern[str]]
    phrases: dict[str, re.Pattern[str]]

    @property
    def names_anything(self) -> bool:
        return bool(self.numbers or self.phrases)

    def raised(self, score: float, text: str) -> float:
        """A score of 0 to 1 with what is held added, 0 to 1 again; in order within one question."""
        most = 1.0
        for weight, named in ((NUMBERS, self.numbers), (PHRASES, self.phrases)):
            if named:
                most += weight
                score += weight * len(_held(named, text)) / len(named)
        return score / most

    def reason(
        self, text: str, by_words: int | None, by_meaning: int | None, also: Iterable[str]
    ) -> str:
        """Why a passage was found, in one short line for people, by its ranks from 1."""
        held = [*_held(self.phrases, text), *_held(self.numbers, text)]
        said = []
        if by_words:
            words = [word for word in self._matched(text) if word not in held]
            said.append(f"{_nth(by_words)} by words" + (f" ({_some(words)})" if words else ""))
        if by_meaning:
            said.append(f"{_nth(by_meaning)} by meaning")
        parts = [", ".join(said)]
        if held:
            parts.append("holds " + ", ".join(f"“{each}”" for each in held[:_NAMED]))
        if others := list(dict.fromkeys(also)):
            parts.append(f"also in {_some(others)}")
        return "; ".join(parts)

    def _matched(self, text: str) -> list[str]:
        """The content words that stand in a text, by their stems."""
        there = set(stemmer().stemWords(list(set(re.findall(r"\w+", text.lower())))))
        stems = stemmer().stemWords(list(self.words))
        return [
            word
            for word, stem in zip(self.words, stems, strict=True)
            if len(word) > 1 and (stem in there or (grams(word) and word in text))
        ]


def asked(question: str) -> Asked:
    return Asked(
        words=tuple(content_words(question)),
        numbers={
            each: re.compile(rf"(?<![\w.,]){re.escape(each)}(?!\w|[.,:]\d)")
            for each in _NUMBER.findall(question)
        },
        phrases={each: _verbatim(each) for each in phrases(question)},
    )


def _verbatim(phrase: str) -> re.Pattern[str]:
    """Finds a phrase in lower case, whatever stands between its words but words."""
    words = r"\W+".join(map(re.escape, phrase.split()))
    return re.compile(words if grams(phrase) else rf"(?<!\w){words}(?!\w)")


def _held(named: dict[str, re.Pattern[str]], text: str) -> list[str]:
    return [each for each, pattern in named.items() if pattern.search(text.lower())]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _nth(rank: int) -> str:
    ending = (
        "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    )
    return f"{rank}{ending}"
