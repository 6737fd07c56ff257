"""The words of a quoted sentence that are the exact answer to when, how many, who and where."""

from __future__ import annotations

import re

from index.types import Span
from qa.features import stems
from qa.kinds import Found, kind_of, spans

_WORD = re.compile(r"\w+")
_COUNTED = re.compile(r"\bhow many (.+)")
_MONEY = re.compile(r"[$€£¥%]|\b(crowns?|dollars?|euros?|pounds?|yen|per ?cent|percent)\b")
_ASKS_MONEY = re.compile(r"\b(cost|price|pay|paid|worth|fine|budget|spend|spent|sum|earn)\w*\b")
_SHARE = re.compile(r"%|per ?cent")
_ASKS_SHARE = re.compile(r"\b(percent|percentage|per cent|share|proportion|rate)\b")
_ASKS_WHO = re.compile(r"\b(who|whom|whose)\b")
_ASKS_NOUN = re.compile(r"\b(?:what|which) (?:other |of the )?(\w{4,})")
_ASKS_YEAR = re.compile(r"\b(what|which) years?\b")
_YEAR = re.compile(r"\b(1\d{3}|20\d{2})\b")
# Words before a name that say that it is a place.
_PLACE_BEFORE = re.compile(r"\b(in|at|from|to|near|of|into|through)\s(the\s)?$")
# By so many characters what fits may be farther from the question's words.
_FITS = 60
_FAR = 200.0


def marks(question: str, sentence: str) -> tuple[Span, ...]:
    """At most one span of the sentence: of the kind asked for, new, and nearest to what is asked.

    Nearest in characters to the question's words in the sentence; a number that counts the thing
    asked for, money or a share where that is asked, or a name that says what it is go before.
    """
    asked, kind = stems(question), kind_of(question)
    found = [each for each in spans(kind, sentence) if not stems(each.text) <= asked]
    if kind == "other":
        # "Which park": only a name that says that it is one.
        names = (each for each in spans("name", sentence) if not stems(each.text) <= asked)
        found = [each for each in names if _says_what(question, each)]
    if _ASKS_YEAR.search(question.lower()):
        found = [year for each in found for year in _years(each)] or found
    if not found:
        return ()
    words = [match.span() for match in _WORD.finditer(sentence) if stems(match[0]) & asked]
    best = min(found, key=lambda each: _distance(each, words) - _fit(question, each, sentence))
    return ((best.start, best.end),)


def _years(each: Found) -> list[Found]:
    return [
        Found(each.start + match.start(), each.start + match.end(), match[0])
        for match in _YEAR.finditer(each.text)
    ]


def _distance(each: Found, words: list[Span]) -> float:
    gaps = sorted(
        max(0, start - each.end, each.start - end)
        for start, end in words
        if end <= each.start or start >= each.end
    )
    # Two words near it say more than one.
    return sum(gaps[:2]) / len(gaps[:2]) if gaps else _FAR


def _fit(question: str, each: Found, sentence: str) -> float:
    """How many characters nearer it may as well be, by what surrounds it."""
    asked, after = question.lower(), sentence[each.end : each.end + 40]
    fits = [
        bool(_ASKS_MONEY.search(asked) and _MONEY.search(each.text + after[:12])),
        bool(_ASKS_SHARE.search(asked) and _SHARE.search(each.text + after[:10])),
        _says_what(question, each),
    ]
    if counted := _COUNTED.search(asked):
        things = stems(" ".join(counted[1].split()[:3]))
        fits.append(bool(things & stems(" ".join(after.split()[:3]))))
    who = bool(_ASKS_WHO.search(asked) and not _PLACE_BEFORE.search(sentence[: each.start]))
    return _FITS * (sum(fits) + who / 2)


def _says_what(question: str, each: Found) -> bool:
    """Whether a name holds the noun that is asked for: "Which bridge", "Ludendorff Bridge"."""
    noun = _ASKS_NOUN.search(question.lower())
    return bool(noun and stems(noun[1]) & stems(each.text))
