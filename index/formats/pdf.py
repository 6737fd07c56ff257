"""PDF files: the text of each page, its lines joined to paragraphs by where they stand.

PDFium gives characters with their places. Lines that follow each other at an even distance, the
first as wide as the column, are one paragraph; the outline gives the headings.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from index.errors import Unreadable
from index.formats.blocks import Block, Reading, cleaned, listed

_LIGATURES = str.maketrans(
    dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True))
)
# PDFium's mark for a hyphen at the end of a line.
_HYPHENS = "\x02\ufffe\u00ad"
_ITEM = re.compile(r"[-–*+•▪●◦‣·]\s|\(?(\d{1,3}|[a-zA-Z])[.)]\s")
# Titles that programs put there.
_NO_TITLE = re.compile(r"(?i)\s*|untitled.*|microsoft \w+ - .*|.*\.(docx?|pptx?|xlsx?|tex|dvi|pdf)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as PDFium sees it, in points from the page's lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    broken: bool  # ends within a word


def read(content: bytes) -> Reading:
    import pypdfium2 as pdfium

    try:
        pdf = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise Unreadable(_reason(error, content)) from None
    with pdf:
        outline = _outline(pdf)
        found: list[Block] = []
        empty: list[int] = []
        damaged: list[int] = []
        largest: str | None = None
        for number in range(1, len(pdf) + 1):
            lines = _lines(pdf, number)
            if lines is None:
                damaged.append(number)
                continue
            blocks = list(_paragraphs(lines, number, outline))
            if not any(cleaned(block.text) for block in blocks):
                empty.append(number)
            found += blocks
            largest = _largest(lines) if number == 1 else largest
        if not any(cleaned(block.text) for block in found):
            raise Unreadable(
                "its pages are damaged; save it again with the program that made it"
                if damaged
                else "no text in it, only pictures of pages; run OCR over it first"
            )
        title = pdf.get_metadata_value("Title")
    return Reading(
        found,
        title=(largest or "") if _NO_TITLE.fullmatch(title) else title,
        notes=(*listed("page", empty, "no text"), *listed("page", damaged, "only damage")),
    )


def _reason(error: Any, content: bytes) -> str:
    import pypdfium2.raw as pdfium

    if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        return "it is encrypted; save it without a password"
    if b"%PDF-" not in content[:1024]:
        return "it isn't a PDF, or is damaged"
    return "it is a damaged PDF; save it again with the program that made it"


def _lines(pdf: Any, number: int) -> list[_Line] | None:
    """The lines of a page; None where the page is damaged."""
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    try:
        page = pdf[number - 1]
        words = page.get_textpage()
    except pdfium.PdfiumError:
        return None
    try:
        codes = [raw.FPDFText_GetUnicode(words, at) for at in range(words.count_chars())]
        bounds = [-1, *(at for at, code in enumerate(codes) if code in (10, 13)), len(codes)]
        found = []
        for before, after in pairwise(bounds):
            shown = [at for at in range(before + 1, after) if codes[at] not in (0, 9, 32, 160)]
            if shown:
                found.append(_line(words, codes, shown[0], shown[-1]))
        return found
    finally:
        words.close()
        page.close()


def _line(words: Any, codes: list[int], first: int, last: int) -> _Line:
    text = _decoded(codes[first : last + 1]).translate(_LIGATURES)
    start, end = _box(words, first), _box(words, last)
    broken = text[-1] in _HYPHENS
    return _Line(
        text="".join(char for char in text if char not in _HYPHENS) + ("-" if broken else ""),
        left=start[0],
        right=end[1],
        bottom=min(start[2], end[2]),
        top=max(start[3], end[3]),
        broken=broken or (text[-1] == "-" and text[-2:-1].isalpha()),
    )


def _decoded(codes: list[int]) -> str:
    """Characters of PDFium's codes, which are UTF-16's where a character needs two."""
    text = "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _box(words: Any, at: int) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a character: those of its font, not of its ink."""
    import pypdfium2.raw as raw

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(words, at, ctypes.byref(box))
    return box.left, box.right, min(box.bottom, box.top), max(box.bottom, box.top)


def _largest(lines: list[_Line]) -> str | None:
    """A first page's title: its largest line, if one is clearly larger than most."""
    heights = [line.top - line.bottom for line in lines]
    if not lines or max(heights) < 1.2 * median(heights):
        return None
    return cleaned(lines[heights.index(max(heights))].text) or None


def _paragraphs(
    lines: list[_Line], number: int, outline: dict[tuple[int, str], int]
) -> Iterator[Block]:
    """Lines joined where one runs on into the next; those that only stand close stay lines."""
    steps = [step for upper, lower in pairwise(lines) if (step := upper.bottom - lower.bottom) > 0]
    leading = median(steps) if steps else 0.0
    text, close = "", False
    for at, line in enumerate(lines):
        before = lines[at - 1] if at else line
        near = at > 0 and _are_near(before, line, leading)
        if near and _runs_on(before, line, _column(lines, at), bool(_ITEM.match(text))):
            text = _joined(text, line.text, before.broken)
            continue
        if text:
            yield Block(text, outline.get((number, _key(text)), 0), number, tight=close)
        text, close = line.text, near
    if text:
        yield Block(text, outline.get((number, _key(text)), 0), number, tight=close)


def _column(lines: list[_Line], at: int) -> float:
    """How far right the lines around this one reach that begin where it begins."""
    near = lines[max(0, at - 12) : at + 12]
    return max(line.right for line in near if abs(line.left - lines[at].left) < 40)


def _are_near(upper: _Line, lower: _Line, leading: float) -> bool:
    """Whether a line stands right below another, in type of the same size."""
    height = upper.top - upper.bottom
    step = upper.bottom - lower.bottom
    return (
        0 < step <= max(1.3 * leading, 1.05 * height)
        and step < 2.5 * height
        and abs((lower.top - lower.bottom) - height) <= 0.1 * height
    )


def _runs_on(upper: _Line, lower: _Line, column: float, in_item: bool) -> bool:
    height = upper.top - upper.bottom
    first_word = len(lower.text.split(maxsplit=1)[0]) / len(lower.text)
    return (
        # The next word would not have fitted; a ragged margin may leave a little more.
        upper.right + first_word * (lower.right - lower.left) + 1.2 * height > column
        # A line set in begins a paragraph, unless it goes on below an item's mark.
        and lower.left - upper.left < (4 if in_item else 0.8) * height
        and not _ITEM.match(lower.text)
    )


def _joined(text: str, more: str, broken: bool) -> str:
    """A word broken at a line's end becomes whole; "post-" before "War" keeps its hyphen."""
    if broken and more[:1].islower():
        return text[:-1] + more
    return text + more if broken else f"{text} {more}"


def _outline(pdf: Any) -> dict[tuple[int, str], int]:
    """The level of each heading that the file's outline names, by page and words."""
    levels: dict[tuple[int, str], int] = {}
    for entry in pdf.get_toc():
        target = entry.get_dest()
        index = target.get_index() if target else None
        if index is not None:
            levels.setdefault((index + 1, _key(entry.get_title())), min(entry.level, 5) + 1)
    return levels


def _key(title: str) -> str:
    return "".join(cleaned(title).split()).casefold()
