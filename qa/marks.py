"""The words of a quoted sentence that are the exact answer to when, how many, who and where."""

from __future__ import annotations

import re

from index.types import Span
from qa.features import stems
from qa.kinds import fits, kind_of, spans, wants
from qa.values import Value

_WORD = re.compile(r"\w+")
_COUNTED = re.compile(r"\bhow many (.+)")
_MONEY = re.compile(r"[$€£¥%]|\b(crowns?|dollars?|euros?|pounds?|yen|per ?cent|percent)\b")
_ASKS_MONEY = re.compile(r"\b(cost|price|pay|paid|worth|fine|budget|spend|spent|sum|earn)\w*\b")
_ASKS_CALLED = re.compile(r"\b(?:(?:re)?named?|called|nickname\w*|known as)\b")
_CALLED = re.compile(
    r"\b(?:(?:re)?named|called|nicknamed|known as|titled|termed|dubbed)\s(?:the\s)?[\"“‘']?$"
)
_SHARE = re.compile(r"%|per ?cent")
_ASKS_SHARE = re.compile(r"\b(percent|percentage|per cent|share|proportion|rate)\b")
_ASKS_WHO = re.compile(r"\b(who|whom|whose)\b")
_ASKS_NOUN = re.compile(r"\b(?:what|which) (?:other |of the )?(\w{4,})")
_ASKS_DAY = re.compile(r"\b(?:what|which) (?:\w+ )?(?:day|date|night|weekday)\b", re.IGNORECASE)
_ASKS_MONTH = re.compile(r"\b(?:what|which) (?:\w+ )?month\b", re.IGNORECASE)
_ASKS_YEAR = re.compile(r"\b(what|which) years?\b")
_YEAR = re.compile(r"\b(1\d{3}|20\d{2})\b")
_SAID_ON = re.compile(
    r"\b(?:said|says|told|announced|confirmed|reported|stated|added|published|declared|revealed"
    r"|wrote|disclosed|decided)(?: \w+){0,3}(?: late| early)? on (?:the \w+ of )?$",
    re.IGNORECASE,
)
_ASKS_SAID = re.compile(
    r"\b(?:sa(?:y|id)|tell|told|announce|confirm|report|state|publish|declare|reveal|write|disclose"
    r"|decide)\w*\b",
    re.IGNORECASE,
)
_PARTS_OF_DAY = ("morning", "afternoon", "evening")
# Words before a name that say that it is a place.
_PLACE_BEFORE = re.compile(r"\b(in|at|from|to|near|of|into|through)\s(the\s)?$")
# By so many characters what fits may be farther from the question's words.
_FITS = 60
_FAR = 200.0


def marks(question: str, sentence: str) -> tuple[Span, ...]:
    """At most one span of the sentence, see `answering`."""
    best = answering(question, sentence)
    return ((best.start, best.end),) if best else ()


def answering(question: str, sentence: str) -> Value | None:
    """The value of the kind asked for, new, and nearest to what is asked; None if there is none.

    Nearest in characters to the question's words in the sentence; a number that counts the thing
    asked for, or a name that says what it is go before.
    """
    asked, kind = stems(question), kind_of(question)
    found = [each for each in spans(kind, sentence) if not stems(each.text) <= asked]
    if kind == "other":
        # "Which park": only a name that says that it is one.
        named = (each for each in spans("name", sentence) if not stems(each.text) <= asked)
        found = [each for each in named if _says_what(question, each)]
    if kind == "name" and _ASKS_WHO.search(question.lower()):
        # Who gave the Ruysveld away isn't Joost Ruysveld.
        found = [each for each in found if not stems(each.text) & asked]
    if kind == "name":
        found = [each for each in found if _says_what(question, each)] or found
    if wanted := wants(question):
        found = [each for each in found if fits(each, wanted)] or found
    if kind == "date":
        # "She said on Monday": when it was said, not when it was.
        if not _ASKS_SAID.search(question):
            found = [each for each in found if not _SAID_ON.search(sentence[: each.start])]
        if parts := _parts_asked(question):
            found = [each for each in found if any(name in parts for name, *_ in each.parts)]
        if "time" in wanted:
            found = [each for each in found if each.text not in _PARTS_OF_DAY] or found
    if _ASKS_YEAR.search(question.lower()):
        found = [year for each in found for year in _years(each)] or found
    if not found:
        return None
    words = [match.span() for match in _WORD.finditer(sentence) if stems(match[0]) & asked]
    return min(found, key=lambda each: _distance(each, words) - _fit(question, each, sentence))


def _parts_asked(question: str) -> frozenset[str]:
    """The parts of a date of which one must be said: a year is no answer to "what day"."""
    if _ASKS_DAY.search(question):
        return frozenset({"day", "weekday"})
    return frozenset({"month"}) if _ASKS_MONTH.search(question) else frozenset()


def _years(each: Value) -> list[Value]:
    return [
        Value(each.start + match.start(), each.start + match.end(), match[0], "date")
        for match in _YEAR.finditer(each.text)
    ]


def _distance(each: Value, words: list[Span]) -> float:
    gaps = sorted(
        max(0, start - each.end, each.start - end)
        for start, end in words
        if end <= each.start or start >= each.end
    )
    # Two words near it say more than one.
    return sum(gaps[:2]) / len(gaps[:2]) if gaps else _FAR


def _fit(question: str, each: Value, sentence: str) -> float:
    """How many characters nearer it may as well be, by what surrounds it."""
    asked, after = question.lower(), sentence[each.end : each.end + 40]
    fits = [
        bool(_ASKS_MONEY.search(asked) and _MONEY.search(each.text + after[:12])),
        bool(_ASKS_SHARE.search(asked) and _SHARE.search(each.text + after[:10])),
        bool(_ASKS_CALLED.search(asked) and _CALLED.search(sentence[: each.start])),
        _says_what(question, each),
    ]
    if counted := _COUNTED.search(asked):
        things = stems(" ".join(counted[1].split()[:3]))
        fits.append(bool(things & stems(" ".join(after.split()[:3]))))
    who = bool(_ASKS_WHO.search(asked) and not _PLACE_BEFORE.search(sentence[: each.start]))
    return _FITS * (sum(fits) + who / 2)


def _says_what(question: str, each: Value) -> bool:
    """Whether a name holds the noun that is asked for: "Which bridge", "Ludendorff Bridge"."""
    noun = _ASKS_NOUN.search(question.lower())
    return bool(noun and stems(noun[1]) & stems(each.text))
