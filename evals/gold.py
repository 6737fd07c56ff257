"""Gold sets: questions with the exact words of the documents that a right answer rests on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """Exact text of a document; `source` is its path below the indexed folder."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question; one that the documents don't answer isn't `answerable` and has no evidence."""

    id: str
    question: str
    answerable: bool
    evidence: tuple[Evidence, ...]
    tags: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


def read(path: Path) -> list[Question]:
    """The questions of a `.yaml` list or of `.jsonl` lines."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [_question(json.loads(line)) for line in text.splitlines() if line.strip()]
    import yaml

    return [_question(entry) for entry in yaml.safe_load(text)]


def _question(entry: dict[str, Any]) -> Question:
    return Question(
        id=entry["id"],
        question=entry["question"],
        answerable=entry["answerable"],
        evidence=tuple(Evidence(**each) for each in entry["evidence"]),
        tags=tuple(entry.get("tags", ())),
        answers=tuple(entry.get("answers", ())),
    )
