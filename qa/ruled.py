"""Whether there were ever rules of access for an index: what they kept closed isn't opened because
they have gone.

A file beside the index says so, so that the next process knows it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from index.access import Rule

_MARK = "ruled"


def remembered(home: Path, rules: Sequence[Rule]) -> bool:
    """Whether there are rules now, which is kept, or were before."""
    return remember(home, True) if rules else (home / _MARK).exists()


def remember(home: Path, ruled: bool) -> bool:
    """Keeps whether there are rules, and gives it back; where nothing can be written it is lost."""
    with suppress(OSError):
        if ruled:
            (home / _MARK).touch()
        else:
            (home / _MARK).unlink(missing_ok=True)
    return ruled
