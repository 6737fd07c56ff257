"""Where an index keeps its view: in folders of its home, or in a Chroma server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index.errors import Damaged
from index.library import Library
from index.vectors import folders, server
from index.vectors.patient import Patient
from index.vectors.server import Collection, ServerView
from index.vectors.view import View
from index.vectors.write import Written, write


@dataclass(frozen=True, slots=True)
class Place:
    """The place that is set: `chroma` is the address of a server, "" for folders of `home`.

    A view's `state`, in the library, says where it was written, which may be elsewhere.
    """

    home: Path
    chroma: str = ""

    def is_of(self, state: str | None) -> bool:
        """Whether the view of this state is kept where it should be."""
        held = Collection.from_state(state)
        return (held.url if held else "") == self.chroma

    def write(
        self,
        library: Library,
        generation: int,
        encoder: str,
        progress: Callable[[int, int], None],
    ) -> str:
        """Writes and checks the view of a generation; gives its state.

        Raises Unusable or Damaged if it can't be written.
        """
        if self.chroma:
            return server.write(self.chroma, library, generation, encoder, progress).as_state()
        keep = library.view_generation()
        return write(self.home, generation, encoder, keep, progress).as_state()

    def open(self, state: str, generation: int) -> View | Patient:
        """The view, for questions; raises Damaged if there is none that can be used."""
        if held := Collection.from_state(state):
            chroma = self._server()
            return Patient(lambda: ServerView(chroma, held), held.count)
        written = Written.from_state(state)
        return View(folders.folder_of(self.home, generation), written.sums, written.count)

    def compare(self, state: str | None, generation: int) -> tuple[str, int]:
        """Where the view is and how many vectors it holds; raises Damaged unless it is whole."""
        if held := Collection.from_state(state):
            with closing(ServerView(self._server(), held, seconds=10)) as view:
                return view.where, view.count
        written = Written.from_state(state)
        folders.compare(folder := folders.folder_of(self.home, generation), written.sums)
        return str(folder), written.count

    def remove_others(self, library: Library, before: str | None) -> None:
        """Removes all views but the current one; `before` is the state of the one before it."""
        current, old = Collection.from_state(library.state("view")), Collection.from_state(before)
        folders.remove_all_but(self.home, 0 if current else library.view_generation())
        for url in {each.url for each in (current, old) if each}:
            server.remove_all_but(url, library, current.name if current else "")

    def _server(self) -> str:
        # Never the address in the library, which may be a copy of somebody else's.
        if not self.chroma:
            raise Damaged(
                "the view of the vectors is in a Chroma server and `chroma` isn't set; set it, "
                "or run: footnote index"
            )
        return self.chroma
