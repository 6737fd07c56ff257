"""What a question is narrowed to: folders, documents, a time. It only ever takes away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from index.patterns import compiled, composed, matches, names

MOST_PATHS, LONGEST_PATH = 100, 4_096
# Stars multiply what matching costs, and whoever asks writes them: of one part of a path, and of
# parts that are ** themselves.
_MOST_STARS, _MOST_ANY = 2, 2


@dataclass(frozen=True, slots=True)
class Within:
    """The documents that one of `paths` names and that are of a day from `since` to `until`.

    A path is a pattern as in a .gitignore file, compared as those of `Rule` are, or a document's
    source as it stands; with none, every path is within. Days are YYYY-MM-DD, the last one
    included; a document without a date is of no day. Raises ValueError, one line, for what can't be
    meant.
    """

    paths: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        if len(self.paths) > MOST_PATHS:
            raise ValueError(f"{len(self.paths):,} paths; name at most {MOST_PATHS}")
        for path in self.paths:
            _check(path)
        for name, day in (("since", self.since), ("until", self.until)):
            if day is not None and not _is_day(day):
                raise ValueError(f"{name}: {_short(day)} is no day; it takes YYYY-MM-DD")
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"{self.since} to {self.until} ends before it begins; exchange them")

    @property
    def is_everything(self) -> bool:
        return not self.paths and self.since is None and self.until is None

    def holds(self, folder: str, source: str, day: str | None) -> bool:
        """Whether a document is within: its indexed folder's name, its source and its date."""
        if (self.since or self.until) and not (
            day and (self.since or day) <= day <= (self.until or day)
        ):
            return False
        return not self.paths or self._names(folder, source)

    def _names(self, folder: str, source: str) -> bool:
        plain = _plain(self.paths)
        return not plain.isdisjoint(names(folder, source)) or matches(self.paths, folder, source)


EVERYWHERE = Within()


def exactly(source: str) -> str:
    """The path that names the document of this source (or folder and source) and no other."""
    return "/" + re.sub(r"([\\*?\[ ])", r"\\\1", source)


@lru_cache(maxsize=256)
def _plain(paths: tuple[str, ...]) -> frozenset[str]:
    """What the paths say if they are no patterns, with and without what `exactly` puts in."""
    bare = {composed(path.removeprefix("/")) for path in paths}
    return frozenset(bare | {re.sub(r"\\(.)", r"\1", path) for path in bare})


def _check(path: str) -> None:
    # With / in front it is taken as it stands, as some sources begin so.
    is_odd = path[:1] in "!# \t" or path.startswith("./") or ("\\" in path and path[0] != "/")
    if is_odd or not path.strip("/"):
        raise ValueError(
            f"{_short(path)}: no path is empty, begins with !, #, ./ or a blank, or has \\; name "
            "what is so called with / in front"
        )
    if len(path) > LONGEST_PATH:
        raise ValueError(f"{_short(path)}: {len(path):,} characters; no path has so many")
    parts = path.split("/")
    # Each by itself: what stands between two may be nothing.
    stars = max(0 if part == "**" else part.count("*") for part in parts)
    if stars > _MOST_STARS or sum(part == "**" for part in parts) > _MOST_ANY:
        raise ValueError(
            f"{_short(path)}: at most {_MOST_STARS} stars in a part of a path, and {_MOST_ANY} "
            "parts **"
        )
    try:
        compiled((path,))
    except ValueError:
        raise ValueError(f"{_short(path)}: no pattern; write it as in a .gitignore file") from None


def _is_day(day: str) -> bool:
    try:
        return date.fromisoformat(day).isoformat() == day
    except ValueError:
        return False


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:79]}…")
