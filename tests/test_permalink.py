"""Links to answers: what goes in comes out, and whatever else is in one is refused or harmless."""

from __future__ import annotations

import json
import re
import zlib
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import Assistant, Settings
from qa.errors import UnfitLink
from qa.permalink import CITATIONS, CLAIMS, INFLATED, LONGEST, PREFIX, Kept, keep, pack, unpack
from qa.types import Abstention, Answer, Citation, Claim, Receipt

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
SHA = "0" * 64


def packed(row: Any) -> str:
    """A link of this, whatever it is."""
    content = row if isinstance(row, bytes) else json.dumps(row).encode()
    return PREFIX + urlsafe_b64encode(zlib.compress(content)).decode().rstrip("=")


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    citations = tuple(
        Citation(number, draw(words), draw(words), draw(words), None, None, None, start,
                 start + len(quote), quote, SHA)
        for number, (start, quote) in enumerate(
            draw(st.lists(st.tuples(st.integers(0, 10**6), words), min_size=1, max_size=4)), 1
        )
    )  # fmt: skip
    claims = []
    for _ in range(draw(st.integers(1, 4))):
        numbers = draw(
            st.lists(st.integers(1, len(citations)), min_size=1, max_size=3, unique=True)
        )
        text = draw(st.one_of(words, st.just(citations[numbers[0] - 1].quote)))
        end = draw(st.integers(1, len(text)))
        marks = draw(st.sampled_from([(), ((end - 1, end),)]))
        claims.append(Claim(text, tuple(numbers), marks))
    kind = draw(st.sampled_from([None, "said_differently"]))
    return Answer(
        "id", "When is it?", Abstention(kind, "…") if kind else None, tuple(claims), citations,
        (), (), Receipt("index", "quote", {}),
    )  # fmt: skip


@given(answers())
def test_what_is_packed_comes_out_again(answer: Answer) -> None:
    link = pack(answer)
    assert unpack(link) == keep(answer)
    assert re.fullmatch(r"[\w.-]+", link, re.ASCII)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(packed)))
def test_whatever_is_not_a_link_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UnfitLink) as error:
        unpack(text)
    assert "\n" not in str(error.value)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
              st.sampled_from([SHA, "not_said", "When?", 0, 1, 5])),
    lambda inner: st.lists(inner, max_size=7),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300)
@given(st.one_of(values, st.tuples(st.just("When?"), st.none(), values, values)))
def test_any_json_is_refused_or_holds_only_sound_values(row: Any) -> None:
    try:
        kept = unpack(packed(row))
    except UnfitLink:
        return
    assert isinstance(kept, Kept)
    for claim in kept.claims:
        assert all(0 < number <= len(kept.citations) for number in claim.citations)
        assert all(0 <= start < end <= len(claim.text) for start, end in claim.marks)


@given(answers(), st.data())
def test_a_link_with_a_character_changed_is_refused_or_still_a_link(
    answer: Answer, data: st.DataObject
) -> None:
    link = pack(answer)
    place = data.draw(st.integers(0, len(link) - 1))
    changed = link[:place] + data.draw(st.characters()) + link[place + 1 :]
    with suppress(UnfitLink):
        assert isinstance(unpack(changed), Kept)


CITED = ["d", "s", "t", 0, 2, SHA, "no"]


@pytest.mark.parametrize(
    "row",
    [
        b"[" * 200_000,
        b" " * INFLATED + b'["When?","not_said",[],[]]',
        b'["When?", null, [["\\ud800", [], [1]]], [["d", "s", "t", 0, 2, "%s", "no"]]]'
        % SHA.encode(),
        ["When?", None, [], []],
        ["When?", "not_said", [[0, [], [1]]], [CITED]],
        ["When?", "said_differently", [], []],
        ["When?", "because", [], []],
        ["", "not_said", [], []],
        ["When?", None, [[0, [], [2]]], [CITED]],
        ["When?", None, [[0, [], [1, 1]]], [CITED]],
        ["When?", None, [[0, [], [True]]], [CITED]],
        ["When?", None, [[False, [], [1]]], [CITED]],
        ["When?", None, [[0, [[0, 3]], [1]]], [CITED]],
        ["When?", None, [[0, [[0, 1], [0, 1]], [1]]], [CITED]],
        ["When?", None, [["x" * 1_001, [], [1]]], [CITED]],
        ["When?", None, [[0, [], [1]]], [["d", "s", "t", -1, 1, SHA, "no"]]],
        ["When?", None, [[0, [], [1]]], [["d", "s", "t", 0, 3, SHA, "no"]]],
        ["When?", None, [[0, [], [1]]], [["d", "s", "t", 0, 2, "A" * 64, "no"]]],
        ["When?", None, [[0, [], [1]]], [["d", "s", "t", 10**30, 10**30 + 2, SHA, "no"]]],
        ["When?", None, [[0, [], [1]]] * (CLAIMS + 1), [CITED]],
        ["When?", None, [[0, [], [1]]], [CITED] * (CITATIONS + 1)],
        ["When?", None, [[0, [], [1]]], [["d", "s", "t", 0, 9_000, SHA, "x" * 9_000]] * 8],
    ],
    ids=range(22),
)
def test_what_a_forged_link_could_do_harm_with_is_refused(row: Any) -> None:
    with pytest.raises(UnfitLink):
        unpack(packed(row))


def test_a_link_that_would_inflate_without_end_is_refused_soon() -> None:
    bomb = zlib.compress(b" " * 60_000_000, 9)
    with pytest.raises(UnfitLink):
        unpack(PREFIX + urlsafe_b64encode(bomb).decode().rstrip("="))
    with pytest.raises(UnfitLink):
        unpack(PREFIX + "A" * LONGEST)


def test_an_answer_that_rests_on_nothing_or_is_too_long_has_no_link(seed_folder: Path) -> None:
    assistant = Assistant(Settings(home=seed_folder / ".footnote"), view=False)
    with pytest.raises(UnfitLink, match="rests on no document"):
        pack(assistant.ask("thanks"))
    long = "x" * 20_000
    cited = Citation(1, "d", "s", "t", None, None, None, 0, len(long), long, SHA)
    answer = Answer("id", "Q", None, (Claim(long, (1,)),), (cited,), (), (), Receipt("", "", {}))
    with pytest.raises(UnfitLink, match="too long for a link"):
        pack(answer)
