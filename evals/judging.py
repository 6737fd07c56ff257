"""`footnote-eval judge`: how often a judge of claims agrees with people."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from evals.errors import BrokenGold, NotValid

if TYPE_CHECKING:
    from evals.judge import Agreement, Judge


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
    from evals.judge import FAITHFUL, Judged, agreement, prompt_name, read_labelled
    from evals.support import supports
    from qa.errors import RecordingMissing
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
        judge = _by_model(model, settings.llm_url, kept, replay=bool(arguments.replay))
        name = f"llm {model}, {prompt}"
    try:
        found = agreement(judge, rows)
    except RecordingMissing as error:
        raise NotValid(str(error)) from None
    print(_table(arguments.judge, model, prompt, found))
    print(Judged(name, found))
    if arguments.json:
        content = {"judge": arguments.judge, "model": model, "prompt": prompt, **found.as_json()}
        arguments.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return True


def _by_model(name: str, url: str, kept: Path | None, replay: bool) -> Judge:
    from evals.judge import faithful
    from qa import models
    from qa.errors import BadSetting

    if not name:
        raise BadSetting("llm: is not set; set it to PROVIDER/MODEL, or take --judge words")
    if kept is None:
        return faithful(models.model(name, url), name, url)
    from qa.recordings import recorded

    return faithful(recorded(name, url, kept, "replay" if replay else "record"), name, url)


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
