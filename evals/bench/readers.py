"""Who asks: somebody who sees everything, half of it, or one folder of a hundred."""

from __future__ import annotations

from index.access import EVERYTHING, Access, Rule

_STAFF = frozenset({"staff"})

# The folders are those of the synthetic index: part-00 to part-99.
READERS = {
    "all": EVERYTHING,
    "50 %": Access((Rule(("part-[5-9][0-9]/",), _STAFF),)),
    "1 %": Access((Rule(("part-[0-9][1-9]/", "part-[1-9]0/"), _STAFF),)),
}
