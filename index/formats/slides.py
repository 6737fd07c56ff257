"""PowerPoint presentations (.pptx): a slide is a page, its title a heading, its notes below it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from index.formats.archive import opened
from index.formats.blocks import Block, Reading, listed, rows


def read(content: bytes) -> Reading:
    import pptx

    opened(content, "[Content_Types].xml", "a PowerPoint presentation (.pptx)")
    presentation = pptx.Presentation(io.BytesIO(content))
    found: list[Block] = []
    empty: list[int] = []
    for number, slide in enumerate(presentation.slides, start=1):
        blocks = list(_slide(slide, number))
        found += blocks
        if not any(block.text.strip() for block in blocks):
            empty.append(number)
    return Reading(found, notes=listed("slide", empty, "no text"))


def _slide(slide: Any, number: int) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield Block(_words(title.text_frame), level=1, page=number)
    for shape in _single(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False):
            cells = [[_words(cell.text_frame) for cell in row.cells] for row in shape.table.rows]
            yield from rows(cells, page=number, named=bool(shape.table.first_row))
        elif shape.has_text_frame:
            for paragraph in shape.text_frame.paragraphs:
                yield Block(_plain(paragraph.text), page=number)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        for paragraph in frame.paragraphs:
            yield Block(_plain(paragraph.text), page=number)


def _single(shapes: Any) -> Iterator[Any]:
    """The shapes in the order they lie in, those of groups in their group's place."""
    waiting = [iter(shapes)]
    while waiting:
        shape = next(waiting[-1], None)
        if shape is None:
            waiting.pop()
        elif hasattr(shape, "shapes"):
            waiting.append(iter(shape.shapes))
        else:
            yield shape


def _words(frame: Any) -> str:
    return " ".join(_plain(paragraph.text) for paragraph in frame.paragraphs)


def _plain(text: str) -> str:
    # A line break within a paragraph.
    return text.replace("\v", " ")
