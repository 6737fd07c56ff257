"""The commands: each parses, calls one function and prints.

Exit codes: 0 done, 2 the user can mend it (one line on stderr says how), 3 a damaged index.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.terminal import as_evidence, as_table, as_text, count, escaped, harmless, one_line

if TYPE_CHECKING:
    from threading import Event

    from index import Repaired, Report
    from qa.settings import Settings


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
        print(f"footnote: {one_line(str(error))}", file=sys.stderr)
        return 3 if isinstance(error, Damaged) else 2
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"footnote: {one_line(where)}{error.strerror}; mend that, and try again",
            file=sys.stderr,
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
    index.add_argument("--watch", action="store_true", help="go on, and follow every change")
    index.add_argument(
        "--forget",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="leave a remembered path out from now on, with its documents",
    )
    index.add_argument(
        "--prune",
        action="store_true",
        help="take documents out though over half of them have vanished",
    )
    index.set_defaults(run=_index)
    ask = commands.add_parser("ask", help="answer one question")
    ask.add_argument("question", nargs="*", metavar="QUESTION")
    ask.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    ask.add_argument(
        "--replay",
        type=Path,
        metavar="RECEIPT",
        help="show an answer that --json printed once more, its evidence as it stands now",
    )
    ask.set_defaults(run=_ask)
    serve = commands.add_parser("serve", help="open the chat and the HTTP API")
    serve.add_argument(
        "--host", default="127.0.0.1", help="address to serve on, or unix:PATH (%(default)s)"
    )
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
    verify = commands.add_parser("verify", help="look through the index for damage")
    verify.set_defaults(run=_verify)
    repair = commands.add_parser("repair", help="mend the index from what of it is sound")
    repair.set_defaults(run=_repair)
    backup = commands.add_parser("backup", help="write the whole index to one file")
    backup.add_argument("file", type=Path, metavar="FILE", help="a file that isn't there yet")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="put a backup in the index's place")
    restore.add_argument("file", type=Path, metavar="FILE", help="what footnote backup has written")
    restore.set_defaults(run=_restore)
    config = commands.add_parser("config", help="print every setting, and where it was set")
    config.set_defaults(run=_config)
    return parser


def _index(arguments: argparse.Namespace, settings: Settings) -> None:
    from dataclasses import replace

    from qa.ruled import remembered

    report = _build(settings, arguments.paths, forget=arguments.forget, prune=arguments.prune)
    print(as_table(report))
    remembered(settings.home, settings.access)
    for rule in settings.access:
        for path in rule.paths:
            if not report.reach(replace(rule, paths=(path,))):
                print(one_line(f"access: no document matches {path}"), file=sys.stderr)
    if arguments.watch:
        print("watching; stop with Ctrl+C", file=sys.stderr, flush=True)
        _watch(settings)


def _watch(settings: Settings, stop: Event | None = None) -> None:
    """Keeps the index up to date until stopped; prints what changed."""
    from index.watch import watch

    def again() -> None:
        report = _build(settings, [], show=False)
        if any(change.what != "left out" for change in report.changes):
            print(as_table(report), flush=True)

    def failed(error: Exception) -> None:
        print(f"footnote: {one_line(str(error))}", file=sys.stderr, flush=True)

    watch(settings.home, again, failed, stop)


def _ask(arguments: argparse.Namespace, settings: Settings) -> None:
    from qa.assistant import Assistant
    from qa.question import fit

    if arguments.replay:
        _replay(arguments, settings)
        return
    question = fit(" ".join(arguments.question))
    _index_if_none(settings)
    answer = Assistant(settings, view=False).ask(question)
    if arguments.json:
        print(escaped(json.dumps(answer.as_json(), ensure_ascii=False, indent=2)))
    else:
        print(harmless(as_text(answer)))


def _replay(arguments: argparse.Namespace, settings: Settings) -> None:
    from qa.assistant import Assistant
    from qa.errors import UnfitQuestion
    from qa.replay import replayed

    if arguments.question:
        raise UnfitQuestion("a question and --replay are two things; leave one of them out")
    replay = replayed(Assistant(settings, view=False), arguments.replay)
    if arguments.json:
        print(escaped(json.dumps(replay.as_json(), ensure_ascii=False, indent=2)))
    else:
        print(harmless(as_evidence(replay)))


def _serve(arguments: argparse.Namespace, settings: Settings) -> None:
    from qa.web.serve import listen, serve

    with listen(arguments.host, arguments.port, arguments.public, settings) as socket:
        _index_if_none(settings)
        follow = _watch if settings.watch else None
        serve(settings, socket, arguments.public, follow)


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


def _build(settings: Settings, paths: list[Path], show: bool = True, **how: Any) -> Report:
    from index.build import Limits, build
    from index.encode import encoder
    from qa.progress import progress

    how["limits"] = Limits(settings.file_seconds, settings.file_megabytes)
    how["encoder"] = encoder(settings.encoder, settings.encoder_url)
    how["chroma"] = settings.chroma
    if not show:
        return build(settings.home, paths, **how)
    with progress() as shown:
        report = build(settings.home, paths, shown, **how)
    for change in report.changes:
        if change.what == "left out":
            print(one_line(f"left out: {change.source}: {change.why}"), file=sys.stderr)
    for note in report.notes:
        print(one_line(f"note: {note}"), file=sys.stderr)
    return report


def _verify(arguments: argparse.Namespace, settings: Settings) -> None:
    from index.errors import Damaged
    from index.verify import verify

    faults = list(verify(settings.home, settings.chroma))
    for fault in faults[:-1]:
        print(f"footnote: {one_line(fault)}", file=sys.stderr)
    if faults:
        raise Damaged(faults[-1])
    print(f"{settings.home}: sound")


def _repair(arguments: argparse.Namespace, settings: Settings) -> None:
    from index.encode import encoder
    from index.repair import repair
    from qa.progress import progress

    reads = encoder(settings.encoder, settings.encoder_url)
    with progress() as shown:
        _print_repaired(repair(settings.home, shown, reads, settings.chroma))


def _backup(arguments: argparse.Namespace, settings: Settings) -> None:
    from index.repair import backup

    backup(settings.home, arguments.file)
    print(one_line(f"{arguments.file}: holds the whole index"))


def _restore(arguments: argparse.Namespace, settings: Settings) -> None:
    from index.encode import encoder
    from index.repair import restore
    from qa.progress import progress

    reads = encoder(settings.encoder, settings.encoder_url)
    with progress() as shown:
        _print_repaired(restore(settings.home, arguments.file, shown, reads, settings.chroma))


def _print_repaired(repaired: Repaired) -> None:
    for line in repaired.done or ["nothing was damaged"]:
        print(one_line(line))
    print(f"{count(repaired.encoded, 'passage')} had to be embedded again")


def _config(arguments: argparse.Namespace, settings: Settings) -> None:
    from dataclasses import fields

    from qa.settings import origins

    given = origins()
    for field in fields(settings):
        where = given[field.name][0] if field.name in given else "default"
        print(one_line(f"{field.name} = {getattr(settings, field.name)!r}  ({where})"))


if __name__ == "__main__":
    sys.exit(main())
