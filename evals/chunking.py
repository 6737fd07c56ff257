"""Measures chunk size and overlap: python -m evals.chunking SET… [--cache FOLDER]

Each set has documents/ and gold.jsonl. Its documents are indexed once for each configuration, in an
index that is thrown away, and asked every question by the product's own search. Prints a Markdown
table, a row as soon as it is known: what the first 5 passages hold of the evidence, and what the
first ones do that fit into 1,000 tokens together, which is fair to every size. Behind each number
is its 95% interval, by drawing questions anew; differences are to the first configuration, over
the same draws.

A quote is found if the passages hold half of its characters; one that a document repeats counts
where most of it was found. What passages share is sent twice, so it counts twice as sent, but once
as evidence. Tokens are cl100k's, of the passages' text alone.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evals.gold import Question, read
from index import Chunk, Document, Passage, Search, load
from index.encode import LocalEncoder, Vectors
from index.formats import document_of
from index.library import Library
from index.split import Splitter, identity
from index.tokens import Count, tiktoken_count

# Tokens of a chunk, and of the longest sentence that it shares; the one in use comes first.
CONFIGURATIONS = (
    *((200, 50), (200, 0), (100, 25), (100, 0), (150, 40), (150, 0), (250, 50), (250, 0)),
    *((60, 25), (60, 0), (200, 100)),
)
FIRST, BUDGET, MOST = 5, 1_000, 60
DRAWS = 5_000
COLUMNS = "set|size/overlap|chunks (mean tokens)|sent|questions (quotes)|quotes found|less first"
COLUMNS += "|precision|recall of characters|IoU|less first|tokens sent"

# A row a question: quotes found, quotes, precision, recall of characters, IoU, tokens sent.
Scores = npt.NDArray[np.float64]
Place = tuple[str, int]
_RECORD = np.dtype([("text", "S64"), ("vector", np.float32, LocalEncoder.dimension)])


class Cache:
    """Vectors by the text they were made of, kept in a file that is only added to."""

    def __init__(self, folder: Path, encoder: LocalEncoder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.encoder, self.path = encoder, folder / f"{encoder.identity.replace(' ', '-')}.bin"
        held = self.path.read_bytes() if self.path.exists() else b""
        # A run that was killed may have left half a record.
        whole = held[: len(held) - len(held) % _RECORD.itemsize]
        self.path.write_bytes(whole)
        rows = np.frombuffer(whole, _RECORD)
        self.vectors: dict[bytes, Vectors] = dict(
            zip(rows["text"].tolist(), rows["vector"], strict=True)
        )

    def vector(self, chunk: Chunk) -> Vectors:
        key = hashlib.sha256(chunk.embedded.encode()).hexdigest().encode()
        if key not in self.vectors:
            ((self.vectors[key], _),) = self.encoder.chunks([chunk])
            with self.path.open("ab") as file:
                file.write(np.array([(key, self.vectors[key])], _RECORD).tobytes())
        return self.vectors[key]


def documents_of(folder: Path) -> list[Document]:
    files, _ = load.find(folder)
    return [document_of(each.source, load.read(each), folder.name)[0] for each in files]


def index_in(home: Path, held: list[tuple[Document, list[Chunk]]], cache: Cache) -> Search:
    """A search over these chunks; all that knows how the library is written."""
    library = Library(home / "library.db", "make")
    with library.transaction():
        for document, chunks in held:
            library.add(document, chunks, "set", document.sha256, born=1)
    # Sentences have no part in the ranking of passages.
    library.keep_vectors(
        cache.encoder.identity,
        (
            (chunk, cache.vector(chunk), _zeros(chunk))
            for chunk in {chunk.sha256: chunk for _, chunks in held for chunk in chunks}.values()
        ),
    )
    with library.transaction():
        made_by = {"encoder": cache.encoder.identity, "splitter": identity(cache.encoder.window)}
        library.publish(1, **made_by)
    library.close()
    return Search(home, view=False)


def _zeros(chunk: Chunk) -> Vectors:
    return np.zeros((len(chunk.sentences), LocalEncoder.dimension), np.float32)


def places(question: Question, texts: dict[str, str]) -> list[list[set[Place]]]:
    """Of each quote the characters it stands on: a set for each time the document says it."""
    return [
        [
            {(each.source, place) for place in range(*match.span())}
            for match in re.finditer(re.escape(each.quote), texts[each.source])
        ]
        for each in question.evidence
    ]


def scores(quotes: list[list[set[Place]]], passages: Sequence[Passage], tokens: int) -> list[float]:
    """The question's row of Scores."""
    sent = {(each.source, place) for each in passages for place in range(each.start, each.end)}
    length = sum(each.end - each.start for each in passages)
    best = [max(quote, key=lambda said: len(said & sent)) for quote in quotes]
    found = sum(len(said & sent) >= len(said) / 2 for said in best)
    evidence = set().union(*best)
    both = len(evidence & sent)
    union = length + len(evidence) - both
    return [found, len(best), both / max(1, length), both / len(evidence), both / union, tokens]


