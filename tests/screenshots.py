"""Makes the README's pictures: python tests/screenshots.py (with Chromium installed).

Six states of the chat, each light and dark, on a wide screen and on a phone, from the newsroom of
the gold sets; a picture is `STATE-WIDTH-THEME.png`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

from chatting import ask, opened, source
from conftest import QUIET, run_footnote, run_server
from playwright.sync_api import Page, expect, sync_playwright

PICTURES = Path(__file__).parent / "screenshots"
NEWSROOM = Path(__file__).parents[1] / "evals" / "gold" / "newsroom" / "documents"
SIZES = {"wide": (1200, 720), "phone": (390, 780)}
SAID = "Why has Quillan Software asked for a clarification?"
DIFFER = "How much did Aldgrave pay for Saltmere Rovers?"
NOT_SAID = "Who won the 2022 World Cup?"


def first(page: Page, url: str) -> None:
    opened(page, url)
    expect(page.locator("[data-do=offer]").nth(2)).to_be_visible()


def differ(page: Page, url: str) -> None:
    turn = ask(page, url, DIFFER)
    expect(turn.locator(".fn-differ")).to_be_visible()
    if page.viewport_size and page.viewport_size["width"] > 900:
        expect(source(page).locator("mark")).to_be_visible()


def declined(page: Page, url: str) -> None:
    turn = ask(page, url, NOT_SAID)
    turn.locator(".fn-nearest summary").click()


def answer(page: Page, url: str) -> None:
    turn = ask(page, url, SAID)
    expect(page.locator("#fn-next .fn-offers")).to_be_visible()
    turn.locator("blockquote .fn-mark").first.hover()


def opened_source(page: Page, url: str) -> None:
    turn = ask(page, url, DIFFER)
    turn.locator("blockquote .fn-mark").nth(1).click()
    expect(source(page).locator("mark")).to_be_visible()


STATES: dict[str, Callable[[Page, str], None]] = {
    "first": first,
    "answer": answer,
    "differ": differ,
    "declined": declined,
    "source": opened_source,
    "documents": lambda page, url: page.goto(f"{url}/documents") and None,
}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        run_footnote("index", str(NEWSROOM), cwd=Path(folder))
        with run_server(Path(folder)) as url:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=QUIET
            )
            for (size, (width, height)), theme in product(SIZES.items(), ("light", "dark")):
                for state, show in STATES.items():
                    context = chromium.new_context(
                        viewport={"width": width, "height": height},
                        color_scheme="dark" if theme == "dark" else "light",
                        reduced_motion="reduce",
                    )
                    page = context.new_page()
                    show(page, url)
                    # Scrolling and fonts settle.
                    page.wait_for_timeout(300)
                    page.screenshot(path=PICTURES / f"{state}-{size}-{theme}.png")
                    context.close()
            chromium.close()
    print(f"wrote {len(STATES) * 4} pictures to {PICTURES}")


if __name__ == "__main__":
    main()
