"""The nearest chunks to a question: a Chroma view of the library's vectors, or exact search.

A view is one folder a generation. It is written by a child process, which a crash of Chroma can't
spread from, closed, opened again and checked before anyone reads it, and never written after that.
Exact search needs no view: it is what a single question from the command line uses, as importing
Chroma takes longer than comparing with every vector, and what stands in for a view that is missing
or damaged.

This module is the sole importer of chromadb.
"""

from __future__ import annotations

import logging
import math
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from index.encode import Vectors
from index.errors import Damaged
from index.library import Library

# Chunk ids and cosines to the question (-1 to 1), best first.
Nearest = list[tuple[int, float]]

COLLECTION = "chunks"
# Below max_neighbors=48 some vectors could never be found; see Chroma's HNSW configuration.
_HNSW = {"space": "cosine", "max_neighbors": 48, "ef_construction": 300, "ef_search": 100}
_SELF_QUERIES = 20


def exact(library: Library, at: int, encoder: str, question: Vectors, limit: int) -> Nearest:
    """Compares the question with every vector of a generation, a block at a time."""
    best: Nearest = []
    for chunks, vectors in library.vectors(at, encoder):
        cosines = vectors @ question
        top = np.argsort(-cosines, kind="stable")[:limit]
        best += [(chunks[place], float(cosines[place])) for place in top]
        best = sorted(best, key=lambda each: (-each[1], each[0]))[:limit]
    return best


class View:
    """The Chroma view of one generation, open for reading; it must hold `count` vectors.

    Raises Damaged, now or when asked, if it isn't sound.
    """

    def __init__(self, folder: Path, count: int) -> None:
        guard(folder)
        with _chroma_faults(folder):
            self._client = _client(folder)
            collection = self._client.get_collection(COLLECTION, embedding_function=None)
            held = collection.count()
        if held != count:
            raise Damaged(f"{folder}: holds {held} vectors, not {count}; run: footnote index")
        self._folder, self._store = folder, _store(collection)

    def nearest(self, question: Vectors, limit: int) -> Nearest:
        from llama_index.core.vector_stores.types import VectorStoreQuery

        query = VectorStoreQuery(query_embedding=question.tolist(), similarity_top_k=limit)
        with _chroma_faults(self._folder):
            found = self._store.query(query)
        # The store gives exp(-distance), and the distance is one less the cosine.
        cosines = [1 + math.log(similarity) for similarity in found.similarities or []]
        return [(int(each), cosine) for each, cosine in zip(found.ids or [], cosines, strict=True)]

    def close(self) -> None:
        self._client.close()


@contextmanager
def _chroma_faults(folder: Path) -> Iterator[None]:
    """Whatever Chroma raises of a folder means that the view can't be used."""
    try:
        yield
    except Exception as error:
        raise Damaged(f"{folder}: can't be read ({error}); run: footnote index") from error


def folder_of(home: Path, generation: int) -> Path:
    return home / "vectors" / str(generation)


def write(home: Path, generation: int, encoder: str, progress: Callable[[int], None]) -> None:
    """Writes and checks the view of a generation, in a child process; raises Damaged if it fails.

    `progress` is given the number of vectors written so far.
    """
    folder = folder_of(home, generation)
    shutil.rmtree(folder, ignore_errors=True)
    # -P: a file of the user's in the working directory must not be taken for one of ours.
    command = [sys.executable, "-P", "-m", "index.vectors", str(home), str(generation), encoder]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as child,
    ):
        for line in child.stdout or ():
            if line.strip().isdigit():
                progress(int(line))
        code = child.wait()
        errors.seek(0)
        said = errors.read().strip().splitlines()
    if code:
        shutil.rmtree(folder, ignore_errors=True)
        raise Damaged(
            f"{folder}: the vector index could not be written "
            f"({said[-1] if said else f'exit code {code}'}); run: footnote index"
        )


def remove_all_but(home: Path, generations: set[int]) -> None:
    """Removes the views of other generations, and nothing that isn't a view."""
    keep = {folder_of(home, generation) for generation in generations}
    for folder in (home / "vectors").iterdir():
        is_view = folder.name.isdigit() and (folder / "chroma.sqlite3").is_file()
        if is_view and folder not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def guard(folder: Path) -> None:
    """Raises Damaged unless the HNSW files' sizes agree with their header.

    Opening a torn folder can crash the process or fill the disk, so this comes before. The header
    is hnswlib's: version, offset of level 0, most elements, elements, bytes an element; the files
    are as long as the elements, or as the room made for the first ones.
    """
    if not (folder / "chroma.sqlite3").is_file():
        raise Damaged(f"{folder}: there is no view of the vectors; run: footnote index")
    for header in folder.glob("*/header.bin"):
        content = header.read_bytes()
        if len(content) < 36:
            raise Damaged(f"{header}: cut short; run: footnote index")
        _, _, most, elements, size = struct.unpack("<iQQQQ", content[:36])
        lengths = (header.parent / "length.bin", header.parent / "data_level0.bin")
        sizes = [path.stat().st_size if path.is_file() else -1 for path in lengths]
        if sizes not in ([elements * 4, elements * size], [most * 4, most * size]):
            raise Damaged(f"{header.parent}: torn; run: footnote index")


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    logging.getLogger("chromadb").setLevel(logging.ERROR)
    settings = Settings(anonymized_telemetry=False, is_persistent=True)
    return chromadb.PersistentClient(str(folder.resolve()), settings)


def _store(collection: Any) -> Any:
    from llama_index.vector_stores.chroma import ChromaVectorStore

    return ChromaVectorStore(chroma_collection=collection)


def _write(home: Path, generation: int, encoder: str) -> None:
    """The child's work."""
    from llama_index.core.schema import TextNode

    library = Library(home / "library.db")
    folder = folder_of(home, generation)
    folder.mkdir(parents=True)
    client = _client(folder)
    # embedding_function=None: the default one downloads a model.
    collection = client.create_collection(
        COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW}
    )
    store = _store(collection)
    done = 0
    for chunks, vectors in library.vectors(generation, encoder, block=2048):
        pairs = zip(chunks, vectors, strict=True)
        # The view holds no text: what is removed from the library must not live on here.
        store.add([TextNode(id_=str(c), text="", embedding=v.tolist()) for c, v in pairs])
        done += len(chunks)
        print(done, flush=True)
    client.close()
    _check(library, folder, generation, encoder, done)


def _check(library: Library, folder: Path, generation: int, encoder: str, count: int) -> None:
    view = View(folder, count)
    for chunks, vectors in library.vectors(generation, encoder):
        step = max(1, len(chunks) // _SELF_QUERIES)
        for vector in vectors[::step]:
            best = view.nearest(vector, 1)
            if not best or best[0][1] < 0.999:
                raise Damaged(f"{folder}: a vector isn't found by itself")
    view.close()


if __name__ == "__main__":
    _write(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
