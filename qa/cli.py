"""The commands: each parses, calls one function and prints.

Exit codes: 0 done, 2 the user can mend it (one line on stderr says how), 3 a damaged index.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    arguments = _parser().parse_args(argv)
    # Below the parser, so that --help doesn't wait for them.
    from index.errors import Damaged, IndexFault
    from qa.errors import QaFault
    from qa.settings import load

    try:
        run: Callable[[argparse.Namespace, Settings], None] = arguments.run
        run(arguments, load())
        sys.stdout.flush()  # here, where a reader that has gone away is dealt with
    except (IndexFault, QaFault) as error:
        print(f"footnote: {_line(str(error))}", file=sys.stderr)
        return 3 if isinstance(error, Damaged) else 2
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"footnote: {_line(where)}{error.strerror}; mend that, and try again", file=sys.stderr
        )
        return 2
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
    ask.add_argument("question", nargs="+", metavar="QUESTION")
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
        f"{_count(report.documents, 'document')} in {_count(report.chunks, 'chunk')}: "
        f"{report.added} added, "
        f"{report.changed} changed, {report.removed} removed, {report.unchanged} unchanged"
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _ask(arguments: argparse.Namespace, settings: Settings) -> None:
    from qa.assistant import Assistant, fit

    question = fit(" ".join(arguments.question))
    _index_if_none(settings)
    answer = Assistant(settings, view=False).ask(question)
    if arguments.json:
        print(_escaped(json.dumps(answer.as_json(), ensure_ascii=False, indent=2)))
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
    print("nothing is indexed here yet: indexing what comes with Footnote", file=sys.stderr)
    _build(settings, [])


def _build(settings: Settings, paths: list[Path]) -> Report:
    from index.build import build

    with progress() as show:
        report = build(settings.home, paths, show)
    for skipped in report.skipped:
        print(_line(f"left out: {skipped.source}: {skipped.reason}"), file=sys.stderr)
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
            lines += ["", f"  {where}", f"  {_shortened(passage.text)}"]
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


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 300 else f"{words[:300]}…"


# Control characters, and those that turn the direction of what follows: in a terminal they could
# do what a document says.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _harmless(text: str) -> str:
    """Text for a terminal: as it is, but for characters that would steer the terminal."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", re.sub("\r\n?", "\n", text))


def _line(text: str) -> str:
    """The same on one line, so that a file's name can't look like a line of ours."""
    return _harmless(" ".join(text.splitlines()))


def _escaped(text: str) -> str:
    """JSON that is as harmless, and still says the same."""
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


if __name__ == "__main__":
    sys.exit(main())
