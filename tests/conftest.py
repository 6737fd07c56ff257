"""What the tests share: indexes built once, the command as a process, a server, a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
import warm
from playwright.sync_api import Browser, Page, sync_playwright

from index import build

warm.install()

FOOTNOTE = str(Path(sys.executable).with_name("footnote"))

# Without these Chromium looks for its maker's hosts.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Command = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., AbstractContextManager[str]]


def run_footnote(
    *arguments: str, cwd: Path, command: str = "footnote"
) -> subprocess.CompletedProcess[str]:
    """An installed command, in a folder of its own."""
    return subprocess.run(
        [Path(sys.executable).with_name(command), *arguments],
        cwd=cwd,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )


@contextmanager
def run_server(folder: Path, *arguments: str) -> Iterator[str]:
    """`footnote serve` on a free port; gives its address."""
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [FOOTNOTE, "serve", "--port", "0", *arguments],
            cwd=folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as server,
    ):
        assert server.stdout
        line = server.stdout.readline()
        try:
            if not line.startswith("Footnote answers at http"):
                server.wait(30)
                errors.seek(0)
                pytest.fail(f"no server: {line}{errors.read()[-2_000:]}")
            yield line.split()[3]
        finally:
            server.terminate()


@contextmanager
def serving(http: HTTPServer) -> Iterator[None]:
    """Serves in a thread of its own while inside."""
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")}


@pytest.fixture(scope="session")
def vcr_config() -> dict[str, Any]:
    """Cassettes hold no keys, and answer only the very texts that were recorded."""
    names = ["authorization", "user-agent"]
    stainless = ["arch", "async", "lang", "os", "package-version", "raw-response", "read-timeout"]
    more = [*stainless, "retry-count", "runtime", "runtime-version"]
    return {
        "filter_headers": names + [f"x-stainless-{name}" for name in more],
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body"],
    }


@pytest.fixture
def footnote(tmp_path: Path) -> Command:
    """Runs the command in the test's own folder, unless told another."""

    def run(*arguments: str, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return run_footnote(*arguments, cwd=cwd)

    return run


@pytest.fixture
def serve() -> Serve:
    return run_server


@pytest.fixture(scope="session")
def seed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory in which the seed documents are indexed; tests only read it."""
    folder = tmp_path_factory.mktemp("seeds")
    build(folder / ".footnote")
    return folder


@pytest.fixture(scope="session")
def seed_url(seed_folder: Path) -> Iterator[str]:
    """A server that answers from the seed documents."""
    with run_server(seed_folder) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium; where there is none its tests are skipped, but in CI they fail."""
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "there is no Chromium here; install Debian's package chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new desktop window; the test fails if a dialog opens or a script fails in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    alarms: list[str] = []
    page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: alarms.append(str(error)))
    yield page
    context.close()
    assert alarms == []
