"""Gold questions are asked, one by one or some at a time, and make a report.

What is done is kept beside the index, so that a run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock

import numpy as np

import evals
import index
import prompts
import qa
from evals.gold import Question
from evals.prepare import Prepared
from evals.report import Measure, Measures, Report, Scored, scored, tags_of
from evals.score import Ground, score
from evals.statistics import quantile, wilson
from evals.support import MEASURED
from qa.assistant import Assistant

# Means of values from 0 to 1, in the order of reports. "right" is the share of good outcomes.
SHARES = (
    *("right", "recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"),
    *("answer_recall", "f1", "exact_match"),
    *("citation_recall", "citation_precision", "evidence_precision", "evidence_recall"),
    *(
        "negative_rejection",
        "false_refusal",
        "abstention_kind",
        "judged_faithful",
        "judged_correct",
    ),
)
# Counts that must be 0.
COUNTS = ("invalid_citations", "leaked")
Ask = Callable[[Assistant, Question], "qa.Answer"]


@dataclass(frozen=True, slots=True)
class Judges:
    """A language model's opinion of answers, never gated on; `name` says how far to trust it."""

    name: str
    values: Callable[[Question, qa.Answer], Mapping[str, float]]


def ask(assistant: Assistant, question: Question) -> qa.Answer:
    """The one way in which gold questions are asked."""
    history = [qa.Turn(each.question, each.answer) for each in question.history]
    return assistant.ask(question.question, question.groups, history)


def run(
    name: str,
    questions: Sequence[Question],
    prepared: Prepared,
    ground: Ground,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda *_: None,
    asked: Ask = ask,
    judges: Judges | None = None,
) -> Report:
    """Asks every question, held against `ground`; `asked` is how. Raises what the assistant and the
    judges raise."""
    assistant = prepared.assistant
    with ExitStack() as stack:
        judged_by = f"{MEASURED}; {judges.name}" if judges else MEASURED
        # With judges it starts anew: a call that isn't made again isn't recorded either.
        kept = _Kept(prepared, prepared.keep) if prepared.keep and not judges else None
        if kept:
            stack.enter_context(kept)
        done: list[Scored] = []
        for each in _scored(questions, assistant, ground, jobs, kept, asked, judges):
            done.append(each)
            progress(len(done), len(questions))
    if kept:
        kept.finish()
    with assistant.search.reading() as at:
        return report_of(name, at.index, "quote", done, judged_by)


def report_of(
    name: str, index_: str, model: str, questions: Sequence[Scored], judged_by: str = MEASURED
) -> Report:
    """The report of these questions: all measures over all of them, and by tag."""
    return Report(
        set=name,
        index=index_,
        model=model,
        judged_by=judged_by,
        measures=measures_of(questions),
        slices={
            tag: measures_of([each for each in questions if tag in each.tags])
            for tag in tags_of(questions)
        },
        seconds=_stages(questions),
        questions=tuple(questions),
    )


def measures_of(questions: Sequence[Scored]) -> Measures:
    """Each measure that applies to any of them, with n and a 95% interval."""
    found: dict[str, Measure] = {}
    for name in SHARES:
        if values := values_of(name, questions):
            mean = sum(values.values()) / len(values)
            found[name] = _measure(mean, len(values), *wilson(mean, len(values)))
    for name, what in zip(COUNTS, ("invalid", "leaked"), strict=True):
        count = sum(getattr(each, what) for each in questions)
        found[name] = Measure(count, len(questions), count, count)
    words = [each.values["answer_words"] for each in questions if "answer_words" in each.values]
    if words:
        spread = 1.96 * float(np.std(words)) / len(words) ** 0.5
        mean = sum(words) / len(words)
        found["answer_words"] = _measure(mean, len(words), max(0.0, mean - spread), mean + spread)
    seconds = [sum(each.seconds.values()) for each in questions]
    for name, share in (("latency_p50", 0.5), ("latency_p95", 0.95)):
        value, low, high = quantile(seconds, share)
        found[name] = _measure(value, len(seconds), low, high)
    return found


def values_of(name: str, questions: Iterable[Scored]) -> dict[str, float]:
    """A measure's value by question id, of those that it applies to."""
    if name == "right":
        return {each.id: float(each.good) for each in questions}
    return {each.id: each.values[name] for each in questions if name in each.values}


def _measure(value: float, n: int, low: float, high: float) -> Measure:
    return Measure(round(value, 4), n, round(low, 4), round(high, 4))


def _stages(questions: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """The latency of each stage, p50 and p95 in seconds."""
    found = {}
    for stage in sorted({stage for each in questions for stage in each.seconds}):
        took = [each.seconds[stage] for each in questions if stage in each.seconds]
        found[stage] = {
            "p50": round(float(np.quantile(took, 0.5)), 4),
            "p95": round(float(np.quantile(took, 0.95)), 4),
        }
    return found


def _scored(
    questions: Sequence[Question],
    assistant: Assistant,
    ground: Ground,
    jobs: int,
    kept: _Kept | None,
    asked: Ask,
    judges: Judges | None,
) -> Iterator[Scored]:
    def one(question: Question) -> Scored:
        if kept and (before := kept.of(question)):
            return replace(before, tags=question.tags)
        answer = asked(assistant, question)
        found = score(question, answer, ground)
        if judges:
            found = replace(found, values={**found.values, **judges.values(question, answer)})
        if kept:
            kept.add(found)
        return found

    if jobs == 1:
        yield from map(one, questions)
        return
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(one, questions)


class _Kept:
    """What a run has done so far, a line a question; only for the same index, settings and code."""

    def __init__(self, prepared: Prepared, keep: Path) -> None:
        with prepared.assistant.search.reading() as at:
            made_by = [at.index, repr(prepared.settings), code()]
        name = hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:16]
        self._path = keep / "runs" / f"{name}.jsonl"
        self._lock = Lock()

    def __enter__(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._done: dict[tuple[str, str], Scored] = {}
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8", errors="replace").split("\n"):
                try:
                    each = scored(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    continue  # the line at which the run was killed
                self._done[each.id, each.gold] = each
        self._file = self._path.open("a", encoding="utf-8")
        self._file.write("\n")

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def of(self, question: Question) -> Scored | None:
        return self._done.get((question.id, question.hash))

    def add(self, each: Scored) -> None:
        with self._lock:
            self._file.write(json.dumps(asdict(each), ensure_ascii=False) + "\n")
            self._file.flush()

    def finish(self) -> None:
        """The next run asks anew."""
        self._path.unlink(missing_ok=True)


def code() -> str:
    """Changes with any line, prompt or fitted weight of the program that is measured."""
    packages = (Path(package.__path__[0]) for package in (evals, index, prompts, qa))
    files = sorted(
        file
        for package in packages
        for pattern in ("*.py", "*.md", "*.json")
        for file in package.rglob(pattern)
        if not {"documents", "gold"} & set(file.relative_to(package).parts)
    )
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
