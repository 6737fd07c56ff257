"""The commands run, compare, check and propose: each reads, calls, prints and says how it went."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from evals.errors import BrokenGold, NotValid

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from evals.gate import Verdict
    from evals.gold import Question
    from evals.prepare import Prepared
    from evals.report import Report
    from evals.score import Ground
    from index.publish import Progress
    from qa.settings import Settings

_REPORTS = ("junit", "markdown", "html")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands to the parser."""
    run = commands.add_parser("run", help="ask gold questions; say whether a change may merge")
    _asking(run)
    run.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="'recall@5>=0.95'",
        help="a measure, or TAG/MEASURE, and what it is held to; may be repeated",
    )
    run.add_argument(
        "--baseline", type=Path, metavar="FILE", help="an earlier run, to be no worse than"
    )
    run.add_argument(
        "--accept", action="store_true", help="make this run the new baseline, and pass"
    )
    run.add_argument("--slice", metavar="TAG", help="only the questions with this tag")
    run.add_argument("--jobs", type=int, default=1, metavar="N", help="questions at a time (1)")
    run.add_argument(
        "--judge",
        type=Path,
        metavar="FILE",
        help="have the language model judge answers too; FILE is how often that model agrees with "
        "people, as judge --judge llm --json writes it",
    )
    kept = run.add_mutually_exclusive_group()
    kept.add_argument("--record", type=Path, metavar="DIR", help="keep every call to a model")
    kept.add_argument("--replay", type=Path, metavar="DIR", help="take the calls from there alone")
    _writing(run)
    run.set_defaults(run=_run)
    compare = commands.add_parser("compare", help="compare two runs, question by question")
    compare.add_argument("before", type=Path, metavar="A", help="a report of run --json")
    compare.add_argument("now", type=Path, metavar="B", help="a later one")
    _writing(compare)
    compare.set_defaults(run=_compare)
    check = commands.add_parser("check", help="find gold that the documents have outdated")
    _asking(check)
    check.set_defaults(run=_check)
    propose = commands.add_parser("propose", help="draft gold questions from readers' feedback")
    propose.add_argument(
        "gold", nargs="*", type=Path, metavar="GOLD", help="gold files whose questions are known"
    )
    propose.add_argument(
        "--feedback", type=Path, metavar="FILE", help="instead of the index's feedback.jsonl"
    )
    propose.set_defaults(run=_propose)
    selftest = commands.add_parser("selftest", help="plant faults; see whether the gate finds them")
    selftest.add_argument("--short", action="store_true", help="some of each kind only")
    selftest.set_defaults(run=_selftest)


def _asking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("gold", nargs="+", type=Path, metavar="GOLD", help="a .yaml or .jsonl file")
    parser.add_argument(
        "--documents",
        type=Path,
        metavar="DIR",
        help="what the questions are about; by default documents/ beside the gold file, else the "
        "index of this working directory",
    )
    parser.add_argument(
        "--home", type=Path, metavar="DIR", help="keep the index and the run's progress here"
    )


def _writing(parser: argparse.ArgumentParser) -> None:
    for name in ("json", *_REPORTS):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write a {name} report")


def _run(arguments: argparse.Namespace) -> bool:
    from evals import gate
    from evals.judging import judges_of
    from evals.prepare import ground_of
    from evals.run import COUNTS, run

    limits = [gate.Limit.of(text) for text in arguments.limit]
    _check_outputs(arguments)
    if arguments.accept and not arguments.baseline:
        raise BrokenGold("--accept: name the file of the baseline with --baseline FILE")
    if arguments.accept and arguments.slice:
        raise BrokenGold("--accept: a baseline is of all questions; leave --slice out")
    questions = _questions(arguments.gold, arguments.slice)
    if arguments.jobs < 1:
        raise BrokenGold(f"--jobs {arguments.jobs}: give a number above 0")
    before = _earlier(arguments, questions)
    with _prepared(arguments) as (prepared, shown):
        calls = arguments.judge or prepared.settings.llm
        if (arguments.record or arguments.replay) and not calls:
            raise BrokenGold("--record, --replay: this run calls no model; set llm")
        ground = ground_of(questions, prepared.assistant)
        _refuse_outdated(questions, ground, prepared, before)
        report = run(
            " ".join(map(_name, arguments.gold)),
            questions,
            prepared,
            ground,
            arguments.jobs,
            lambda done, total: shown("asking", done, total),
            judges=judges_of(arguments, prepared) if arguments.judge else None,
        )
    verdict = gate.judge(report, limits, before)
    _write(arguments, report, verdict, before)
    if arguments.accept and not any(report.measures[each].value for each in COUNTS):
        _replace(arguments.baseline, report.as_json())
        though = "" if verdict.passed else ", though the gate says no"
        print(f"{arguments.baseline}: is the baseline now{though}")
        return True
    return verdict.passed


