"""What the reader learns from: near misses and claims are what they are called."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

import qa

sys.path.insert(0, str(Path(qa.__file__).parent / "reader"))
from claims import claims
from cut import PASSAGE, cut
from near import near_misses, searched
from row import Row

TEXTS = (
    "In 1908 Ada Corrin founded the museum in Pellworth. Later Lena Marsh led the museum until "
    "1931. It shows the largest boats of Saltmere and Corran.",
    "The Old Weir Bridge was closed in March 2024 by Jonas Weld. In Saltmere 40 people lost work. "
    "The first repair by Halden Marine began in October.",
)
ASKED = (
    ("Who founded the museum in Pellworth?", "Ada Corrin", 0),
    ("Who led the museum until 1931?", "Lena Marsh", 0),
    ("Of what places does the museum show the largest boats?", "Saltmere and Corran", 0),
    ("Who closed the Old Weir Bridge in March 2024?", "Jonas Weld", 1),
    ("How many people in Saltmere lost work?", "40", 1),
    ("When did the first repair by Halden Marine begin?", "October", 1),
)


def rows() -> list[Row]:
    found = []
    for asked, answer, text in ASKED:
        start = TEXTS[text].index(answer)
        found.append(Row("span", asked, TEXTS[text], 1, start, start + len(answer)))
    return found


def some(make: object) -> list[Row]:
    """What is made with 60 seeds."""
    return [row for seed in range(60) for row in make(rows(), random.Random(seed))]  # type: ignore[operator]


def test_what_is_changed_in_both_still_has_its_answer() -> None:
    both = [row for row in some(near_misses) if row.of == "both changed"]
    assert both
    answers = {answer for _, answer, _ in ASKED}
    for row in both:
        assert row.label == 1
        assert row.answer in answers
        assert row.asked not in {asked for asked, *_ in ASKED}
        assert row.passage not in TEXTS


def test_what_is_changed_in_one_has_no_answer() -> None:
    made = some(near_misses)
    assert {row.of for row in made} >= {"near", "passage changed", "without"}
    for row in made:
        if row.of != "both changed":
            assert (row.label, row.start, row.end) == (0, None, None)
        if row.of == "near":
            assert row.asked not in {asked for asked, *_ in ASKED}
            assert row.passage in TEXTS
        if row.of == "passage changed":
            assert row.asked in {asked for asked, *_ in ASKED}
            assert row.passage not in TEXTS


def test_a_passage_that_was_searched_does_not_hold_the_answer() -> None:
    found = some(searched)
    assert found
    answer = {asked: answer for asked, answer, _ in ASKED}
    assert all(answer[row.asked] not in row.passage and not row.label for row in found)


def test_a_claim_is_made_of_a_question_and_its_answer_or_another_one() -> None:
    made = some(claims)
    true, false = ({(r.asked, r.passage) for r in made if r.label == label} for label in (1, 0))
    assert ("Ada Corrin founded the museum in Pellworth.", TEXTS[0]) in true
    assert ("Lena Marsh founded the museum in Pellworth.", TEXTS[0]) in false
    assert not true & false


@pytest.mark.parametrize("seed", range(20))
def test_a_long_passage_is_cut_around_its_answer(seed: int) -> None:
    text = " ".join(f"Sentence {number} says nothing of note about it." for number in range(60))
    start = text.index("Sentence 31")
    row = Row("span", "Which?", text, 1, start, start + len("Sentence 31"))
    short = cut(row, random.Random(seed))
    assert short.answer == "Sentence 31"
    assert len(short.passage) <= PASSAGE
    assert short.passage in text
