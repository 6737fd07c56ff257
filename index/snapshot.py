"""What somebody sees of the index at one moment: its documents, less those he may not read.

Where a question is narrowed, those outside are left out too.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.access import Access
from index.library import Entry, Library


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The documents of a generation that somebody may read, and the ids of their chunks.

    `index` is the identity of what is seen: equal for equal content, whoever sees it. `readable`
    says of each chunk id whether it is among `ids`. `view` is the state of the vectors' view, which
    was written for `view_generation`; `beside` are those of the ids that came after it.
    """

    generation: int
    index: str
    entries: tuple[Entry, ...]
    documents: frozenset[str]
    ids: npt.NDArray[np.int64] = field(compare=False, repr=False)
    readable: npt.NDArray[np.bool_] = field(compare=False, repr=False)
    view: str
    view_generation: int
    beside: npt.NDArray[np.int64] = field(compare=False, repr=False)

    @property
    def chunks(self) -> int:
        """How many chunks are searched."""
        return len(self.ids)


def look(library: Library, generation: int, access: Access) -> Snapshot:
    """What may be read of a generation; for inside a reading of the library."""
    entries = library.entries(generation)
    names = folders(library)
    seen = [
        each
        for each in entries
        if access.within.holds(folder := names.get(each.label, each.label), each.source, each.date)
        and access.may_read(folder, each.source)
    ]
    places = library.places(generation)
    rows = np.array([each.row for each in seen], dtype=np.int64)
    ids = places[np.isin(places[:, 1], rows), 0]
    # As long as the greatest id at all, so that every row that full text gives can be looked up.
    readable = np.zeros(library.greatest() + 1, dtype=bool)
    readable[ids] = True
    came = np.array(library.in_view(generation)[1], dtype=np.int64)
    made_by = [library.state("encoder"), library.state("splitter")]
    held = [f"{each.document} {each.sha256}" for each in seen]
    return Snapshot(
        generation=generation,
        index=hashlib.sha256(json.dumps([made_by, held]).encode()).hexdigest()[:16],
        entries=tuple(seen),
        documents=frozenset(each.document for each in seen),
        ids=ids,
        readable=readable,
        view=library.state("view") or "",
        view_generation=library.view_generation(),
        beside=came[readable[came]],
    )


def folders(library: Library) -> dict[str, str]:
    """What paths are compared with, by label: the folders' own names, as two labels of one differ.

    What comes with Footnote has only its label.
    """
    return {label: Path(path).name for path, label in library.paths().items()}
