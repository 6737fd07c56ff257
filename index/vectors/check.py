"""Opens a view as a reader will, to see that its vectors find themselves.

As a program, python -m index.vectors.check HOME, it does so with the current one, and may crash.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from index.library import Library
from index.vectors.folders import folder_of
from index.vectors.view import View
from index.vectors.write import Written


def check(
    library: Library, encoder: str, folder: Path, written: Written, ids: Sequence[int]
) -> None:
    """Raises Damaged unless a sample of the chunks, with the newest, is found by itself."""
    if not ids:
        return
    view = View(folder, written.sums, written.count)
    view.check(library, encoder, ids)
    view.close()


def main(home: Path) -> None:
    library = Library(home / "library.db")
    with library.reading():
        ids, _ = library.in_view(library.generation())
        written = Written.from_state(library.state("view"))
        folder = folder_of(home, library.view_generation())
        check(library, library.state("encoder") or "", folder, written, ids)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
