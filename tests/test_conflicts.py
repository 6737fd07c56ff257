"""Documents that disagree are told apart from those that only look so, and both are quoted."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.conflicting import PAIRS, ask, precision_recall, read
from index import build
from qa.assistant import Assistant
from qa.settings import Settings
from qa.types import Answer


def asked_of(folder: Path, question: str, *reports: str) -> Answer:
    for number, report in enumerate(reports):
        (folder / f"report-{number}.md").write_text(report, encoding="utf-8")
    build(folder / ".footnote", [folder])
    return Assistant(Settings(home=folder / ".footnote"), view=False).ask(question)


MILL = "# Mill burns\n\n*Post, 21 May 2024*\n\nThe old mill at Kestby burned down on Monday. {}\n"


def test_both_values_are_shown_each_with_its_document_and_date(tmp_path: Path) -> None:
    answer = asked_of(
        tmp_path,
        "How many people were injured when the mill burned down?",
        MILL.format("Fourteen people were injured in the fire, the mayor said."),
        MILL.format("The fire brigade said that 41 people were injured in the fire.")
        .replace("Mill burns", "Blaze in Kestby")
        .replace("Post, 21", "Courier, 22"),
    )
    (conflict,) = answer.conflicts
    assert [each.text for each in conflict.values] == ["Fourteen", "41"]
    cited = [answer.citations[each.citation - 1] for each in conflict.values]
    assert [each.date for each in cited] == ["2024-05-21", "2024-05-22"]
    (notice,) = answer.notices
    assert "“Fourteen” (Mill burns, 2024-05-21) [1]" in notice
    assert "“41” (Blaze in Kestby, 2024-05-22) [2]" in notice


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("About 40 people were injured.", "In the fire 41 people were injured."),
        ("Twelve people were injured.", "The fire left 12 people injured."),
        ("In 2019 12 people were injured there.", "In 2024 15 people were injured there."),
    ],
)
def test_values_that_may_both_be_true_are_no_conflict(tmp_path: Path, one: str, other: str) -> None:
    question = "How many people were injured at the mill?"
    answer = asked_of(tmp_path, question, MILL.format(one), MILL.format(other))
    assert answer.conflicts == ()


def test_a_later_report_overtakes_an_earlier_one(tmp_path: Path) -> None:
    answer = asked_of(
        tmp_path,
        "How many people were injured when the mill burned down?",
        MILL.format("Fourteen people were injured in the fire."),
        MILL.format("41 people were injured in the fire.").replace("21 May", "30 June"),
    )
    assert answer.conflicts == ()


def test_of_the_pairs_that_others_wrote_nearly_all_are_told_apart() -> None:
    for right, of in precision_recall(ask(read(PAIRS))):
        assert right / of >= 0.85


def test_what_a_question_presumes_and_the_documents_deny_is_told(tmp_path: Path) -> None:
    answer = asked_of(
        tmp_path,
        "Why did North Korea give Russia 3 million rounds of ammunition?",
        "North Korea has given Russia 5 million rounds of ammunition, reports said. It did so "
        "because it needs oil.\n",
    )
    assert answer.abstained
    assert answer.abstained.kind == "said_differently"
    (claim,) = answer.claims
    assert claim.text[slice(*claim.marks[0])] == "5 million"


def test_a_presumed_value_that_stands_anywhere_is_answered(tmp_path: Path) -> None:
    answer = asked_of(
        tmp_path,
        "Why did North Korea give Russia 5,000,000 rounds of ammunition?",
        "North Korea has given Russia 5 million rounds of ammunition because it needs oil.\n",
    )
    assert answer.abstained is None
