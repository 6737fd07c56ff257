"""Writes what was held back from the reader as sets of documents and questions, to fit and measure.

`python qa/reader/held.py --data FOLDER --out FOLDER` writes OUT/articles and OUT/wiki, each with
documents/ and gold.jsonl as `evals.gold` reads them. Eight passages in a row are a document. To the
questions come near misses, a third as many, made as those that were learned from.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cut import SENTENCE
from near import near_misses
from row import Row
from rows import NEAR, rows
from train import SEED

TOGETHER = 8
# The tag of questions that were made from others, and what the rows of these are called.
MADE = "near"
# What is asked of one is foreign to the other.
SETS = {"articles": NEAR[:3], "wiki": NEAR[3:]}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write what was held back from the reader.")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    _, held = rows(arguments.data, SEED)
    for name, files in SETS.items():
        write(arguments.out / name, [each for each in held if each.of in files])


def write(folder: Path, held: Sequence[Row]) -> None:
    chance = random.Random(SEED)
    (folder / "documents").mkdir(parents=True, exist_ok=True)
    source: dict[str, str] = {}
    for file in dict.fromkeys(row.of for row in held):
        passages = list(
            dict.fromkeys(" ".join(row.passage.split()) for row in held if row.of == file)
        )
        for first in range(0, len(passages), TOGETHER):
            some, name = passages[first : first + TOGETHER], f"{file}_{first:04}.txt"
            (folder / "documents" / name).write_text("\n\n".join(some) + "\n", encoding="utf-8")
            source |= dict.fromkeys(some, name)
    misses = near_misses([row for row in held if row.of in NEAR], chance)
    near = [row for row in misses if row.of == MADE]
    answerable = sum(row.label for row in held)
    near = chance.sample(near, min(len(near), answerable // 3))
    questions = list(held) + near
    with (folder / "gold.jsonl").open("w", encoding="utf-8") as gold:
        for number, row in enumerate(questions):
            gold.write(json.dumps(_question(f"q{number}", row, source)) + "\n")
    print(f"{folder}: {answerable} answerable, {len(questions) - answerable} not")


def _question(name: str, row: Row, source: dict[str, str]) -> dict[str, object]:
    if row.start is None or row.end is None:
        tags = [MADE] if row.of == MADE else []
        asked = {"id": name, "question": row.asked, "tags": tags}
        return {**asked, "answers": [], "answerable": False}
    first = max((m.end() for m in SENTENCE.finditer(row.passage[: row.start])), default=0)
    after = SENTENCE.search(row.passage, row.end)
    quote = " ".join(row.passage[first : after.start() if after else None].split())
    return {
        "id": name,
        "question": row.asked,
        "answers": [row.passage[row.start : row.end]],
        "answerable": True,
        "evidence": [{"source": source[" ".join(row.passage.split())], "quote": quote}],
    }


if __name__ == "__main__":
    main()
