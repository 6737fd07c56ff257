"""Questions that are offered: every one is answered, near what was said, and new."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import evals.gold
from index import build
from qa import Answer, Assistant, Settings
from qa.suggest import FOLLOW_UPS, OPENERS, TRIED, Suggestions

NEWSROOM = Path(evals.gold.__file__).parent / "gold" / "newsroom"
ASKED = (
    "When was the museum in Pellworth founded?",
    "How much will the repair of the Old Weir Bridge cost?",
    "Who is the mayor of Pellworth?",
    "How many births did St Brannoc's have?",
    "Why did Rovers lose six points?",
)
LAKE = """Lake Tuvanka

Lake Tuvanka is a crater lake in the north of the province. The lake was formed in 1783 by an
eruption. The observatory on the west shore will be rebuilt in 2028. The harbour of the lake has 34
berths. The ferry of the lake was sold in 2019 because the owners of it retired.
"""
SEE = """Der See

Der See wurde im Jahr 1783 durch einen Ausbruch gebildet. Der Hafen hat 34 Plätze.
"""


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    home = tmp_path_factory.mktemp("newsroom")
    build(home, [NEWSROOM / "documents"])
    return Assistant(Settings(home=home), view=False)


@pytest.fixture(scope="module")
def shore(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents and their index; tests only read it."""
    root = tmp_path_factory.mktemp("shore")
    (root / "docs").mkdir()
    (root / "docs" / "lake.txt").write_text(LAKE)
    (root / "docs" / "see.txt").write_text(SEE)
    build(root / "home", [root / "docs"])
    return root


@pytest.fixture
def lake(shore: Path, tmp_path: Path) -> Assistant:
    return Assistant(Settings(home=shore / "home"), view=False, folder=tmp_path)


def counted(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that are searched from now on."""
    calls: list[str] = []
    find = assistant.search.find

    def counting(question: str, *more: object) -> object:
        calls.append(question)
        return find(question, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(assistant.search, "find", counting)
    return calls


def answered(answer: Answer) -> bool:
    return not answer.abstained and bool(answer.claims)


def test_every_question_to_begin_with_is_answered_and_of_another_document(
    newsroom: Assistant,
) -> None:
    offered = newsroom.openers()
    assert len(offered) == OPENERS
    answers = [newsroom.ask(question) for question in offered]
    assert all(map(answered, answers))
    assert len({answer.citations[0].document for answer in answers}) == OPENERS


@pytest.mark.parametrize("question", ASKED)
def test_every_follow_up_is_answered_by_something_that_was_not_said(
    newsroom: Assistant, question: str
) -> None:
    answer = newsroom.ask(question)
    said = {claim.text for claim in answer.claims}
    offered = newsroom.follow_ups(answer, asked=[question])
    assert len(offered) <= FOLLOW_UPS
    assert len(set(offered)) == len(offered)
    for each in offered:
        assert answered(newsroom.ask(each))
        assert {claim.text for claim in newsroom.ask(each).claims} - said


def test_what_was_asked_before_is_not_offered_again(lake: Assistant) -> None:
    answer = lake.ask("What is Lake Tuvanka?")
    first = lake.follow_ups(answer)
    assert "When was the lake formed?" in first
    again = lake.follow_ups(answer, asked=[each.upper() for each in first])
    assert not set(first) & set(again)


def test_nothing_is_near_another_topic(lake: Assistant) -> None:
    declined = lake.ask("Who won the 2022 World Cup?")
    assert declined.abstained
    assert declined.abstained.kind == "off_topic"
    assert lake.follow_ups(declined) == ()


def test_an_answer_without_passages_has_follow_ups_too(lake: Assistant) -> None:
    answer = replace(lake.ask("What is Lake Tuvanka?"), passages=())
    assert "When was the lake formed?" in lake.follow_ups(answer)


def test_only_english_is_asked(lake: Assistant) -> None:
    assert lake.openers() == ("What is Lake Tuvanka?",)


def test_nobody_is_offered_what_he_may_not_read(shore: Path, tmp_path: Path) -> None:
    # Its own, as an index remembers that it had rules.
    shutil.copytree(shore, tmp_path / "copy")
    lake = Assistant(Settings(home=tmp_path / "copy" / "home"), view=False, folder=tmp_path)
    answer = lake.ask("What is Lake Tuvanka?")
    assert lake.follow_ups(answer)
    (tmp_path / "footnote.toml").write_text('[[access]]\npaths = ["lake.txt"]\ngroups = ["x"]\n')
    assert lake.openers(["x"])
    assert lake.openers([]) == ()
    assert lake.follow_ups(answer, []) == ()


def test_the_first_screen_is_made_once_for_an_index_and_again_when_it_changes(
    shore: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(shore, tmp_path / "copy")
    lake = Assistant(Settings(home=tmp_path / "copy" / "home"), view=False)
    calls = counted(lake, monkeypatch)
    first = lake.openers()
    assert calls
    calls.clear()
    assert lake.openers() == first
    assert calls == []
    (tmp_path / "copy" / "docs" / "lake.txt").write_text(LAKE.replace("Tuvanka", "Sorrel"))
    build(tmp_path / "copy" / "home", [tmp_path / "copy" / "docs"])
    assert "What is Lake Sorrel?" in lake.openers()


def test_an_answer_is_followed_by_a_bounded_number_of_searches(
    newsroom: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = newsroom.ask(ASKED[0])
    calls = counted(newsroom, monkeypatch)
    newsroom.follow_ups(answer)
    assert len(calls) <= TRIED


def test_no_question_is_sent_to_an_encoder_elsewhere(lake: Assistant) -> None:
    class Elsewhere:
        name = "openai/text-embedding-3-small"

    lake.search.encoder, ours = Elsewhere(), lake.search.encoder  # type: ignore[assignment]
    silent = Suggestions(lake.search, lake._decided, None, Settings())
    with lake.search.library.reading():
        lake.search.encoder = ours
        assert silent.openers(lake.search.snapshot()) == ()
