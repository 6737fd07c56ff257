"""What only repeats is told from what says something else, if only by a figure or one word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import evals.gold
from index import Chunk, Document
from index.repeats import repeats, said
from index.sentences import sentences

PAIRS = Path(evals.gold.__file__).parent / "gold" / "conflicts" / "pairs.jsonl"
STORY = (
    "The council of Saltmere approved the ferry contract on Friday by eight votes to three. Halden "
    "Marine will run the ships for eight years and 4.1 million crowns a year, mayor Ines Calloway "
    "said after the meeting. The line has not had a new ship since the harbour was built, and the "
    "islanders had asked for one before the winter."
)


def chunk(text: str, start: int = 0) -> Chunk:
    spans = tuple((start + a, start + b) for a, b in sentences(Document("d", "d", "d", text)))
    return Chunk("d", start, start + len(text), text, "", spans)


def repeated(one: str, other: str) -> bool:
    return repeats(said(chunk(one)), said(chunk(other)))


@pytest.mark.parametrize(
    "other",
    [
        STORY,
        f"Ostrey Courier, 15 March 2024\n\n{STORY}",
        f"{STORY} The Courier adds: talks resume on 7 March.",
        STORY.replace("on Friday by", "on Friday, by"),
        STORY.replace("the islanders", "islanders"),
    ],
)
def test_a_story_is_repeated_under_another_dateline_and_with_more_added(other: str) -> None:
    assert repeated(STORY, other)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("4.1 million", "5.2 million"),
        ("4.1 million", "4.1 billion"),
        ("eight votes to three", "three votes to eight"),
        ("approved", "rejected"),
        ("Ines Calloway", "Piet Aldous"),
        ("Friday", "Monday"),
        ("has not had", "has had"),
        ("before the winter", "after the winter"),
    ],
)
def test_one_word_that_carries_meaning_keeps_both(ours: str, theirs: str) -> None:
    other = STORY.replace(ours, theirs)
    assert other != STORY
    assert not repeated(STORY, other)
    assert not repeated(other, STORY)


def test_what_has_more_is_no_repetition_of_what_has_less() -> None:
    assert not repeated(f"{STORY} The Courier adds: talks resume on 7 March.", STORY)


def test_the_lines_above_are_let_go_at_the_head_of_a_document_only() -> None:
    table = "Turnout: 61 per cent\n\nThe count is final."
    other = table.replace("61", "58")
    assert not repeats(said(chunk(table, 900)), said(chunk(other, 900)))


def test_no_two_reports_that_disagree_are_folded() -> None:
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        one, other = (each["text"] for each in pair["documents"])
        assert not (pair["conflict"] and (repeated(one, other) or repeated(other, one)))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_any_text_with_words_repeats_itself_and_none_without(text: str) -> None:
    own = said(chunk(text))
    assert repeats(own, own) == bool(own)


@given(st.integers(0, len(STORY.split()) - 1), st.sampled_from(["7", "no", "Thane", "halved"]))
def test_a_word_put_in_anywhere_is_not_lost(place: int, word: str) -> None:
    words = STORY.split()
    assert not repeated(" ".join([*words[:place], word, *words[place:]]), STORY)
