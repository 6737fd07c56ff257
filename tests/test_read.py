"""The reader: where the answer is, whether there is one, what follows; what picking makes of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Passage, Sentence, build
from qa import Assistant, Settings
from qa.errors import BadSetting
from qa.quote import pick
from qa.read import EXACT, MODEL, Reader, Reading, reader
from qa.reread import ranked, reread

BRIDGE = (
    "The Old Weir Bridge was closed in March after cracks were found in two piers. "
    "Engineers of Halden Marine will repair them until October. "
    "The work costs 4.2 million crowns, which the province pays."
)
MUSEUM = (
    "The museum in Pellworth shows boats and nets. It was founded in 1908 by Ada Corrin. "
    "On Sundays children enter for free."
)
MARKET = "The market moves to the quay in spring. Stalls are given out by lot."


def passage(text: str, score: float = 0.9, start: int = 0) -> Passage:
    """A passage of a report that has that many characters before it."""
    found, at = [], 0
    for part in re.split(r"(?<=\.) ", text):
        found.append(Sentence(start + at, start + at + len(part), part, 0.5))
        at += len(part) + 1
    return Passage(
        f"d{len(text)}", "s.txt", "Report", "0" * 64, start, start + len(text), text, "Report",
        tuple(found), score, {"similarity": 0.5},
    )  # fmt: skip


def exact(read: Reading, where: Passage) -> dict[str, str]:
    """The exact words found in each sentence, by its beginning."""
    return {
        sentence.text[:9]: sentence.text[slice(*span)]
        for sentence, span in zip(where.sentences, read.exact, strict=True)
        if span
    }


@pytest.mark.parametrize("start", [0, 812])
@pytest.mark.parametrize(
    ("question", "text", "place", "words"),
    [
        ("Why was the Old Weir Bridge closed?", BRIDGE, 0, "cracks"),
        ("What does the repair cost?", BRIDGE, 2, "4.2 million crowns"),
        ("Who founded the museum?", MUSEUM, 1, "Ada Corrin"),
        ("When was the museum founded?", MUSEUM, 1, "1908"),
        ("How are the stalls given out?", MARKET, 1, "by lot"),
    ],
)
def test_the_answer_is_found_where_it_stands(
    question: str, text: str, place: int, words: str, start: int
) -> None:
    where = passage(text, start=start)
    (read,) = reader().read(question, [where])
    assert max(range(len(read.places)), key=read.places.__getitem__) == place
    assert words in exact(read, where)[where.sentences[place].text[:9]]


def test_a_passage_that_answers_is_told_from_others_and_comes_first() -> None:
    bridge, museum, market = (passage(each) for each in (BRIDGE, MUSEUM, MARKET))
    some = [market, bridge, museum]
    passages, readings = ranked(some, reader().read("Who founded the museum?", some))
    assert passages[0] is museum
    assert readings[0].answers > max(each.answers for each in readings[1:])
    assert readings[0].found > max(each.found for each in readings[1:])


def test_passages_beyond_those_that_are_read_stay_behind_them_in_their_order() -> None:
    some = [passage(each) for each in (MARKET, BRIDGE, MUSEUM)]
    read = reader().read("Who founded the museum?", some[:1])
    assert ranked(some, read) == (some, read)


def test_what_is_read_in_a_passage_does_not_depend_on_the_others() -> None:
    some = [passage(each) for each in (BRIDGE, MUSEUM, MARKET)] * 4
    question = "When was the museum founded?"
    together = reader().read(question, some)
    assert together == [reader().read(question, [each])[0] for each in some]


def test_a_claim_that_follows_is_told_from_one_that_does_not() -> None:
    true, other = reader().weigh("Ada Corrin founded the museum in Pellworth.", [MUSEUM, BRIDGE])
    (false,) = reader().weigh("Halden Marine founded the museum in Pellworth.", [MUSEUM])
    assert true > other
    assert true > false


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=400), st.text(min_size=1, max_size=2000))
def test_whatever_is_read_exact_words_lie_in_their_sentence(question: str, text: str) -> None:
    where = passage(text)
    (read,) = reader().read(question, [where])
    assert len(read.places) == len(read.exact) == len(where.sentences)
    for sentence, span, place in zip(where.sentences, read.exact, read.places, strict=True):
        assert place <= 0
        if span:
            assert 0 <= span[0] < span[1] <= len(sentence.text)


def test_a_question_that_leaves_hardly_any_room_is_read_all_the_same() -> None:
    (read,) = reader().read("한국어 " * 100, [passage(MUSEUM)])
    assert len(read.places) == 3


def test_exact_words_are_no_longer_than_words_are() -> None:
    """Word pieces are counted, of which a word has one at least."""
    long = passage("It says " + ", ".join(["north"] * 200) + ".")
    (read,) = reader().read("What does it say?", [long])
    assert len(exact(read, long)["It says n"].split()) <= EXACT


def test_picking_shows_the_exact_words_that_were_read() -> None:
    some = [passage(each) for each in (MARKET, MUSEUM, BRIDGE)]
    question = "Why was the Old Weir Bridge closed?"
    passages, readings = ranked(some, reader().read(question, some))
    picked = pick(question, passages, 3, 1, readings=readings)
    (quote,) = picked.quotes
    assert "cracks" in quote.sentence.text[slice(*quote.marks[0])]
    assert not pick(question, some, 3, 1).quotes[0].marks


def test_the_model_is_the_one_that_its_card_describes() -> None:
    card = MODEL.with_name("README.md").read_text(encoding="utf-8")
    data = MODEL.read_bytes()
    assert hashlib.sha256(data).hexdigest() in card
    assert f"{len(data):,}" in card
    assert len(data) <= 25_000_000


class Counting(Reader):
    """One that finds the passage of this score likely to answer, and counts what it reads."""

    def __init__(self, likely: float) -> None:
        self.likely, self.read_so_far = likely, list[float]()

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        self.read_so_far += [each.score for each in passages]
        return [
            Reading(5.0 if each.score == self.likely else -5.0, 0.0, (0.0,), (None,))
            for each in passages
        ]


@pytest.mark.parametrize(("likely", "read"), [(0.8, 4), (0.5, 4), (0.3, 7), (0.0, 7)])
def test_more_than_four_passages_are_read_only_if_none_of_those_answers(
    likely: float, read: int
) -> None:
    scores = [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    some = [passage("One sentence.", score) for score in scores]
    counting = Counting(likely)
    passages, readings = reread("Who founded it?", some, counting, 7)
    assert counting.read_so_far == scores[:read]
    assert len(readings) == read
    assert len(passages) == len(some)
    if likely:
        assert passages[0].score == likely


@pytest.mark.parametrize(
    ("question", "can"),
    [
        ("When was the museum founded?", True),
        ("Où se trouve le musée ?", True),
        ("What does “музей” mean in English?", True),
        ("1908?", True),
        ("Когда был основан музей?", False),
        ("新菜市场有多少个摊位？", False),
        ("พิพิธภัณฑ์ก่อตั้งเมื่อใด", False),
    ],
)
def test_a_question_in_other_letters_than_latin_ones_is_answered_without_reading(
    question: str, can: bool
) -> None:
    some = [passage(each) for each in (MARKET, BRIDGE, MUSEUM)]
    passages, readings = reread(question, some, reader(), 8)
    assert bool(readings) == can
    assert can or passages == some


def test_passages_are_read_unless_the_settings_say_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "museum.txt").write_text(MUSEUM)
    build(tmp_path / "home", [tmp_path / "museum.txt"])
    asked: list[str] = []
    read = Reader.read

    def counting(reader: Reader, question: str, passages: Sequence[Passage]) -> list[Reading]:
        asked.append(question)
        return read(reader, question, passages)

    monkeypatch.setattr(Reader, "read", counting)
    on = Settings(home=tmp_path / "home")
    for each, read_so_far in ((replace(on, read="off"), False), (on, True)):
        answer = Assistant(each, view=False).ask("Who founded the museum?")
        assert any("Ada Corrin" in claim.text for claim in answer.claims)
        assert bool(asked) == read_so_far


def test_how_many_passages_are_read_is_a_number_that_makes_sense() -> None:
    with pytest.raises(BadSetting, match="read_passages"):
        Settings(read_passages=0)
