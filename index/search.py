"""A question finds passages: by its words and by its meaning, the two fused.

Words are matched by SQLite's BM25 over stems, without stop words; meaning by the cosine of the
encoder's vectors. Each passage says in `why` what put it where it is.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index import vectors
from index.encode import Encoder, Vectors
from index.errors import Damaged, Mismatch, NoIndex
from index.library import Entry, Library, Stored
from index.types import Document, Passage, Sentence

# Candidates taken from each search, and the weight of keywords against vectors.
CANDIDATES = 50
WORDS_WEIGHT = 0.6

STOP_WORDS = frozenset(
    word
    for line in (
        "a about after again all also am an and any are as at be because been before being between",
        "both but by can could did do does doing done down during each few for from further had",
        "has have having he her here hers him his how i if in into is it its itself just me more",
        "most my no nor not now of off on once only or other our out over own please said same say",
        "says she should so some such tell than that the their them then there these they this",
        "those through to too under until up very was we were what when where which while who whom",
        "whose why will with would you your",
    )
    for word in line.split()
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The generation that a question reads, the identity of what it holds, and its chunks."""

    generation: int
    index: str
    chunks: int


class Search:
    """Searches the index in `home`; raises NoIndex or Mismatch if there is none it can read.

    With `view` the Chroma view is opened (which takes seconds) and used, and opened anew when
    another generation becomes current; without it, or if it is damaged, every vector is compared.
    Safe to use from several threads.
    """

    def __init__(self, home: Path, view: bool = True) -> None:
        self.home = home
        self.library = Library(home / "library.db")
        self.encoder = Encoder()
        self._use_view = view
        self._lock = threading.Lock()
        self._views: dict[int, vectors.View | None] = {}
        with self.reading() as at:
            self._current_view(at)

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """Everything that is searched and read inside comes from one generation."""
        with self.library.reading():
            yield self.snapshot()

    def snapshot(self) -> Snapshot:
        generation = self.library.generation()
        if not generation:
            raise NoIndex(f"{self.home}: nothing is indexed here yet; run: footnote index")
        made_by = self.library.state("encoder")
        if made_by != self.encoder.identity:
            raise Mismatch(
                f"{self.home}: indexed with {made_by}, but this is {self.encoder.identity}; "
                "run: footnote index"
            )
        return Snapshot(
            generation, self.library.state("index") or "", int(self.library.state("chunks") or 0)
        )

    def find(self, question: str, limit: int, at: Snapshot) -> list[Passage]:
        """The passages of a generation that fit a question best, best first."""
        asked = self.encoder.question(question)
        by_words = self._by_words(question, at)
        by_vector = self._nearest(asked, at)
        stored = self.library.stored(
            {chunk for chunk, _ in by_words + by_vector}, at.generation, self.encoder.identity
        )
        words, cosines = dict(by_words), dict(by_vector)
        best_words = max(words.values(), default=1.0) or 1.0
        passages = []
        for chunk in stored.values():
            cosine = cosines.get(chunk.id, float(chunk.vector @ asked))
            score = words.get(chunk.id, 0.0)
            why: dict[str, object] = {
                "keywords": round(score, 3),
                "keyword_rank": _rank(chunk.id, by_words),
                "similarity": round(cosine, 4),
                "vector_rank": _rank(chunk.id, by_vector),
            }
            fused = WORDS_WEIGHT * score / best_words + (1 - WORDS_WEIGHT) * max(0.0, cosine)
            passages.append(_passage(chunk, asked, round(fused, 4), why))
        return sorted(passages, key=lambda each: (-each.score, each.document, each.start))[:limit]

    def leads(self, limit: int, at: Snapshot) -> list[Passage]:
        """The opening passage of each of the first `limit` documents, by folder and path."""
        chunks = self.library.first_chunks(at.generation, self.encoder.identity, limit)
        return [_passage(chunk, chunk.vector, 1.0, {"opening": True}) for chunk in chunks]

    def documents(self, at: Snapshot) -> list[Entry]:
        """What the generation holds, by folder and path."""
        return self.library.entries(at.generation)

    def document(self, document: str, at: Snapshot) -> Document | None:
        """The whole document; None if the generation doesn't hold it."""
        return self.library.document(document, at.generation)

    def _by_words(self, question: str, at: Snapshot) -> vectors.Nearest:
        words = content_words(question)
        query = " OR ".join(f'"{word}"' for word in words)
        return self.library.by_words(query, at.generation, CANDIDATES) if words else []

    def _nearest(self, asked: Vectors, at: Snapshot) -> vectors.Nearest:
        if view := self._current_view(at):
            try:
                return view.nearest(asked, CANDIDATES)
            except Damaged:
                self._views[at.generation] = None
        return vectors.exact(self.library, at.generation, self.encoder.identity, asked, CANDIDATES)

    def _current_view(self, at: Snapshot) -> vectors.View | None:
        """The view of this generation, opened once; the last but one is closed then."""
        if not self._use_view:
            return None
        with self._lock:
            if at.generation not in self._views:
                folder = vectors.folder_of(self.home, at.generation)
                try:
                    self._views[at.generation] = vectors.View(folder, at.chunks)
                except Damaged:
                    self._views[at.generation] = None
                for old in sorted(self._views)[:-2]:
                    if view := self._views.pop(old):
                        view.close()
            return self._views[at.generation]


def content_words(text: str) -> list[str]:
    """The words of a text in lower case, once each, without stop words, or with if all are."""
    words = list(dict.fromkeys(re.findall(r"\w+", text.lower())))
    return [word for word in words if word not in STOP_WORDS] or words


def _rank(chunk: int, found: vectors.Nearest) -> int | None:
    return next((place for place, each in enumerate(found, start=1) if each[0] == chunk), None)


def _passage(stored: Stored, asked: Vectors, score: float, why: dict[str, object]) -> Passage:
    chunk = stored.chunk
    similarities = stored.sentence_vectors @ asked
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
