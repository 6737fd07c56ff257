"""Changes that make nothing worse, to see whether the gate stays quiet."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence

from evals.bench.corpus import Writer
from evals.run import ask
from evals.world import Trial, World
from qa.assistant import Assistant

Change = Callable[[World], Trial]


def _of(make: Callable[[World], Assistant]) -> Change:
    return lambda world: Trial(make(world))


def _distractors(seed: int) -> Change:
    """Documents of other things: as many words as the newsroom's, in words of the language."""

    def added(world: World) -> Assistant:
        writer = Writer(seed)
        return world.indexed_with(
            {f"other/{seed}-{number}.txt": writer.text(250) for number in range(3 * seed)}
        )

    return _of(added)


def _resampled(seed: int) -> Change:
    """Four of five questions, drawn anew and in another order."""

    def trial(world: World) -> Trial:
        chance = random.Random(seed)  # noqa: S311 - no secret
        drawn = chance.sample(list(world.questions), 4 * len(world.questions) // 5)
        return Trial(world.sound.assistant, questions=drawn)

    return trial


def _with_jobs(jobs: int) -> Change:
    return lambda world: Trial(world.sound.assistant, jobs=jobs)


def _typed(change: Callable[[str], str]) -> Change:
    """The same questions as others type them."""

    return lambda world: Trial(
        world.sound.assistant,
        lambda assistant, question: ask(
            assistant, dataclasses.replace(question, question=change(question.question))
        ),
    )


def _in_parts(seed: int) -> Change:
    return _of(lambda world: world.indexed_in_parts(seed))


HARMLESS: dict[str, Change] = {
    **{f"{3 * seed} documents on other things": _distractors(seed) for seed in range(1, 13)},
    **{f"questions drawn anew, {seed}": _resampled(seed) for seed in range(1, 11)},
    **{f"indexed in parts, order {seed}": _in_parts(seed) for seed in range(1, 11)},
    **{
        f"indexed from nothing, {number}": _of(lambda world: world.indexed(world.documents, True))
        for number in range(1, 9)
    },
    **{f"{jobs} questions at a time": _with_jobs(jobs) for jobs in (2, 3, 4, 8)},
    "asked once more": lambda world: Trial(world.sound.assistant),
    "every vector is compared": _of(lambda world: world.assistant(view=False)),
    "blanks around questions": _typed(lambda text: f"  {text} \n"),
    "blanks in questions are doubled": _typed(lambda text: text.replace(" ", "  ")),
    "question marks are left out": _typed(lambda text: text.removesuffix("?")),
    "questions end in two question marks": _typed(lambda text: f"{text.removesuffix('?')}??"),
}
# What CI tries: one of each kind.
SHORT: Sequence[str] = (
    "6 documents on other things",
    "indexed in parts, order 1",
    "4 questions at a time",
    "question marks are left out",
)
