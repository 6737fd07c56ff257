"""Judges: their agreement with people is counted right, read strictly, and printed with them.

The cassettes are of the server that `test_models` speaks of.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prompts
from evals.cli import main
from evals.errors import BrokenGold
from evals.judge import (
    CORRECT,
    FAITHFUL,
    Agreement,
    Judged,
    Labelled,
    agreement,
    correct,
    prompt_name,
    read_labelled,
)
from evals.report import read_report
from evals.support import supports
from qa.models import model
from qa.recordings import recorded

NAME, URL = "openai-like/smollm2", "http://127.0.0.1:8818/v1"
CLAIMS = (
    ("Rabbits eat grass.", ["Rabbits eat grass and hay."], True),
    ("Rabbits eat stones.", ["Rabbits eat grass and hay."], False),
    ("The bridge reopens on 3 May.", ["The bridge is closed.", "It reopens on 3 May."], True),
    ("The bridge reopens on 4 May.", ["The bridge is closed.", "It reopens on 3 May."], False),
)


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    return written(tmp_path, *({"claim": c, "passages": p, "supported": s} for c, p, s in CLAIMS))


def written(folder: Path, *entries: object) -> Path:
    """A file of entries, those that are objects with ids."""
    path = folder / "claims.jsonl"
    lines = [
        json.dumps({"id": str(number), **entry}) if isinstance(entry, dict) else str(entry)
        for number, entry in enumerate(entries)
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOOTNOTE_LLM", NAME)
    monkeypatch.setenv("FOOTNOTE_LLM_URL", URL)
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", "not-a-real-key")


def test_agreement_is_what_its_definitions_say() -> None:
    # Cohen's own table has kappa 0.4 where 70 of 100 agree and both say yes half the time.
    found = Agreement(supported=50, said_supported=35, unsupported=50, said_unsupported=35)
    assert found.balanced_accuracy == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)
    # 10 of 10 and 0 of 90 wrong ways: always "supported" is no agreement, however rare the rest.
    always = Agreement(supported=90, said_supported=90, unsupported=10, said_unsupported=0)
    assert (always.balanced_accuracy, always.kappa) == (0.5, pytest.approx(0))
    low, high = always.interval
    assert low < 0.5 < high
    assert always.true_positive_interval[1] == pytest.approx(0.959, abs=1e-3)


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_agreement_stays_within_its_bounds(yes: int, no: int, data: st.DataObject) -> None:
    found = Agreement(yes, data.draw(st.integers(0, yes)), no, data.draw(st.integers(0, no)))
    low, high = found.interval
    assert 0 <= low <= found.balanced_accuracy <= high <= 1
    assert -1 <= found.kappa <= 1 + 1e-9
    assert (found.kappa > 1e-9) == (found.balanced_accuracy > 0.5 + 1e-9)


def test_people_are_compared_with_the_judge_row_by_row() -> None:
    rows = [Labelled(str(n), c, tuple(p), s) for n, (c, p, s) in enumerate(CLAIMS)]

    def first_only(claim: str, passages: Sequence[str]) -> bool:
        return claim == CLAIMS[0][0]

    found = agreement(first_only, rows)
    assert (found.supported, found.said_supported) == (2, 1)
    assert (found.unsupported, found.said_unsupported) == (2, 2)
    # Two thirds of the words of "Rabbits eat stones." stand there.
    assert agreement(supports, rows).balanced_accuracy == 0.75


def test_one_label_says_nothing_and_costs_no_call() -> None:
    def never(claim: str, passages: Sequence[str]) -> bool:
        raise AssertionError

    rows = [Labelled("a", "x", ("y",), True, "set.jsonl:1")]
    with pytest.raises(
        BrokenGold, match=r"set\.jsonl:1: of 1 claims all have one label; take some"
    ):
        agreement(never, rows)


def test_a_verdict_is_told_with_how_often_people_agree() -> None:
    found = Agreement(150, 78, 150, 78)
    assert str(Judged(f"llm {NAME}, judge_faithful@ab12", found)) == (
        "llm openai-like/smollm2, judge_faithful@ab12: balanced accuracy 0.52 (0.46–0.58) "
        "on 300 labelled claims"
    )
    assert str(Judged("words")) == "words: how often it agrees with people is not measured"


GOOD = {"claim": "x", "passages": ["y"], "supported": True}


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (["{"], ":1: isn't JSON"),
        (["[]"], ":1: isn't a labelled claim"),
        ([GOOD, {**GOOD, "id": "0"}], ":2: id '0' is also in .*:1"),
        ([{**GOOD, "id": 3}], ":1: id takes a text"),
        ([GOOD, {**GOOD, "claim": " "}], ":2: claim takes a text"),
        ([{**GOOD, "passages": "y"}], ":1: passages takes a list of texts"),
        ([{**GOOD, "passages": [1]}], ":1: passages takes a list of texts"),
        ([{**GOOD, "supported": "yes"}], ":1: supported takes true or false"),
        ([], "holds no labelled claim"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, entries: list[object], says: str
) -> None:
    path = written(tmp_path, *entries)
    with pytest.raises(BrokenGold, match=says) as error:
        read_labelled(path)
    assert "\n" not in str(error.value)
    with pytest.raises(BrokenGold, match="can't be read"):
        read_labelled(tmp_path / "none.jsonl")


def test_a_sample_is_always_the_same_and_keeps_both_labels(tmp_path: Path) -> None:
    path = written(tmp_path, *({**GOOD, "supported": n < 50} for n in range(100)))
    some = read_labelled(path, 10)
    assert some == read_labelled(path, 10)
    assert sum(row.supported for row in some) == 5
    assert {row.id for row in some} < {row.id for row in read_labelled(path, 11)}
    assert len(read_labelled(path, 1_000)) == 100


def test_the_command_measures_the_judge_that_needs_no_model(
    claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["judge", str(claims), "--json", str(tmp_path / "figures.json")]) == 0
    head, row, line = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["judge", "model", "prompt", "balanced"]
    assert row.startswith("words  none   none    0.750 (")
    assert line.startswith("words and numbers in common: balanced accuracy 0.75 (")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert (figures["n"], figures["kappa"], figures["balanced_accuracy"][0]) == (4, 0.5, 0.75)


@pytest.mark.vcr
def test_a_model_judges_and_its_recordings_judge_again(
    claims: Path,
    tmp_path: Path,
    settings: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asks = ["judge", str(claims), "--judge", "llm"]
    assert main([*asks, "--record", str(tmp_path / "calls")]) == 0
    said = capsys.readouterr().out
    assert f"llm {NAME}, {prompt_name(FAITHFUL)}: balanced accuracy" in said
    assert said.rstrip().endswith("on 4 labelled claims")
    assert len([*(tmp_path / "calls").iterdir()]) == 4
    monkeypatch.delenv("FOOTNOTE_LLM_KEY")
    monkeypatch.delenv("FOOTNOTE_LLM_URL")
    assert main([*asks, "--replay", str(tmp_path / "calls")]) == 0
    assert capsys.readouterr().out == said
    next((tmp_path / "calls").iterdir()).unlink()
    assert main([*asks, "--replay", str(tmp_path / "calls")]) == 3
    error = capsys.readouterr().err
    assert "there is no recording of this call" in error
    assert error.count("\n") == 1


@pytest.mark.vcr
def test_a_run_has_a_model_judge_its_answers_and_says_how_far_to_trust_it(
    tmp_path: Path,
    claims: Path,
    settings: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "bridge.txt").write_text("The bridge reopens on Monday, 3 May.")
    question = {
        "id": "bridge",
        "question": "When does the bridge reopen?",
        "answers": ["3 May"],
        "evidence": [{"source": "bridge.txt", "quote": "The bridge reopens on Monday, 3 May."}],
    }
    (tmp_path / "gold.jsonl").write_text(json.dumps(question))
    asks = ["run", "gold.jsonl", "--judge", "trust.json"]
    assert main(asks) == 2
    assert main(["judge", str(claims), "--judge", "llm", "--json", "trust.json"]) == 0
    assert main([*asks, "--record", "calls", "--json", "one.json"]) == 0
    said = capsys.readouterr().out
    assert "judged_correct" in said
    assert f"by llm {NAME}, faithfulness: balanced accuracy" in said
    monkeypatch.delenv("FOOTNOTE_LLM_KEY")
    assert main([*asks, "--replay", "calls", "--json", "two.json"]) == 0
    one, two = read_report(tmp_path / "one.json"), read_report(tmp_path / "two.json")
    assert one.questions[0].values == two.questions[0].values
    # Of other documents, a recording is missing: nothing is asked live.
    (tmp_path / "documents" / "more.txt").write_text("A lamp burns oil.")
    assert main([*asks, "--replay", "calls"]) == 3
    monkeypatch.setenv("FOOTNOTE_LLM", "openai-like/another")
    assert main([*asks, "--replay", "calls"]) == 2


@pytest.mark.vcr
def test_a_model_without_recordings_judges_call_after_call(
    claims: Path, settings: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["judge", str(claims), "--judge", "llm"]) == 0
    assert "on 4 labelled claims" in capsys.readouterr().out


@pytest.mark.vcr
def test_a_model_judges_answers(settings: None, tmp_path: Path) -> None:
    judge = correct(model(NAME, URL), NAME, URL)
    live = [judge("What do rabbits eat?", each, ["grass", "hay"]) for each in ("Grass.", "Stones.")]
    kept = correct(recorded(NAME, URL, tmp_path, "record"), NAME)
    assert live == [
        kept("What do rabbits eat?", each, ["grass", "hay"]) for each in ("Grass.", "Stones.")
    ]


@pytest.mark.parametrize(
    ("options", "llm", "says"),
    [
        (["--judge", "llm"], "", "llm: is not set; set it to PROVIDER/MODEL"),
        (["--judge", "llm"], "gpt", "there is none of that name"),
        (["--judge", "llm"], "ollama/x", "needs an extra"),
        (["--record", "calls"], "", "words makes no calls; add --judge llm"),
        (["--limit-rows", "1"], "", "give a number above 1"),
    ],
)
def test_what_cannot_be_judged_is_one_line(
    claims: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    llm: str,
    says: str,
) -> None:
    monkeypatch.delenv("FOOTNOTE_LLM", raising=False)
    monkeypatch.setitem(sys.modules, "llama_index.llms.ollama", None)
    if llm:
        monkeypatch.setenv("FOOTNOTE_LLM", llm)
    assert main(["judge", str(claims), *options]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_prompts_for_judges_have_no_braces_which_llamaindex_would_fill_in() -> None:
    for name in (FAITHFUL, CORRECT):
        assert not set("{}") & set(prompts.load(name).lines)
