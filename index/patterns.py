"""Patterns of paths, as in a .gitignore file, and whether a document's path matches one."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def matches(patterns: tuple[str, ...], folder: str, source: str) -> bool:
    """Whether one matches the path below the indexed folder, or that with the folder in front."""
    spec = compiled(patterns)
    return any(spec.match_file(name) for name in names(folder, source))


def names(folder: str, source: str) -> tuple[str, str]:
    """What a document's path is called: below its indexed folder, and with the folder in front."""
    return composed(source), composed(f"{folder}/{source}")


@lru_cache(maxsize=256)
def compiled(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    """Raises ValueError for what is no pattern."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(composed(path) for path in patterns)


def composed(path: str) -> str:
    """Accents in one form: file systems and editors differ in which they write."""
    return unicodedata.normalize("NFC", path)
