"""The gate: what fails a run, what doesn't, and what two runs have in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evals import gate
from evals.errors import BrokenGold
from evals.report import Report, Scored, read_report
from evals.run import report_of

GOOD = Scored(
    id="q",
    question="Who?",
    gold="hash",
    tags=("fact",),
    outcome="right",
    answer="It was I.",
    abstained=None,
    answers=("I",),
    evidence=(),
    citations=(),
    sources=("s.txt",),
    values={"recall@5": 1.0, "answer_recall": 1.0, "false_refusal": 0.0},
    invalid=0,
    leaked=0,
    seconds={"search": 0.004, "answer": 0.002},
)
LOST = replace(
    GOOD,
    outcome="declined_wrong",
    values={"recall@5": 1.0, "answer_recall": 0.0, "false_refusal": 1.0},
)


def run_of(good: int, lost: int = 0, **changes: object) -> Report:
    questions = [replace(GOOD, id=f"q{number}") for number in range(good)]
    questions += [replace(LOST, id=f"q{good + number}") for number in range(lost)]
    return report_of("set", "index", "quote", [replace(q, **changes) for q in questions])  # type: ignore[arg-type]


def test_a_run_without_limits_and_baseline_passes() -> None:
    assert gate.judge(run_of(10, 90)).passed


def test_one_question_that_flips_fails_nothing_and_is_named() -> None:
    verdict = gate.judge(run_of(99, 1), before=run_of(100))
    assert verdict.passed
    assert "too few to tell from chance" in verdict.notes[0]
    assert "q99" in verdict.notes[0]


def test_a_loss_beyond_chance_fails_and_is_named_by_its_measures() -> None:
    verdict = gate.judge(run_of(85, 15), before=run_of(100))
    assert {reason.split(":")[0] for reason in verdict.reasons} == {
        "right",
        "answer_recall",
        "false_refusal",
    }
    assert verdict.comparison
    assert len(verdict.comparison.lost) == 15


def test_a_gain_fails_nothing() -> None:
    assert gate.judge(run_of(100), before=run_of(60, 40)).passed


def test_the_gate_fails_just_where_the_report_says_it_would() -> None:
    comparison = gate.compare(run_of(100), run_of(100))
    smallest = next(each.smallest for each in comparison.changes if each.name == "answer_recall")
    assert smallest is not None
    least = round(smallest * 100)
    assert not gate.judge(run_of(100 - least, least), before=run_of(100)).passed
    assert gate.judge(run_of(101 - least, least - 1), before=run_of(100)).passed


@pytest.mark.parametrize("what", ["invalid", "leaked"])
def test_a_single_invalid_citation_or_leak_fails(what: str) -> None:
    report = run_of(100)
    spoilt = replace(report.questions[0], **{what: 1})
    verdict = gate.judge(report_of("set", "i", "quote", [spoilt, *report.questions[1:]]))
    assert len(verdict.reasons) == 1
    assert "there must be none" in verdict.reasons[0]


def test_limits_hold_overall_and_by_tag() -> None:
    report = run_of(9, 1)
    for text, missed in (
        ("recall@5>=1", False),
        ("answer_recall >= 0.95", True),
        ("false_refusal<=0.1", False),
        ("false_refusal<0.1", True),
        ("fact/answer_recall>=0.9", False),
        ("fact/answer_recall>0.9", True),
        ("other/answer_recall>=0.1", True),
        ("ndcg@10>=0.1", True),
    ):
        verdict = gate.judge(report, [gate.Limit.of(text)])
        assert bool(verdict.reasons) == missed, text
        assert all(text in reason for reason in verdict.reasons)


@pytest.mark.parametrize(
    "text", ["", "recall", "recal@5>=1", "recall@5=>1", "recall@5>=", "recall@5>=1.2.3"]
)
def test_a_limit_that_means_nothing_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(BrokenGold) as fault:
        gate.Limit.of(text)
    assert len(str(fault.value).splitlines()) == 1
    assert "recall@5" in str(fault.value)


def test_only_questions_that_are_the_same_in_both_are_compared() -> None:
    before, now = run_of(50), run_of(50)
    changed = [replace(now.questions[0], gold="other", outcome="wrong"), *now.questions[1:]]
    added = replace(GOOD, id="new")
    comparison = gate.compare(before, report_of("set", "i", "quote", [*changed, added]))
    assert comparison.left_out == ("new", "q0")
    assert comparison.same == 49
    verdict = gate.judge(report_of("set", "i", "quote", [*changed, added]), before=before)
    assert verdict.passed
    assert "2 not compared" in verdict.notes[0]
    assert "new, q0" in verdict.notes[0]
    with pytest.raises(BrokenGold, match="no question in common"):
        gate.compare(before, run_of(50, gold="other"))


def test_a_run_that_can_hardly_be_compared_does_not_pass() -> None:
    before, now = run_of(50), run_of(50)
    changed = [replace(each, gold="other") for each in now.questions[:30]]
    verdict = gate.judge(
        report_of("set", "i", "quote", [*changed, *now.questions[30:]]), before=before
    )
    assert verdict.reasons == (
        "only 20 of the baseline's 50 questions could be compared; if that is meant, make a new "
        "baseline: --accept",
    )


def test_a_limit_that_rests_on_few_questions_says_so() -> None:
    report = run_of(10)
    some = [replace(report.questions[0], values={"ndcg@10": 1.0}), *report.questions[1:]]
    verdict = gate.judge(report_of("set", "i", "quote", some), [gate.Limit.of("ndcg@10>=0.9")])
    assert verdict.notes == ("limit ndcg@10>=0.9: rests on 1 of 10 questions",)


def test_a_model_s_opinion_is_no_limit() -> None:
    with pytest.raises(BrokenGold):
        gate.Limit.of("judged_correct>=0.9")


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    report = run_of(3, 2)
    path.write_text(report.as_json(), encoding="utf-8")
    assert read_report(path) == report
    for text in ("", "[]", '{"questions": 3}'):
        path.write_text(text)
        with pytest.raises(BrokenGold):
            read_report(path)
