"""What Footnote is compared with: bare Chroma, bare FTS5, bm25s, and the plain pipeline.

The plain pipeline is what a tutorial makes of the same parts: LlamaIndex's SentenceSplitter, the
encoder as it was published (fp32) in batches, and LlamaIndex's ChromaVectorStore.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from evals.bench.corpus import unit
from index.encode import FOLDER, Vectors
from index.library.sums import LIBRARY
from index.model import session
from index.split import CHUNK_TOKENS, OVERLAP_TOKENS
from index.vectors.view import COLLECTION, client

_BATCH = 32
_WINDOW = 256


class Bare:
    """Chroma and FTS5 on copies of an index's own view and library, asked with nothing around."""

    def __init__(self, home: Path, view: Path, folder: Path) -> None:
        shutil.copytree(view, folder / "chroma")
        self._chroma = client(folder / "chroma")
        self._collection = self._chroma.get_collection(COLLECTION, embedding_function=None)
        self._db = sqlite3.connect(f"{(home / LIBRARY).resolve().as_uri()}?mode=ro", uri=True)

    def __enter__(self) -> Bare:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._chroma.close()
        self._db.close()

    def nearest(self, vector: Vectors, limit: int) -> list[str]:
        found = self._collection.query(
            query_embeddings=[vector], n_results=limit, include=["distances"]
        )
        ids: list[str] = found["ids"][0]
        return ids

    def by_words(self, query: str, limit: int) -> list[int]:
        rows = self._db.execute(
            "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?", [query, limit]
        )
        return [row for (row,) in rows]


def texts_of(home: Path) -> list[str]:
    """The text of every chunk of an index."""
    with closing(sqlite3.connect(home / LIBRARY)) as db:
        return [text for (text,) in db.execute("SELECT text FROM chunks ORDER BY id")]


def fts5_from(texts: Sequence[str], path: Path) -> sqlite3.Connection:
    """A full-text index of these texts alone, in a file, with the library's tokenizer."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(
        "CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize="
        "\"porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'\")"
    )
    db.execute("BEGIN")
    db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts, start=1))
    db.execute("COMMIT")
    return db


class Bm25s:
    """The bm25s library over these texts, stemmed as FTS5 stems them; raises ImportError."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s
        import Stemmer

        self._bm25s, self._stem = bm25s, Stemmer.Stemmer("porter")
        self._index = bm25s.BM25()
        self._index.index(self._tokens(texts), show_progress=False)

    def _tokens(self, texts: Sequence[str]) -> Any:
        return self._bm25s.tokenize(
            list(texts), stopwords="en", stemmer=self._stem, show_progress=False
        )

    def by_words(self, question: str, limit: int) -> list[int]:
        tokens = self._tokens([question])
        found, _ = self._index.retrieve(tokens, k=limit, show_progress=False, n_threads=1)
        rows: list[int] = found[0].tolist()
        return rows


def plain_pipeline(files: Path, fp32: Path, folder: Path) -> tuple[float, int]:
    """Indexes text files the plain way; gives its seconds, imports aside, and how many chunks."""
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.schema import Document
    from llama_index.vector_stores.chroma import ChromaVectorStore

    encoder = _Fp32(fp32)
    chroma = client(folder)
    began = time.perf_counter()
    documents = [
        Document(text=path.read_text(encoding="utf-8"), metadata={"source": path.name})
        for path in sorted(files.rglob("*.txt"))
    ]
    splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=OVERLAP_TOKENS)
    nodes = splitter.get_nodes_from_documents(documents)
    collection = chroma.create_collection(
        "plain", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    store = ChromaVectorStore(chroma_collection=collection)
    for start in range(0, len(nodes), _BATCH):
        some = nodes[start : start + _BATCH]
        vectors = encoder.vectors([node.get_content() for node in some])
        for node, vector in zip(some, vectors.tolist(), strict=True):
            node.embedding = vector
    store.add(nodes)
    seconds = time.perf_counter() - began
    chroma.close()
    return seconds, len(nodes)


class _Fp32:
    """MiniLM as published, in batches padded to their longest, on all cores."""

    def __init__(self, model: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
        self._tokenizer.enable_truncation(_WINDOW)
        self._tokenizer.enable_padding()
        self._session = session(model, threads=0)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        tokens = self._tokenizer.encode_batch(list(texts))
        ids = np.array([each.ids for each in tokens], dtype=np.int64)
        mask = np.array([each.attention_mask for each in tokens], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
        }
        states = self._session.run(None, feed)[0]
        weights = mask[:, :, None]
        return unit((states * weights).sum(axis=1) / weights.sum(axis=1))
