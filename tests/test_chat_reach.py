"""The chat by keyboard, touch and ear: focus stays, what is covered isn't reached, all is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chatting import DONE, ask, source
from conftest import run_server
from playwright.sync_api import Browser, Page, expect
from test_chat_more import COST, COURIER, POST, SAILS

from index import build

NOBODY = "Who won the 2022 World Cup?"
LISTEN = """() => {
    window.heard = [];
    const live = document.getElementById("fn-live");
    new MutationObserver(() => live.textContent && heard.push(live.textContent))
        .observe(live, { childList: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("reach")
    for name, text in (("post.md", POST), ("courier.md", COURIER)):
        (folder / name).write_text(text)
    build(folder / ".footnote", [folder])
    with run_server(folder) as url:
        yield url


def test_focus_is_never_lost(page: Page, seed_url: str) -> None:
    ask(page, seed_url, NOBODY)
    box = page.get_by_label("Your question")
    page.locator("#fn-next [data-do=offer]").first.click()
    expect(page.locator(DONE)).to_have_count(2)
    expect(box).to_be_focused()
    page.locator(DONE).last.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(box).to_be_focused()
    turn = page.locator(DONE).last
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_role("button", name="Cancel").click()
    expect(turn.get_by_role("button", name="Not helpful")).to_be_focused()


def test_what_a_source_covers_is_not_reached_and_escape_in_it_goes_back(
    browser: Browser, url: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    mark = ask(page, url, SAILS).locator(".fn-mark").first
    mark.click()
    expect(source(page).locator("mark")).to_be_in_viewport()
    page.evaluate("document.getElementById('fn-box').focus()")
    expect(page.get_by_role("button", name="Back to the answer")).to_be_focused()
    source(page).locator("a").first.focus()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()
    mark.click()
    page.set_viewport_size({"width": 1280, "height": 740})
    ask(page, url, NOBODY)
    context.close()


def test_a_preview_goes_with_its_mark_and_describes_no_other(page: Page, url: str) -> None:
    turn = ask(page, url, COST)
    preview, marks = page.get_by_role("tooltip"), turn.locator(".fn-differ .fn-mark")
    described = page.locator("a[aria-describedby]")
    marks.first.hover()
    expect(preview).to_be_visible()
    touching = """(mark) => {
        const a = mark.getBoundingClientRect();
        const b = document.getElementById("fn-preview").getBoundingClientRect();
        return a.bottom >= b.top && b.bottom >= a.top;
    }"""
    assert marks.first.evaluate(touching)
    marks.last.hover()
    expect(described).to_have_count(1)
    page.locator("#fn-log").evaluate("log => { log.style.paddingBottom = '2000px'; }")
    page.locator("#fn-log").evaluate("log => log.scrollTo({ top: 2000, behavior: 'instant' })")
    expect(preview).to_be_hidden()
    expect(described).to_have_count(0)


def test_citations_can_be_walked_through_after_the_next_question(page: Page, url: str) -> None:
    ask(page, url, COST)
    ask(page, url, NOBODY)
    expect(page.locator("#fn-past [aria-current]")).to_have_count(1)
    expect(page.locator("#fn-where")).to_have_text("1 of 2")
    page.evaluate(LISTEN)
    page.get_by_role("button", name="Next citation").click()
    expect(page.locator("#fn-where")).to_have_text("2 of 2")
    expect(page.locator("#fn-live")).to_contain_text("2 of 2: ")


def test_what_happens_is_said_each_time_it_does(page: Page, url: str) -> None:
    turn = ask(page, url, SAILS)
    page.evaluate(LISTEN)
    for times in (1, 2):
        turn.get_by_role("button", name="Copy").click()
        page.wait_for_function("(times) => heard.length === times", arg=times)
    assert len(set(page.evaluate("heard"))) == 1
    page.reload()
    expect(page.locator("#fn-live")).to_have_text("Answers opened again: 1")


def test_what_a_reader_did_in_a_turn_stays_when_the_next_is_asked(page: Page, url: str) -> None:
    ask(page, url, SAILS)
    turn = page.locator(DONE).first
    turn.locator(".fn-made summary").click()
    turn.get_by_role("button", name="Helpful", exact=True).click()
    expect(turn.locator('[data-do="up"]')).to_have_attribute("aria-pressed", "true")
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_label("What would be right?").fill("on Friday")
    for question in (NOBODY, COST):
        ask(page, url, question)
        expect(turn.locator(".fn-made[open]")).to_be_visible()
        expect(turn.locator('[data-do="up"]')).to_have_attribute("aria-pressed", "true")
        expect(turn.get_by_label("What would be right?")).to_have_value("on Friday")
        expect(turn.locator('[data-do="down"]')).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".fn-opinion")).to_have_count(1)


def test_what_to_ask_next_shows_after_asking_again(page: Page, seed_url: str) -> None:
    ask(page, seed_url, NOBODY)
    offered = page.locator("#fn-next [data-after]")
    expect(offered).to_be_visible()
    page.locator(DONE).get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(offered).to_be_visible()
