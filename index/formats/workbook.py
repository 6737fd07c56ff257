"""Excel workbooks (.xlsx): a sheet's name is a heading, and each row a statement of its own."""

from __future__ import annotations

import datetime
import io
from typing import Any

from index.formats.archive import opened
from index.formats.blocks import Block, Reading, rows


def read(content: bytes) -> Reading:
    import python_calamine as calamine

    opened(content, "[Content_Types].xml", "an Excel workbook (.xlsx)")
    workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    found: list[Block] = []
    notes: list[str] = []
    for sheet in workbook.sheets_metadata:
        if sheet.typ != calamine.SheetTypeEnum.WorkSheet:
            notes.append(f"sheet {sheet.name!r} is a chart or a macro, and isn't read")
        elif sheet.visible != calamine.SheetVisibleEnum.Visible:
            notes.append(f"sheet {sheet.name!r} is hidden, and isn't read")
        else:
            values = workbook.get_sheet_by_name(sheet.name).iter_rows()
            if statements := rows(([_shown(value) for value in row] for row in values), named=True):
                found += [Block(sheet.name, level=1), *statements]
    return Reading(found, title="", notes=tuple(notes))


def _shown(value: Any) -> str:
    """A cell's value as text; Excel keeps whole numbers and plain days as fractions and times."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return str(value)
