"""`footnote-eval bench load`: many people at once, on all cores, as a portal sends them.

First those who read a quoted answer, as many as keep the machine busy; then a hundred with a model
that takes a second; then five times as many as there is room for; and, if it is asked for, so many
questions, with changes to the index between them, that a leak would be seen.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from evals.bench.ask import asked, prepared
from evals.bench.crowd import Person, Reply, people
from evals.bench.measure import Figure, load, p50, p95
from evals.bench.portal import Portal, second_long_model, served
from evals.bench.table import say, table
from index import build
from index.encode import LocalEncoder

CORES = os.cpu_count() or 1
# People who ask again as soon as they are answered, a process; and those who also read.
_EAGER, _READERS = 25, 100
# How long a reader takes for an answer, and how many he reads; seconds.
_READS, _ANSWERS = 8.0, 4
# How far beyond what there is room for, and within how many seconds they all come.
_TOO_MANY, _WITHIN = 5, 2.0
# Seconds within which all is as before.
_RECOVERS = 5.0
# A thread that has had nothing to do for ten seconds ends.
_IDLE = 12.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: at so many chunks, with so many `endurance` questions (0: none) and
    `changes` to the index between them."""

    chunks: int
    seconds: float
    endurance: int
    changes: int


def bench(plan: Plan, keep: Path | None = None, file: Path | None = None) -> bool:
    """Prints each figure as it is there; whether every limit is kept. For Linux only."""
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as folder:
        home = prepared(Path(folder), plan.chunks, LocalEncoder())
        return table(_figures(home, plan), file)


def _figures(home: Path, plan: Plan) -> Iterator[Figure]:
    questions = [each.question for each in asked()]
    with served(home, CORES) as portal:
        say(f"{_EAGER * CORES} people ask for {plan.seconds:.0f} s without a pause")
        yield from _quoting(portal, questions, plan)
    with second_long_model() as url:
        model = {"llm": "openai-like/steady", "llm_url": url}
        with served(home, CORES, **model) as portal:
            say(f"{_READERS} people read and ask, {_ANSWERS} times each")
            yield from _reading(portal, plan)
    with served(home, CORES) as portal:
        yield from _too_many(portal, questions)
    if plan.endurance:
        with served(home, CORES) as portal:
            say(f"{plan.endurance:,} questions, and {plan.changes} changes to the index")
            yield from _enduring(portal, home, questions, plan)


def _quoting(portal: Portal, questions: Sequence[str], plan: Plan) -> Iterator[Figure]:
    tokens = _tokens(portal, _EAGER * CORES)
    asyncio.run(_eager(portal, tokens, questions, 2.0))
    began, mine, taken = time.perf_counter(), time.process_time(), portal.cpu()
    replies = asyncio.run(_eager(portal, tokens, questions, plan.seconds))
    wall, mine = time.perf_counter() - began, time.process_time() - mine
    each = (portal.cpu() - taken) / len(replies)
    # What asking takes of the same cores isn't there for answering.
    could = (CORES - mine / wall) / each
    yield Figure(
        f"quoting: of what its CPU seconds allow, {plan.chunks:,} chunks",
        len(replies) / wall / could,
        "share",
        f"{len(replies) / wall:.0f} answers a second of {could:.0f}; {1000 * each:.1f} ms of CPU "
        f"each; p50 {1000 * p50(_times(replies)):.0f} ms; {_faults(replies)}; load {load()}",
        0.8,
        least=True,
    )


