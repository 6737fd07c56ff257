"""The last steps of every build: what is missing is encoded, a view written, all made current."""

from __future__ import annotations

from collections.abc import Callable

from index.encode import Encoder
from index.library import Library
from index.split import identity
from index.vectors import Place
from index.verify import view_is_sound

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
        ids = self.library.without_vectors(generation, identity)
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
        return (
            self.library.state("encoder") != self.encoder.identity
            or self.library.state("splitter") != self.rules
            or not self.place.is_of(self.library.state("view"))
            or not view_is_sound(self.place, self.library)
        )

    def publish(self, rules: str) -> None:
        """Makes the next generation current, once its view is written; `rules` read its files."""
        generation = self.library.generation() + 1
        # The disk is to hold a second view next: so the log must not be there as well.
        self.library.shorten()
        before = self.library.state("view")
        view = self.place.write(
            self.library,
            generation,
            self.encoder.identity,
            lambda done, total: self.progress("indexing", done, total),
        )
        with self.library.transaction():
            self.library.publish(
                generation,
                encoder=self.encoder.identity,
                splitter=rules,
                view=view,
            )
        self.place.remove_others(self.library, before)
