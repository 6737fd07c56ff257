"""The indexed paths: which are remembered, what a new one or a forgotten one changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from index import load
from index.errors import NothingToIndex
from index.scan import Name, Scan

SEEDS = Path(__file__).parent / "documents"
SEEDS_LABEL = "seeds"


def roots_of(
    remembered: Mapping[str, Path], paths: Sequence[Path], forget: Sequence[Path]
) -> dict[str, Path]:
    """Label to path of all that is to be indexed: a folder stands for those inside it.

    Raises NothingToIndex for a path that doesn't exist, or isn't there to be forgotten.
    """
    roots = dict(remembered)
    # A label that was somebody's is not given to another: his documents would pass for its own.
    taken = {*remembered, SEEDS_LABEL}
    for path in forget:
        if path not in roots.values():
            known = ", ".join(str(each) for each in roots.values()) or "none"
            raise NothingToIndex(f"{path}: isn't among the indexed paths; they are: {known}")
        roots = {label: each for label, each in roots.items() if each != path}
    for path in paths:
        # Raises if there is no such path, whoever stands for it.
        if not path.exists():
            load.find(path)
        if not any(path.is_relative_to(root) for root in roots.values()):
            roots = {name: root for name, root in roots.items() if not root.is_relative_to(path)}
            roots[label := _label(path.name, taken)] = path
            taken.add(label)
    return with_seeds(roots)


def with_seeds(roots: Mapping[str, Path]) -> dict[str, Path]:
    """The same, or the seed documents where there are none."""
    return dict(roots) or {SEEDS_LABEL: SEEDS}


def check_readable(
    paths: Iterable[Path], roots: Mapping[str, Path], found: Scan, taken: Collection[Name]
) -> None:
    """Raises NothingToIndex if one of these paths holds nothing that can be read."""
    for path in paths:
        label, root = next(each for each in roots.items() if path.is_relative_to(each[1]))
        below = path.relative_to(root).as_posix() if path != root else ""
        names = found.kept | set(taken)
        if not any(each[0] == label and _is_below(each[1], below) for each in names):
            left = [each for each in found.left_out if _is_below(each.source, below)]
            reasons = f" ({left[0].source}: {left[0].why})" if left else ""
            raise NothingToIndex(f"{path}: no document in it that can be read{reasons}")


def _is_below(source: str, folder: str) -> bool:
    return not folder or source == folder or source.startswith(f"{folder}/")


def _label(name: str, taken: Collection[str]) -> str:
    names = [name, *(f"{name}-{number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)