def _reading(portal: Portal, plan: Plan) -> Iterator[Figure]:
    tokens = _tokens(portal, _READERS)
    # Else the model isn't asked: what isn't answered is declined at once.
    questions = [each.question for each in asked() if each.answerable]
    asyncio.run(_eager(portal, tokens[: 4 * CORES], questions, 3.0))
    replies = asyncio.run(_readers(portal, tokens, questions, _READS, _ANSWERS))
    yield Figure(
        f"{_READERS} people, a model of 1 s: p95, {plan.chunks:,} chunks",
        p95(_times(replies)),
        "s",
        f"{len(replies)} answers, {_READS:.0f} s read on average; p50 {p50(_times(replies)):.2f}, "
        f"the longest {max(_times(replies)):.2f}; load {load()}",
        1.5,
    )
    yield Figure("    of these not answered", _unanswered(replies), "", _faults(replies), 0.0)
    again = asyncio.run(_readers(portal, tokens, questions, 0.5, 1))
    yield Figure(
        f"{_READERS} people within half a second: p95",
        p95(_times(again)),
        "s",
        f"p50 {p50(_times(again)):.2f}; {_faults(again)}",
    )


def _too_many(portal: Portal, questions: Sequence[str]) -> Iterator[Figure]:
    crowd = _TOO_MANY * 100
    say(f"{crowd} people ask within {_WITHIN:.0f} s")
    tokens = _tokens(portal, crowd)
    replies, after = asyncio.run(_burst(portal, tokens, questions))
    refused = [each.seconds for each in replies if each.status == 503]
    yield Figure(
        f"{crowd} people within {_WITHIN:.0f} s: 503 after, p95",
        1000 * p95(refused or [0.0]),
        "ms",
        f"{len(refused)} refused; the longest {1000 * max(refused or [0.0]):.0f} ms; "
        f"{_faults(replies)}",
        100.0,
    )
    yield Figure(
        f"    p95 of {4 * CORES} people {_RECOVERS:.0f} s later",
        1000 * p95(_times(after)),
        "ms",
        f"{_faults(after)}; load {load()}",
        500.0,
    )


