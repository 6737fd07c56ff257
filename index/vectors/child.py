"""The child process that writes a view: copy the last one, change it, close it, hash it, check it.

Its standard output is one JSON object a line: {"done", "total"}, and at the end {"sums", "count"}.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import Damaged
from index.library import Library
from index.vectors.check import check
from index.vectors.folders import VIEW, compare, elements, folder_of, sums
from index.vectors.view import COLLECTION, client
from index.vectors.write import Written

# Below max_neighbors=48 some vectors could never be found; see Chroma's HNSW configuration.
HNSW = {"space": "cosine", "max_neighbors": 48, "ef_construction": 300, "ef_search": 100}
# The ids that the view holds: Chroma takes seconds to list them.
_IDS = "ids.npy"
_BLOCK = 1024
# A graph keeps what is deleted from it; beyond this share of it a new one is made.
_MOST_DELETED = 0.3


def main(home: Path, generation: int, encoder: str, part: Path) -> None:
    library = Library(home / "library.db")
    wanted = set(library.for_view(generation))
    part.mkdir(parents=True)
    # What the check opens is in the part, too: whoever kills this process leaves it behind.
    tempfile.tempdir = str(part)
    view = part / VIEW
    base = _base(library, home, encoder, len(wanted))
    if base:
        shutil.copytree(base, view)
    else:
        view.mkdir()
    _change(library, encoder, view, wanted, fresh=base is None)
    written = Written(sums(view), len(wanted))
    check(library, encoder, view, written, sorted(wanted))
    print(json.dumps({"sums": written.sums, "count": written.count}), flush=True)


def _base(library: Library, home: Path, encoder: str, wanted: int) -> Path | None:
    """The current view if it is this encoder's, sound, and worth changing."""
    folder = folder_of(home, library.view_generation())
    if library.state("encoder") != encoder:
        return None
    try:
        compare(folder, Written.from_state(library.state("view")).sums)
    except Damaged:
        return None
    if elements(folder) - wanted > _MOST_DELETED * wanted:
        return None
    return folder


def _change(library: Library, encoder: str, view: Path, wanted: set[int], fresh: bool) -> None:
    chroma = client(view)
    if fresh:
        # embedding_function=None: the default one downloads a model.
        collection = chroma.create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": HNSW}
        )
        held: set[int] = set()
    else:
        collection = chroma.get_collection(COLLECTION, embedding_function=None)
        held = set(np.load(view / _IDS).tolist())
    gone, new = sorted(held - wanted), sorted(wanted - held)
    for some in _blocks(gone):
        collection.delete(ids=[str(each) for each in some])
    done = 0
    # The view holds no text: what is removed from the library must not live on here.
    for some in _blocks(new):
        chunks, vectors = library.vectors_of(some, encoder)
        collection.add(ids=[str(each) for each in chunks], embeddings=vectors)
        done += len(chunks)
        print(json.dumps({"done": done, "total": len(new)}), flush=True)
    chroma.close()
    np.save(view / _IDS, np.array(sorted(wanted), dtype=np.int64))


def _blocks(ids: list[int]) -> Any:
    rest = iter(ids)
    return iter(lambda: list(islice(rest, _BLOCK)), [])


def _die_with(parent: int) -> None:
    """A build that is killed must not leave somebody behind who still writes."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            sys.exit("the build was killed")


if __name__ == "__main__":
    _die_with(int(sys.argv[5]))
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
