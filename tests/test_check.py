"""A sentence is checked against what it cites: what is changed is told, what is reworded isn't."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.corrupt import Changed, Said, corrupted, evidence, harmless
from qa.check import check, is_quoted
from qa.types import Verdict
from qa.values import agree, values
from qa.wording import sentence

FERRY = (
    "Halden Marine will run the ferry between Saltmere and the Isle of Corran for eight years. "
    "The board voted 7 to 4 on Wednesday against the present operator, Corran Line. "
    "The contract is worth 42.6 million crowns and starts on 1 October 2024. "
    "Lena Marsh, who chairs the board, said some members had feared a strike. "
    "The company will not raise fares before 2026."
)


def said(claim: str, cited: str = FERRY) -> Verdict:
    return check(claim, [cited])


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        # values
        (
            "The contract is worth 46.2 million crowns and starts on 1 October 2024.",
            "the passage says 42.6 million crowns, not 46.2 million crowns",
        ),
        ("The contract is worth 42.6 million euros.", "“42.6 million euros” is not in the passage"),
        (
            "The contract starts on 1 November 2024.",
            "the passage says 1 October 2024, not 1 November 2024",
        ),
        (
            "Halden Marine will run the ferry between Saltmere and the Isle of Corran for 4 years.",
            "the passage says eight years, not 4 years",
        ),
        (
            "Halden Marine will run the ferry between Saltmere and the Isle of Corran for eight "
            "months.",
            "the passage says eight years, not eight months",
        ),
        ("The board voted 7 to 4, with 15% of shares.", "“15%” is not in the passage"),
        # names
        (
            "Norrwind will run the ferry to the Isle of Corran, and Dunning pays.",
            "“Dunning” is not",
        ),
        (
            "Corran Line will run the ferry between Saltmere and the Isle of Corran for eight "
            "years.",
            "the passage says Halden Marine, not Corran Line",
        ),
        # no and not
        (
            "Halden Marine will not run the ferry between Saltmere and the Isle of Corran.",
            "the passage says the opposite",
        ),
        ("The company will raise fares before 2026.", "the passage says the opposite"),
        ("The company won't start on 1 October 2024, the contract says.", "the opposite"),
        # more than is said
        (
            "Lena Marsh, who chairs the board, said all members had feared a strike.",
            "“all” is more than the passage says",
        ),
        (
            "Only Halden Marine will run the ferry between Saltmere and the Isle of Corran for "
            "eight years.",
            "“only” is more than the passage says",
        ),
        # who says it
        (
            "Corran Line said some members of the board had feared a strike.",
            "the passage has Lena Marsh say it, not Corran Line",
        ),
    ],
)
def test_what_is_changed_is_told_in_a_phrase(claim: str, reason: str) -> None:
    found = said(claim)
    assert found.verdict == "unsupported"
    assert found.reason is not None
    assert reason in found.reason


@pytest.mark.parametrize(
    "claim",
    [
        "The contract is worth 42.6 million crowns [3].",
        "The contract is worth 42,600,000 crowns and starts on October 1, 2024.",
        "The ferry between Saltmere and the Isle of Corran will be run by Halden Marine.",
        "The company won't raise fares before 2026.",
        "Marsh said some members of the board had feared a strike.",
        "The board voted 7 to 4 against Corran Line.",
        "Halden Marine will run the ferry for eight years and will not raise fares before 2026.",
    ],
)
def test_what_is_said_in_other_words_is_supported(claim: str) -> None:
    assert said(claim).verdict == "supported", said(claim)


@pytest.mark.parametrize(
    ("claim", "cited"),
    [
        ("The UN sent 12 trucks to Kestby.", "The United Nations sent twelve trucks to Kestby."),
        ("Russian ships left Kestby on Monday.", "Ships of Russia left Kestby on Monday."),
        ("Ms Moen opened the mill in Kestby.", "Sigrid Moen opened the mill in Kestby."),
        ("Kestby's mill reopened in June.", "The mill in Kestby reopened on 18 June."),
        ("About 5,000 people live in Kestby.", "In Kestby live 4,980 people."),
        ("The mill did not open.", "The mill didn't open."),
        ("Not only the mill burned in Kestby.", "Not only the mill burned in Kestby, but a barn."),
    ],
)
def test_names_and_values_may_be_said_in_another_form(claim: str, cited: str) -> None:
    assert said(claim, cited).verdict == "supported", said(claim, cited)


@pytest.mark.parametrize(
    ("claim", "cited"),
    [
        (
            "The price of bread rose sharply in Kestby.",
            "The price of bread fell sharply in Kestby.",
        ),
        ("The council of Kestby approved the plan.", "The council of Kestby rejected the plan."),
        ("The museum in Kestby opened on Monday.", "The museum in Kestby closed on Monday."),
        ("Kestby Rovers won the match on Sunday.", "Kestby Rovers lost the match on Sunday."),
    ],
)
def test_a_verb_and_its_opposite_contradict_each_other(claim: str, cited: str) -> None:
    assert said(claim, cited) == Verdict("unsupported", "the passage says the opposite", 0.0)
    assert said(cited, claim) == Verdict("unsupported", "the passage says the opposite", 0.0)


def test_a_part_of_a_sentence_is_not_a_quotation_of_it() -> None:
    cited = "Nobody believes that the bridge is safe. It stays closed."
    assert is_quoted("It stays closed.", cited)
    assert not is_quoted("The bridge is safe.", cited.replace("the bridge", "The bridge"))
    assert not is_quoted("the bridge is safe.", cited)


def test_what_the_passage_does_not_speak_of_is_unsupported() -> None:
    found = said("Sheep farmers in the hills are glad of the dry summer and expect good wool.")
    assert found.verdict == "unsupported"
    assert found.reason == "the passage doesn't say this"
    assert said("").verdict == check("A claim.", []).verdict == "unsupported"


def test_vectors_are_asked_for_a_few_sentences_only() -> None:
    asked: list[list[str]] = []

    def similar(texts: list[str]) -> np.ndarray:
        asked.append(texts)
        return np.full((len(texts), 4), 0.5, dtype=np.float32)

    cited = " ".join(f"The ferry number {n} sails to Corran each day at noon." for n in range(50))
    found = check("Ferries sail to Corran every day, people there say.", [cited], similar)
    assert 0 <= found.chance <= 1
    assert [len(texts) for texts in asked] == [9]


def test_a_few_parts_only_are_read_and_what_they_say_counts() -> None:
    asked: list[int] = []

    def check_with(odds: float) -> float:
        def weigh(claim: str, texts: Sequence[str]) -> list[tuple[float, float, float]]:
            asked.append(len(texts))
            return [(odds, odds, odds)] * len(texts)

        def similar(texts: list[str]) -> np.ndarray:
            return np.full((len(texts), 4), 0.5, dtype=np.float32)

        cited = " ".join(f"The ferry number {n} sails to Corran at noon." for n in range(50))
        return check("Ferries sail to Corran, people there say.", [cited], similar, weigh).chance

    assert check_with(-5.0) < check_with(0.0) < check_with(5.0)
    assert asked == [4, 4, 4]


def test_reading_lifts_nothing_that_is_unsupported_without_it() -> None:
    def similar(texts: list[str]) -> np.ndarray:
        return np.full((len(texts), 4), 0.1, dtype=np.float32)

    claim, cited = "Corran waits.", ["The ferry sails to Corran again on 3 May."]
    without = check(claim, cited, similar)
    read = check(claim, cited, similar, lambda _, texts: [(9.0, 9.0, 9.0)] * len(texts))
    assert without.verdict == read.verdict == "unsupported"
    assert read.chance <= without.chance


@cache
def _true() -> list[Said]:
    return evidence()


def _doubted(some: list[Changed]) -> list[Changed]:
    return [each for each in some if check(each.claim, [each.said.cited]).verdict != "supported"]


def test_of_the_gold_sentences_with_one_thing_changed_hardly_any_passes() -> None:
    changed = corrupted(_true())
    assert len(changed) == 200
    assert {each.kind for each in changed} == {"number", "date", "name", "negation", "unit"}
    assert len(_doubted(changed)) >= 0.95 * len(changed)


def test_of_the_gold_sentences_reworded_hardly_any_is_doubted() -> None:
    reworded = harmless(_true())
    assert len(reworded) > 200
    doubted = _doubted(reworded)
    assert len(doubted) <= 0.03 * len(reworded), doubted


@given(st.text(min_size=1), st.text(), st.text())
def test_any_sentence_supports_itself(text: str, before: str, after: str) -> None:
    if sentence(text.encode("utf-8", "replace").decode()).words:
        assert check(text, [text]).verdict == "supported"
        assert check(text, [before, text, after]).verdict == "supported"


@given(st.text(), st.lists(st.text()))
def test_no_text_breaks_it(claim: str, cited: list[str]) -> None:
    assert check(claim, cited).verdict in ("supported", "partly", "unsupported")


@given(st.text(alphabet="“\"'’.,:;-–$€%0123456789 [](){}\nabcdeABCDE\ud800½²", max_size=200))
def test_no_mark_or_figure_breaks_it(text: str) -> None:
    check(text, [text[::-1]])
    check(text[1:], [text])


@given(st.data(), st.integers(2, 10**7))
def test_no_sentence_supports_itself_with_a_number_changed(data: st.DataObject, new: int) -> None:
    each = data.draw(st.sampled_from(_true()))
    figures = [
        value
        for value in values(each.sentence)
        if value.of not in ("date", "time") and value.text[:1].isdigit()
    ]
    if not figures:
        return
    old = data.draw(st.sampled_from(figures))
    digits = len(old.text) - len(old.text.lstrip("0123456789.,"))
    text = f"{each.sentence[: old.start]}{new}{each.sentence[old.start + digits :]}"
    (there,) = [one for one in values(text) if one.start == old.start] or [None]
    if there is None or agree(there, old) is not False:
        return
    found = check(text, [each.cited])
    assert found.verdict == "unsupported", (text, each.sentence)


def test_a_check_takes_a_few_milliseconds() -> None:
    chance = random.Random(0)  # noqa: S311 - no secret
    claims = chance.sample(harmless(_true()), 50)
    began = time.perf_counter()
    _doubted(claims)
    assert time.perf_counter() - began < 50 * 0.05
