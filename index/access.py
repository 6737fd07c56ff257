"""Who may read what: rules give paths to groups.

A document may be read by whoever is, for each rule that its path matches, in one of that rule's
groups; a path that no rule matches is open to everyone. So a rule only ever takes away: an
additional one can't open by mistake what another keeps closed.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@dataclass(frozen=True, slots=True)
class Rule:
    """Paths, as patterns of a .gitignore file, and the groups that may read what they match.

    A pattern is compared with the path below the indexed folder, and with the same with the
    folder's name in front. Raises ValueError for patterns that could open or mean nothing.
    """

    paths: tuple[str, ...]
    groups: frozenset[str]

    def __post_init__(self) -> None:
        for path in self.paths:
            if path[:1] in "!# \t" or path.startswith("./") or "\\" in path:
                raise ValueError(f"{path!r}: no pattern begins with !, #, ./ or a blank, or has \\")
            _spec((path,))

    def matches(self, folder: str, source: str) -> bool:
        spec = _spec(self.paths)
        names = (_composed(source), _composed(f"{folder}/{source}"))
        return any(spec.match_file(name) for name in names)


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody may read: the rules, and the groups he is in."""

    rules: tuple[Rule, ...] = ()
    groups: frozenset[str] = field(default_factory=frozenset)

    def may_read(self, folder: str, source: str) -> bool:
        return all(rule.groups & self.groups for rule in self.rules if rule.matches(folder, source))

    def reduced(self) -> Access:
        """The same, less the groups that no rule speaks of."""
        named = frozenset[str]().union(*(rule.groups for rule in self.rules))
        return Access(self.rules, self.groups & named)


EVERYTHING = Access()


@cache
def _spec(paths: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(_composed(path) for path in paths)


def _composed(path: str) -> str:
    """Accents in one form: file systems and editors differ in which they write."""
    return unicodedata.normalize("NFC", path)