def _enduring(portal: Portal, home: Path, questions: Sequence[str], plan: Plan) -> Iterator[Figure]:
    note = home / "bench-note"
    note.mkdir(exist_ok=True)
    (note / "note.txt").write_text("The tide is measured.\n")
    build(home, [note], encoder=LocalEncoder())
    # What a process takes for good it has taken after some forty views, each opened anew.
    first = max(1, plan.endurance // 10), max(1, plan.changes * 2 // 5)
    before = asyncio.run(_endure(portal, home, questions, *first))
    asyncio.run(_rested(portal, questions))
    memory = portal.memory()
    done = asyncio.run(_endure(portal, home, questions, plan.endurance, plan.changes))
    asyncio.run(_rested(portal, questions))
    name = f"{plan.endurance:,} questions, {plan.changes} changes"
    grown = portal.memory() / memory - 1
    yield Figure(f"{name}: memory grows by", 100 * grown, "%", f"from {memory:.0f} MB; {done}", 5.0)
    # How many are open goes up and down with the threads at work: were some lost, the fewest at the
    # end would be more than the most at the start.
    last = done.handles[-max(1, len(done.handles) // 5) :]
    yield Figure(
        f"{name}: files left open, at least",
        max(0, min(last) - max(before.handles)),
        "",
        f"{min(before.handles)} to {max(before.handles)} at first, {min(last)} to {max(last)} "
        "at the end",
        0.0,
    )


@dataclass(frozen=True, slots=True)
class _Endured:
    """How many questions failed and were answered in a second; the files open, second by second."""

    failed: int
    rate: float
    handles: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.failed} failed; {self.rate:.0f} a second"


async def _eager(
    portal: Portal, tokens: Sequence[str], questions: Sequence[str], seconds: float
) -> list[Reply]:
    """Each asks again at once, until the time is up."""
    until, replies = time.perf_counter() + seconds, list[Reply]()

    async def goes_on(person: Person, place: int) -> None:
        while time.perf_counter() < until:
            place += 7
            replies.append(await person.ask(questions[place % len(questions)]))

    async with people(portal.port, tokens) as crowd:
        await asyncio.gather(*(goes_on(each, place) for place, each in enumerate(crowd)))
    return replies


async def _readers(
    portal: Portal, tokens: Sequence[str], questions: Sequence[str], reads: float, answers: int
) -> list[Reply]:
    """Each asks at some moment, and again when he has read the answer."""
    chance, replies = random.Random(1), list[Reply]()  # noqa: S311 - the same each time

    async def goes_on(person: Person, place: int) -> None:
        await asyncio.sleep(chance.random() * reads)
        for number in range(answers):
            question = questions[(7 * place + 13 * number) % len(questions)]
            replies.append(await person.ask(question))
            if number < answers - 1:
                await asyncio.sleep(reads * (0.5 + chance.random()))

    async with people(portal.port, tokens) as crowd:
        await asyncio.gather(*(goes_on(each, place) for place, each in enumerate(crowd)))
    return replies


async def _burst(
    portal: Portal, tokens: Sequence[str], questions: Sequence[str]
) -> tuple[list[Reply], list[Reply]]:
    """What all got who came nearly at once, and what a few got a while after the last came."""
    await _eager(portal, tokens[: 4 * CORES], questions, 2.0)
    began = time.perf_counter()
    coming = asyncio.create_task(_readers(portal, tokens, questions, _WITHIN, 1))
    await asyncio.sleep(_WITHIN + _RECOVERS - (time.perf_counter() - began))
    after = await _eager(portal, tokens[: 4 * CORES], questions, 3.0)
    return await coming, after


async def _endure(
    portal: Portal, home: Path, questions: Sequence[str], count: int, changes: int
) -> _Endured:
    """Asks so many questions, and changes a file of the index now and then."""
    left = count
    began = time.perf_counter()

    async def goes_on(place: int) -> int:
        nonlocal left
        failed = 0
        while left > 0:
            # A token lives for ten minutes.
            async with people(portal.port, [portal.token(f"person-{place}")]) as (person,):
                for _ in range(min(200, max(0, left))):
                    left -= 1
                    place += 7
                    reply = await person.ask(questions[place % len(questions)])
                    failed += reply.status != 200
        return failed

    handles: list[int] = []

    async def looks() -> None:
        while True:
            handles.append(portal.handles())
            await asyncio.sleep(1.0)

    looking = asyncio.create_task(looks())
    asking = [asyncio.create_task(goes_on(place)) for place in range(4 * CORES)]
    for number in range(changes):
        while left > count - count * (number + 1) / (changes + 1) and left > 0:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(_change, home, number)
    failed = sum(await asyncio.gather(*asking))
    looking.cancel()
    return _Endured(failed, count / (time.perf_counter() - began), tuple(handles))


async def _rested(portal: Portal, questions: Sequence[str]) -> None:
    """Nobody asks for so long that threads which aren't needed end, with the files they have."""
    await asyncio.sleep(_IDLE)
    async with people(portal.port, _tokens(portal, 8 * CORES)) as crowd:
        for person in crowd:
            await person.ask(questions[0])


def _change(home: Path, number: int) -> None:
    (home / "bench-note" / "note.txt").write_text(f"The tide was {number} metres high.\n")
    command = [sys.executable, "-m", "qa.cli", "index"]
    given = {**os.environ, "FOOTNOTE_HOME": str(home.resolve())}
    subprocess.run(command, cwd=home, env=given, check=True, capture_output=True)  # noqa: S603 - ours


def _tokens(portal: Portal, count: int) -> list[str]:
    return [portal.token(f"person-{number}") for number in range(count)]


def _times(replies: Sequence[Reply]) -> list[float]:
    return [each.seconds for each in replies if each.status == 200] or [float("inf")]


def _unanswered(replies: Sequence[Reply]) -> int:
    return sum(each.status != 200 for each in replies)


def _faults(replies: Sequence[Reply]) -> str:
    """How many of each status."""
    kinds = sorted({each.status for each in replies})
    return ", ".join(f"{sum(each.status == kind for each in replies)} of {kind}" for kind in kinds)
