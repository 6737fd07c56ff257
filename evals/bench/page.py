"""`footnote-eval bench page`: how long who asks in the page waits, in a real browser over loopback.

The same questions are asked of the API in turn, so that both meet the same machine. Then so many
conversations go on at once, and no answer may belong to another's question.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from evals.bench.ask import asked, prepared
from evals.bench.measure import Figure, load, p50, p95, timed
from evals.bench.portal import started
from evals.bench.table import say, table
from evals.errors import BrokenGold, EvalFault
from index.encode import LocalEncoder
from qa.assistant import Assistant
from qa.settings import Settings
from qa.types import Turn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Questions of a conversation, and the size that the limits speak of.
TURNS, _LIMITED = 5, 10_000
# Milliseconds from Enter to the answer, and from the page's first byte to a box that takes words.
_P50, _USABLE = 300.0, 2_000.0
# As in tests: without these Chromium looks for its maker's hosts.
_QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# Notes when the box takes words; asks as somebody does who types and presses Enter.
_SCRIPT = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A turn of the page: the question that it is of, its answer's words, and ms from Enter."""

    question: str
    said: str
    ms: float


def bench(
    size: int,
    questions: int,
    conversations: int,
    keep: Path | None = None,
    file: Path | None = None,
) -> bool:
    """Prints each figure as it is there; whether every limit is kept.

    Raises BrokenGold if there are fewer questions than asked for, EvalFault without a browser.
    """
    there = [each.question for each in asked()]
    most = max(questions, conversations * TURNS)
    if most > len(there):
        raise BrokenGold(f"{most} questions are too many: there are {len(there)}; ask for fewer")
    chromium = _chromium()
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as folder:
        home = prepared(Path(folder), size, LocalEncoder())
        with started(home) as (url, _), _browser(chromium) as browser:
            figures = _figures(browser, url, home, there, (size, questions, conversations))
            return table(figures, file)


def _figures(
    browser: Browser, url: str, home: Path, there: Sequence[str], sizes: tuple[int, int, int]
) -> Iterator[Figure]:
    size, questions, conversations = sizes
    held = size == _LIMITED
    assistant = Assistant(Settings(home=home), folder=home)
    where = f"{size:,} chunks"
    api = _Api(url)
    for question in there[-TURNS:]:
        api.ask(question)
    say(f"{questions} questions are asked in the page and of the API")
    ready, shown, alone = [], [], []
    for some in _conversations(there[:questions]):
        with _page(browser, url) as page:
            ready.append(_usable(page))
            for question in some:
                took, _ = timed(api.ask, question)
                alone.append(1000 * took)
                shown += _turns(page.evaluate("(some) => fnBench(some)", [question]))
    times = [each.ms for each in shown]
    yield Figure(
        f"answer in the page p50, {where}",
        p50(times),
        "ms",
        f"from Enter; {len(times)} questions, {TURNS} a conversation; load {load()}",
        _P50 if held else None,
    )
    worst = max(shown, key=lambda each: each.ms)
    note = f"the longest {worst.ms:.0f}: {worst.question[:60]}"
    yield Figure(f"answer in the page p95, {where}", p95(times), "ms", note)
    yield Figure(
        f"page over API, p50, {where}",
        p50(times) / p50(alone),
        "ratio",
        f"POST /api/v1/ask: p50 {p50(alone):.1f} ms, p95 {p95(alone):.1f}; p95 over p95 "
        f"{p95(times) / p95(alone):.2f}",
    )
    yield Figure(
        f"first byte to usable p50, {where}",
        p50(ready),
        "ms",
        f"{len(ready)} times, nothing kept by the browser; the longest {max(ready):.0f}",
        _USABLE if held else None,
    )
    groups = _conversations(there)[:conversations]
    yield from _at_once(browser, url, api, assistant, groups, where)


def _at_once(
    browser: Browser,
    url: str,
    api: _Api,
    assistant: Assistant,
    groups: Sequence[Sequence[str]],
    where: str,
) -> Iterator[Figure]:
    say(f"{len(groups)} conversations go on at once")
    pages = [browser.new_context().new_page() for _ in groups]
    for page in pages:
        _open(page, url)
    for page, some in zip(pages, groups, strict=True):
        page.evaluate("(some) => { window.fnBenched = fnBench(some); }", list(some))
    found = [_turns(page.evaluate("window.fnBenched")) for page in pages]
    for page in pages:
        page.context.close()
    differing = strays = 0
    for some, shown in zip(groups, found, strict=True):
        for place, (question, each) in enumerate(zip(some, shown, strict=True)):
            if (each.question, each.said) != (question, api.ask(question)):
                differing += 1
                # What went before may have changed how it was understood.
                history = [Turn(before.question, before.said) for before in shown[:place]]
                alone = assistant.ask(question, history=history)
                strays += (each.question, each.said) != (alone.question, alone.text)
    note = (
        f"of {sum(map(len, groups))}; {differing} differ from the API's, but {differing - strays} "
        "of these are what the questions before lead to"
    )
    yield Figure(f"{len(groups)} at once, answers not their own, {where}", strays, "", note, 0)
    times = [each.ms for shown in found for each in shown]
    note = f"p95 {p95(times):.0f}; each asks again a second after it is answered; load {load()}"
    yield Figure(f"{len(groups)} at once, answer p50, {where}", p50(times), "ms", note)


def _conversations(questions: Sequence[str]) -> list[Sequence[str]]:
    return [questions[at : at + TURNS] for at in range(0, len(questions), TURNS)]


class _Api:
    """`POST /api/v1/ask`, each time over a new connection: an idle one would be closed."""

    def __init__(self, url: str) -> None:
        self._http = HTTPConnection(urlsplit(url).netloc)

    def ask(self, question: str) -> str:
        """What is said, as the page's turn carries it."""
        body = json.dumps({"question": question})
        self._http.request("POST", "/api/v1/ask", body, {"Content-Type": "application/json"})
        answer: dict[str, Any] = json.loads(self._http.getresponse().read())
        self._http.close()
        said = " ".join(each["text"] for each in answer["claims"])
        declined = answer["abstained"]
        return said or (declined["text"] if declined else " ".join(answer["notices"]))


def _turns(rows: Sequence[dict[str, Any]]) -> list[_Shown]:
    return [_Shown(each["question"], each["said"], each["ms"]) for each in rows]


def _usable(page: Page) -> float:
    """Milliseconds from the first byte of the page until its box took words."""
    ms: float = page.evaluate(
        "fnUsable - performance.getEntriesByType('navigation')[0].responseStart"
    )
    return ms


def _open(page: Page, url: str) -> None:
    page.add_init_script(_SCRIPT)
    page.goto(url)
    page.wait_for_function("window.fnUsable")


@contextmanager
def _page(browser: Browser, url: str) -> Iterator[Page]:
    """The page in a browser that has never seen it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    _open(page, url)
    yield page
    context.close()


def _chromium() -> str:
    """Where the browser is; raises EvalFault if it can't be driven."""
    if importlib.util.find_spec("playwright") is None:
        raise EvalFault("playwright isn't installed; pip install 'footnote-qa[test]'")
    chromium = shutil.which("chromium")
    if chromium is None:
        raise EvalFault("there is no Chromium here; install Debian's package chromium")
    return chromium


@contextmanager
def _browser(chromium: str) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_QUIET)
        yield browser
        browser.close()
