"""What kind of answer a question asks for, and the words of a sentence that are of that kind.

Rules, not a model: they speak English, and find nothing to go by in other languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["date", "number", "name", "list", "reason", "comparison", "other"]

_MONTHS = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
)
_DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_YEAR = r"(?:1[0-9]{3}|20[0-9]{2})"
_DAY = r"[0-3]?[0-9](?:st|nd|rd|th)?"
_SPAN = r"\s?(?:[-–—]|to|and|until)\s?"
_SMALL = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_DATE = re.compile(
    rf"\b(?:{_DAYS},?\s+)?(?:"
    rf"{_MONTHS}\s+{_DAY}(?:{_SPAN}(?:{_MONTHS}\s+)?{_DAY})?(?:,?\s+{_YEAR})?\b"
    rf"|{_DAY}(?:{_SPAN}{_DAY})?\s+(?:of\s+)?{_MONTHS}(?:,?\s+{_YEAR})?"
    rf"|{_MONTHS}\s+{_YEAR}"
    rf"|(?:the\s+)?(?:early\s|late\s|mid-)?{_YEAR}s"
    rf"|{_YEAR}{_SPAN}(?:{_YEAR}|[0-9]{{2}})\b|{_YEAR}(?:\s?(?:BC|BCE|AD|CE)\b)?(?![0-9]|,[0-9])"
    rf"|(?:the\s)?(?:[0-9]{{1,2}}(?:st|nd|rd|th)|(?:{_SMALL}|first|second|third)[a-z]*)"
    rf"(?:\s+and\s+[0-9]{{1,2}}(?:st|nd|rd|th))?\s+centur(?:y|ies)"
    rf"|[0-2]?[0-9][.:][0-5][0-9](?:\s?[ap]\.?m\b\.?)?|[0-1]?[0-9]\s?[ap]\.?m\b\.?"
    rf"|{_DAYS}(?:\s(?:morning|afternoon|evening|night))?|{_MONTHS}"
    r"|(?:last|next|this)\s(?:year|month|week|spring|summer|autumn|winter)|midnight|noon"
    r"|(?:more than |over |about |almost |nearly )?(?:"
    rf"[0-9]+|{_SMALL}|a|several|two) (?:decade|year|month|week|day|hour)s?"
    r"(?: ago| earlier| later)?"
    r")",
)
_NUMBER = re.compile(
    r"(?:[$€£¥]\s?)?"
    rf"(?:(?<![\w.,])\d+(?:[.,]\d+)*(?:{_SPAN}\d+(?:[.,]\d+)*)?(?:st|nd|rd|th)?"
    rf"|\b(?:{_SMALL})(?:[- ](?:{_SMALL}))?\b|\b(?:a|one)?\s?(?:half|third|quarter|dozen)\b)"
    r"(?:\s?%|\s(?:per ?cent|percent(?:age points)?)\b)?"
    r"(?:\s(?:hundred|thousand|million|billion|trillion)s?\b)*",
    re.IGNORECASE,
)
NO_NAMES = frozenset(
    word
    for line in (
        "the a an it he she they we in on at by for from to of and but or as if when while after",
        "before since this that these those there his her their its our one two most many some all",
        "both each according however although because during i you no not so such then thus with",
        "without what which who where under over until between",
    )
    for word in line.split()
)
_NAME = re.compile(
    r"[A-ZÀ-ÖØ-Þ][\w'’.-]*(?:\s(?:(?:of|the|de|von|van|der|du|la|al|and|for)\s){0,2}"
    r"[A-ZÀ-ÖØ-Þ0-9][\w'’.-]*)*"
)
_VERB = r"(?:did|do|does|is|was|are|were|will|would|can|could|has|have|had|should|may|might|must)"
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "date",
        rf"\b(when {_VERB}|(since|until|till) when|how long ago|at what time|what time|(what|which)"
        r" (years?|dates?|day|month|decade|century|centuries|season|weekday))\b",
    ),
    (
        "number",
        r"\b(how (many|much|long|old|large|big|far|tall|often|high|deep|fast|wide|heavy|few)"
        r"|(what|which) (number|percent|percentage|amount|proportion|share|price|cost|sum|fine"
        r"|rate|size|length|distance|population|age|speed|fraction|total|score|figure"
        r"|temperature)|what (is|was|are|were|did|does|do) .{0,30}"
        r"\b(cost|price|population|number|amount)s?)\b",
    ),
    (
        "reason",
        r"\b(why|for what reason|what (caused|causes|led to)|how come"
        r"|what was the (reason|cause))\b",
    ),
    (
        "comparison",
        r"\b(compared? (to|with)|than|difference between|(more|less|larger|smaller|older|longer"
        r"|higher|lower|bigger|steeper|better|worse) .{1,60}\bor\b)",
    ),
    (
        "list",
        r"\b(list|name (the|all|some|two|three|four|five)|(which|what) (two|three|four|five|six"
        r"|seven|are the|were the|(other )?(kinds|types|sorts|measures|steps|groups|countries"
        r"|companies|people|things|items|parties|names|reasons))|what (all|kinds? of|types? of"
        r"|sorts? of)|who (are|were) the|in what ways)\b",
    ),
    (
        "name",
        rf"\b(who|whom|whose|where {_VERB}|(which|what) (other |of the |two )?(person|man|woman"
        r"|country|city|town|company|team|state|nation|place|organi[sz]ation|group|king|queen"
        r"|president|minister|artist|author|singer|band|film|movie|book|language|river|island"
        r"|university|school|college|party|club|player|league|stadium|county|province|region"
        r"|district|newspaper|magazine|journal|firm|bank|court|hotel|church|airport|continent"
        r"|museum|bridge|lake|sea|ocean|mountain|war|battle|treaty|dynasty|empire|religion"
        r"|denomination|era|period|epoch|show|series|album|song|agency|department|network|channel"
        r"|award|prize|street|harbou?r|village|border|government|army|act|law|leader|scientist"
        r"|engineer|architect|professor|actor|actress|emperor|general|bishop|mayor)s?)\b"
        r"|\b(what (is|was|were|are) the names?|what .{0,20}(named|called))\b",
    ),
)
_ASKS = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)


@dataclass(frozen=True, slots=True)
class Found:
    """Words of a sentence, by their span in it."""

    start: int
    end: int
    text: str


def kind_of(question: str) -> Kind:
    """What kind of answer is asked for; the first that fits of those above."""
    asked = question.lower()
    return next((kind for kind, pattern in _ASKS if pattern.search(asked)), "other")


def spans(kind: Kind, sentence: str) -> Iterator[Found]:
    """The words of a sentence that are of that kind: dates, numbers or names; else none."""
    pattern = {"date": _DATE, "number": _NUMBER, "name": _NAME}.get(kind)
    if pattern is None:
        return
    for match in pattern.finditer(sentence):
        start, text = match.start(), match[0].rstrip(" .,'’-")
        while kind == "name" and (first := text.partition(" ")[0].lower()) in NO_NAMES:
            # A capital at the start of a sentence makes no name of "The" or "In".
            rest = text[len(first) :].lstrip()
            start, text = start + len(text) - len(rest), rest
        if text:
            yield Found(start, start + len(text), text)