def _earlier(arguments: argparse.Namespace, questions: Sequence[Question]) -> Report | None:
    """The baseline, of a slice if one is asked; a new one may replace what can't be read."""
    from dataclasses import replace

    from evals.report import read_report

    if not arguments.baseline:
        return None
    try:
        report = read_report(arguments.baseline)
    except BrokenGold:
        if arguments.accept:
            return None
        raise
    if arguments.accept and not {each.id for each in questions} & {q.id for q in report.questions}:
        return None
    if arguments.slice:
        some = tuple(each for each in report.questions if arguments.slice in each.tags)
        return replace(report, questions=some)
    return report


def _check_outputs(arguments: argparse.Namespace) -> None:
    """Before anything is asked: raises BrokenGold for a file that can't be written."""
    for name in ("baseline", "json", *_REPORTS):
        path = getattr(arguments, name, None)
        if path and (path.is_dir() or not path.parent.is_dir()):
            why = "is a folder" if path.is_dir() else "its folder isn't there"
            raise BrokenGold(f"{path}: {why}; --{name} takes a file in a folder that is there")


def _compare(arguments: argparse.Namespace) -> bool:
    from evals import gate
    from evals.report import read_report

    _check_outputs(arguments)
    before, now = read_report(arguments.before), read_report(arguments.now)
    verdict = gate.judge(now, before=before)
    _write(arguments, now, verdict, before)
    return verdict.passed


def _check(arguments: argparse.Namespace) -> bool:
    from evals.outdated import outdated
    from evals.prepare import ground_of

    questions = _questions(arguments.gold)
    with _prepared(arguments) as (prepared, _):
        ground = ground_of(questions, prepared.assistant)
        found = list(outdated(questions, ground.evidence, prepared.assistant.search))
    if found:
        raise NotValid("\n".join(f"gold outdated: {each}" for each in found))
    print(f"{len(questions)} gold questions: all evidence stands in the documents")
    return True


def _propose(arguments: argparse.Namespace) -> bool:
    from evals.gold import read_all
    from evals.propose import FEEDBACK, as_yaml, drafts, marked_bad
    from qa.assistant import Assistant
    from qa.settings import load

    settings = load()
    known = [each.question for each in read_all(arguments.gold)]
    bad = marked_bad(arguments.feedback or settings.home / FEEDBACK)
    found = list(drafts(bad, Assistant(settings, view=False), known))
    if found:
        print(as_yaml(found), end="")
    print(f"{len(found)} drafts of {len(bad)} answers marked bad", file=sys.stderr)
    return True


def _name(path: Path) -> str:
    """What a set is called: its file, or its folder if the file is just called gold."""
    return path.resolve().parent.name if path.stem == "gold" else path.stem


def _selftest(arguments: argparse.Namespace) -> bool:
    from evals.selftest import selftest

    return selftest(arguments.short)


def _questions(paths: Sequence[Path], tag: str | None = None) -> list[Question]:
    from evals.gold import read_all

    questions = read_all(paths)
    chosen = [each for each in questions if tag is None or tag in each.tags]
    if not chosen:
        tags = sorted({each for question in questions for each in question.tags})
        raise BrokenGold(f"--slice {tag}: no question has that tag; there are {', '.join(tags)}")
    return chosen


@contextmanager
def _prepared(arguments: argparse.Namespace) -> Iterator[tuple[Prepared, Progress]]:
    from evals.judging import model_of
    from evals.prepare import prepared
    from qa.progress import progress

    def llm(settings: Settings) -> LLM:
        return model_of(settings.llm, settings.llm_url, arguments)

    with (
        progress() as shown,
        prepared(arguments.gold, arguments.documents, arguments.home, shown, llm) as ready,
    ):
        yield ready, shown


def _refuse_outdated(
    questions: Sequence[Question], ground: Ground, prepared: Prepared, before: Report | None
) -> None:
    """Raises BrokenGold for evidence that the documents don't hold; NotValid if they once did."""
    from evals.outdated import outdated

    found = list(outdated(questions, ground.evidence, prepared.assistant.search))
    if not found:
        return
    stood = {(each.id, each.gold) for each in before.questions} if before else set()
    lines = "\n".join(f"gold outdated: {each}" for each in found)
    if any((each.question.id, each.question.hash) in stood for each in found):
        raise NotValid(lines)
    raise BrokenGold("\n".join(f"{each}; mend the quote" for each in found))


def _write(
    arguments: argparse.Namespace, report: Report, verdict: Verdict, before: Report | None
) -> None:
    from importlib import import_module

    if arguments.json:
        _replace(arguments.json, report.as_json())
    for name in _REPORTS:
        if path := getattr(arguments, name):
            _replace(path, import_module(f"evals.reports.{name}").render(report, verdict, before))
    from evals.reports.terminal import render

    print(render(report, verdict, before))


def _replace(path: Path, text: str) -> None:
    """Writes the file whole or not at all; what is no file, such as a pipe, is written into."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}", encoding="utf-8", delete=False
    ) as file:
        try:
            file.write(text)
            file.close()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
