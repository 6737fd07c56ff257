"""What a question reads from the library, always at one generation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import numpy as np

from index.encode import Vectors
from index.errors import Damaged
from index.library.file import LibraryFile
from index.library.rows import Entry, Stored, stored_of
from index.types import Document, Heading

# A row of documents or chunks that belongs to the generation :at.
ALIVE = "born <= :at AND (died IS NULL OR died > :at)"


class Reader(LibraryFile):
    """The library's reading side; ids are of chunks, `at` is a generation."""

    def generation(self) -> int:
        """The generation that is current; 0 before the first."""
        return int(self.state("generation") or 0)

    def state(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM state WHERE name = ?", [name]).fetchone()
        return row[0] if row else None

    def entries(self, at: int) -> list[Entry]:
        """The documents of a generation, by label and source."""
        rows = self._db.execute(
            "SELECT document, label, source, title, file_sha256, sha256 FROM documents "
            f"WHERE {ALIVE} ORDER BY label, source",
            {"at": at},
        )
        return [Entry(*row) for row in rows]

    def document(self, document: str, at: int) -> Document | None:
        """The document as it stands in a generation; raises Damaged if its hash is another."""
        row = self._db.execute(
            "SELECT source, title, text, headings, sha256 FROM documents "
            f"WHERE document = :document AND {ALIVE}",
            {"document": document, "at": at},
        ).fetchone()
        if row is None:
            return None
        source, title, text, headings, sha256 = row
        found = Document(
            document, source, title, text, tuple(Heading(*each) for each in json.loads(headings))
        )
        if found.sha256 != sha256:
            raise Damaged(f"{source}: its stored text isn't what was indexed; index it again")
        return found

    def by_words(self, query: str, at: int, limit: int) -> list[tuple[int, float]]:
        """Chunk ids and BM25 scores (larger is better), best first, of an FTS5 query."""
        rows = self._db.execute(
            "SELECT words.rowid, -bm25(words, 1.0, 0.5) AS score FROM words "
            "JOIN chunks ON chunks.id = words.rowid "
            f"WHERE words MATCH :query AND {ALIVE} "
            "ORDER BY score DESC, words.rowid LIMIT :limit",
            {"query": query, "at": at, "limit": limit},
        )
        return [(int(chunk), float(score)) for chunk, score in rows]

    def stored(self, chunks: Iterable[int], at: int, encoder: str) -> dict[int, Stored]:
        """The chunks of these ids that are alive in a generation."""
        rows = self._db.execute(
            'SELECT c.id, d.document, c.start, c."end", c.text, c.context, c.sentences, d.source, '
            "d.title, d.sha256, v.vector, v.sentences FROM chunks c "
            "JOIN documents d ON d.id = c.document "
            "JOIN vectors v ON v.sha256 = c.sha256 AND v.encoder = :encoder "
            "WHERE c.id IN (SELECT value FROM json_each(:chunks)) "
            "AND c.born <= :at AND (c.died IS NULL OR c.died > :at)",
            {"chunks": json.dumps(list(chunks)), "at": at, "encoder": encoder},
        )
        return {row[0]: stored_of(row) for row in rows}

    def first_chunks(self, at: int, encoder: str, limit: int) -> list[Stored]:
        """The first chunk of each of the first `limit` documents."""
        rows = self._db.execute(
            "SELECT min(c.id) FROM documents d JOIN chunks c ON c.document = d.id "
            "WHERE d.born <= :at AND (d.died IS NULL OR d.died > :at) "
            "GROUP BY d.id ORDER BY d.label, d.source LIMIT :limit",
            {"at": at, "limit": limit},
        )
        chunks = [row[0] for row in rows.fetchall()]
        found = self.stored(chunks, at, encoder)
        return [found[chunk] for chunk in chunks if chunk in found]

    def vectors(
        self, at: int, encoder: str, block: int = 8192
    ) -> Iterator[tuple[list[int], Vectors]]:
        """Chunk ids and vectors (n, dimension) of a generation, in blocks."""
        rows = self._db.execute(
            "SELECT c.id, v.vector FROM chunks c "
            "JOIN vectors v ON v.sha256 = c.sha256 AND v.encoder = :encoder "
            f"WHERE {ALIVE} ORDER BY c.id",
            {"at": at, "encoder": encoder},
        )
        while some := rows.fetchmany(block):
            joined = b"".join(blob for _, blob in some)
            yield (
                [chunk for chunk, _ in some],
                np.frombuffer(joined, dtype=np.float32).reshape(len(some), -1),
            )

    def count(self, at: int) -> tuple[int, int]:
        """Documents and chunks of a generation."""
        documents, chunks = (
            self._db.execute(f"SELECT count(*) FROM {table} WHERE {ALIVE}", {"at": at}).fetchone()
            for table in ("documents", "chunks")
        )
        return documents[0], chunks[0]
