"""A view in a folder, open for reading."""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.encode import Vectors
from index.errors import Damaged
from index.vectors.any_view import AnyView, nearest_of
from index.vectors.exact import Nearest
from index.vectors.folders import Sums, compare, elements

COLLECTION = "chunks"


class View(AnyView):
    """The Chroma view in a folder; its files must be those of `sums` and hold `count`.

    Raises Damaged, now or when asked, if they don't. Chroma writes to what it opens, and two
    processes must not share a folder: so this opens a copy of the view's database, beside links to
    its graph, which Chroma only reads.
    """

    def __init__(self, folder: Path, sums: Sums, count: int) -> None:
        compare(folder, sums)
        self._folder, self.where, self.count = folder, str(folder), count
        self._own = tempfile.TemporaryDirectory(prefix="footnote-")
        with chroma_faults(folder):
            _link(folder, Path(self._own.name))
            self._client = client(Path(self._own.name))
            self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
            held = self._collection.count()
        if held != count:
            raise Damaged(f"{folder}: holds {held} vectors, not {count}; run: footnote repair")

    def _query(self, question: Vectors, limit: int) -> Nearest:
        with chroma_faults(self._folder):
            found = self._collection.query(
                query_embeddings=[question], n_results=limit, include=["distances"]
            )
        return nearest_of(found)

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
