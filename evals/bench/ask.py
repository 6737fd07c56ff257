"""`footnote-eval bench ask`: how long a whole answer takes, as a table and as JSON.

Reports that people would ask about are indexed beside the synthetic chunks, as any folder is, and
their gold questions are asked one at a time: some that they answer, and some that they don't.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from evals.bench.corpus import Writer
from evals.bench.measure import Figure, load, p50, p95, timed
from evals.bench.synthetic import filled
from evals.bench.table import say, table
from evals.errors import BrokenGold
from evals.gold import Question, read_all
from evals.prepare import DOCUMENTS
from index import build
from index.encode import LocalEncoder
from index.roots import SEEDS
from qa.assistant import Assistant
from qa.settings import OnOff, Settings
from qa.types import Answer

_GOLD = Path(__file__).parent.parent / "gold"
_NEWSROOM = _GOLD / "newsroom"
_WARM_UP = 20
# The size that the limits speak of, and what they are without reading and with it, p50 and p95 in
# ms on an idle machine of two cores.
_LIMITED = 10_000
_LIMITS: dict[OnOff, tuple[float, float]] = {"off": (25.0, 60.0), "on": (200.0, 400.0)}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One answer, with the seconds that embedding its question and all of it took."""

    answer: Answer
    embedding: float
    whole: float
    cpu: float


def bench(
    sizes: Sequence[int], questions: int | None, keep: Path | None = None, file: Path | None = None
) -> bool:
    """Prints each figure as it is there; whether every limit is kept.

    Asks all questions that there are, or so many; raises BrokenGold if there are fewer.
    """
    there = asked()
    if questions and questions > len(there):
        raise BrokenGold(f"--questions {questions}: there are {len(there)}; ask at most as many")
    return table(_figures(sizes, there[:questions], keep), file)


def asked() -> list[Question]:
    """Those that need none before them, of all kinds mixed, the same every time."""
    gold = read_all([_NEWSROOM / "gold.yaml", _GOLD / "seed.yaml"])
    found = [each for each in gold if not each.history]
    random.Random(1).shuffle(found)  # noqa: S311 - no secret
    return found


def prepared(folder: Path, size: int, encoder: LocalEncoder) -> Path:
    """An index in `folder` of so many synthetic chunks and of the reports that are asked about."""
    home = folder / f"{size}-asked"
    filled(home, size, encoder, say)
    build(home, [_NEWSROOM / DOCUMENTS, SEEDS], encoder=encoder)
    return home


def _figures(
    sizes: Sequence[int], questions: Sequence[Question], keep: Path | None
) -> Iterator[Figure]:
    encoder = LocalEncoder()
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            home = prepared(Path(folder), size, encoder)
            say(f"{len(questions)} questions are asked of {size:,} chunks")
            for read in _LIMITS:
                # Its own folder: the rules of the working directory aren't for these documents.
                assistant = Assistant(Settings(home=home, read=read), folder=home)
                yield from _told(size, questions, list(_answers(assistant, questions)), read)


def _answers(assistant: Assistant, questions: Sequence[Question]) -> Iterator[_Asked]:
    """In turn with the baseline, so that both meet the same machine."""
    for nonsense in Writer(seed=5).questions(_WARM_UP):
        assistant.ask(nonsense)
    for each in questions:
        embedding, _ = timed(assistant.search.encoder.question, each.question)
        before = time.process_time()
        whole, answer = timed(assistant.ask, each.question)
        yield _Asked(answer, embedding, whole, time.process_time() - before)


def _told(
    size: int, questions: Sequence[Question], asked: Sequence[_Asked], read: OnOff
) -> Iterator[Figure]:
    whole = [1000 * each.whole for each in asked]
    embedding = [1000 * each.embedding for each in asked]
    where = f"{size:,} chunks, read" if read == "on" else f"{size:,} chunks"
    limits = _LIMITS[read] if size == _LIMITED else (None, None)
    could = sum(each.answerable for each in questions)
    answered = sum(not each.answer.abstained for each in asked)
    yield Figure(
        f"answer p50, {where}",
        p50(whole),
        "ms",
        f"{len(asked)} questions, {could} of them answerable; {answered} were answered; "
        f"load {load()}",
        limit=limits[0],
    )
    worst = max(range(len(asked)), key=whole.__getitem__)
    yield Figure(
        f"answer p95, {where}",
        p95(whole),
        "ms",
        f"the longest {whole[worst]:.1f}: {asked[worst].answer.question[:60]}",
        limit=limits[1],
    )
    for stage, what in (("search", "finding and reading"), ("answer", "picking and citing")):
        times = [1000 * each.answer.receipt.seconds[stage] for each in asked]
        note = f"{what}; p95 {p95(times):.1f}"
        yield Figure(f"answer, stage {stage} p50, {where}", p50(times), "ms", note)
    yield Figure(
        f"embedding the question alone p50, {where}",
        p50(embedding),
        "ms",
        f"p95 {p95(embedding):.1f}",
    )
    yield Figure(
        f"answer over embedding, p50, {where}",
        p50(whole) / p50(embedding),
        "ratio",
        "of the two medians",
    )
    cpu = [each.cpu for each in asked]
    note = f"of all threads, the mean; of {sum(whole) / 1000 / len(asked):.4f} s that it took"
    yield Figure(f"CPU an answer, {where}", sum(cpu) / len(cpu), "s", note)
