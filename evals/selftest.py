"""`footnote-eval selftest`: does the gate catch planted faults, and stay quiet otherwise?

Every fault and every harmless change is a run of the newsroom's questions, held against a sound
run by the same gate that `run --baseline` uses.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from evals import faults, gate, harmless
from evals.gold import read_all
from evals.outdated import outdated
from evals.prepare import DOCUMENTS, ground_of, prepared
from evals.report import Report
from evals.run import run
from evals.statistics import smallest_loss
from evals.world import Trial, World
from qa.assistant import Assistant

NEWSROOM = Path(__file__).parent / "gold" / "newsroom"
# Of so many faults one may be missed, and of so many harmless changes one may raise an alarm.
MISSED, ALARMS = 1, 1


@dataclass(frozen=True, slots=True)
class Tried:
    """A fault or a harmless change, and what the gate said: nothing, or why it may not pass.

    `moved` is how many questions have any other value than in the sound run: where it is 0 there
    was nothing to be alarmed about, and below `visible` nothing that so many questions could show.
    """

    name: str
    is_fault: bool
    reasons: tuple[str, ...]
    moved: int
    visible: int

    @property
    def is_too_small(self) -> bool:
        """Whether it is a fault that touched too few questions for any test to see."""
        return self.is_fault and not self.reasons and self.moved < self.visible

    @property
    def is_well(self) -> bool:
        return bool(self.reasons) == self.is_fault

    def __str__(self) -> str:
        verdict = (
            ("caught" if self.is_fault else "FALSE ALARM")
            if self.reasons
            else ("quiet" if not self.is_fault else "too small" if self.is_too_small else "MISSED")
        )
        by = ", ".join(dict.fromkeys(each.split(":", 1)[0] for each in self.reasons))
        return f"{verdict:<12} {self.name}{f' (by {by})' if by else ''}; {self.moved} moved"


def selftest(short: bool) -> bool:
    """Prints what the gate said of each; whether it caught enough and cried wolf seldom enough."""
    tried = []
    for each in _tried(short):
        print(each, flush=True)
        tried.append(each)
    planted = [each for each in tried if each.is_fault and not each.is_too_small]
    small = sum(each.is_too_small for each in tried)
    changes = [each for each in tried if not each.is_fault]
    missed = sum(not each.is_well for each in planted)
    alarms = sum(not each.is_well for each in changes)
    moving = sum(each.moved > 0 for each in changes)
    print(
        f"\n{len(planted) - missed} of {len(planted)} faults caught, {small} too small to see; "
        f"{alarms} false alarms in "
        f"{len(changes)} harmless changes, {moving} of which moved some question's measures"
    )
    return missed <= (0 if short else MISSED) and alarms <= (0 if short else ALARMS)


def _tried(short: bool) -> Iterator[Tried]:
    questions = read_all([NEWSROOM / "gold.yaml"])
    with (
        tempfile.TemporaryDirectory(prefix="footnote-selftest-") as folder,
        prepared([NEWSROOM / "gold.yaml"], None, Path(folder) / "home", lambda *_: None) as ready,
    ):
        # Without reading: it is the gate that is tried, over 84 times 250 questions.
        settings = replace(ready.settings, read="off")
        assistant = Assistant(settings, folder=ready.folder)
        sound = replace(ready, keep=None, settings=settings, assistant=assistant)
        world = World(NEWSROOM / DOCUMENTS, questions, sound, Path(folder))
        before = run("newsroom", questions, sound, ground_of(questions, sound.assistant))
        for name, plant in faults.FAULTS.items():
            if not short or name in faults.SHORT:
                yield Tried(name, True, *_said(plant(world), world, before))
        for name, change in harmless.HARMLESS.items():
            if not short or name in harmless.SHORT:
                yield Tried(name, False, *_said(change(world), world, before))


def _said(trial: Trial, world: World, before: Report) -> tuple[tuple[str, ...], int, int]:
    """What `run --baseline` would say, how many questions moved, and how many it takes."""
    questions = trial.questions or world.questions
    ready = replace(world.sound, assistant=trial.assistant)
    ground = ground_of(questions, trial.assistant)
    if gone := list(outdated(questions, ground.evidence, trial.assistant.search)):
        return tuple(f"gold outdated: {each}" for each in gone), len(gone), 1
    now = run("newsroom", questions, ready, ground, trial.jobs, asked=trial.asked)
    sound = {each.id: each for each in before.questions}
    moved = sum(
        (each.values, each.outcome, each.invalid, each.leaked)
        != (was.values, was.outcome, was.invalid, was.leaked)
        for each in now.questions
        if (was := sound[each.id])
    )
    share = smallest_loss(len(questions), len(gate.GATED)) or 1.0
    return gate.judge(now, before=before).reasons, moved, round(share * len(questions))
