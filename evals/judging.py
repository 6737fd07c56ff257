"""`footnote-eval judge`: how often a judge agrees with people; and the judges of a run."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from evals.errors import BrokenGold

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from evals.gold import Question
    from evals.judge import Agreement, Judge
    from evals.prepare import Prepared
    from evals.run import Judges
    from qa.types import Answer


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    judge = commands.add_parser("judge", help="measure how often a judge agrees with people")
    judge.add_argument("set", type=Path, metavar="SET", help="a .jsonl of claims people judged")
    judge.add_argument(
        "--judge",
        choices=("words", "llm"),
        default="words",
        help="words, without a model (the default), or the language model in the settings",
    )
    judge.add_argument(
        "--limit-rows", type=int, metavar="N", help="judge a sample, the same for each N"
    )
    kept = judge.add_mutually_exclusive_group()
    kept.add_argument("--record", type=Path, metavar="DIR", help="keep every call to the model")
    kept.add_argument("--replay", type=Path, metavar="DIR", help="take the calls from there alone")
    judge.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    judge.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> bool:
    """Judges labelled claims and prints how often people agree; raises EvalFault or QaFault."""
    from evals.judge import FAITHFUL, Judged, agreement, faithful, prompt_name, read_labelled
    from evals.support import supports
    from qa.settings import load

    if arguments.limit_rows is not None and arguments.limit_rows < 2:
        raise BrokenGold(f"--limit-rows {arguments.limit_rows}: give a number above 1")
    kept = arguments.record or arguments.replay
    if arguments.judge == "words" and kept:
        raise BrokenGold("--record, --replay: words makes no calls; add --judge llm")
    rows = read_labelled(arguments.set, arguments.limit_rows)
    if arguments.judge == "words":
        judge: Judge = supports
        model = prompt = "none"
        name = "words and numbers in common"
    else:
        settings = load()
        model, prompt = settings.llm, prompt_name(FAITHFUL)
        judge = faithful(model_of(model, settings.llm_url, arguments), model, settings.llm_url)
        name = f"llm {model}, {prompt}"
    found = agreement(judge, rows)
    print(_table(arguments.judge, model, prompt, found))
    print(Judged(name, found))
    if arguments.json:
        content = {"judge": arguments.judge, "model": model, "prompt": prompt, **found.as_json()}
        arguments.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return True


def judges_of(arguments: argparse.Namespace, prepared: Prepared) -> Judges:
    """The judges of a run; raises BrokenGold unless the file says how well that very model does.

    Each call is keyed by the index's identity too, so that a recording is of these documents.
    """
    from evals.judge import FAITHFUL, correct, faithful, prompt_name
    from evals.run import Judges

    name, url = prepared.settings.llm, prepared.settings.llm_url
    try:
        said = json.loads(arguments.judge.read_text(encoding="utf-8"))
        mean, low, high = said["balanced_accuracy"]
        measured = (said["model"], said["prompt"])
        trust = f"balanced accuracy {mean:.2f} ({low:.2f}–{high:.2f}) on {said['n']:,} claims"
    except (OSError, ValueError, KeyError, TypeError):
        raise BrokenGold(
            f"{arguments.judge}: isn't what footnote-eval judge SET --judge llm --json writes"
        ) from None
    if measured != (name, prompt_name(FAITHFUL)):
        raise BrokenGold(
            f"{arguments.judge}: is of {' and '.join(measured)}, but the judge is {name} and "
            f"{prompt_name(FAITHFUL)}; measure that with footnote-eval judge"
        )
    with prepared.assistant.search.reading() as at:
        llm = model_of(name, url, arguments, identity=at.index)
    supported, agrees = faithful(llm, name, url), correct(llm, name, url)

    def values(question: Question, answer: Answer) -> dict[str, float]:
        if not answer.claims:
            return {}
        quotes = {each.number: each.quote for each in answer.citations}
        claims = [
            (each.text, [quotes[n] for n in each.citations if n in quotes])
            for each in answer.claims
        ]
        right = sum(supported(text, some) for text, some in claims)
        found = {"judged_faithful": right / len(claims)}
        if question.answerable and question.answers:
            whole = " ".join(text for text, _ in claims)
            found["judged_correct"] = float(agrees(question.question, whole, question.answers))
        return found

    return Judges(
        f"judged_faithful and judged_correct by llm {name}, faithfulness: {trust}", values
    )


def model_of(name: str, url: str, arguments: argparse.Namespace, identity: str = "") -> LLM:
    """The model in the settings, its calls kept or replayed as the arguments say."""
    from qa import models
    from qa.errors import BadSetting

    if not name:
        raise BadSetting("llm: is not set; set it to PROVIDER/MODEL, or judge without a model")
    kept = arguments.record or arguments.replay
    if kept is None:
        return models.model(name, url)
    from qa.recordings import recorded

    return recorded(name, url, kept, "replay" if arguments.replay else "record", identity)


def _table(judge: str, model: str, prompt: str, found: Agreement) -> str:
    """A row of figures with their 95% intervals, below their names."""
    shares = {
        "balanced accuracy": (found.balanced_accuracy, *found.interval),
        "of supported": found.true_positive_interval,
        "of unsupported": found.true_negative_interval,
    }
    cells = {
        **{"judge": judge, "model": model, "prompt": prompt},
        **{
            name: f"{rate:.3f} ({low:.3f}–{high:.3f})" for name, (rate, low, high) in shares.items()
        },
        **{"kappa": f"{found.kappa:.2f}", "n": f"{found.n:,}"},
    }
    widths = [max(len(name), len(cell)) for name, cell in cells.items()]
    lines = (cells.keys(), cells.values())
    return "\n".join(
        "  ".join(f"{cell:{w}}" for cell, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
