"""A question that leans on earlier turns gets the words it needs, and still asks what it asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prompts
from qa.kinds import kind_of
from qa.standalone import LONGEST, standalone
from qa.types import Turn

TURNOUT = ("What was the turnout in Saltmere in 2023?", "It was 61.4 percent.")
PUT_OUT = ("who put it out?", "The fire brigade.")
BEFORE = ("and the year before?", "")
WHEN = ("Wann ist der Besuch?", "Im Juni.")
BRIDGE = ("橋はいつ再開しますか", "六月です。")
FIRE = ("When did the fire break out on Quay Road?", "At 3.20 on Saturday morning.")
WINNER = ("Who won the ferry contract?", "Halden Marine won it.")
CAPTAIN = ("Who is the captain of the Gannet?", "Roald Stenmark.")
RESIGNED = ("Has anyone resigned over the leak?", "Commissioner Ilse Vorn has resigned.")
STOOD = ("Who stood for mayor?", "Robert Hale, Ines Calloway and Piet Aldous.")
VIEW = ("What was said of the strike?", "“We will not move an inch,” the union’s leader said.")


@pytest.mark.parametrize(
    ("turns", "question", "there", "not_there", "kind"),
    [
        ([TURNOUT], "and the year before?", "turnout Saltmere 2022", "2023", "number"),
        ([TURNOUT], "And in 2019?", "turnout Saltmere 2019", "2023", "number"),
        ([TURNOUT], "and in Ostrey?", "turnout in Ostrey 2023", "Saltmere", "number"),
        ([TURNOUT], "what about Ostrey?", "turnout Ostrey", "", "number"),
        ([TURNOUT], "Who won the year before?", "Who won Saltmere", "", "name"),
        ([FIRE], "why?", "why fire break Quay Road", "When", "reason"),
        ([FIRE], "who said that?", "who said Saturday fire", "When", "name"),
        ([FIRE], "how many people died?", "how many people died Quay Road", "When", "number"),
        ([FIRE], "Was anybody hurt there?", "hurt Quay Road fire", "When", "other"),
        ([WINNER], "when?", "when Halden Marine ferry contract", "", "date"),
        ([WINNER], "where?", "where Halden Marine ferry contract", "", "name"),
        ([WINNER], "For how long?", "how long Halden Marine ferry contract", "", "number"),
        ([WINNER], "and how much did that cost?", "how much cost ferry", "", "number"),
        ([CAPTAIN], "how old is he?", "how old Roald Stenmark Gannet", "Who", "number"),
        ([CAPTAIN], "did he resign?", "resign Roald Stenmark", "", "other"),
        ([RESIGNED], "What did she say about it?", "say leak", "", "other"),
        ([RESIGNED], "When did she do so?", "When Ilse Vorn", "", "date"),
        ([RESIGNED], "is that confirmed?", "confirmed Ilse Vorn resigned leak", "", "other"),
        ([STOOD], "what about the second one?", "Ines Calloway", "second", "name"),
        ([STOOD], "How old is the latter?", "How old Ines Calloway", "latter", "number"),
        ([STOOD], "tell me more", "stood for mayor Hale", "", "other"),
        ([STOOD], "who else?", "Who stood for mayor", "", "name"),
        ([VIEW], "Who said that?", "Who said move inch leader strike", "", "name"),
        ([FIRE], "But why?", "why fire", "", "reason"),
        ([FIRE, PUT_OUT], "When?", "When put out fire", "", "date"),
        ([TURNOUT, BEFORE], "And in Ostrey?", "Ostrey 2022", "2023", "number"),
        ([WHEN], "Warum?", "Warum Besuch", "", "other"),
        ([BRIDGE], "なぜ？", "なぜ 橋はいつ", "", "other"),
    ],
)  # fmt: skip
def test_what_leans_gets_the_words_it_needs_and_asks_for_the_same_kind_of_answer(
    turns: list[tuple[str, str]], question: str, there: str, not_there: str, kind: str
) -> None:
    alone = standalone(question, [Turn(*turn) for turn in turns])
    assert [word for word in there.split() if word not in alone] == []
    assert [word for word in not_there.split() if word in alone] == []
    assert kind_of(alone) == kind


@pytest.mark.parametrize(
    "question",
    [
        "What can China do?",
        "what can china do?",
        "When was it announced that Norgrid would leave the town?",
        "How long does it take to cross the bay?",
        "Why did Calloway say that she would resign?",
        "When did the company say it would pay?",
        "Who said that Norgrid was bankrupt?",
        "And when did Norgrid announce the merger?",
        "Who is the mayor?",
        "How much rain fell this year in Ostrey?",
        "Were more than five people hurt in Carrow?",
        "Is the old bridge the one that collapsed in the flood?",
        "Wann wird die Brücke über den Fluss wieder geöffnet?",
        "オストリー橋はいつ再開しますか",
        "Wagner Group",
    ],
)
def test_a_question_with_its_own_subject_is_left_as_it_is(question: str) -> None:
    assert standalone(question, [Turn(*FIRE)]) == question


def test_an_answer_that_only_declined_lends_no_words() -> None:
    for name in ("not_said", "off_topic", "nothing_searched"):
        history = [Turn("Who owns the Gannet?", prompts.load(name).fill())]
        assert standalone("why?", history) == "why? owns the Gannet"


_TURNS = st.lists(st.builds(Turn, st.text(max_size=3_000), st.text(max_size=3_000)), max_size=4)
_SOME = (
    "and who when how many that it she the second one year before in Ostrey 2023 ? Norgrid said"
    " what about else more “ list than 's"
)
_WORDS = st.lists(st.sampled_from(_SOME.split()), max_size=12).map(" ".join)


@given(st.text(min_size=1, max_size=LONGEST) | _WORDS.filter(bool))
def test_without_earlier_turns_a_question_is_left_as_it_is(question: str) -> None:
    assert standalone(question, []) == question


@given(
    st.text(min_size=1, max_size=LONGEST) | _WORDS.filter(bool),
    _TURNS | st.lists(st.builds(Turn, _WORDS, _WORDS)),
)
def test_whatever_was_asked_before_something_short_enough_is_asked(
    question: str, history: list[Turn]
) -> None:
    alone = standalone(question, history)
    assert alone.strip() or not question.strip()
    assert len(alone) <= LONGEST
