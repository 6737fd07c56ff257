"""The last steps of every build: what is missing is encoded, a view written, all made current."""

from __future__ import annotations

from collections.abc import Callable

from index.encode import Encoder
from index.library import Library
from index.split import identity
from index.vectors import Place
from index.verify import view_serves

# Vectors are kept in the library every so many, so that a kill costs at most those.
_KEPT_EVERY = 128

# Told the stage ("scanning", "reading", "encoding", "indexing"), how many are done, of how many.
Progress = Callable[[str, int, int], None]


class Publisher:
    """Makes the next generation of a library current; for whoever holds the lock."""

    def __init__(
        self, place: Place, library: Library, progress: Progress, encoder: Encoder
    ) -> None:
        self.place, self.library, self.progress = place, library, progress
        self.encoder = encoder
        self.rules = identity(self.encoder.window)

    def encode(self, generation: int) -> int:
        """Encodes the texts of a generation that have no vector yet; gives how many."""
        identity = self.encoder.identity
        # What was published has vectors: to look for them takes longer than a small change should.
        current = self.library.generation()
        whole = generation > current and self.library.state("encoder") == identity
        ids = self.library.without_vectors(generation, identity, current if whole else 0)
        for start in range(0, len(ids), _KEPT_EVERY):
            chunks = self.library.chunks(ids[start : start + _KEPT_EVERY])
            made = []
            for chunk, pair in zip(chunks, self.encoder.chunks(chunks), strict=True):
                made.append((chunk, *pair))
                self.progress("encoding", start + len(made), len(ids))
            self.library.keep_vectors(identity, made)
        return len(ids)

    def must_publish(self) -> bool:
        """Whether the current generation was made otherwise, or its view isn't as it should be."""
        current = self.library.generation()
        return self.library.state("splitter") != self.rules or not self._serves(current)

    def publish(self, rules: str, anew: bool = False) -> None:
        """Makes the next generation current, once there is a view; `rules` read its files.

        A view from which it differs a little is kept, unless it is to be written `anew`.
        """
        generation = self.library.generation() + 1
        before = self.library.state("view")
        if not anew and self._serves(generation):
            view, of, held = before or "", self.library.view_generation(), None
        else:
            # The disk is to hold a second view next: so the log must not be there as well.
            self.library.shorten()
            show = self._stage("indexing")
            view = self.place.write(self.library, generation, self.encoder.identity, show)
            of, held = generation, self.library.for_view(generation)
        with self.library.transaction():
            if held is not None:
                self.library.set_viewed(held)
            self.library.publish(
                generation,
                encoder=self.encoder.identity,
                splitter=rules,
                view=view,
                view_generation=str(of),
            )
        self.place.remove_others(self.library, before)

    def _serves(self, generation: int) -> bool:
        """Whether the current view is sound, and serves that generation too."""
        return (
            self.library.state("encoder") == self.encoder.identity
            and self.place.is_of(self.library.state("view"))
            and view_serves(self.place, self.library, generation)
        )

    def _stage(self, name: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(name, done, total)
