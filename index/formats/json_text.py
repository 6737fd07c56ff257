"""JSON: each object a statement, "name: Bob; age: 5", with the names that lead to it.

Numbers stay as they are written, and of names that come twice both are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from index.errors import Unreadable
from index.formats.blocks import Block, Reading
from index.formats.text import decode

# A value longer than this is a text of its own.
_SHORT = 200
# An object with more than this becomes several statements.
_STATEMENT = 600


class _Members(list[tuple[str, Any]]):
    """An object's names and values, in order."""


def read(content: bytes) -> Reading:
    text = decode(content)
    try:
        values = [_value(text)]
    except ValueError as error:
        # JSON Lines: a value a line.
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            values = [_value(line) for line in lines] if len(lines) > 1 else []
        except ValueError:
            values = []
        if not values:
            raise Unreadable(f"it isn't valid JSON ({_one_line(error)})") from None
    return Reading([block for value in values for block in _blocks(value, "")])


def _value(text: str) -> Any:
    return json.loads(
        text,
        object_pairs_hook=_Members,
        parse_int=str,
        parse_float=str,
        parse_constant=str,
    )


def _one_line(error: ValueError) -> str:
    return " ".join(str(error).split())[:100]


def _blocks(value: Any, name: str) -> Iterator[Block]:
    """An object's short values in one statement, then its long values and its lists of objects."""
    if isinstance(value, _Members):
        short: list[str] = []
        later: list[tuple[str, Any]] = []
        for key, each in _flat(value, name):
            shown = _shown(each)
            if shown is None or len(shown) > _SHORT:
                later.append((key, each))
            elif shown:
                short.append(f"{key}: {shown}")
        yield from _statements(short)
        for key, each in later:
            yield from _blocks(each, key)
    elif (shown := _shown(value)) is not None:
        yield Block(f"{name}: {shown}" if name and shown else shown)
    else:
        for each in value:
            yield from _blocks(each, name)


def _statements(parts: list[str]) -> Iterator[Block]:
    """The parts in statements of some length, so that one can be read."""
    gathered: list[str] = []
    for part in parts:
        if gathered and sum(map(len, gathered)) + len(part) > _STATEMENT:
            yield Block("; ".join(gathered))
            gathered = []
        gathered.append(part)
    yield Block("; ".join(gathered))


def _flat(members: _Members, name: str) -> Iterator[tuple[str, Any]]:
    for key, value in members:
        path = f"{name}.{key}" if name else key
        if isinstance(value, _Members):
            yield from _flat(value, path)
        else:
            yield path, value


def _shown(value: Any) -> str | None:
    """A plain value, or a list of short ones, as text; None for what holds objects or long ones."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, _Members) or any(isinstance(each, list) for each in value):
        return None
    parts = [_shown(each) or "" for each in value]
    return ", ".join(filter(None, parts)) if all(len(part) <= _SHORT for part in parts) else None
