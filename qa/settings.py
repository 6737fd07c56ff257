"""The settings: defaults, then footnote.toml in the working directory, then FOOTNOTE_* variables.

This module is the only reader of either. Unknown names are refused, so that a misspelt setting
can't be ignored in silence.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from qa.errors import BadSetting

FILE = "footnote.toml"
PREFIX = "FOOTNOTE_"


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set; each field is FOOTNOTE_<NAME> in the environment."""

    home: Path = Path(".footnote")
    """Where the index is kept."""
    passages: int = 8
    """How many passages are searched out and shown for a question, 1 to 50."""
    sentences: int = 2
    """The most sentences in an answer, 1 to 10."""
    refuse_below: float = 0.03
    """An answer less likely than this to be right is not given, 0 (answer always) to 1 (never)."""
    examples: tuple[str, ...] = ()
    """Questions that the chat offers; by default some that the indexed documents answer."""

    def __post_init__(self) -> None:
        _within("passages", self.passages, 1, 50)
        _within("sentences", self.sentences, 1, 10)
        _within("refuse_below", self.refuse_below, 0, 1)


def load(folder: Path = Path(), environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings; raises BadSetting naming the place and what it takes."""
    values = _from_file(folder / FILE)
    for name, text in environment.items():
        if name.startswith(PREFIX):
            values[name.removeprefix(PREFIX).lower()] = (name, text)
    kinds = get_type_hints(Settings)
    known = ", ".join(field.name for field in fields(Settings))
    for name, (where, _) in values.items():
        if name not in kinds:
            raise BadSetting(f"{where}: no such setting; there are {known}")
    return Settings(
        **{name: _as(kinds[name], value, where) for name, (where, value) in values.items()}
    )


def _from_file(path: Path) -> dict[str, tuple[str, Any]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"{path}: can't be read ({error})") from None
    return {name: (f"{path}: {name}", value) for name, value in content.items()}


def _as(kind: Any, value: Any, where: str) -> Any:
    """The value as the setting's type; the environment has only text, TOML its own types."""
    try:
        if kind == tuple[str, ...]:
            given = value.split("|") if isinstance(value, str) else value
            if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
                raise ValueError
            return tuple(each.strip() for each in given if each.strip())
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        if (kind is int and isinstance(value, float)) or value == "":
            raise ValueError
        return kind(value)
    except (TypeError, ValueError):
        takes = {int: "a whole number", float: "a number", Path: "a path"}
        what = takes.get(kind, "a list of texts (in the environment, with | between them)")
        raise BadSetting(f"{where}: {value!r} can't be used; it takes {what}") from None


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadSetting(f"{name}: {value} is out of range; it takes {low} to {high}")
