"""A view, open for reading."""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.encode import Vectors
from index.errors import Damaged
from index.vectors.exact import Nearest
from index.vectors.folders import Sums, compare, elements

COLLECTION = "chunks"
# How many more neighbours than needed are asked for, where only some may be found; and how many
# times over before it is cheaper to compare with all.
_SPARE, _TRIES = 1.5, 3


class View:
    """The Chroma view of one generation; its files must be those of `sums` and hold `count`.

    Raises Damaged, now or when asked, if they don't. Chroma writes to what it opens, and two
    processes must not share a folder: so this opens a copy of the view's database, beside links to
    its graph, which Chroma only reads.
    """

    def __init__(self, folder: Path, sums: Sums, count: int) -> None:
        compare(folder, sums)
        self._folder, self.count = folder, count
        self._own = tempfile.TemporaryDirectory(prefix="footnote-")
        with chroma_faults(folder):
            _link(folder, Path(self._own.name))
            self._client = client(Path(self._own.name))
            self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
            held = self._collection.count()
        if held != count:
            raise Damaged(f"{folder}: holds {held} vectors, not {count}; run: footnote repair")

    def nearest(
        self, question: Vectors, readable: npt.NDArray[np.bool_], seen: int, limit: int
    ) -> Nearest | None:
        """The nearest of the chunks that may be found, which are `seen` in number.

        None if they are so far off that comparing with all of them is cheaper.
        """
        limit = min(limit, seen)
        asked = limit if seen >= self.count else int(limit * self.count / seen * _SPARE) + 1
        for _ in range(_TRIES):
            asked = min(asked, self.count)
            # What a build has removed may still be here, with an id beyond all that there are.
            found = [
                each
                for each in self._query(question, asked)
                if each[0] < len(readable) and readable[each[0]]
            ]
            if len(found) >= limit or asked == self.count:
                return found[:limit] if len(found) >= limit else None
            asked *= 3
        return None

    def nearest_cosine(self, question: Vectors) -> float:
        """That of the nearest chunk, whichever it is; -1 if there is none."""
        return max((cosine for _, cosine in self._query(question, 1)), default=-1.0)

    def _query(self, question: Vectors, limit: int) -> Nearest:
        with chroma_faults(self._folder):
            found = self._collection.query(
                query_embeddings=[question], n_results=limit, include=["distances"]
            )
        # The distance is one less the cosine.
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [(int(each), 1 - distance) for each, distance in pairs]

    def close(self) -> None:
        self._client.close()
        self._own.cleanup()


def _link(folder: Path, own: Path) -> None:
    shutil.copyfile(folder / "chroma.sqlite3", own / "chroma.sqlite3")
    for header in folder.glob("*/header.bin"):
        graph = header.parent
        if elements(folder):
            (own / graph.name).symlink_to(graph.resolve(), target_is_directory=True)
        else:
            # A graph that nothing has been put into yet is made anew when it is opened.
            shutil.copytree(graph, own / graph.name)


def client(folder: Path) -> Any:
    """A Chroma client on a folder that nobody else has open."""
    import chromadb
    from chromadb.config import Settings

    logging.getLogger("chromadb").setLevel(logging.ERROR)
    settings = Settings(anonymized_telemetry=False, is_persistent=True)
    return chromadb.PersistentClient(str(folder.resolve()), settings)


@contextlib.contextmanager
def chroma_faults(folder: Path) -> Iterator[None]:
    """Whatever Chroma raises of a folder means that the view can't be used."""
    try:
        yield
    except Exception as error:
        raise Damaged(f"{folder}: can't be read ({error}); run: footnote repair") from error
