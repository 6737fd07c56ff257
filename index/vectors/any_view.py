"""What every view can do, wherever it is kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.encode import Vectors
from index.errors import Damaged
from index.library import Library
from index.vectors.exact import Nearest

# How many more neighbours than needed are asked for, where only some may be found; and how many
# times over before it is cheaper to compare with all.
_SPARE, _TRIES = 1.5, 3
_SELF_QUERIES = 40


class AnyView(ABC):
    """The view of one generation: `count` vectors, kept at `where`. Raises Damaged if it fails."""

    where: str
    count: int

    def nearest(
        self, question: Vectors, readable: npt.NDArray[np.bool_], seen: int, limit: int
    ) -> Nearest | None:
        """The nearest of the chunks that may be found, which are `seen` in number.

        None if they are so far off that comparing with all of them is cheaper.
        """
        limit = min(limit, seen)
        if not limit:
            return []
        asked = limit if seen >= self.count else int(limit * self.count / seen * _SPARE) + 1
        for _ in range(_TRIES):
            asked = min(asked, self.count)
            # A view holds what was removed since it was written, ids beyond all others too.
            found = [
                each
                for each in self._query(question, asked)
                if each[0] < len(readable) and readable[each[0]]
            ]
            if len(found) >= limit or asked == self.count:
                return found[:limit] if len(found) >= limit else None
            asked *= 3
        return None

    def check(self, library: Library, encoder: str, ids: Sequence[int]) -> None:
        """Raises Damaged unless a sample of these chunks, with the newest, is found by itself."""
        if not ids:
            return
        sample = {*ids[:: max(1, len(ids) // _SELF_QUERIES)], *ids[-_SELF_QUERIES // 2 :]}
        for chunk, vector in zip(*library.vectors_of(sample, encoder), strict=True):
            # Another of the same text may come first, even one that has been removed since.
            best = self._query(vector, 1)
            if not best or best[0][1] < 0.999:
                raise Damaged(f"{self.where}: the vector of chunk {chunk} isn't found by itself")

    @abstractmethod
    def _query(self, question: Vectors, limit: int) -> Nearest: ...

    @abstractmethod
    def close(self) -> None: ...


def nearest_of(found: dict[str, list[list[str]]]) -> Nearest:
    """What Chroma answers to one question; its distance is one less the cosine."""
    pairs = zip(found["ids"][0], found["distances"][0], strict=True)
    return [(int(each), 1 - float(distance)) for each, distance in pairs]
