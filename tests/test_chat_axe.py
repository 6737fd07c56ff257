"""axe finds nothing on any state of the chat, light and dark, on a phone and on a wide screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from chatting import ask, opened, source
from conftest import run_server
from playwright.sync_api import Browser, Page, expect

from index import build

POST = """# The ferry is repaired

The ferry to Corran sails again on 3 May 2024. The repair cost 1.2 million crowns.
"""
COURIER = """# Ferry back sooner

The repair of the ferry to Corran cost 1.9 million crowns, two people say.
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("axe")
    for name, text in (("post.md", POST), ("courier.md", COURIER)):
        (folder / name).write_text(text)
    build(folder / ".footnote", [folder])
    (folder / "footnote.toml").write_text('uploads = "added"\n')
    with run_server(folder) as url:
        yield url


def found(page: Page) -> list[str]:
    """What axe finds, a line each."""
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in Axe().run(page).response["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_on_any_state(
    browser: Browser, url: str, scheme: str, width: int, subtests: pytest.Subtests
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()

    def clean(state: str) -> None:
        with subtests.test(state):
            assert found(page) == []

    opened(page, url)
    expect(page.locator("[data-do=offer]").first).to_be_visible()
    page.locator("#fn-scope summary").click()
    clean("first screen, narrowing")
    page.locator("#fn-scope summary").click()
    turn = ask(page, url, "How much did the repair of the ferry to Corran cost?")
    expect(turn.locator(".fn-differ")).to_be_visible()
    turn.locator("blockquote .fn-mark").first.focus()
    expect(page.get_by_role("tooltip")).to_be_visible()
    clean("documents differ, with a preview")
    page.keyboard.press("Escape")
    link = turn.get_attribute("data-link")
    turn = ask(page, url, "Who won the 2022 World Cup?")
    turn.locator(".fn-nearest summary").click()
    turn.locator(".fn-made summary").click()
    turn.get_by_role("button", name="Not helpful").click()
    clean("declined, with nearest passages, receipt and feedback form")
    page.get_by_label("Your question").fill("x" * 3_000)
    page.keyboard.press("Enter")
    expect(page.locator(".fn-error")).to_be_visible()
    clean("what can't be asked")
    page.get_by_role("button", name="Edit").first.click()
    clean("a question that replaces another")
    page.keyboard.press("Escape")
    page.locator(".fn-mark").first.click()
    expect(source(page).locator("mark")).to_be_visible()
    clean("source open")
    page.goto("about:blank")
    page.goto(f"{url}/#{(link or '')[:-9]}AAAAAAAAA")
    expect(page.get_by_role("alert")).to_be_visible()
    clean("a broken link")
    page.goto(f"{url}/documents")
    clean("documents")
    context.close()


def test_twice_the_size_nothing_is_cut_off(browser: Browser, url: str) -> None:
    # 200 % zoom halves the width that the page has.
    context = browser.new_context(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    page = context.new_page()
    turn = ask(page, url, "How much did the repair of the ferry to Corran cost?")
    expect(turn.locator(".fn-tools")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Your question").scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_in_viewport()
    context.close()
