"""The values that a text states: dates, times, amounts with their units, so that they compare.

Rules, not a model: they read English. "1.2 million" and "1,200,000", "9 pm" and "21.00", "5
hectares" and "50,000 square metres" agree; "in June" agrees with "18 June" and "about 5,000" with
"4,980"; amounts of different things don't compare at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from qa.units import CURRENCIES, UNITS, unit

MONTHS = "january february march april may june july august september october november december"
_MONTH = (
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\b|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_YEAR = r"(?:1[0-9]{3}|20[0-9]{2})"
_DAY = r"(?:[12][0-9]|3[01]|0?[1-9])(?:st|nd|rd|th)?(?![\d,.]*\d)"
_TO = r"\s?(?:[-–—]|to|and|until)\s?"
_DATES = (
    # As ISO 8601 has it.
    rf"(?<![\d-])(?P<year>{_YEAR})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-2][0-9]|3[01])(?![\d-])",
    rf"(?:(?P<weekday>{_WEEKDAY}),?\s+)?(?P<month>{_MONTH})\s+(?P<day>{_DAY})"
    rf"(?:{_TO}(?P<last>{_DAY}))?(?:,?\s+(?P<year>{_YEAR}))?\b",
    rf"(?:(?P<weekday>{_WEEKDAY}),?\s+)?(?P<day>{_DAY})(?:{_TO}(?P<last>{_DAY}))?\s+(?:of\s+)?"
    rf"(?P<month>{_MONTH})(?:,?\s+(?P<year>{_YEAR}))?",
    rf"(?P<month>{_MONTH})(?:\s+(?:of\s+)?(?P<year>{_YEAR}))?(?!\w)",
    rf"(?P<year>{_YEAR})s",
    rf"(?P<year>{_YEAR}){_TO}(?P<until>{_YEAR}|[0-9]{{2}})\b(?!\s?(?:%|per|[a-z]+s\b))",
    rf"(?P<year>{_YEAR})(?P<era>\s?BCE?\b)?(?![\w%]|[.,]\d|\s(?:people|men|women|children|workers"
    r"|homes|houses|jobs|dollars|crowns|euros|pounds|tons|tonnes|km|kilomet|miles|met(?:re|er)s"
    r"|feet|hectares|acres|years|days|hours|times|per)\b)",
    r"(?P<century>[0-9]{1,2})(?:st|nd|rd|th)[- ]centur(?:y|ies)",
    rf"(?P<weekday>{_WEEKDAY})s?",
)
_PART_OF_DAY = {"morning": (240, 720), "afternoon": (720, 1080), "evening": (1020, 1440)}
_TIMES = (
    r"(?P<hour>[0-2]?[0-9])[.:](?P<minute>[0-5][0-9])\s?(?P<half>[ap]m\b|[ap]\.m\b\.?)",
    r"(?P<hour>[0-2]?[0-9]):(?P<minute>[0-5][0-9])(?!\d)",
    r"(?:(?<=at )|(?<=from )|(?<=until )|(?<=after )|(?<=before )|(?<=by )|(?<=to )|(?<=since ))"
    r"(?P<hour>[0-2]?[0-9])\.(?P<minute>[0-5][0-9])(?!\s?(?:%|per\b|million|billion|[kcm]?m\b|k|"
    r"crowns|dollars|euros|pounds|points|degrees))(?!\d)",
    r"(?P<hour>1?[0-9])\s?(?P<half>[ap]m\b|[ap]\.m\b\.?)",
    r"(?P<hour>1?[0-9]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"(?:\so'clock)?\sin\sthe\s(?P<part>morning|afternoon|evening)",
    r"(?P<part>morning|afternoon|evening)\b|(?P<twelve>noon|midnight)\b",
)
# What a text must hold to be looked through for times and dates, which takes longer.
_TIME_HINT = re.compile(r"\d|morning|afternoon|evening|noon|midnight", re.IGNORECASE)
_DATE_HINT = re.compile(rf"\d|\b{_MONTH}|{_WEEKDAY}")
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: n for n, word in enumerate(_ONES)} | {w: 20 + 10 * n for n, w in enumerate(_TENS)}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SCALES |= {"m": 1e6, "bn": 1e9, "dozen": 12.0}
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_FRACTIONS = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10}
_SHARE = (
    rf"(?:(?P<few>one|two|three|four|a)\s)?(?P<fraction>{'|'.join(_FRACTIONS)})s?\b"
    r"(?=\s(?:of|the)\b|[.,;]|$)"
    rf"|(?P<one>one|{_WORD}|\d+)\s(?:in|out of)\s(?:every\s)?(?P<out>{_WORD}|\d+)\b(?!\s?%)"
)
_AMOUNT = (
    rf"(?P<sign>[$€£¥]\s?)?(?:(?<![\w.,-])(?P<figures>\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"|\b(?P<words>(?:{_WORD})(?:[- ](?:{_WORD}))?)\b|\b(?P<a>an?|half an?)(?=\s(?:{{scale}})\b))"
    r"(?P<scales>(?:[\s-](?:hundred|thousand|million|billion|trillion|dozen|bn|m(?=\s(?:people|"
    r"dollars|euros|pounds|crowns|rounds|tons|tonnes)))s?\b)*)(?P<nth>st|nd|rd|th)?"
    r"(?P<half>\sand\sa\shalf)?(?:[\s-]?(?P<unit>{unit})(?![\w/])(?P<more>\sand\sa\shalf)?)?"
)
_ABOUT = re.compile(
    r"\b(?:(about|around|roughly|some|approximately|circa|an estimated|estimated at)"
    r"|(nearly|almost|just under|close to|up to|at most|less than|fewer than|under|below)"
    r"|(more than|over|just over|at least|upwards of|above))\s(?:[$€£¥])?$",
    re.IGNORECASE,
)
_PER = re.compile(
    r"^\W{0,2}(?:[\w'’-]+\s){0,3}?(?:(?:an?|per|each|every)\s"
    r"(second|minute|hour|day|week|month|year|night|season)|(daily|weekly|monthly|yearly|annually))\b",
    re.IGNORECASE,
)
_SCORE = re.compile(r"\d{1,2}[-–:]\d{1,2}\b(?![-–]|\s?(?:%|per|people|years|days|m\b|k))")
_PERIODS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_PERIODS |= {"annually": "year"}


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where it stands in its text.

    `of` is what it measures: "date", "time", "share", "length", a currency, or "count" where there
    is no unit; with "per week" and the like, what it is a rate of. `parts` are the ranges that it
    admits, by name, in the first unit of its kind; a date has year, month, day and weekday as far
    as they are said, a time of day minutes since midnight. `unit` is its unit
    in the first one.
    """

    start: int
    end: int
    text: str
    of: str
    parts: tuple[tuple[str, float, float], ...] = ()
    unit: float = 1.0


