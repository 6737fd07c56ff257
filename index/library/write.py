"""What a build writes to the library; nobody sees what it adds before `publish`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import numpy as np

from index.encode import Vectors
from index.library.read import ALIVE, Reader
from index.library.rows import (
    CHUNK,
    DOCUMENT,
    Entry,
    checksum,
    chunk_of,
    chunk_values,
    document_values,
)
from index.library.schema import UNDO
from index.types import Chunk, Document
from index.words import grams

_THESE = "(SELECT value FROM json_each(:rows))"


class Library(Reader):
    """The whole library: what questions read, and what builds write."""

    def set_paths(self, roots: Mapping[str, Path]) -> None:
        """Remembers these indexed paths, by label, and no others; for inside a transaction."""
        self._db.execute("DELETE FROM paths")
        rows = [(str(path), label) for label, path in roots.items()]
        self._db.executemany("INSERT INTO paths VALUES (?, ?)", rows)

    def resume(self, rules: str) -> list[Entry]:
        """What a build left unfinished that read files by the same rules; the rest is undone."""
        with self.transaction():
            at = self.generation()
            self._db.execute("UPDATE documents SET died = NULL")
            if self.state("unfinished") != rules:
                self._db.execute("DELETE FROM documents WHERE born > ?", [at])
                self.set_state(unfinished=rules)
        rows = self._db.execute(
            "SELECT id, document, label, source, title, date, file_sha256, sha256 FROM documents "
            "WHERE born > ?",
            [at],
        )
        return [Entry(*row) for row in rows]

    def add(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        label: str,
        file: str,
        born: int,
        notes: Sequence[str] = (),
    ) -> int:
        """Adds a document, born in a generation not current yet, and returns its row.

        `file` is its file's hash; `notes` are lines on what of it could not be read.
        """
        values = [born, json.dumps(list(notes)), *document_values(document, label, file)]
        row = self._db.execute(
            f"INSERT INTO documents (born, notes, {DOCUMENT}) VALUES ({_holes(values)})",
            values,
        ).lastrowid
        for chunk in chunks:
            # A file's path helps to find it by words, and is no part of what is embedded, so that
            # a moved file isn't embedded again.
            about = f"{chunk.context}\n{document.title}\n{document.source}"
            values = [row, *chunk_values(chunk, about, grams(f"{about}\n{chunk.text}"))]
            self._db.execute(
                f"INSERT INTO chunks (document, {CHUNK}) VALUES ({_holes(values)})", values
            )
        return int(row or 0)

    def undo(self) -> None:
        """Takes back what a build left unfinished."""
        with self.transaction():
            for statement in UNDO.split(";\n"):
                self._db.execute(statement)

    def retire(self, rows: Iterable[int], died: int) -> None:
        """Ends documents with a generation that isn't current yet."""
        self._db.execute(
            f"UPDATE documents SET died = :died WHERE id IN {_THESE}",
            {"died": died, "rows": json.dumps(list(rows))},
        )

    def remove(self, rows: Iterable[int]) -> None:
        """Removes documents at once: the next question doesn't find them any more."""
        if not (these := list(rows)):
            return
        of = {"rows": json.dumps(these), "at": self.generation()}
        self._db.execute(
            "INSERT INTO words (words, rowid, text, about, grams) "
            "SELECT 'delete', id, text, about, grams FROM chunks WHERE document IN "
            f"(SELECT id FROM documents WHERE born <= :at AND id IN {_THESE})",
            of,
        )
        self._db.execute(f"DELETE FROM documents WHERE id IN {_THESE}", {"rows": of["rows"]})
        self.set_state(edition=uuid4().hex, untidy="yes")

    def refused(self, rules: str) -> dict[tuple[str, str], tuple[str, str]]:
        """Hash and reason of the files, by label and source, that these rules could not read."""
        rows = self._db.execute(
            "SELECT label, source, file_sha256, reason FROM refused WHERE rules = ?", [rules]
        )
        return {(label, source): (file, reason) for label, source, file, reason in rows}

    def refuse(self, label: str, source: str, file: str, rules: str, reason: str) -> None:
        """Remembers why a file could not be read."""
        values = [label, source, file, rules, reason]
        self._db.execute("INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?, ?)", values)

    def accept(self, label: str, source: str) -> None:
        """Forgets that a file could not be read."""
        self._db.execute("DELETE FROM refused WHERE label = ? AND source = ?", [label, source])

    def without_vectors(self, at: int, encoder: str, since: int = 0) -> list[int]:
        """Ids of chunks of a generation, one for each text, that this encoder hasn't read yet.

        Documents that were there in the generation `since` are taken to have theirs.
        """
        rows = self._db.execute(
            f"SELECT min(id) FROM chunks c WHERE document IN {ALIVE} "
            "AND document IN (SELECT id FROM documents WHERE born > :since) AND NOT EXISTS "
            "(SELECT 1 FROM vectors v WHERE v.sha256 = c.sha256 AND v.encoder = :encoder) "
            "GROUP BY sha256 ORDER BY 1",
            {"at": at, "encoder": encoder, "since": since},
        )
        return [row[0] for row in rows]

    def chunks(self, ids: Sequence[int]) -> list[Chunk]:
        """The chunks of these ids, by id."""
        rows = self._db.execute(
            f"SELECT d.document, {', '.join('c.' + name for name in CHUNK.split(', '))} "
            "FROM chunks c JOIN documents d ON d.id = c.document "
            "WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id",
            [json.dumps(list(ids))],
        )
        return [chunk_of(document, columns) for document, *columns in rows]

    def keep_vectors(self, encoder: str, vectors: Iterable[tuple[Chunk, Vectors, Vectors]]) -> None:
        """Keeps the vector of each chunk, and those of its sentences, in one transaction."""
        rows = [
            (chunk.sha256, vector.astype(np.float32).tobytes(), pooled.astype(np.float16).tobytes())
            for chunk, vector, pooled in vectors
        ]
        with self.transaction():
            self.add_vectors(encoder, rows)

    def add_vectors(self, encoder: str, rows: Iterable[tuple[str, bytes, bytes]]) -> None:
        """Adds a text's hash, its float32 vector and its sentences' float16 ones, of each row."""
        for sha256, vector, pooled in rows:
            row = self._db.execute(
                "INSERT INTO vectors (sha256, encoder, checksum, vector) VALUES (?, ?, ?, ?)",
                [sha256, encoder, checksum(vector), vector],
            ).lastrowid
            self._db.execute(
                "INSERT INTO sentence_vectors VALUES (?, ?, ?)", [row, checksum(pooled), pooled]
            )

    def publish(self, generation: int, **state: str) -> None:
        """Makes a generation current, with the state that belongs to it; for inside a transaction.

        What died with it is removed from every table, and vectors that no text needs any more.
        """
        at = {"at": generation}
        dead = self._db.execute("SELECT id FROM documents WHERE died <= :at", at).fetchall()
        born = self.generation()
        self.remove(row for (row,) in dead)
        self._db.execute(
            "INSERT INTO words (rowid, text, about, grams) SELECT id, text, about, grams "
            "FROM chunks WHERE document IN (SELECT id FROM documents WHERE born > ?)",
            [born],
        )
        self._db.execute("DELETE FROM vectors WHERE sha256 NOT IN (SELECT sha256 FROM chunks)")
        self._db.execute("DELETE FROM state WHERE name = 'unfinished'")
        self.set_state(generation=str(generation), edition=uuid4().hex, **state)

    def set_viewed(self, chunks: Iterable[int]) -> None:
        """Says what the view holds; for inside the transaction that makes it current."""
        self._db.execute("DELETE FROM viewed")
        self._db.executemany("INSERT INTO viewed VALUES (?)", ([chunk] for chunk in chunks))

    def set_state(self, **state: str) -> None:
        self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", state.items())

    def tidy(self) -> bool:
        """Writes the file out whole; what was removed is then in no part of it any more.

        That holds for what a build removed that ended early, too.
        False if somebody who reads an older state keeps it from that; the next build does it.
        """
        with self.guarded():
            if self.state("untidy"):
                with self.transaction():
                    # Until its parts are merged, full text holds the words of removed rows.
                    self._db.execute("INSERT INTO words (words) VALUES ('optimize')")
                    self._db.execute("DELETE FROM state WHERE name = 'untidy'")
            return self.shorten()

    def shorten(self) -> bool:
        """Empties the log into the file, as far as nobody reads an older state; False if so."""
        with self.guarded():
            self._db.execute("PRAGMA busy_timeout = 250")
            busy, _, _ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._db.execute("PRAGMA busy_timeout = 30000")
            return not busy


def _holes(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
