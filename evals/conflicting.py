"""Measures how often disagreeing documents are told: python -m evals.conflicting [FILE…]

A file holds pairs of documents, one pair a line: some disagree on what their question asks, others
only look so (another year, place or unit; rounded; overtaken). All documents are indexed together,
and each question is asked like any other. Precision is the share of answers that tell of a conflict
where there is one, recall the share of conflicts that are told.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.statistics import wilson
from index import build
from qa.assistant import Assistant
from qa.settings import Settings

PAIRS = Path(__file__).parent / "gold" / "conflicts" / "pairs.jsonl"


@dataclass(frozen=True, slots=True)
class Told:
    """Whether the documents of a pair disagree, and whether the answer says so."""

    id: str
    kind: str
    conflict: bool
    told: bool


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ask(pairs: list[dict[str, Any]]) -> list[Told]:
    """Indexes the documents of all pairs and asks all questions."""
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder) / "documents"
        for pair in pairs:
            for each in pair["documents"]:
                path = documents / each["source"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(each["text"].encode())
        home = Path(folder) / "home"
        build(home, [documents])
        assistant = Assistant(Settings(home=home), view=False, folder=Path(folder))
        return [
            Told(
                pair["id"],
                pair["kind"],
                pair["conflict"],
                bool(assistant.ask(pair["question"]).conflicts),
            )
            for pair in pairs
        ]


def precision_recall(asked: Iterable[Told]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Each as how many of how many."""
    counted = list(asked)
    right = sum(each.conflict and each.told for each in counted)
    told, there = sum(each.told for each in counted), sum(each.conflict for each in counted)
    return (right, told), (right, there)


def main(paths: list[Path]) -> None:
    for path in paths or [PAIRS]:
        asked = ask(read(path))
        print(path.name)
        for name, (right, of) in zip(("precision", "recall"), precision_recall(asked), strict=True):
            low, high = wilson(right / of, of) if of else (0.0, 1.0)
            print(f"  {name} {right} of {of} = {right / max(1, of):.3f} ({low:.3f}–{high:.3f})")
        for wrong in (each for each in asked if each.told != each.conflict):
            print(f"  {'missed' if wrong.conflict else 'false alarm'}: {wrong.id}, {wrong.kind}")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
