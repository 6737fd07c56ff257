"""Whether a run may pass: its limits, and its questions compared one by one with an earlier run's.

It fails on a limit, on a measure that got worse by more than chance, and on any quote that isn't
its source's or any passage that the asker may not read. A question that flips fails nothing alone.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evals.errors import BrokenGold
from evals.report import Measure, Report, Scored
from evals.run import COUNTS, SHARES, values_of
from evals.statistics import ALPHA, holm, p_worse, smallest_loss

# Compared with the run before; together they are wrong once in twenty runs where nothing changed.
GATED = (
    *("right", "recall@5", "ndcg@10", "answer_recall", "evidence_recall", "evidence_precision"),
    *("citation_recall", "citation_precision", "negative_rejection", "false_refusal"),
    "abstention_kind",
)
# Where less is better.
_LESS = frozenset({"false_refusal", "latency_p50", "latency_p95", *COUNTS})
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
_LIMIT = re.compile(
    r"(?:(?P<tag>.+)/)?(?P<name>[\w@]+)\s*(?P<sign>>=|<=|==|>|<)\s*(?P<value>[\d.]+)"
)
# A model's opinion is no name: no gate rests on it.
_NAMES = (
    *(name for name in SHARES if not name.startswith("judged_")),
    *(*COUNTS, "answer_words", "latency_p50", "latency_p95"),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """A measure, of all questions or of those with a tag, and what it is held to."""

    text: str
    tag: str | None
    name: str
    sign: str
    value: float

    @classmethod
    def of(cls, text: str) -> Limit:
        """From `recall@5>=0.95` or `TAG/recall@5>=0.95`; raises BrokenGold."""
        found = _LIMIT.fullmatch(text.strip())
        try:
            if found and found["name"] in _NAMES:
                return cls(
                    text.strip(), found["tag"], found["name"], found["sign"], float(found["value"])
                )
        except ValueError:
            pass
        raise BrokenGold(
            f"--limit {text}: takes MEASURE>=NUMBER or TAG/MEASURE>=NUMBER (or <=, >, <, ==), with "
            f"one of {', '.join(_NAMES)}"
        )

    def of_report(self, report: Report) -> Measure | None:
        measures = report.slices.get(self.tag, {}) if self.tag else report.measures
        return measures.get(self.name)

    def asked(self, report: Report) -> int:
        """How many questions it is about, whether the measure applies to them or not."""
        return sum(self.tag is None or self.tag in each.tags for each in report.questions)

    def missed(self, report: Report) -> str | None:
        """Why it is missed, None if it is kept."""
        of = self.of_report(report)
        if of is None:
            return f"limit {self.text}: no question of this run has that measure"
        if _OPERATORS[self.sign](of.value, self.value):
            return None
        return f"limit {self.text}: it is {of.value:.4g} (n {of.n}, {of.low:.3f}–{of.high:.3f})"


@dataclass(frozen=True, slots=True)
class Change:
    """A measure before and now, on the questions that both runs have: `n` of them.

    `p` is how likely the loss is by chance alone, corrected for all measures that are gated;
    `smallest` the least share of questions that, lost, would have been seen.
    """

    name: str
    before: float
    now: float
    n: int
    better: int
    worse: int
    p: float
    smallest: float | None

    @property
    def is_loss(self) -> bool:
        return self.p < ALPHA


@dataclass(frozen=True, slots=True)
class Flip:
    """A question whose outcome is good in one run only."""

    before: Scored
    now: Scored


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, question by question; `left_out` names those that aren't in both, or changed."""

    changes: tuple[Change, ...]
    lost: tuple[Flip, ...]
    won: tuple[Flip, ...]
    left_out: tuple[str, ...]
    same: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons` say why the run may not pass, a line each; none if it may. `notes` say the rest."""

    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    comparison: Comparison | None

    @property
    def passed(self) -> bool:
        return not self.reasons


def judge(now: Report, limits: Sequence[Limit] = (), before: Report | None = None) -> Verdict:
    """Raises BrokenGold if the two runs have no question in common."""
    reasons = [why for limit in limits if (why := limit.missed(now))]
    notes = []
    for name, what in zip(
        COUNTS,
        ("cited quotes are not their source's text", "passages the asker may not read"),
        strict=True,
    ):
        if count := now.measures[name].value:
            reasons.append(f"{name}: {count:g} {what}; there must be none")
    comparison = compare(before, now) if before else None
    if comparison:
        for each in comparison.changes:
            if each.is_loss:
                reasons.append(
                    f"{each.name}: {each.before:.3f} before, {each.now:.3f} now; worse on "
                    f"{each.worse} questions, better on {each.better} ({chance(each.p)})"
                )
        if comparison.lost and not any(each.is_loss for each in comparison.changes):
            which = ", ".join(flip.now.id for flip in comparison.lost[:10])
            notes.append(
                f"{len(comparison.lost)} lost, {len(comparison.won)} won: too few to tell from "
                f"chance (lost: {which})"
            )
        notes += _left_out(comparison)
        if before and 2 * comparison.same < len(before.questions):
            reasons.append(
                f"only {comparison.same} of the baseline's {len(before.questions)} questions could "
                "be compared; if that is meant, make a new baseline: --accept"
            )
    for limit in limits:
        of = limit.of_report(now)
        if of and 2 * of.n < limit.asked(now):
            notes.append(f"limit {limit.text}: rests on {of.n} of {limit.asked(now)} questions")
    return Verdict(tuple(reasons), tuple(notes), comparison)


def _left_out(comparison: Comparison) -> list[str]:
    """What couldn't be compared, by name: a loss may hide there."""
    out = comparison.left_out
    if not out:
        return []
    more = f" and {len(out) - 10} more" if len(out) > 10 else ""
    return [
        f"{len(out)} not compared (in one run only, or the gold changed): "
        f"{', '.join(out[:10])}{more}"
    ]


def compare(before: Report, now: Report) -> Comparison:
    """What changed from one run to the other; raises BrokenGold if they share no question."""
    earlier = {each.id: each for each in before.questions}
    pairs = [
        (earlier[each.id], each)
        for each in now.questions
        if each.id in earlier and earlier[each.id].gold == each.gold
    ]
    if not pairs:
        raise BrokenGold("the two runs have no question in common; make a new baseline: --accept")
    common = {each.id for _, each in pairs}
    everything = {each.id for each in (*before.questions, *now.questions)}
    return Comparison(
        changes=_changes(pairs),
        lost=tuple(Flip(a, b) for a, b in pairs if a.good and not b.good),
        won=tuple(Flip(a, b) for a, b in pairs if b.good and not a.good),
        left_out=tuple(sorted(everything - common)),
        same=len(pairs),
    )


def _changes(pairs: Sequence[tuple[Scored, Scored]]) -> tuple[Change, ...]:
    rows = []
    for name in GATED:
        old = values_of(name, [a for a, _ in pairs])
        new = values_of(name, [b for _, b in pairs])
        both = sorted(set(old) & set(new))
        if both:
            sign = -1 if name in _LESS else 1
            rows.append((name, [old[i] for i in both], [new[i] for i in both], sign))
    moves = [[sign * (b - a) for a, b in zip(x, y, strict=True)] for _, x, y, sign in rows]
    corrected = holm([p_worse(each) for each in moves])
    return tuple(
        Change(
            name=name,
            before=round(sum(x) / len(x), 4),
            now=round(sum(y) / len(y), 4),
            n=len(x),
            better=sum(each > 1e-9 for each in move),
            worse=sum(each < -1e-9 for each in move),
            p=round(p, 6),
            smallest=smallest_loss(len(x), len(rows)),
        )
        for (name, x, y, _), move, p in zip(rows, moves, corrected, strict=True)
    )


def chance(p: float) -> str:
    """A p value as people write it."""
    return "p < 0.001" if p < 0.001 else f"p {p:.2g}"


WHY = {
    "not_retrieved": "not retrieved",
    "not_answered": "retrieved, but not answered",
    "miscited": "answered, but wrongly cited",
    "declined_wrong": "wrongly declined",
    "wrong": "answered, though the documents don't say",
    "right": "right",
    "declined_right": "rightly declined",
}
