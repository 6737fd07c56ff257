"""The commands: each parses, calls one function and prints.

Exit codes: 0 done, 2 the user can mend it (one line on stderr says how), 3 a damaged index.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index import Report
    from index.build import Progress
    from qa.settings import Settings
    from qa.types import Answer


def main(argv: Sequence[str] | None = None) -> int:
    """The `footnote` command; returns its exit code."""
    arguments = _parser().parse_args(argv)
    # Below the parser, so that --help doesn't wait for them.
    from index.errors import Damaged, IndexFault
    from qa.errors import QaFault
    from qa.settings import load

    try:
        run: Callable[[argparse.Namespace, Settings], None] = arguments.run
        run(arguments, load())
    except (IndexFault, QaFault) as error:
        print(f"footnote: {_harmless(str(error))}", file=sys.stderr)
        return 3 if isinstance(error, Damaged) else 2
    except KeyboardInterrupt:
        print("footnote: stopped", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote",
        description="Answers questions from your documents, with the words each answer rests on.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    index = commands.add_parser("index", help="index files and folders, or bring them up to date")
    index.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="a file or folder, remembered from then on; with none, those remembered, or else the "
        "documents that come with Footnote",
    )
    index.set_defaults(run=_index)
    ask = commands.add_parser("ask", help="answer one question")
    ask.add_argument("question")
    ask.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    ask.set_defaults(run=_ask)
    serve = commands.add_parser("serve", help="open the chat and the HTTP API")
    serve.add_argument("--host", default="127.0.0.1", help="address to serve on (%(default)s)")
    serve.add_argument(
        "--port", default=7860, type=int, help="port, 0 for a free one (%(default)s)"
    )
    serve.add_argument(
        "--public",
        action="store_true",
        help="allow a host that other machines can reach: nobody signs in, so whoever reaches it "
        "reads every document",
    )
    serve.set_defaults(run=_serve)
    return parser


def _index(arguments: argparse.Namespace, settings: Settings) -> None:
    report = _build(settings, arguments.paths)
    print(
        f"{report.documents} documents in {report.chunks} chunks: {report.added} added, "
        f"{report.changed} changed, {report.removed} removed, {report.unchanged} unchanged"
    )


def _ask(arguments: argparse.Namespace, settings: Settings) -> None:
    from qa.assistant import Assistant, fit

    question = fit(arguments.question)
    _index_if_none(settings)
    answer = Assistant(settings, view=False).ask(question)
    if arguments.json:
        print(json.dumps(answer.as_json(), ensure_ascii=False, indent=2))
    else:
        print(_harmless(as_text(answer)))


def _serve(arguments: argparse.Namespace, settings: Settings) -> None:
    from qa.web.serve import listen, serve

    with listen(arguments.host, arguments.port, arguments.public) as socket:
        _index_if_none(settings)
        serve(settings, socket, arguments.public)


def _index_if_none(settings: Settings) -> None:
    from index.errors import NoIndex
    from index.library import Library

    try:
        if Library(settings.home / "library.db").generation():
            return
    except NoIndex:
        pass
    _build(settings, [])


def _build(settings: Settings, paths: list[Path]) -> Report:
    from index.build import build

    with progress() as show:
        report = build(settings.home, paths, show)
    for skipped in report.skipped:
        print(_harmless(f"left out: {skipped.source}: {skipped.reason}"), file=sys.stderr)
    return report


class progress:
    """Shows how far a build is, on stderr: bars on a terminal, else a line as each stage begins."""

    def __init__(self) -> None:
        self._bars: dict[str, Any] = {}

    def __enter__(self) -> Progress:
        if not sys.stderr.isatty():
            return self._line
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._shown = Progress(
            TextColumn("{task.description:<8}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._shown.start()
        return self._bar

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_shown"):
            self._shown.stop()

    def _line(self, stage: str, done: int, total: int) -> None:
        if stage not in self._bars:
            self._bars[stage] = 0
            print(f"{stage} {total}", file=sys.stderr, flush=True)

    def _bar(self, stage: str, done: int, total: int) -> None:
        if stage not in self._bars:
            self._bars[stage] = self._shown.add_task(stage, total=total)
        self._shown.update(self._bars[stage], completed=done, total=total)


def as_text(answer: Answer) -> str:
    """An answer for a terminal: its sentences by document, then where they stand."""
    lines = [*answer.notices]
    if answer.abstained:
        lines.append(answer.abstained.text)
        for passage in answer.passages[:3]:
            where = f"{passage.source}, characters {passage.start}–{passage.end}"
            lines += ["", f"  {where}", f"  {' '.join(passage.text.split())[:300]}…"]
    before = None
    for claim, citation in zip(answer.claims, answer.citations, strict=True):
        if citation.document != before:
            lines.append(f"According to “{citation.title}” ({citation.source}):")
            before = citation.document
        lines.append(f"  “{claim.text}” [{citation.number}]")
    if answer.citations:
        lines.append("")
    for each in answer.citations:
        below = f", under {each.heading}" if each.heading else ""
        lines.append(f"[{each.number}] {each.source}, characters {each.start}–{each.end}{below}")
    return "\n".join(lines)


def _harmless(text: str) -> str:
    """Without control characters, which could make a terminal do what a document says."""
    return "".join(c if c == "\n" or c.isprintable() or c in " \t" else "�" for c in text)


if __name__ == "__main__":
    sys.exit(main())
