"""What all reports say alike: outcomes in words, figures as text, a row for each measure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from evals.gate import WHY, Change, Flip, Verdict
from evals.report import Measure, Outcome, Report, Scored
from evals.run import COUNTS, SHARES

# The good ones first.
OUTCOMES: tuple[Outcome, ...] = (
    *("right", "declined_right", "miscited", "not_answered", "not_retrieved"),
    *("declined_wrong", "wrong"),
)
# The measures that hang on what decides whether a claim is supported.
JUDGED = ("citation_recall", "citation_precision")
_NAMES = (*SHARES, *COUNTS, "answer_words", "latency_p50", "latency_p95")
MEANINGS = {
    "right": "questions with a good outcome",
    "recall@1": "evidence in the first passage",
    "recall@5": "evidence in the first 5 passages",
    "recall@10": "evidence in the first 10 passages",
    "mrr@10": "how early the first passage with evidence is",
    "ndcg@10": "how early all passages with evidence are",
    "answer_recall": "expected answers that are in what was said",
    "f1": "words shared with the expected answer",
    "exact_match": "the exact words are the expected answer",
    "citation_recall": "sentences that their citations support",
    "citation_precision": "citations that their sentence needs",
    "evidence_precision": "cited characters that are evidence",
    "evidence_recall": "evidence characters that are cited",
    "negative_rejection": "unanswerable questions that were declined",
    "false_refusal": "answerable questions that were declined; less is better",
    "abstention_kind": "declined for the reason that was expected",
    "judged_faithful": "sentences that a model calls supported by their citations",
    "judged_correct": "answers that a model calls right",
    "invalid_citations": "quotes that aren't their source's text; must be 0",
    "leaked": "passages that the asker may not read; must be 0",
    "answer_words": "words of an answer, on average",
    "latency_p50": "half of the answers took no longer",
    "latency_p95": "19 of 20 answers took no longer",
}
# No XML may hold these, no terminal or page should; lone surrogates couldn't even be written.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Row:
    """A measure now, and what it was: on the same questions if there is a `change`.

    Without one, `before` is what the earlier report says, on whatever questions it had.
    """

    name: str
    now: Measure
    before: float | None
    change: Change | None

    @property
    def moved(self) -> float | None:
        if self.change:
            return self.change.now - self.change.before
        return None if self.before is None else self.now.value - self.before


def rows(report: Report, verdict: Verdict, before: Report | None) -> list[Row]:
    """Every measure of the report, in the order of all reports."""
    comparison = verdict.comparison
    changes = {each.name: each for each in comparison.changes} if comparison else {}
    found = []
    for name in _NAMES:
        if now := report.measures.get(name):
            change = changes.get(name)
            then = before.measures.get(name) if before else None
            was = change.before if change else then.value if then else None
            found.append(Row(name, now, was, change))
    return found


def earlier(report: Report, verdict: Verdict, before: Report | None) -> Mapping[str, Scored]:
    """What was found for the same questions before, by id: as far as it is known."""
    flips = (*verdict.comparison.lost, *verdict.comparison.won) if verdict.comparison else ()
    found = {each.now.id: each.before for each in flips}
    gold = {each.id: each.gold for each in report.questions}
    if before:
        found |= {each.id: each for each in before.questions if gold.get(each.id) == each.gold}
    return found


def legal(text: str, instead: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """The text with another character for each that no file should hold."""
    return _ILLEGAL.sub(instead, text)


def cut(text: str, length: int) -> str:
    """At most so many characters, with … where some are left out."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def figure(name: str, value: float) -> str:
    """A value as its measure is written: shares to three places, latencies with their unit."""
    if name in SHARES:
        return f"{value:.3f}"
    if name in COUNTS:
        return f"{value:g}"
    return f"{value:.1f}" if name == "answer_words" else duration(value)


def duration(seconds: float) -> str:
    """To three digits or so, in milliseconds below one second."""
    if seconds >= 0.9995:
        return f"{seconds:.2f} s"
    return f"{1000 * seconds:.{1 if seconds < 0.09995 else 0}f} ms"


def interval(row: Row) -> str:
    """Both ends of the 95% interval; nothing for counts, which have none."""
    if row.name in COUNTS:
        return ""
    low, high = (figure(row.name, end) for end in (row.now.low, row.now.high))
    unit = f" {high.rpartition(' ')[2]}"
    return f"{low.removesuffix(unit)}–{high}"


def moved(row: Row) -> str:
    """By how much it changed, with its sign; nothing if there is nothing to compare with."""
    if row.moved is None:
        return ""
    text = figure(row.name, abs(row.moved))
    if not re.search("[1-9]", text):
        return text
    return f"{'+' if row.moved > 0 else '−'}{text}"


def chance(change: Change | None) -> str:
    """The p value."""
    if change is None:
        return ""
    return "<0.001" if change.p < 0.001 else f"{change.p:.3f}"


def balance(change: Change | None) -> str:
    """Questions on which it is better, and worse."""
    return f"{change.better}–{change.worse}" if change else ""


def smallest(change: Change | None) -> str:
    """The smallest loss that so many questions could have shown."""
    if change is None:
        return ""
    return "none" if change.smallest is None else f"{change.smallest:.1%}"


def of_flip(flip: Flip) -> str:
    return f"{WHY[flip.before.outcome]} → {WHY[flip.now.outcome]}"


def questions(count: int) -> str:
    return f"{count:,} question{'' if count == 1 else 's'}"


def compared(verdict: Verdict) -> str:
    """On how many questions two runs were compared; nothing if they weren't."""
    comparison = verdict.comparison
    if not comparison:
        return ""
    text = f"Compared on {questions(comparison.same)}"
    if left := len(comparison.left_out):
        text += f"; {left:,} left out, which one run only has, or which changed"
    return f"{text}."


LEGEND = (
    "change, p and better–worse are question by question; p is one-sided, for a loss, and "
    "corrected for all measures that have one. “Visible” is the smallest loss, as a share of "
    "questions, that so many could have shown."
)
