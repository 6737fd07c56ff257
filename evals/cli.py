"""The `footnote-eval` command: measures, and says whether a change may pass.

Exit codes: 0 done, 1 the gate says no, 2 the user can mend it (one line on stderr says how), 3 the
run itself is not valid (gold outdated, a recording missing, a damaged index).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from evals.commands import add
from evals.judging import add_parser as add_judge

_FULL_FILES, _FULL_SIZES = 10_000, (1_000, 10_000, 100_000)


def main(argv: Sequence[str] | None = None) -> int:
    """The `footnote-eval` command; returns its exit code."""
    arguments = _parser().parse_args(argv)
    # Below the parser, so that --help doesn't wait for them.
    from evals.errors import EvalFault, NotValid
    from index.errors import Damaged, IndexFault
    from qa.errors import QaFault, RecordingMissing
    from qa.terminal import one_line

    try:
        run: Callable[[argparse.Namespace], bool] = arguments.run
        return 0 if run(arguments) else 1
    except (EvalFault, IndexFault, QaFault) as error:
        for line in str(error).split("\n"):
            print(f"footnote-eval: {one_line(line)}", file=sys.stderr)
        return 3 if isinstance(error, NotValid | Damaged | RecordingMissing) else 2
    except ImportError as error:
        print(
            f"footnote-eval: {error.name} isn't installed; pip install 'footnote-qa[eval,bench]'",
            file=sys.stderr,
        )
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"footnote-eval: {where}{error.strerror}; mend that, and try again", file=sys.stderr)
    except Exception as error:  # Python would end with 1, which says that the gate says no
        what = one_line(f"{type(error).__name__}: {error}")
        print(f"footnote-eval: {what}; the run says nothing", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("footnote-eval: stopped", file=sys.stderr)
        return 130
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="footnote-eval", description="Measures Footnote.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add(commands)
    add_judge(commands)
    bench = commands.add_parser("bench", help="measure speed and memory against baselines")
    parts = bench.add_subparsers(required=True, metavar="PART")
    index = parts.add_parser("index", help="indexing and searching; --full takes half an hour")
    index.add_argument(
        "--files", default=300, type=_number, help="text files to index (%(default)s)"
    )
    index.add_argument(
        "--rounds", default=3, type=_number, help="how often they are indexed (%(default)s)"
    )
    index.add_argument(
        "--unchanged", type=_number, help=f"files to index twice (1000; --full {_FULL_FILES})"
    )
    index.add_argument(
        "--chunks",
        type=_numbers,
        help="sizes to search at, with commas (1000,10000; --full 100000 too)",
    )
    index.add_argument(
        "--questions", default=200, type=_number, help="asked at each size (%(default)s)"
    )
    index.add_argument("--full", action="store_true", help="the sizes that the README speaks of")
    index.add_argument(
        "--only", type=_parts, help="parts to measure, with commas: indexing,again,search,change"
    )
    index.add_argument(
        "--fp32", type=Path, metavar="FILE", help="the fp32 export, for the plain pipeline"
    )
    index.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the large indexes here for the next run"
    )
    index.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    index.set_defaults(run=_bench_index)
    _add_ask(parts)
    return parser


def _add_ask(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ask = parts.add_parser("ask", help="whole answers, one question at a time")
    ask.add_argument(
        "--chunks", default=(10_000,), type=_numbers, help="sizes to ask at, with commas (10000)"
    )
    ask.add_argument("--questions", type=_number, help="asked at each size (all that there are)")
    ask.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the large indexes here for the next run"
    )
    ask.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    ask.set_defaults(run=_bench_ask)
    model = parts.add_parser("model", help="measure what answering adds to a language model's time")
    model.add_argument(
        "--questions", type=_number, default=5, metavar="N", help="so many questions (%(default)s)"
    )
    model.add_argument(
        "--tokens", type=_number, default=300, metavar="N", help="of each answer (%(default)s)"
    )
    model.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    model.set_defaults(run=_bench_model)
    _add_page(parts)
    _add_load(parts)


def _add_page(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    page = parts.add_parser("page", help="what who asks in a browser waits for")
    page.add_argument(
        "--chunks", type=_number, default=10_000, metavar="N", help="to ask of (%(default)s)"
    )
    page.add_argument(
        "--questions", type=_number, default=50, metavar="N", help="one at a time (%(default)s)"
    )
    page.add_argument(
        "--conversations", type=_number, default=20, metavar="N", help="at once (%(default)s)"
    )
    page.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the large index here for the next run"
    )
    page.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    page.set_defaults(run=_bench_page)


def _add_load(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    load = parts.add_parser("load", help="many people at once, as a portal sends them")
    load.add_argument(
        "--chunks", type=_number, default=10_000, metavar="N", help="to ask of (%(default)s)"
    )
    load.add_argument(
        "--seconds", type=_number, default=15, metavar="N", help="without a pause (%(default)s)"
    )
    load.add_argument(
        "--endurance", type=int, default=0, metavar="N", help="so many questions more (none)"
    )
    load.add_argument(
        "--changes", type=int, default=100, metavar="N", help="between these (%(default)s)"
    )
    load.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the large index here for the next run"
    )
    load.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    load.set_defaults(run=_bench_load)


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: give a number above 0")
    return number


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_number(part) for part in text.split(","))


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if unknown := set(parts) - {"indexing", "again", "search", "change"}:
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: no such part")
    return parts


def _bench_index(arguments: argparse.Namespace) -> bool:
    from evals.bench.index import Plan, bench

    full = arguments.full
    plan = Plan(
        files=arguments.files,
        rounds=arguments.rounds,
        unchanged=arguments.unchanged or (_FULL_FILES if full else 1_000),
        sizes=arguments.chunks or (_FULL_SIZES if full else _FULL_SIZES[:2]),
        questions=arguments.questions,
        only=arguments.only,
        fp32=arguments.fp32,
        keep=arguments.keep,
        json=arguments.json,
    )
    return bench(plan)


def _bench_ask(arguments: argparse.Namespace) -> bool:
    from evals.bench.ask import bench

    return bench(arguments.chunks, arguments.questions, arguments.keep, arguments.json)


def _bench_model(arguments: argparse.Namespace) -> bool:
    from evals.bench.model import bench

    return bench(arguments.questions, arguments.tokens, arguments.json)


def _bench_page(arguments: argparse.Namespace) -> bool:
    from evals.bench.page import bench

    return bench(
        arguments.chunks,
        arguments.questions,
        arguments.conversations,
        arguments.keep,
        arguments.json,
    )


def _bench_load(arguments: argparse.Namespace) -> bool:
    from evals.bench.load import Plan, bench

    plan = Plan(arguments.chunks, arguments.seconds, arguments.endurance, arguments.changes)
    return bench(plan, arguments.keep, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