def agree(one: Value, other: Value) -> bool | None:
    """Whether both may be true of the same thing; None if they can't be compared."""
    if one.of != other.of:
        return None
    theirs = {name: (low, high) for name, low, high in other.parts}
    shared = [(low, high, *theirs[name]) for name, low, high in one.parts if name in theirs]
    if not shared:
        return None
    # What was converted was rounded too.
    loose = 0.02 if one.unit != other.unit else 0.0
    return all(
        low - loose * abs(low) <= top + loose * abs(top)
        and bottom - loose * abs(bottom) <= high + loose * abs(high)
        for low, high, bottom, top in shared
    )


@lru_cache(maxsize=4096)
def values(text: str) -> tuple[Value, ...]:
    """The values in a text, in order, none within another."""
    found: list[Value] = []
    for each in (*_times(text), *_dates(text), *_shares(text), *_amounts(text)):
        if not any(each.start < one.end and one.start < each.end for one in found):
            found.append(each)
    return tuple(sorted(found, key=lambda each: each.start))


def _times(text: str) -> Iterator[Value]:
    if not _TIME_HINT.search(text):
        return
    for pattern in _compiled(_TIMES):
        for match in pattern.finditer(text):
            said = match.groupdict()
            if said.get("hour"):
                hour, half = _number(said["hour"]), said.get("half") or said.get("part") or ""
                if half:
                    hour = hour % 12 + 12 * (half[0].lower() in "pe" or half.lower() == "afternoon")
                minute = hour * 60 + int(said.get("minute") or 0)
                # Nobody says "3 pm" of 3.40; "shortly after three" is 3.10.
                low, high = (minute, minute) if said.get("minute") else (minute - 10, minute + 15)
            elif said.get("part"):
                low, high = _PART_OF_DAY[said["part"].lower()]
            else:
                low = high = 720.0 if said["twelve"].lower() == "noon" else 0.0
            yield _value(match, "time", (("minute", low, high),))


def _dates(text: str) -> Iterator[Value]:
    if not _DATE_HINT.search(text):
        return
    for pattern in _compiled(_DATES):
        for match in pattern.finditer(text):
            said = {name: each for name, each in match.groupdict().items() if each}
            if said.get("month") == "May" and len(said) == 1 and not _is_month(text, match.start()):
                continue
            yield _value(match, "date", tuple(_date_parts(said, match[0])))


def _is_month(text: str, start: int) -> bool:
    """Whether a bare "May" is the month: "in May", not "May said"."""
    before = text[:start].rstrip().rpartition(" ")[2].lower()
    return before in {
        "in",
        "since",
        "until",
        "by",
        "of",
        "from",
        "last",
        "next",
        "this",
        "early",
        "late",
        "before",
        "after",
        "during",
        "mid",
        "to",
        "and",
    }


