"""Whether a library is sound: every page, every row, and what rows say of each other."""

from __future__ import annotations

from collections.abc import Iterator

from index.errors import Damaged, IndexFault
from index.library.read import ALIVE, Reader
from index.library.rows import CHUNK, DOCUMENT, checksum, chunk_of, document_of, sound

_VECTORS = (("vectors", "vector"), ("sentence_vectors", "vectors"))


class Checked(Reader):
    """A library that is looked through; sentences on what is wrong come out."""

    def faults(self) -> Iterator[str]:
        """What is wrong, one line each; stops at what keeps it from reading on."""
        for part in (self._pages, self._documents, self._vectors, self._words):
            try:
                with self.guarded():
                    yield from part()
            except IndexFault as error:
                yield str(error)
                return

    def drop_unsound_vectors(self) -> None:
        """Removes vectors that aren't what was stored: unlike texts, they can be made again."""
        with self.transaction():
            for table, column in _VECTORS:
                rows = self._db.execute(f"SELECT id, checksum, {column} FROM {table}")
                unsound = [row for row, expected, content in rows if checksum(content) != expected]
                self._db.executemany("DELETE FROM vectors WHERE id = ?", [[row] for row in unsound])

    def _pages(self) -> Iterator[str]:
        for (line,) in self._db.execute("PRAGMA integrity_check(3)"):
            if line != "ok":
                yield f"{self.path}: {line}"
        for table, *_ in self._db.execute("PRAGMA foreign_key_check"):
            yield f"{self.path}: a row of {table} belongs to none"

    def _documents(self) -> Iterator[str]:
        rows = [row for (row,) in self._db.execute("SELECT id FROM documents ORDER BY id")]
        for row in rows:
            columns = self._db.execute(f"SELECT {DOCUMENT} FROM documents WHERE id = ?", [row])
            try:
                document = document_of(columns.fetchone())
            except Damaged as error:
                yield str(error)
                continue
            chunks = self._db.execute(f"SELECT {CHUNK} FROM chunks WHERE document = ?", [row])
            for columns in chunks.fetchall():
                try:
                    chunk = chunk_of(document.id, columns)
                except Damaged as error:
                    yield str(error)
                    continue
                if document.text[chunk.start : chunk.end] != chunk.text:
                    yield f"{document.source}: a passage isn't the text at its place"

    def _vectors(self) -> Iterator[str]:
        for table, column in _VECTORS:
            rows = self._db.execute(f"SELECT id, checksum, {column} FROM {table}")
            for row, expected, content in rows:
                try:
                    sound(f"{self.path}: row {row} of {table}", expected, content)
                except Damaged as error:
                    yield str(error)
        missing = self._db.execute(
            f"SELECT count(*) FROM chunks c WHERE document IN {ALIVE} AND NOT EXISTS "
            "(SELECT 1 FROM vectors v JOIN sentence_vectors s ON s.id = v.id "
            "WHERE v.sha256 = c.sha256 AND v.encoder = :encoder)",
            {"at": self.generation(), "encoder": self.state("encoder")},
        ).fetchone()[0]
        if missing:
            yield f"{self.path}: passages without a vector: {missing}"

    def _words(self) -> Iterator[str]:
        expected = self.count(self.generation())[1]
        found = self._db.execute("SELECT count(*) FROM words_docsize").fetchone()[0]
        if expected != found:
            yield f"{self.path}: full text holds {found} passages, not {expected}"
        held = self._db.execute("SELECT count(*) FROM chunks").fetchone()[0]
        with self.transaction():
            # With 1 it compares with the rows of chunks too, of which none must be a build's that
            # has not ended.
            self._db.execute(
                "INSERT INTO words (words, rank) VALUES ('integrity-check', ?)",
                [int(held == expected)],
            )
