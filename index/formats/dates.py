"""Dates that documents state about themselves, as YYYY-MM-DD."""

from __future__ import annotations

import re
from datetime import date

# Where a dateline stands: "Harbour Post, 14 March 2024", below the title.
_HEAD, _LINES, _LONGEST = 1_000, 6, 90
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November"
    r"|December|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?)"
)
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"
_FULL = (
    re.compile(rf"\b{_DAY}\s(?:of\s)?{_MONTH},?\s(?P<year>\d{{4}})\b"),
    re.compile(rf"\b{_MONTH}\s{_DAY},?\s(?P<year>\d{{4}})\b"),
)
_SENTENCE = re.compile(r"[.!?…:;][\s*_\"”’)]*$")


def iso_date(stated: str) -> str | None:
    """The day that an ISO 8601 date or time begins with; None if it is no such day."""
    match = re.match(r"\s*(\d{4})-(\d{2})-(\d{2})(?!\d)", stated, re.ASCII)
    try:
        return date(*map(int, match.groups())).isoformat() if match else None
    except ValueError:
        return None


def dateline(text: str) -> str | None:
    """The one day that a short line at the head of a text gives; a sentence isn't such a line."""
    lines = [line.strip() for line in text[:_HEAD].splitlines() if line.strip()][:_LINES]
    for line in lines:
        if len(line) > _LONGEST or _SENTENCE.search(line):
            continue
        days = {_day(match) for pattern in _FULL for match in pattern.finditer(line)} - {None}
        if len(days) == 1:
            return days.pop()
    return None


def _day(match: re.Match[str]) -> str | None:
    month = _MONTHS.index(match["month"][:3].lower()) + 1
    return iso_date(f"{match['year']}-{month:02}-{int(match['day']):02}")