def _date_parts(said: dict[str, str], whole: str) -> Iterator[tuple[str, float, float]]:
    if "year" in said:
        year = int(said["year"]) * (-1 if "era" in said else 1)
        last = year + 9 if whole.endswith("s") else year
        if "until" in said:
            last = (
                int(said["until"])
                if len(said["until"]) == 4
                else year // 100 * 100 + int(said["until"])
            )
        yield "year", year, last
    if "century" in said:
        yield "year", (int(said["century"]) - 1) * 100, int(said["century"]) * 100
    if "month" in said:
        month = next(
            n
            for n, name in enumerate(MONTHS.split(), 1)
            if name.startswith(said["month"][:3].lower()) or f"{n:02}" == said["month"]
        )
        yield "month", month, month
    if "day" in said:
        first = int(re.sub(r"\D", "", said["day"]))
        yield "day", first, int(re.sub(r"\D", "", said.get("last", said["day"])))
    if "weekday" in said:
        day = _WEEKDAYS.index(said["weekday"][:3].lower())
        yield "weekday", day, day


def _shares(text: str) -> Iterator[Value]:
    for match in _compiled((_SHARE,))[0].finditer(text):
        if re.search(r"\band (?:a )?$", text[: match.start()], re.IGNORECASE):
            # "A year and a half" is no share.
            continue
        if match["fraction"]:
            few = _WORDS.get((match["few"] or "").lower(), 1)
            share = few * _FRACTIONS[match["fraction"].lower()]
        else:
            out = _number(match["out"])
            if not out:
                continue
            share = _number(match["one"]) / out
        if 0 < share <= 1:
            yield _value(match, "share", (("value", *_range(share, text, match.start(), 0.02)),))


def _amounts(text: str) -> Iterator[Value]:
    for match in _amount().finditer(text):
        if match["nth"] or _SCORE.match(text[match.start() :]):
            continue
        figures, scale, places = match["figures"], 1.0, 0
        for word in re.findall(r"[a-z]+", (match["scales"] or "").lower()):
            scale *= _SCALES[word.rstrip("s") if word not in _SCALES else word]
        if figures:
            number, places = float(figures.replace(",", "")), len(figures.partition(".")[2])
        elif match["words"]:
            number = sum(_WORDS[each] for each in re.split(r"[- ]", match["words"].lower()))
        else:
            number = 0.5 if match["a"].lower().startswith("half") else 1.0
        number += 0.5 if match["half"] or match["more"] else 0.0
        of, factor = unit(match["unit"] or "")
        if match["sign"]:
            of, factor = CURRENCIES[match["sign"].strip()], 1.0
        # "1.2 million" is anything that rounds to it; 1,210,000 does.
        fuzzy = 0.5 * 10**-places * scale if scale > 99 else 0.0
        if per := _PER.match(text[match.end() : match.end() + 50]):
            of = f"{of} a {per[1] or _PERIODS[per[2].lower()]}".lower()
        amount = number * scale * factor
        low, high = _range(amount, text, match.start(), fuzzy * factor / amount if amount else 0.0)
        if of == "fahrenheit":
            of, low, high = "celsius", (low - 32) / 1.8 - 0.6, (high - 32) / 1.8 + 0.6
            factor = -1.0
        yield Value(match.start(), match.end(), match[0], of, (("value", low, high),), factor)


def _value(match: re.Match[str], of: str, parts: tuple[tuple[str, float, float], ...]) -> Value:
    return Value(match.start(), match.end(), match[0], of, parts)


def _range(amount: float, text: str, start: int, fuzzy: float) -> tuple[float, float]:
    """What an amount admits by the words before it: "about", "nearly", "more than"."""
    said = _ABOUT.search(text[max(0, start - 24) : start])
    below = max(fuzzy, 0.1 if said and said[1] else 0.15 if said and said[2] else 0.0)
    above = max(fuzzy, 0.1 if said and said[1] else 0.2 if said and said[3] else 0.0)
    spread = abs(amount)
    return amount - below * spread, amount + above * spread


def _number(word: str) -> float:
    return float(word) if word.isdigit() else float(_WORDS[word.lower()])


@cache
def _amount() -> re.Pattern[str]:
    units = sorted(UNITS, key=len, reverse=True)
    pattern = _AMOUNT.replace("{unit}", "|".join(units)).replace("{{3}}", "{3}")
    scale = "|".join([*_SCALES, *(u for u, (of, _) in UNITS.items() if of == "duration")])
    return re.compile(pattern.replace("{scale}", scale).replace("{{scale}}", scale), re.IGNORECASE)


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    times = patterns is _TIMES
    return tuple(
        re.compile(
            rf"(?<![\w.,-])(?:{each})" if not each.startswith("(?:(?<=") else each,
            re.IGNORECASE if times or patterns == (_SHARE,) else 0,
        )
        for each in patterns
    )
