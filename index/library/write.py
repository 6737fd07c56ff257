"""What a build writes to the library; nobody sees it before `publish`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

import numpy as np

from index.encode import Vectors
from index.library.read import Reader
from index.library.rows import chunk_of
from index.types import Chunk, Document


class Library(Reader):
    """The whole library: what questions read, and what builds write."""

    def undo_unfinished(self) -> None:
        """Takes back what a build wrote and didn't publish, but vectors; removes what has died."""
        with self.transaction():
            at = {"at": self.generation()}
            self._db.execute("UPDATE documents SET died = NULL WHERE died > :at", at)
            self._db.execute("UPDATE chunks SET died = NULL WHERE died > :at", at)
            gone = "born > :at OR died <= :at"
            self._db.execute(
                "INSERT INTO words (words, rowid, text, context) "
                f"SELECT 'delete', id, text, context FROM chunks WHERE {gone}",
                at,
            )
            self._db.execute(f"DELETE FROM chunks WHERE {gone}", at)
            self._db.execute(f"DELETE FROM documents WHERE {gone}", at)

    def drop_unused_vectors(self) -> None:
        """Removes vectors of texts that no chunk has; for after a build, as it may resume one."""
        self._db.execute("DELETE FROM vectors WHERE sha256 NOT IN (SELECT sha256 FROM chunks)")

    def paths(self) -> dict[str, str]:
        """The indexed paths that are remembered, and the label of each."""
        return dict(self._db.execute("SELECT path, label FROM paths ORDER BY rowid").fetchall())

    def remember(self, path: str, label: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO paths VALUES (?, ?)", [path, label])

    def forget(self, label: str) -> None:
        self._db.execute("DELETE FROM paths WHERE label = ?", [label])

    def add(
        self, document: Document, chunks: Sequence[Chunk], label: str, file: str, born: int
    ) -> None:
        """Adds a document, born in a generation not current yet; `file` is its file's hash."""
        headings = [[each.text, each.path, each.start, each.end] for each in document.headings]
        row = self._db.execute(
            "INSERT INTO documents (document, label, source, file_sha256, title, text, sha256, "
            "headings, born) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                document.id,
                label,
                document.source,
                file,
                document.title,
                document.text,
                document.sha256,
                json.dumps(headings),
                born,
            ],
        ).lastrowid
        for chunk in chunks:
            added = self._db.execute(
                'INSERT INTO chunks (document, start, "end", text, context, sentences, sha256, '
                "born) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    row,
                    chunk.start,
                    chunk.end,
                    chunk.text,
                    chunk.context,
                    json.dumps(chunk.sentences),
                    chunk.sha256,
                    born,
                ],
            ).lastrowid
            self._db.execute(
                "INSERT INTO words (rowid, text, context) VALUES (?, ?, ?)",
                [added, chunk.text, chunk.context],
            )

    def retire(self, document: str, died: int) -> None:
        """Ends a document with a generation that isn't current yet."""
        of = {"document": document, "died": died}
        alive = "document = :document AND died IS NULL AND born < :died"
        self._db.execute(
            "UPDATE chunks SET died = :died WHERE document IN "
            f"(SELECT id FROM documents WHERE {alive})",
            of,
        )
        self._db.execute(f"UPDATE documents SET died = :died WHERE {alive}", of)

    def without_vectors(self, at: int, encoder: str) -> list[Chunk]:
        """Chunks of a generation, one for each text, that this encoder hasn't read yet."""
        rows = self._db.execute(
            'SELECT d.document, c.start, c."end", c.text, c.context, c.sentences FROM chunks c '
            "JOIN documents d ON d.id = c.document "
            "WHERE c.born <= :at AND (c.died IS NULL OR c.died > :at) AND NOT EXISTS "
            "(SELECT 1 FROM vectors v WHERE v.sha256 = c.sha256 AND v.encoder = :encoder) "
            "GROUP BY c.sha256 ORDER BY c.id",
            {"at": at, "encoder": encoder},
        )
        return [chunk_of(row) for row in rows]

    def keep_vectors(self, encoder: str, vectors: Iterable[tuple[Chunk, Vectors, Vectors]]) -> None:
        rows = [
            [chunk.sha256, encoder, vector.tobytes(), sentences.astype(np.float16).tobytes()]
            for chunk, vector, sentences in vectors
        ]
        with self.transaction():
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)

    def publish(self, generation: int, **state: str) -> None:
        """Makes a generation current, with the state that belongs to it; for inside a transaction.

        `index` in the state is the identity of what it holds: equal for equal content.
        """
        held = [f"{each.document} {each.sha256}" for each in self.entries(generation)]
        state["index"] = hashlib.sha256(json.dumps([state, held]).encode()).hexdigest()[:16]
        state["generation"] = str(generation)
        self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", state.items())
