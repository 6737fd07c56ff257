"""Picking and marking: kinds of questions, exact words, sentences that lean, features, weights."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Passage, Sentence
from qa.check import WEIGHED
from qa.conflicts import FEATURES
from qa.features import NAMES, OVERALL, candidates, overall
from qa.kinds import kind_of, spans
from qa.marks import marks
from qa.overlap import OVERLAP, SIMILAR
from qa.quote import pick, sentence_chances
from qa.reread import OVERALL_READ, PASSAGE, READ
from qa.weights import WEIGHTS


def passage(*sentences: str, similarity: float = 0.5) -> Passage:
    """A passage of these sentences, one after the other; the first is the most similar."""
    at, found = 0, []
    for number, text in enumerate(sentences):
        found.append(Sentence(at, at + len(text), text, similarity - 0.05 * number))
        at += len(text) + 1
    text = " ".join(sentences)
    return Passage(
        "d", "s.txt", "Title", "0" * 64, 0, len(text), text, "Title", tuple(found), 0.9,
        {"similarity": similarity},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When does the bridge reopen?", "date"),
        ("In what year was it built?", "date"),
        ("How many people came?", "number"),
        ("What did the repair cost?", "number"),
        ("Who chairs the board?", "name"),
        ("Where does she live?", "name"),
        ("Which bridge is closed?", "name"),
        ("Why did they strike?", "reason"),
        ("Which measures were agreed?", "list"),
        ("Was the rise steeper in 2024 or in 2025?", "comparison"),
        ("Is the bridge open?", "other"),
        ("What happens when it rains?", "other"),
    ],
)
def test_a_question_is_known_by_what_it_asks_for(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("When does it reopen?", "The bridge reopens on Monday, 3 May 2025.", "Monday, 3 May 2025"),
        ("When was it founded?", "Founded in 1908, it grew quickly.", "1908"),
        ("Which year did he leave?", "He left in July 1908 for Rome.", "1908"),
        ("How many people died?", "On 3 May, three people died and 11 were hurt.", "three"),
        ("How many were hurt?", "On 3 May, three people died and 11 were hurt.", "11"),
        ("What did it cost?", "In 2024 the work cost 5.4 million crowns.", "5.4 million crowns"),
        ("What percentage voted?", "Of 5,100 members, 62 per cent voted.", "62 per cent"),
        ("Who chairs the board?", "The board is chaired by Lena Marsh.", "Lena Marsh"),
        ("Which park has the mansion?", "The mansion stands in Kearney Park.", "Kearney Park"),
    ],
)
def test_the_exact_words_are_found(question: str, sentence: str, words: str) -> None:
    assert [sentence[start:end] for start, end in marks(question, sentence)] == [words]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who chairs the board?", "The board met on Monday."),
        ("When does it reopen?", "The bridge stays closed."),
        ("Is the bridge open?", "The Old Weir Bridge has been open since 2024."),
    ],
)
def test_nothing_is_marked_where_nothing_of_that_kind_is_new(question: str, sentence: str) -> None:
    if "chairs" not in question:
        assert marks(question, sentence) == ()
    assert len(marks(question, sentence)) <= 1


@given(st.text(max_size=80), st.text(max_size=200))
def test_marks_and_spans_lie_within_any_sentence(question: str, sentence: str) -> None:
    for start, end in marks(question, sentence):
        assert 0 <= start < end <= len(sentence)
    for kind in ("date", "number", "name"):
        for each in spans(kind, sentence):
            assert sentence[each.start : each.end] == each.text


@given(st.text(min_size=1, max_size=60), st.lists(st.text(min_size=1, max_size=60), max_size=5))
def test_every_feature_is_a_number_whatever_is_asked(question: str, texts: list[str]) -> None:
    found = candidates(question, [passage(*texts)] if texts else [], 10)
    assert len(found) == len(texts)
    chances = sentence_chances(found)
    assert all(len(each.row) == len(NAMES) for each in found)
    assert all(0 <= each <= 1 for each in chances)
    if found:
        assert len(overall(found, chances)) == len(OVERALL)


def test_the_weights_are_of_these_features() -> None:
    content = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    own = {"sentence", "answers", "on_topic", "conflict"}
    read = {"passage read", "sentence read", "answers read", "on_topic read", "support read"}
    assert set(content) == own | read | {"support", "support with vectors"}
    assert list(content["support read"]["weights"]) == list(WEIGHED)
    assert list(content["passage read"]["weights"]) == list(PASSAGE)
    assert list(content["sentence read"]["weights"]) == list(READ)
    for name in ("answers read", "on_topic read"):
        assert list(content[name]["weights"]) == list(OVERALL_READ)
    assert list(content["support"]["weights"]) == list(OVERLAP)
    assert list(content["support with vectors"]["weights"]) == list(SIMILAR)
    assert list(content["conflict"]["weights"]) == list(FEATURES)
    assert list(content["sentence"]["weights"]) == list(NAMES)
    for name in ("answers", "on_topic"):
        assert list(content[name]["weights"]) == list(OVERALL)


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    found = passage(
        "The council opened the new ferry harbour at Corran.",
        "It cost 5.4 million crowns to build the harbour.",
    )
    picked = pick("What did it cost to build the harbour?", [found], 10, 2)
    assert [each.sentence.text[:3] for each in picked.quotes] == ["The", "It "]
    assert len(pick("What did it cost to build the harbour?", [found], 10, 1).quotes) == 1


def test_a_sentence_that_is_there_twice_is_said_once() -> None:
    same = "The harbour cost 5.4 million crowns."
    picked = pick("What did the harbour cost?", [passage(same, same)], 10, 2)
    assert len(picked.quotes) == 1


def test_no_passages_no_answer() -> None:
    assert pick("What did it cost?", [], 0, 2).answers == 0


def test_what_goes_on_with_somebodys_words_brings_along_who_says_them() -> None:
    found = passage(
        "The mill has been empty since the fire.",
        "“We will rebuild the mill,” said Ines Vale, the mayor, “and do it well.",
        "Work on the burnt roof begins in the spring of next year.",
        "I promise that.”",
    )
    said = pick("When does work on the burnt roof begin?", [found], 10, 2).quotes
    assert [quote.sentence for quote in said] == list(found.sentences[1:3])
