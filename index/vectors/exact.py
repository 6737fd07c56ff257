"""Exact search: the question is compared with every vector that may be found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.encode import Vectors
from index.library import Library

# Chunk ids and cosines to the question (-1 to 1), best first.
Nearest = list[tuple[int, float]]


def exact(
    library: Library,
    at: int,
    encoder: str,
    question: Vectors,
    readable: npt.NDArray[np.bool_],
    limit: int,
) -> Nearest:
    """Reads the vectors of a generation from the library, a block at a time.

    `readable` says of each chunk id whether it may be found.
    """
    best: Nearest = []
    for chunks, vectors in library.vectors(at, encoder):
        may = readable[chunks]
        some = [chunk for chunk, seen in zip(chunks, may, strict=True) if seen]
        best += exact_among(some, vectors[may], question, limit)
        best = sorted(best, key=lambda each: (-each[1], each[0]))[:limit]
    return best


def exact_among(chunks: Sequence[int], vectors: Vectors, question: Vectors, limit: int) -> Nearest:
    """The nearest of these chunks, whose vectors have the shape (n, dimension)."""
    if not len(chunks):
        return []
    cosines = vectors @ question
    top = np.argsort(-cosines, kind="stable")[:limit]
    return [(int(chunks[place]), float(cosines[place])) for place in top]
