"""Makes the README's pictures: python tests/screenshots.py (with Chromium installed).

Six states of the chat, each light and dark, on a wide screen and on a phone, from the newsroom of
the gold sets; a picture is `STATE-WIDTH-THEME.png`. Two more are of a portal that shows Footnote;
`portal` as an argument makes these alone.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

from chatting import ask, opened, source
from conftest import QUIET, run_footnote, run_server
from playwright.sync_api import Browser, Page, expect, sync_playwright
from portal import standing

from qa.assistant import Assistant

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


def of_portal(chromium: Browser, folder: Path) -> None:
    """The component in a portal's page: with a source beside the answer, and as a bubble."""
    with standing(folder, "", Assistant) as (_, _, at):
        for size, theme, mode in (("wide", "light", "inline"), ("phone", "dark", "bubble")):
            width, height = SIZES[size]
            context = chromium.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
                device_scale_factor=1 if size == "wide" else 2,
            )
            page = context.new_page()
            page.goto(f"{at}/sign-in/ann")
            page.goto(f"{at}/?mode={mode}")
            chat = page.locator("footnote-chat")
            if mode == "bubble":
                chat.locator(".launch").click()
            chat.get_by_label("Your question").fill(DIFFER)
            page.keyboard.press("Enter")
            expect(chat.locator(".tools")).to_be_visible()
            if mode == "inline":
                chat.locator("blockquote .mark").first.click()
                expect(chat.locator("mark")).to_be_visible()
            page.wait_for_timeout(300)
            page.screenshot(path=PICTURES / f"portal-{size}-{theme}.png")
            context.close()


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        run_footnote("index", str(NEWSROOM), cwd=Path(folder))
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        of_portal(chromium, Path(folder))
        if sys.argv[1:] == ["portal"]:
            return
        (Path(folder) / "footnote.toml").unlink()
        with run_server(Path(folder)) as url:
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
    print(f"wrote {len(STATES) * 4 + 2} pictures to {PICTURES}")


if __name__ == "__main__":
    main()
