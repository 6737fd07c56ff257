"""Measures how often disagreeing documents are told: python -m evals.conflicting [--fit] [FILE…]

A file holds pairs of documents, one pair a line: some disagree on what their question asks, others
only look so (another year, place or unit; rounded; overtaken). All documents are indexed together,
and each question is asked like any other. Precision is the share of answers that tell of a conflict
where there is one, recall the share of conflicts that are told.

With `--fit` the regression in `qa/weights.json` is fitted instead, to the files and to the
newsroom's gold questions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.fit import fit, written
from evals.gold import read as read_gold
from evals.statistics import wilson
from index import Search, Snapshot, build
from qa.assistant import Assistant
from qa.conflicts import FEATURES, compared
from qa.contrast import Statement
from qa.quote import by_chance
from qa.settings import Settings

GOLD = Path(__file__).parent / "gold"
PAIRS = GOLD / "conflicts" / "pairs.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, its documents' texts by source, whether they disagree, and in which sentences."""

    id: str
    kind: str
    question: str
    conflict: bool
    documents: dict[str, str]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Whether the answer to a pair's question tells of a conflict."""

    pair: Pair
    told: bool


def read(path: Path) -> list[Pair]:
    """The pairs of a file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Pair(
            id=row["id"],
            kind=row["kind"],
            question=row["question"],
            conflict=row["conflict"],
            documents={each["source"]: each["text"] for each in row["documents"]},
            evidence=tuple(each["quote"] for each in row["evidence"]),
        )
        for row in rows
    ]


def newsroom() -> list[Pair]:
    """The newsroom's questions, on the same documents; those that expect a conflict have one."""
    folder = GOLD / "newsroom" / "documents"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    documents = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths
    }
    return [
        Pair(
            id=each.id,
            kind="newsroom",
            question=each.question,
            conflict=each.expect == "conflict",
            documents=documents,
            evidence=tuple(evidence.quote for evidence in each.evidence),
        )
        for each in read_gold(GOLD / "newsroom" / "gold.yaml")
        if not each.history
    ]


def ask(pairs: Sequence[Pair]) -> list[Told]:
    """Indexes the documents of all pairs and asks all questions."""
    with _indexed(pairs) as home:
        assistant = Assistant(Settings(home=home), view=False, folder=home)
        return [Told(pair, bool(assistant.ask(pair.question).conflicts)) for pair in pairs]


def precision_recall(asked: Iterable[Told]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Each as how many of how many."""
    counted = list(asked)
    right = sum(each.pair.conflict and each.told for each in counted)
    told = sum(each.told for each in counted)
    return (right, told), (right, sum(each.pair.conflict for each in counted))


def examples(pairs: Sequence[Pair]) -> list[tuple[tuple[float, ...], bool]]:
    """What statements of two documents have to do with each other, and whether they conflict."""
    with _indexed(pairs) as home:
        search = Search(home, view=False)
        at = search.snapshot()
        return [example for pair in pairs for example in _examples(pair, search, at)]


def _examples(pair: Pair, search: Search, at: Snapshot) -> Iterator[tuple[tuple[float, ...], bool]]:
    passages = search.find(pair.question, 10, at)
    documents = [search.document(each.document, at) for each in passages]
    dates = {each.id: each.date for each in documents if each}
    likely = by_chance(pair.question, passages, at.chunks)[0]
    for one, other, row in compared(pair.question, likely, dates):
        yield row, pair.conflict and all(_is_evidence(each, pair) for each in (one, other))


def _is_evidence(statement: Statement, pair: Pair) -> bool:
    said = statement.candidate.sentence.text
    return any(said in quote or quote in said for quote in pair.evidence)


@contextmanager
def _indexed(pairs: Sequence[Pair]) -> Iterator[Path]:
    """A home in which the documents of all pairs are indexed."""
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder) / "documents"
        for source, text in {s: t for pair in pairs for s, t in pair.documents.items()}.items():
            path = documents / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        home = Path(folder) / "home"
        build(home, [documents])
        yield home


def main() -> None:
    import numpy as np

    parser = argparse.ArgumentParser(usage=(__doc__ or "").splitlines()[0].partition(": ")[2])
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("files", nargs="*", type=Path, default=[PAIRS])
    arguments = parser.parse_args()
    sets = {path.name: read(path) for path in arguments.files}
    if arguments.fit:
        seen = [each for some in (*sets.values(), newsroom()) for each in examples(some)]
        rows, truth = zip(*seen, strict=True)
        model = fit(np.array(rows), np.array(truth, dtype=float), np.ones(len(rows)))
        written({"conflict": (FEATURES, model)})
        print(f"fitted to {len(rows)} pairs of statements, {sum(truth)} of them conflicts")
        return
    for name, pairs in {**sets, "newsroom": newsroom()}.items():
        _print(name, ask(pairs))


def _print(name: str, asked: Sequence[Told]) -> None:
    print(name)
    for measure, (right, of) in zip(("precision", "recall"), precision_recall(asked), strict=True):
        low, high = wilson(right / of, of) if of else (0.0, 1.0)
        print(f"  {measure} {right} of {of} = {right / max(1, of):.3f} ({low:.3f}–{high:.3f})")
    for each in asked:
        if each.told != each.pair.conflict:
            what = "missed" if each.pair.conflict else "false alarm"
            print(f"  {what}: {each.pair.id}, {each.pair.kind}")


if __name__ == "__main__":
    main()
