"""What the readers of formats make: blocks of text, put together into one document's text.

Blocks are what no sentence crosses: a heading, a paragraph, a list item, a table's row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.types import Heading, Page

# Kept: tab and line feed. A soft hyphen is only a hint where a word may be broken.
_NO_TEXT = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160), 0xAD, 0xFEFF, 0xFFFE])
_NO_TEXT |= {0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_NAME = 60
_LISTED = 20
_YEAR = re.compile(r"(19|20)\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text; `level` 1 to 6 makes it a heading, `page` counts from 1.

    A tight block stands on the line below the one before it, others after a blank line.
    """

    text: str
    level: int = 0
    page: int = 0
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in a file. `title` and `date` are those the file itself states.

    Without a title the first heading is it; with an empty one the file's name.
    `notes` are lines for the person who gave the file: what of it couldn't be read.
    """

    blocks: Sequence[Block]
    title: str | None = None
    date: str | None = None
    notes: tuple[str, ...] = ()


def put_together(
    blocks: Iterable[Block], title: str | None
) -> tuple[str, tuple[Heading, ...], tuple[Page, ...]]:
    """The text of the blocks with the spans of its headings and pages.

    The heading that is `title` has no path; without a title, that is the first heading.
    """
    parts: list[str] = []
    headings: list[Heading] = []
    pages: list[Page] = []
    above: list[tuple[int, str]] = []
    position = 0
    for block in blocks:
        text = cleaned(block.text)
        if not text:
            continue
        gap = ("\n" if block.tight else "\n\n") if parts else ""
        start = position + len(gap)
        position = start + len(text)
        parts += (gap, text)
        if block.level:
            name = " ".join(text.split())
            above = [each for each in above if each[0] < block.level]
            is_title = not headings if title is None else name == title
            if is_title and all(heading.path is not None for heading in headings):
                path = None
            else:
                above.append((block.level, name))
                path = " › ".join(each for _, each in above)
            headings.append(Heading(name, path, start, position))
        if block.page and pages and pages[-1].number == block.page:
            pages[-1] = Page(block.page, pages[-1].start, position)
        elif block.page:
            pages.append(Page(block.page, start, position))
    return "".join(parts), tuple(headings), tuple(pages)


def cleaned(text: str) -> str:
    """Text without what can't be stored or read: control characters, halves of surrogate pairs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_NO_TEXT)
    return _LONE_SURROGATE.sub("\ufffd", text).strip()


def listed(unit: str, numbers: Sequence[int], what: str) -> tuple[str, ...]:
    """A note on pages or slides: "pages 3 and 7 hold no text"; none if there are no such."""
    if not numbers:
        return ()
    if len(numbers) == 1:
        return (f"{unit} {numbers[0]} holds {what}",)
    shown = [str(number) for number in numbers[:_LISTED]]
    if len(numbers) > _LISTED:
        shown.append(f"{len(numbers) - _LISTED} more")
    return (f"{unit}s {', '.join(shown[:-1])} and {shown[-1]} hold {what}",)


def rows(cells: Iterable[Sequence[str]], page: int = 0, named: bool | None = None) -> list[Block]:
    """A table's rows, each a statement of its own: "Name: Bob; Age: 5".

    `named` says that the first row is meant to name the columns, and it does unless it looks like
    no names; False, that it doesn't; None, that nobody knows: then a column of numbers under a
    word must show it, for a wrong name would make a false statement. Where there are no names the
    cells stand side by side. A search finds single rows, and so does a reader who is shown one:
    that is why each row repeats the names.
    """
    table = [[" ".join(cleaned(cell).split()) for cell in row] for row in cells]
    table = [row for row in table if any(row)]
    if named is False or not _has_names(table) or not (named or _has_numbers_below(table)):
        return [Block(" | ".join(filter(None, row)), page=page) for row in table]
    names, *rest = table
    return [Block(_statement(names, row), page=page) for row in rest]


def _statement(names: Sequence[str], row: Sequence[str]) -> str:
    names = [*names, *[""] * (len(row) - len(names))]
    pairs = zip(names, row, strict=False)
    return "; ".join(
        f"{name.rstrip(':')}: {cell}" if name else cell for name, cell in pairs if cell
    )


def _has_names(table: Sequence[Sequence[str]]) -> bool:
    if len(table) < 2 or len(table[0]) < 2:
        return False
    names = [name for name in table[0] if name]
    return (
        len(names) >= max(2, len(table[0]) - 1)
        and len(set(names)) == len(names)
        and all(len(name) <= _LONGEST_NAME for name in names)
        and all(_YEAR.fullmatch(name) or not name[0].isdigit() for name in names)
        and not names[0].isdigit()
    )


def _has_numbers_below(table: Sequence[Sequence[str]]) -> bool:
    """Whether a column holds figures in each row but the first."""
    width = min(map(len, table))
    has_digit = [[any(map(str.isdigit, cell)) for cell in row[:width]] for row in table]
    return any(not first and all(below) for first, *below in zip(*has_digit, strict=True))
