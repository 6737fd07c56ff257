"""What a question reads from the library, always at one generation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from index.encode import Vectors
from index.library.file import LibraryFile
from index.library.rows import (
    CHUNK,
    DOCUMENT,
    Entry,
    Stored,
    chunk_of,
    document_of,
    sentence_vectors_of,
    vector_of,
)
from index.types import Document

# Whether a document is of generation :at, and the rows of all that are.
_LIVES = "born <= :at AND (died IS NULL OR died > :at)"
ALIVE = f"(SELECT id FROM documents WHERE {_LIVES})"

_MOST_EQUAL = 8


class Reader(LibraryFile):
    """The library's reading side; ids are of chunks, `at` is a generation."""

    def generation(self) -> int:
        """The generation that is current; 0 before the first."""
        return int(self.state("generation") or 0)

    def paths(self) -> dict[str, str]:
        """The indexed paths that are remembered, and the label of each."""
        return dict(self._db.execute("SELECT path, label FROM paths ORDER BY rowid").fetchall())

    def view_generation(self) -> int:
        """The generation that the view of the vectors was written for."""
        return int(self.state("view_generation") or 0)

    def edition(self) -> str:
        """Another with every change that a question can see, removals inside a generation too."""
        return self.state("edition") or ""

    def state(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM state WHERE name = ?", [name]).fetchone()
        return row[0] if row else None

    def entries(self, at: int) -> list[Entry]:
        """The documents of a generation, by label and source."""
        rows = self._db.execute(
            "SELECT id, document, label, source, title, date, file_sha256, sha256 FROM documents "
            f"WHERE id IN {ALIVE} ORDER BY label, source",
            {"at": at},
        )
        return [Entry(*row) for row in rows]

    def document(self, document: str, at: int) -> Document | None:
        """The document as it stands in a generation; raises Damaged if it isn't what was stored."""
        # Not among ALIVE, which SQLite would list for every document that is read.
        row = self._db.execute(
            f"SELECT {DOCUMENT} FROM documents WHERE document = :document AND {_LIVES}",
            {"document": document, "at": at},
        ).fetchone()
        return document_of(row) if row else None

    def lengths(self, rows: Iterable[int]) -> dict[int, tuple[int, int | None]]:
        """Of documents' rows, characters and the number of the last page that holds text, if any.

        For a few at a time: their texts are read for it.
        """
        found = self._db.execute(
            "SELECT id, length(text), json_extract(pages, '$[#-1][0]') FROM documents "
            "WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(rows))],
        )
        return {row: (characters, page) for row, characters, page in found}

    def places(self, at: int) -> npt.NDArray[np.int64]:
        """Chunk ids and the rows of their documents, of a generation, shape (n, 2)."""
        rows = self._db.execute(
            f"SELECT id, document FROM chunks WHERE document IN {ALIVE}", {"at": at}
        ).fetchall()
        return np.array(rows, dtype=np.int64).reshape(-1, 2)

    def in_view(self, at: int) -> tuple[list[int], list[int]]:
        """Chunks of a generation: those in the view of the vectors, and those beside it."""
        there, beside = (
            self._db.execute(
                f"SELECT id FROM chunks WHERE document IN {ALIVE} "
                f"AND id {is_in} (SELECT id FROM viewed) ORDER BY id",
                {"at": at},
            ).fetchall()
            for is_in in ("IN", "NOT IN")
        )
        return [row for (row,) in there], [row for (row,) in beside]

    def for_view(self, at: int) -> list[int]:
        """The chunks of a generation that a view of it should hold.

        Of one text only some: a graph in which too many neighbours are equal falls to pieces, and
        then its other vectors can't be found. The rest is compared beside it.
        """
        rows = self._db.execute(
            "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY sha256 ORDER BY id) AS nth "
            f"FROM chunks WHERE document IN {ALIVE}) WHERE nth <= {_MOST_EQUAL} ORDER BY id",
            {"at": at},
        )
        return [row for (row,) in rows]

    def greatest(self) -> int:
        """The greatest chunk id that there is, in whatever generation; 0 if there is none."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()[0])

    def by_words(
        self, query: str, readable: npt.NDArray[np.bool_], limit: int
    ) -> list[tuple[int, float]]:
        """Chunk ids and BM25 scores (larger is better), best first, of an FTS5 query.

        `readable` says of each chunk id whether it may be found. SQLite ranks all matches before
        it gives the first, so reading on until enough of them may be found costs little.
        """
        rows = self._db.execute(
            "SELECT rowid, rank FROM words WHERE words MATCH ? ORDER BY rank", [query]
        )
        found: list[tuple[int, float]] = []
        while len(found) < limit and (some := rows.fetchmany(4 * limit)):
            found += [(chunk, -rank) for chunk, rank in some if readable[chunk]]
        rows.close()
        return found[:limit]

    def stored(self, chunks: Iterable[int], encoder: str) -> dict[int, Stored]:
        """The chunks of these ids; raises Damaged if one isn't what was stored."""
        rows = self._db.execute(
            f"SELECT c.id, d.document, d.source, d.title, d.sha256, {_columns('c', CHUNK)}, "
            "v.checksum, v.vector, s.checksum, s.vectors FROM chunks c "
            "JOIN documents d ON d.id = c.document "
            "JOIN vectors v ON v.sha256 = c.sha256 AND v.encoder = :encoder "
            "JOIN sentence_vectors s ON s.id = v.id "
            "WHERE c.id IN (SELECT value FROM json_each(:chunks))",
            {"chunks": json.dumps([int(chunk) for chunk in chunks]), "encoder": encoder},
        )
        return {row[0]: _stored(row) for row in rows}

    def ranked(self, chunks: Iterable[int], encoder: str) -> dict[int, tuple[str, int, Vectors]]:
        """The document, start and vector of the chunks of these ids: what ranking them takes.

        Much less than all of them, of which only the best are wanted.
        """
        rows = self._db.execute(
            "SELECT c.id, d.document, c.start, v.checksum, v.vector FROM chunks c "
            "JOIN documents d ON d.id = c.document "
            "JOIN vectors v ON v.sha256 = c.sha256 AND v.encoder = ? "
            "WHERE c.id IN (SELECT value FROM json_each(?))",
            [encoder, json.dumps([int(chunk) for chunk in chunks])],
        )
        return {row: (document, start, vector_of(*of)) for row, document, start, *of in rows}

    def texts(self, chunks: Iterable[int]) -> dict[int, str]:
        """What the encoder read of the chunks of these ids: context and text."""
        rows = self._db.execute(
            "SELECT id, context, text FROM chunks WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps([int(chunk) for chunk in chunks])],
        )
        return {row: f"{context}\n{text}" for row, context, text in rows}

    def first_chunks(self, documents: Iterable[int], encoder: str) -> list[Stored]:
        """The first chunk of each of these documents' rows that has one."""
        rows = self._db.execute(
            "SELECT document, min(id) FROM chunks "
            "WHERE document IN (SELECT value FROM json_each(?)) GROUP BY document",
            [json.dumps(wanted := list(documents))],
        )
        first = dict(rows.fetchall())
        found = self.stored(first.values(), encoder)
        return [found[first[each]] for each in wanted if first.get(each) in found]

    def vectors(
        self, at: int, encoder: str, block: int = 4096
    ) -> Iterator[tuple[list[int], Vectors]]:
        """Chunk ids and vectors (n, dimension) of a generation, in blocks."""
        # In the order of the vectors' table: in that of the chunks each would be sought.
        rows = self._db.execute(
            "SELECT c.id, v.vector FROM vectors v CROSS JOIN chunks c ON c.sha256 = v.sha256 "
            f"WHERE v.encoder = :encoder AND c.document IN {ALIVE}",
            {"at": at, "encoder": encoder},
        )
        while some := rows.fetchmany(block):
            yield [chunk for chunk, _ in some], _matrix([vector for _, vector in some])

    def vectors_of(self, chunks: Iterable[int], encoder: str) -> tuple[list[int], Vectors]:
        """The same of these chunks only."""
        rows = self._db.execute(
            "SELECT c.id, v.vector FROM chunks c "
            "JOIN vectors v ON v.sha256 = c.sha256 AND v.encoder = ? "
            "WHERE c.id IN (SELECT value FROM json_each(?))",
            [encoder, json.dumps([int(chunk) for chunk in chunks])],
        ).fetchall()
        return [chunk for chunk, _ in rows], _matrix([vector for _, vector in rows])

    def count(self, at: int) -> tuple[int, int]:
        """Documents and chunks of a generation."""
        documents, chunks = (
            self._db.execute(
                f"SELECT count(*) FROM {table} WHERE {column} IN {ALIVE}", {"at": at}
            ).fetchone()
            for table, column in (("documents", "id"), ("chunks", "document"))
        )
        return documents[0], chunks[0]


def _columns(table: str, names: str) -> str:
    return ", ".join(f"{table}.{name}" for name in names.split(", "))


def _stored(row: tuple[Any, ...]) -> Stored:
    identity, document, source, title, sha256, *columns = row
    *chunk_row, vector_sum, vector, sentences_sum, sentences = columns
    chunk = chunk_of(document, chunk_row)
    found = vector_of(vector_sum, vector)
    spans = len(chunk.sentences)
    return Stored(
        id=identity,
        chunk=chunk,
        source=source,
        title=title,
        sha256=sha256,
        vector=found,
        sentence_vectors=sentence_vectors_of(sentences_sum, sentences, spans, len(found)),
    )


def _matrix(blobs: list[bytes]) -> Vectors:
    if not blobs:
        return np.zeros((0, 0), dtype=np.float32)
    return np.frombuffer(b"".join(blobs), dtype=np.float32).reshape(len(blobs), -1)
