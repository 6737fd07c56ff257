"""How tests use the chat's page: ask, wait for the answer, look at the source beside it."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator, Page, expect

# Turns whose answer is complete, with what can be done with it.
DONE = "#fn-log .fn-turn[data-question]"


def opened(page: Page, url: str) -> None:
    """Opens the chat, unless it is open; it is ready when this returns."""
    if not page.url.startswith(url):
        page.goto(url)
    expect(page.locator("#fn-ask.fn-ready")).to_be_visible()


def ask(page: Page, url: str, question: str) -> Locator:
    """Asks, and gives the turn once it is answered; the page is opened if need be."""
    opened(page, url)
    before = page.locator(DONE).count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(DONE)).to_have_count(before + 1)
    expect(page.locator("#fn-send")).to_be_visible()
    return page.locator(DONE).last


def source(page: Page) -> FrameLocator:
    """The document page beside the conversation."""
    return page.frame_locator("iframe[name=fn-source]")
