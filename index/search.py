"""A question finds passages: by its words and by its meaning, the two fused.

Words are matched by SQLite's BM25 over stems, without stop words; meaning by the cosine of the
encoder's vectors. Both look only at what the asker may read. What holds the question's numbers and
quoted phrases is raised, and what repeats a better passage makes room. Neighbours aren't joined:
citations need passages as they are, and to rank them together finds no more. Each passage says in
`why` what put it where it is.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.access import EVERYTHING, Access
from index.asked import asked
from index.encode import LOCAL, Encoder, Vectors, named
from index.errors import Damaged, Mismatch, NoIndex
from index.library import Entry, Library, Stored
from index.library.sums import check_library
from index.original import Original, original
from index.repeats import Said, repeats, said
from index.roots import with_seeds
from index.snapshot import Snapshot, look
from index.split import identity
from index.types import Document, Passage, Sentence
from index.vectors import Nearest, Patient, Place, View, exact, exact_among
from index.words import query, verbatim

# Candidates taken from each search, and the weight of keywords against vectors.
CANDIDATES = 50
WORDS_WEIGHT = 0.6
# Who sees fewer chunks than this share of the index is answered by comparing with all of them.
_FEW = 0.125
_OPENING: dict[str, object] = {"opening": True, "also": [], "text": "how the document begins"}
# How many askers' views of the index are kept ready: each takes about a byte a chunk.
_KEPT = 64


class Search:
    """Searches the index in `home`; raises NoIndex or Mismatch if there is none it can read.

    The encoder, given itself or by name, must be the one that made the index.

    With `view` the Chroma view is opened (which takes seconds) and used, and opened anew when
    another generation becomes current; without it, or if it is damaged, every vector is compared.
    `chroma` is the address of the Chroma server that keeps it, "" for a folder; when that fails,
    which a question waits a second for, it is asked again 15 seconds later. Safe to use from
    several threads.
    """

    def __init__(
        self,
        home: Path,
        view: bool = True,
        encoder: Encoder | str = LOCAL,
        chroma: str = "",
    ) -> None:
        self.home, self._place = home, Place(home, chroma)
        check_library(home)
        self.library = Library(home / "library.db")
        self.encoder = named(encoder)
        self._use_view = view
        self._lock = threading.Lock()
        self._views: OrderedDict[str, View | Patient | None] = OrderedDict()
        self._snapshots: OrderedDict[tuple[str, Access], Snapshot] = OrderedDict()
        self._vectors: OrderedDict[int, tuple[Snapshot, list[int], Vectors]] = OrderedDict()
        with self.reading() as at:
            self._current_view(at)

    @contextmanager
    def reading(self, access: Access = EVERYTHING) -> Iterator[Snapshot]:
        """Everything that is searched and read inside is of one moment, and may be read."""
        with self.library.reading():
            yield self.snapshot(access)

    def snapshot(self, access: Access = EVERYTHING) -> Snapshot:
        generation = self.library.generation()
        if not generation:
            raise NoIndex(f"{self.home}: nothing is indexed here yet; run: footnote index")
        for name, ours in (
            ("encoder", self.encoder.identity),
            ("splitter", identity(self.encoder.window)),
        ):
            if (made_by := self.library.state(name)) != ours:
                raise Mismatch(
                    f"{self.home}: indexed with {name} “{made_by}”, but this is “{ours}”; "
                    "run: footnote index"
                )
        of = (self.library.edition(), access.reduced())
        with self._lock:
            if known := self._snapshots.get(of):
                self._snapshots.move_to_end(of)
                return known
        seen = look(self.library, generation, access)
        with self._lock:
            self._snapshots[of] = seen
            # Of an index that has changed since, nobody asks any more.
            for old in [each for each in self._snapshots if each[0] != of[0]]:
                del self._snapshots[old]
            while len(self._snapshots) > _KEPT:
                self._snapshots.popitem(last=False)
        return seen

    def find(self, question: str, limit: int, at: Snapshot) -> list[Passage]:
        """The passages of a snapshot that fit a question best, best first.

        One that only repeats what a better one says is left out, and its source said there.
        """
        named_in, vector = asked(question), self.encoder.question(question)
        by_words, by_vector = self._words(query(question), at), self._nearest(vector, at)
        scores, cosines = dict(by_words), dict(by_vector)
        quoted = self._words(verbatim(question), at)
        ranked = self.library.ranked({*scores, *cosines, *dict(quoted)}, self.encoder.identity)
        texts = self.library.texts(ranked) if named_in.names_anything else {}
        best = max(scores.values(), default=1.0) or 1.0
        fused = {}
        for chunk, (_, _, own) in ranked.items():
            if chunk not in cosines:
                cosines[chunk] = float(own @ vector)
            score = WORDS_WEIGHT * scores.setdefault(chunk, 0.0) / best
            score += (1 - WORDS_WEIGHT) * max(0.0, cosines[chunk])
            fused[chunk] = round(named_in.raised(score, texts.get(chunk, "")), 4)
        order = sorted(ranked, key=lambda each: (-fused[each], *ranked[each][:2]))
        found = []
        for stored, also in self._apart(order, limit):
            chunk, text = stored.id, stored.chunk.embedded
            ranks = _rank(chunk, by_words), _rank(chunk, by_vector)
            why: dict[str, object] = {
                "keywords": round(scores[chunk] / best, 3),
                "keyword_rank": ranks[0],
                "similarity": round(cosines[chunk], 4),
                "vector_rank": ranks[1],
                "also": also,
                "text": named_in.reason(text, *ranks, also),
            }
            found.append(_passage(stored, vector, fused[chunk], why))
        return found

    def _apart(self, order: Sequence[int], limit: int) -> list[tuple[Stored, list[str]]]:
        """The first chunks that don't only repeat a better one; with the sources that do."""
        kept: list[tuple[Stored, Said, list[str]]] = []
        for start in range(0, len(order), step := max(limit, 10)):
            some = order[start : start + step]
            stored = self.library.stored(some, self.encoder.identity)
            for chunk in (stored[each] for each in some):
                if len(kept) == limit:
                    break
                own = said(chunk.chunk)
                also = next((also for _, other, also in kept if repeats(own, other)), None)
                if also is None:
                    kept.append((chunk, own, []))
                elif chunk.source not in also:
                    also.append(chunk.source)
            if len(kept) == limit:
                break
        return [(chunk, also) for chunk, _, also in kept]

    def leads(self, limit: int, at: Snapshot) -> list[Passage]:
        """The opening passage of each of the first `limit` documents, by folder and path."""
        first = [each.row for each in at.entries[:limit]]
        chunks = self.library.first_chunks(first, self.encoder.identity)
        return [_passage(chunk, chunk.vector, 1.0, _OPENING) for chunk in chunks]

    def documents(self, at: Snapshot) -> list[Entry]:
        """What may be read, by folder and path."""
        return list(at.entries)

    def document(self, document: str, at: Snapshot) -> Document | None:
        """The whole document; None if there is none, or it may not be read."""
        if document not in at.documents:
            return None
        return self.library.document(document, at.generation)

    def original(self, document: str, at: Snapshot) -> Original | None:
        """The file it was read from; None if it isn't there any more, or may not be read."""
        entry = next((each for each in at.entries if each.document == document), None)
        return original(self.roots(), entry) if entry else None

    def roots(self) -> dict[str, Path]:
        """The indexed paths by label, as they are remembered now."""
        with self.library.guarded():
            paths = self.library.paths()
        return with_seeds({label: Path(path) for path, label in paths.items()})

    def _words(self, words: str, at: Snapshot) -> Nearest:
        return self.library.by_words(words, at.readable, CANDIDATES) if words else []

    def _nearest(self, asked: Vectors, at: Snapshot) -> Nearest:
        view = self._current_view(at)
        if view and at.chunks < _FEW * view.count:
            return exact_among(*self._held(at, at.ids), asked, CANDIDATES)
        if view:
            try:
                there = at.chunks - len(at.beside)
                found = view.nearest(asked, at.readable, there, CANDIDATES)
            except Damaged:
                with self._lock:
                    self._views[at.view] = None
            else:
                if found is not None:
                    found += exact_among(*self._held(at, at.beside), asked, CANDIDATES)
                    return sorted(found, key=lambda each: (-each[1], each[0]))[:CANDIDATES]
        return exact(
            self.library, at.generation, self.encoder.identity, asked, at.readable, CANDIDATES
        )

    def _held(self, at: Snapshot, ids: npt.NDArray[np.int64]) -> tuple[list[int], Vectors]:
        """The vectors of these chunks, kept for the next question: few, and always the same."""
        if not len(ids):
            return [], np.zeros((0, self.encoder.dimension), dtype=np.float32)
        with self._lock:
            known = self._vectors.get(id(at))
        if known is None:
            known = (at, *self.library.vectors_of(ids.tolist(), self.encoder.identity))
            with self._lock:
                self._vectors[id(at)] = known
                while len(self._vectors) > 8:
                    self._vectors.popitem(last=False)
        return known[1], known[2]

    def close(self) -> None:
        """Gives back what the view has open, and its copy on the disk; nothing is searched then."""
        with self._lock:
            while self._views:
                _, view = self._views.popitem()
                if view:
                    view.close()

    def _current_view(self, at: Snapshot) -> View | Patient | None:
        """The view of this generation, opened once; None if there is no sound one."""
        if not self._use_view:
            return None
        with self._lock:
            if at.view not in self._views:
                self._views[at.view] = self._open(at)
                # Questions may still read the one before; nobody reads those before that.
                while len(self._views) > 2:
                    _, old = self._views.popitem(last=False)
                    if old:
                        old.close()
            return self._views[at.view]

    def _open(self, at: Snapshot) -> View | Patient | None:
        try:
            return self._place.open(at.view, at.view_generation)
        except Damaged:
            return None


def _rank(chunk: int, found: Nearest) -> int | None:
    return next((place for place, each in enumerate(found, start=1) if each[0] == chunk), None)


def _passage(stored: Stored, vector: Vectors, score: float, why: dict[str, object]) -> Passage:
    chunk = stored.chunk
    similarities = stored.sentence_vectors @ vector
    return Passage(
        document=chunk.document,
        source=stored.source,
        title=stored.title,
        sha256=stored.sha256,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        context=chunk.context,
        sentences=tuple(
            Sentence(start, end, chunk.text[start - chunk.start : end - chunk.start], float(cosine))
            for (start, end), cosine in zip(chunk.sentences, similarities, strict=True)
        ),
        score=score,
        why=why,
    )
