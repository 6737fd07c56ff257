"""Questions made of sentences: plain English, answered by the sentence, and none of what is odd."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.asking import askings
from qa.clauses import Asking

AROUND = "The people of the town and the owners of the yard came to the harbour. "


def asked(sentence: str, around: str = AROUND) -> list[str]:
    return [each.question for each in askings(sentence, around + sentence)]


@pytest.mark.parametrize(
    ("sentence", "question", "value"),
    [
        (
            "The bridge, a steel structure, was last overhauled in 1998.",
            "When was the bridge last overhauled?",
            "1998",
        ),
        (
            "The agency lifted the notice on Sunday, 4 August, after three samples.",
            "When did the agency lift the notice?",
            "Sunday, 4 August",
        ),
        (
            "In 2011 the government declared the lake a reserve.",
            "When did the government declare the lake a reserve?",
            "2011",
        ),
        (
            "Voyager 1 was launched in September 1977.",
            "When was Voyager 1 launched?",
            "September 1977",
        ),
        (
            "About 14,500 vehicles cross the bridge on a working day.",
            "How many vehicles cross the bridge on a working day?",
            "14,500",
        ),
        (
            "The report makes nine recommendations.",
            "How many recommendations does the report make?",
            "nine",
        ),
        (
            "The museum has about 34,000 visitors a year.",
            "How many visitors does the museum have a year?",
            "34,000",
        ),
        (
            "The repair is expected to cost 3.8 million crowns, and will start soon.",
            "How much is the repair expected to cost?",
            "3.8 million crowns",
        ),
        ("The jug costs 24 euros.", "How much does the jug cost?", "24 euros"),
        (
            "The committee rejected the motion because it was late.",
            "Why did the committee reject the motion?",
            "",
        ),
        (
            "The city engineer, Hanna Voss, said the bridge was in no danger.",
            "Who is the city engineer?",
            "Hanna Voss",
        ),
        (
            "The city engineer, Hanna Voss, said the bridge was in no danger.",
            "What did Hanna Voss say about the bridge?",
            "",
        ),
        ("Paul Reyes, the head of safety, warned the crew.", "Who is Paul Reyes?", ""),
        (
            "The Wagner Group, a private military company with ties to Russia, took part.",
            "What is the Wagner Group?",
            "",
        ),
        ("Lake Tuvanka is a crater lake in the north.", "What is Lake Tuvanka?", ""),
    ],
)
def test_a_plain_statement_becomes_a_question(sentence: str, question: str, value: str) -> None:
    found = {each.question: each for each in askings(sentence, AROUND + sentence)}
    assert question in found
    assert found[question].value == value


def test_somebody_who_is_named_by_his_last_name_is_named_in_full() -> None:
    around = f"{AROUND}The geologist Mara Linden came. "
    assert asked("Linden said the floor could rise.", around) == [
        "What did Mara Linden say about the floor?"
    ]
    assert asked("Linden said the floor could rise.") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "It was founded in 1921.",
        "The company said it was closed in 2019.",
        "The door was not opened in 2019.",
        "The old rules were in force until the summer of 2003.",
        "The trial was put off to the 2024 season.",
        "The bridge that was closed in 2019 is old.",
        "One point remains open.",
        "The vote was held last week.",
        "“The bridge was closed in 2019,” said Voss.",
        "Otherwise, the company pays the fine.",
        "The board will meet on 3 May to elect a chair.",
        "It's listed as an attack because it deserves it.",
        "The bridge was closed in 2019",
        "| The bridge | was closed in 2019.",
        "Why was the bridge closed in 2019?",
        "He won 12 matches in 2020.",
        "The firm won 12 matches of its own and of those that it lost in 2020.",
        "The 3 men, who came in 2019, and 4 women left.",
    ],
)
def test_nothing_is_asked_of_what_the_rules_do_not_understand(sentence: str) -> None:
    assert asked(sentence) == []


@pytest.mark.parametrize(
    "text",
    [
        "Der Turm in Wien wurde 1990 gebaut. The Times wurde im Mai 2020 in Wien gedruckt.",
        "De opening is in 2020. De brug en de haven van de stad zijn in 2020 gebouwd.",
        "La torre fue cerrada in 2019. La ciudad tiene 23 barrios.",
        "东京塔于1958年建成。",
    ],
)
def test_nothing_is_asked_of_another_language(text: str) -> None:
    assert [each for part in text.split(". ") for each in askings(f"{part}.", text)] == []


@given(st.text(max_size=200))
def test_any_text_gives_questions_or_none(text: str) -> None:
    assert all(isinstance(each, Asking) for each in askings(text, AROUND))


WORDS = [*AROUND.lower().split(), "was", "1998", "in", ",", "because", "said", "12", "ships", "Ann"]


@given(st.lists(st.sampled_from(WORDS), max_size=20))
def test_whatever_is_asked_has_the_form_of_a_question(words: list[str]) -> None:
    sentence = f"The {' '.join(words)}."
    for each in askings(sentence, AROUND):
        assert each.question.endswith("?")
        assert each.question.split()[0] in {"When", "How", "Why", "Who", "What"}
        assert not each.value or each.value not in each.question
