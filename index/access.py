"""Who may read what: rules give paths to groups.

A document may be read by whoever is, for each rule that its path matches, in one of that rule's
groups; a path that no rule matches is open to everyone. So a rule only ever takes away: an
additional one can't open by mistake what another keeps closed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from index.patterns import compiled, matches
from index.within import EVERYWHERE, Within


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
            compiled((path,))

    def matches(self, folder: str, source: str) -> bool:
        return matches(self.paths, folder, source)


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody may read: the rules, and the groups he is in.

    `within` is what he narrowed his question to: of what he may read, the rest isn't looked at.
    """

    rules: tuple[Rule, ...] = ()
    groups: frozenset[str] = field(default_factory=frozenset)
    within: Within = EVERYWHERE

    def may_read(self, folder: str, source: str) -> bool:
        return all(rule.groups & self.groups for rule in self.rules if rule.matches(folder, source))

    def readers(self, folder: str, source: str) -> tuple[tuple[str, ...], ...]:
        """Of each rule that matches, its groups: who reads it is in one of each. () is everyone."""
        found = {tuple(sorted(each.groups)) for each in self.rules if each.matches(folder, source)}
        return tuple(sorted(found))

    def reduced(self) -> Access:
        """The same, less the groups that no rule speaks of."""
        named = frozenset[str]().union(*(rule.groups for rule in self.rules))
        return Access(self.rules, self.groups & named, self.within)


EVERYTHING = Access()
