"""Tables as text (.csv, .tsv): each row a statement that repeats the columns' names."""

from __future__ import annotations

import csv
import io

from index.errors import Unreadable
from index.formats.blocks import Reading, rows
from index.formats.text import decode

_SAMPLE = 64 << 10


def read(content: bytes) -> Reading:
    text = decode(content)
    lines = io.StringIO(text, newline="")
    csv.field_size_limit(len(text) + 1)
    try:
        table = list(csv.reader(lines, delimiter=_delimiter(text[:_SAMPLE])))
    except csv.Error as error:
        raise Unreadable(f"it isn't a table of text: {error}") from None
    return Reading(rows(table, named=True))


def _delimiter(sample: str) -> str:
    """What parts the cells: of those in use, the one that the first line has most of."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    return max(",;\t|", key=first.count)