def measure(
    search: Search, questions: list[Question], texts: dict[str, str], count: Count
) -> dict[str, Scores]:
    rows: dict[str, list[list[float]]] = {f"first {FIRST}": [], f"{BUDGET:,} tokens": []}
    at = search.snapshot()
    for question in questions:
        passages, quotes = search.find(question.question, MOST, at), places(question, texts)
        up_to = np.cumsum([0, *count([each.text for each in passages])])
        fitting = int((up_to <= BUDGET).sum()) - 1
        for sent, number in zip(rows, (min(FIRST, len(passages)), fitting), strict=True):
            rows[sent].append(scores(quotes, passages[:number], int(up_to[number])))
    return {sent: np.array(each) for sent, each in rows.items()}


def cells(own: Scores, first: Scores) -> list[str]:
    """Means with their intervals, and the differences to the first configuration's."""
    n = len(own)
    weights = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), DRAWS)
    weights = np.r_[np.ones((1, n), int), weights]

    def means(rows: Scores) -> Scores:
        sums = weights @ rows
        joined: Scores = np.c_[sums[:, 0] / sums[:, 1], sums[:, 2:] / n]
        return joined

    values, apart = means(own), means(own) - means(first)
    found, precision, recall, iou, _ = (_cell(each, "{:.3f}") for each in values.T)
    more_found, _, _, more_iou, _ = (_cell(each, "{:+.3f}") for each in apart.T)
    number = f"{n} ({own[:, 1].sum():.0f})"
    return [number, found, more_found, precision, recall, iou, more_iou, f"{values[0, -1]:.0f}"]


def _cell(draws: npt.NDArray[np.float64], form: str) -> str:
    """The first value, which is measured, and where 95% of the others lie; "–" for no difference
    at all."""
    if not draws.any():
        return "–"
    low, high = np.quantile(draws[1:], (0.025, 0.975))
    return f"{form.format(draws[0])} ({form.format(low)} to {form.format(high)})"


def main(folders: list[Path], cache: Cache) -> None:
    count = tiktoken_count()
    print(f"|{COLUMNS}|\n|{'|'.join('-' * 3 for _ in COLUMNS.split('|'))}|", flush=True)
    first: dict[tuple[str, str], Scores] = {}
    for size, overlap in CONFIGURATIONS:
        splitter = Splitter(count, cache.encoder.pieces, cache.encoder.window, size, overlap)
        for folder in folders:
            print(f"{folder.name} {size}/{overlap}", file=sys.stderr, flush=True)
            documents = documents_of(folder / "documents")
            texts = {document.source: document.text for document in documents}
            questions = [each for each in read(folder / "gold.jsonl") if each.evidence]
            held = [(document, splitter.split(document)) for document in documents]
            lengths = count([chunk.text for _, chunks in held for chunk in chunks])
            with tempfile.TemporaryDirectory() as home:
                rows = measure(index_in(Path(home), held, cache), questions, texts, count)
            chunks = f"{len(lengths):,} ({np.mean(lengths):.0f})"
            for sent, own in rows.items():
                name = (folder.name, f"{size}/{overlap}", chunks, sent)
                line = [*name, *cells(own, first.setdefault((folder.name, sent), own))]
                print(f"|{'|'.join(line)}|", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage="python -m evals.chunking SET… [--cache FOLDER]")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, help="where vectors are kept for the next run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        main(arguments.sets, Cache(arguments.cache or Path(temporary), LocalEncoder()))
