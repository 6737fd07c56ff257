"""Values are read from text with what they measure, and compare as people compare them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.names import names, same
from qa.values import Value, agree, values


def only(text: str, of: str) -> Value:
    (found,) = [each for each in values(text) if each.of == of]
    return found


@pytest.mark.parametrize(
    ("one", "other", "of"),
    [
        ("1.2 million people", "1,200,000 people", "count"),
        ("twelve climbers", "12 people", "count"),
        ("about 5,000 people", "4,980 people", "count"),
        ("5 hectares", "50,000 square metres", "area"),
        ("the 3 km tunnel", "the 1.9 miles", "length"),
        ("for 30 minutes", "for half an hour", "duration"),
        ("18 months", "a year and a half", "duration"),
        ("nearly a third of the boats", "32 per cent of the boats", "share"),
        ("20 °C at the pier", "68 °F at the pier", "celsius"),
        ("until 9 pm", "until 21.00", "time"),
        ("in the evening", "at 6.50 pm", "time"),
        ("in June", "on 18 June 2024", "date"),
        ("12 March 2024", "March 12, 2024", "date"),
        ("$4.2 million", "4.2 million dollars", "dollars"),
    ],
)
def test_what_may_both_be_true_agrees(one: str, other: str, of: str) -> None:
    assert agree(only(one, of), only(other, of)) is True


@pytest.mark.parametrize(
    ("one", "other", "of"),
    [
        ("23 dead", "32 dead", "count"),
        ("about 300 people", "470 people", "count"),
        ("nearly half of the homes", "31 per cent of the homes", "share"),
        ("at 4.15 am", "at 6.45 am", "time"),
        ("in April", "in June 2024", "date"),
        ("on Monday", "on Thursday of next week", "date"),
        ("2 February", "5 February", "date"),
        ("412 km", "415 km", "length"),
    ],
)
def test_what_cannot_both_be_true_differs(one: str, other: str, of: str) -> None:
    assert agree(only(one, of), only(other, of)) is False


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5,800 passengers a day", "40,000 passengers a week"),
        ("5 million crowns", "5 million euros"),
        ("on Monday", "on 4 May"),
        ("7 km", "7 people"),
    ],
)
def test_values_of_different_things_do_not_compare(one: str, other: str) -> None:
    assert agree(values(one)[0], values(other)[0]) is None


@given(st.text(alphabet="0123456789 ,.:-–%$€May June one half million am pm km a", max_size=60))
def test_values_stand_in_the_text_in_order_and_agree_with_themselves(text: str) -> None:
    found = values(text)
    assert [text[each.start : each.end] for each in found] == [each.text for each in found]
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(agree(each, each) in (True, None) for each in found)


def test_a_name_says_whether_it_is_a_persons_or_a_places() -> None:
    text = "On Tuesday Judge Tomas Elster, 51, met Ann Lee in Port Sarrin near the Wend Bridge."
    found = [(each.text, each.of) for each in names(text)]
    assert found == [
        ("Judge Tomas Elster", "person"),
        ("Ann Lee", "person"),
        ("Port Sarrin", "place"),
        ("Wend Bridge", "place"),
    ]


def test_titles_make_no_two_names_the_same() -> None:
    assert same("Dr Ann Lee", "Ann Lee")
    assert same("World Health Organization", "WHO")
    assert not same("Judge Tomas Elster", "Judge Naomi Prent")


def test_a_date_as_iso_8601_has_it_is_one_date() -> None:
    (value,) = values("Switched off on 2026-09-05.")
    assert (value.text, value.of) == ("2026-09-05", "date")
    assert {name: low for name, low, _ in value.parts} == {"year": 2026, "month": 9, "day": 5}
    (same,) = values("on 5 September 2026")
    assert agree(value, same)
