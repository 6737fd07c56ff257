"""What is measured in a process of its own: python -m evals.bench.alone search|fts5|bm25s HOME N

Its output is one JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from evals.bench.corpus import Writer
from evals.bench.measure import p50, peak_bytes, timed
from evals.bench.readers import READERS
from index.search import Search
from index.words import query


def search(home: Path, questions: list[str]) -> dict[str, float]:
    """The memory of a process that opens an index and answers."""
    opened, search = timed(Search, home)
    for access in READERS.values():
        for question in questions:
            with search.reading(access) as at:
                search.find(question, 8, at)
    return {"peak_bytes": peak_bytes(), "open_seconds": opened}


def fts5(home: Path, questions: list[str]) -> dict[str, float]:
    from evals.bench.baselines import fts5_from, texts_of

    texts = texts_of(home)
    before = peak_bytes()
    with tempfile.TemporaryDirectory() as folder:
        seconds, db = timed(fts5_from, texts, Path(folder) / "words.db")
        ranked = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 50"

        def ask(words: str) -> list[tuple[int]]:
            return db.execute(ranked, [words]).fetchall()

        times = [timed(ask, query(each))[0] for each in questions]
        insert = "INSERT INTO words (rowid, text) VALUES (?, ?)"
        added, _ = timed(db.execute, insert, [len(texts) + 1, texts[0]])
        db.close()
    return _words(seconds, before, times, added)


def bm25s(home: Path, questions: list[str]) -> dict[str, float]:
    from evals.bench.baselines import Bm25s, texts_of

    texts = texts_of(home)
    before = peak_bytes()
    seconds, index = timed(Bm25s, texts)
    limit = min(50, len(texts))
    times = [timed(index.by_words, each, limit)[0] for each in questions]
    # Nothing can be added to it: it is made again.
    return _words(seconds, before, times, seconds)


def _words(seconds: float, before: int, times: list[float], added: float) -> dict[str, float]:
    return {
        "index_seconds": seconds,
        "index_bytes": peak_bytes() - before,
        "query_seconds": p50(times),
        "add_seconds": added,
    }


if __name__ == "__main__":
    kind, home, count = sys.argv[1:]
    asked = Writer(seed=3).questions(int(count))
    print(json.dumps({"search": search, "fts5": fts5, "bm25s": bm25s}[kind](Path(home), asked)))
