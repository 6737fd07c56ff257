"""What a run found, as data: a report is measures, slices of them by tag, and every question."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from evals.errors import BrokenGold

Outcome = Literal[
    "right",
    "wrong",
    "not_retrieved",
    "not_answered",
    "miscited",
    "declined_right",
    "declined_wrong",
]
GOOD: tuple[Outcome, ...] = ("right", "declined_right")


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of n questions, with a 95% interval; counts have themselves as both ends."""

    value: float
    n: int
    low: float
    high: float


Measures = Mapping[str, Measure]


@dataclass(frozen=True, slots=True)
class Cited:
    """Words that an answer cites, with their place in the document's canonical text."""

    source: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Scored:
    """One question, what was answered, and what that is worth.

    `gold` changes with the gold question. `values` are the measures that apply to it. `invalid`
    counts cited quotes that aren't their document's text, `leaked` passages and citations that the
    asker may not read. `seconds` are by stage.
    """

    id: str
    question: str
    gold: str
    tags: tuple[str, ...]
    outcome: Outcome
    answer: str
    abstained: str | None
    answers: tuple[str, ...]
    evidence: tuple[Cited, ...]
    citations: tuple[Cited, ...]
    sources: tuple[str, ...]
    values: Mapping[str, float]
    invalid: int
    leaked: int
    seconds: Mapping[str, float]

    @property
    def good(self) -> bool:
        return self.outcome in GOOD


@dataclass(frozen=True, slots=True)
class Report:
    """`set` names the gold files, `index` and `model` what was asked; `judged_by` says what decides
    whether a claim is supported, and how well it does."""

    set: str
    index: str
    model: str
    judged_by: str
    measures: Measures
    slices: Mapping[str, Measures]
    seconds: Mapping[str, Mapping[str, float]]
    questions: tuple[Scored, ...]

    def as_json(self) -> str:
        """One object, with a line for each question: two of them can be compared as text."""
        content = asdict(self)
        lines = [json.dumps(each, ensure_ascii=False) for each in content.pop("questions")]
        head = json.dumps(content, ensure_ascii=False, indent=1).removesuffix("\n}")
        return f'{head},\n "questions": [\n' + ",\n".join(lines) + "\n ]\n}\n"


def read_report(path: Path) -> Report:
    """A report as `run --json` writes it; raises BrokenGold if it isn't one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Report(
            **{
                **content,
                "measures": _measures(content["measures"]),
                "slices": {tag: _measures(each) for tag, each in content["slices"].items()},
                "questions": tuple(map(scored, content["questions"])),
            }
        )
    except OSError as error:
        raise BrokenGold(f"{path}: {error.strerror}; name a report of run --json") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BrokenGold(
            f"{path}: isn't a report of this release; write it again with run --json or --accept"
        ) from None


def scored(entry: dict[str, Any]) -> Scored:
    """From plain JSON; raises KeyError or TypeError if it isn't one."""
    lists = {name: tuple(entry[name]) for name in ("tags", "answers", "sources")}
    cited = {name: tuple(Cited(**c) for c in entry[name]) for name in ("evidence", "citations")}
    return Scored(**{**entry, **lists, **cited})


def _measures(content: dict[str, dict[str, Any]]) -> dict[str, Measure]:
    return {name: Measure(**each) for name, each in content.items()}


def tags_of(questions: Iterable[Scored]) -> list[str]:
    return sorted({tag for each in questions for tag in each.tags})
