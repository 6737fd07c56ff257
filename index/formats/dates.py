"""Dates that documents state about themselves, as YYYY-MM-DD."""

from __future__ import annotations

import re
from datetime import date


def iso_date(stated: str) -> str | None:
    """The day that an ISO 8601 date or time begins with; None if it is no such day."""
    match = re.match(r"\s*(\d{4})-(\d{2})-(\d{2})(?!\d)", stated, re.ASCII)
    try:
        return date(*map(int, match.groups())).isoformat() if match else None
    except ValueError:
        return None
