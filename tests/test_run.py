"""`footnote-eval run`, `compare`, `check` and `propose`, through their entry point."""

from __future__ import annotations

import hashlib
import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

import index
from evals.cli import main
from evals.report import read_report
from evals.run import code

DOCUMENTS = Path(index.__file__).parent / "documents"
SOURCE = next(DOCUMENTS.iterdir()).name
VISIT = (
    "Russian President Vladimir Putin is set to visit North Korea on June 18-19, 2023, marking his "
    "first trip in more than two decades."
)


def gold_of(folder: Path, quote: str = VISIT, name: str = "gold.yaml") -> Path:
    path = folder / name
    evidence = [{"source": SOURCE, "quote": quote}]
    entries = [
        {
            "id": "when",
            "question": "When is Putin set to visit North Korea?",
            "answers": ["June 18-19, 2023"],
        },
        {"id": "first", "question": "Is it Putin's first trip to North Korea in two decades?"},
        {"id": "who", "question": "Which president is set to visit North Korea in June?"},
    ]
    lines = [json.dumps({**entry, "evidence": evidence, "tags": ["visit"]}) for entry in entries]
    egg = {"id": "egg", "question": "How long do I boil an egg?", "answerable": False}
    # JSON is YAML.
    path.write_text("\n".join(f"- {line}" for line in [*lines, json.dumps(egg)]), "utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the seed documents, kept between runs."""
    folder = tmp_path_factory.mktemp("run")
    assert main(asking(gold_of(folder), folder / "home")) == 0
    return folder / "home"


def asking(gold: Path, home: Path, *more: str, what: str = "run") -> list[str]:
    return [what, str(gold), "--documents", str(DOCUMENTS), "--home", str(home), *more]


def without_times(path: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(path.read_text("utf-8"))
    for measures in (report["measures"], *report["slices"].values()):
        for name in ("latency_p50", "latency_p95"):
            del measures[name]
    for question in report["questions"]:
        del question["seconds"]
    del report["seconds"]
    return report


def test_a_run_writes_every_report_and_passes(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("json", "junit", "markdown", "html")}
    more = [part for name, file in files.items() for part in (f"--{name}", str(file))]
    assert main(asking(gold_of(tmp_path), home, *more, "--limit", "recall@5>=0.9")) == 0
    assert "PASSED" in capsys.readouterr().out
    report = read_report(files["json"])
    assert {each.id: each.outcome for each in report.questions} == {
        "when": "right",
        "first": "right",
        "who": "right",
        "egg": "declined_right",
    }
    cases = ElementTree.parse(files["junit"]).getroot().iter("testcase")  # noqa: S314 - our own
    assert {case.get("name") for case in cases} >= {"when", "egg"}
    assert "recall@5" in files["markdown"].read_text("utf-8")
    assert VISIT[:30] in files["html"].read_text("utf-8")


def test_the_same_inputs_make_the_same_report_but_for_times(tmp_path: Path, home: Path) -> None:
    gold = gold_of(tmp_path)
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    assert main(asking(gold, home, "--json", str(one))) == 0
    assert main(asking(gold, home, "--json", str(other), "--jobs", "3")) == 0
    assert without_times(one) == without_times(other)


def test_a_missed_limit_ends_with_1(tmp_path: Path, home: Path) -> None:
    assert main(asking(gold_of(tmp_path), home, "--limit", "visit/evidence_recall>=1.01")) == 1


def test_only_the_questions_of_a_slice_are_asked(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold, report = gold_of(tmp_path), tmp_path / "report.json"
    assert main(asking(gold, home, "--slice", "visit", "--json", str(report))) == 0
    assert len(read_report(report).questions) == 3
    assert main(asking(gold, home, "--slice", "vist")) == 2
    assert "there are visit" in capsys.readouterr().err


def test_a_baseline_is_accepted_held_and_replaced(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold, base = gold_of(tmp_path), tmp_path / "base.json"
    assert main(asking(gold, home, "--baseline", str(base))) == 2
    assert main(asking(gold, home, "--baseline", str(base), "--accept")) == 0
    assert main(asking(gold, home, "--baseline", str(base))) == 0
    monkeypatch.setenv("FOOTNOTE_REFUSE_BELOW", "1")
    now = tmp_path / "now.json"
    # Three questions lost are no more than chance; ten measures on four questions can't show more.
    assert main(asking(gold, home, "--baseline", str(base), "--json", str(now))) == 0
    assert main(["compare", str(base), str(now)]) == 0
    before = base.read_text("utf-8")
    assert main(asking(gold, home, "--baseline", str(base), "--accept")) == 0
    assert base.read_text("utf-8") != before


def test_evidence_that_never_stood_is_a_broken_gold_file(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold, report = gold_of(tmp_path, VISIT.replace("two", "three")), tmp_path / "report.json"
    assert main(asking(gold, home, "--json", str(report))) == 2
    lines = capsys.readouterr().err.splitlines()
    said = [line for line in lines if line.startswith("footnote-eval: ")]
    assert len(said) == 3
    assert all(f"{gold}:{number}: " in line for number, line in enumerate(said, start=1))
    assert all("two decades" in line for line in said)
    assert not report.exists()


def test_gold_that_the_documents_outdated_is_no_fault_of_the_assistant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents, base = tmp_path / "documents", tmp_path / "base.json"
    shutil.copytree(DOCUMENTS, documents)
    gold = gold_of(tmp_path)
    run = ["run", str(gold), "--baseline", str(base)]
    assert main([*run, "--accept"]) == 0
    path = documents / SOURCE
    path.write_text(path.read_text("utf-8").replace("June 18-19", "June 20-21"), "utf-8")
    capsys.readouterr()
    for command in (run, ["check", str(gold)]):
        assert main(command) == 3
        said = capsys.readouterr().err
        assert "gold outdated" in said
        assert "the nearest now" in said
        assert "June 20-21" in said


def test_all_evidence_that_stands_is_said_to(tmp_path: Path, home: Path) -> None:
    assert main(asking(gold_of(tmp_path), home, what="check")) == 0


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import evals.run

    gold, report = gold_of(tmp_path), tmp_path / "report.json"
    sound, asked = evals.run.score, []

    def broken(gold: Any, *rest: Any) -> Any:
        asked.append(gold.id)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return sound(gold, *rest)

    monkeypatch.setattr(evals.run, "score", broken)
    assert main(asking(gold, home)) == 130
    assert main(asking(gold, home, "--json", str(report))) == 0
    assert asked == ["when", "first", "who", "who", "egg"]
    assert [each.id for each in read_report(report).questions] == ["when", "first", "who", "egg"]
    assert main(asking(gold, home)) == 0
    assert len(asked) == 9  # what was finished is asked anew


def test_the_code_is_part_of_what_a_run_goes_on_with() -> None:
    assert code() == code()
    assert code() != hashlib.sha256().hexdigest()[:16]  # that of nothing


def test_a_home_that_holds_other_documents_is_refused(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "bridge.txt").write_text("The bridge reopens on Monday, 3 May.")
    own = tmp_path / "home"
    shutil.copytree(home, own)
    run = ["run", str(gold_of(tmp_path)), "--documents", str(other), "--home", str(own)]
    assert main(run) == 2
    assert "holds other documents too" in capsys.readouterr().err


def test_a_baseline_that_cannot_be_read_is_replaced_by_accept_alone(
    tmp_path: Path, home: Path
) -> None:
    gold, base = gold_of(tmp_path), tmp_path / "base.json"
    base.write_text("{}")
    assert main(asking(gold, home, "--baseline", str(base))) == 2
    assert main(asking(gold, home, "--baseline", str(base), "--accept")) == 0
    assert len(read_report(base).questions) == 4


def test_what_nobody_foresaw_is_no_verdict(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import evals.run

    def broken(*_: Any) -> Any:
        raise RuntimeError("the answerer broke")

    monkeypatch.setattr(evals.run, "score", broken)
    assert main(asking(gold_of(tmp_path), home)) == 3
    assert "RuntimeError: the answerer broke; the run says nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "none.yaml"],
        ["run", "GOLD", "--documents", "none"],
        ["run", "GOLD", "--baseline", "none.json"],
        ["run", "GOLD", "--accept"],
        ["run", "GOLD", "--accept", "--baseline", "base.json", "--slice", "visit"],
        ["run", "GOLD", "--html", "none/report.html"],
        ["run", "GOLD", "--json", "."],
        ["run", "GOLD", "--limit", "speed>=1"],
        ["run", "GOLD", "--jobs", "0"],
        ["compare", "none.json", "none.json"],
        ["propose"],
    ],
)
def test_what_the_user_can_mend_is_one_line_and_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    gold = str(gold_of(tmp_path))
    assert main([gold if each == "GOLD" else each for each in arguments]) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("footnote-")]
    assert len(said) == 1


def test_bad_feedback_becomes_draft_gold_with_its_evidence(
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [
        {"question": "How big is the shortfall?", "verdict": "down", "answer": "50,000 rounds"},
        {"question": "Who came?", "verdict": "down", "cited": [{"source": "a", "quote": "b"}]},
        {"question": "Who came?", "verdict": "down"},
        {"question": "Well done?", "verdict": "up"},
        {"question": "Which president is set to visit North Korea in June?", "verdict": "down"},
    ]
    feedback = tmp_path / "feedback.jsonl"
    feedback.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    monkeypatch.setenv("FOOTNOTE_HOME", str(home))
    assert main(["propose", str(gold_of(tmp_path)), "--feedback", str(feedback)]) == 0
    printed = capsys.readouterr()
    assert "2 drafts of 4" in printed.err
    draft = tmp_path / "draft.yaml"
    draft.write_text(printed.out, "utf-8")
    from evals.gold import read

    first, second = read(draft)
    assert "munitions shortfall of 50,000 rounds" in first.evidence[0].quote
    assert second.evidence[0].quote == "b"
