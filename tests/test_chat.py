"""The chat in a real browser: ask, see the words, open the source, decline, by hand or keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Serve
from playwright.sync_api import Browser, FrameLocator, Page, expect

VISIT = (
    "Russian President Vladimir Putin is set to visit North Korea on June 18-19, 2023, marking his "
    "first trip in more than two decades."
)


def ask(page: Page, url: str, question: str) -> None:
    if not page.url.startswith(url):
        page.goto(url)
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def source(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[name=fn-source]")


def test_an_answer_names_its_document_and_its_mark_opens_it_at_exactly_those_words(
    page: Page, seed_url: str, seed_folder: Path
) -> None:
    ask(page, seed_url, "When is Putin set to visit North Korea?")
    expect(page.locator("#fn-log blockquote")).to_contain_text(VISIT)
    expect(page.locator(".fn-frame")).to_contain_text("According to Putin's Visit to North Korea")
    page.get_by_role("link", name="Citation 1").click()
    marked = source(page).locator("mark")
    expect(marked).to_be_in_viewport()
    assert marked.evaluate("node => node.textContent") == VISIT


def test_a_question_the_documents_do_not_answer_is_declined_with_the_nearest_passages(
    page: Page, seed_url: str
) -> None:
    ask(page, seed_url, "Who won the 2022 World Cup?")
    expect(page.locator(".fn-declined")).to_contain_text("Not in these documents")
    expect(page.locator("#fn-log blockquote")).to_have_count(0)
    page.locator(".fn-nearest summary").click()
    page.get_by_role("link", name="at this passage").first.click()
    expect(source(page).locator("mark")).to_be_in_viewport()


def test_offered_questions_are_answered_with_citations(page: Page, seed_url: str) -> None:
    page.goto(seed_url)
    expect(page.locator("#fn-examples button").first).to_be_visible()
    offered = page.locator("#fn-examples button").all_inner_texts()
    assert len(offered) >= 3
    for question in offered:
        page.goto(seed_url)
        page.get_by_role("button", name=question).click()
        expect(page.locator(".fn-mark").first).to_be_visible()


@pytest.mark.parametrize(
    "question", ["hello", "What is this about?", "Which documents do you have?"]
)
def test_small_talk_gets_a_useful_answer_and_no_refusal(
    page: Page, seed_url: str, question: str
) -> None:
    ask(page, seed_url, question)
    expect(page.locator(".fn-notice")).to_contain_text("1 document")
    expect(page.locator(".fn-declined")).to_have_count(0)


def test_what_cannot_be_asked_gets_one_line_and_keeps_the_conversation(
    page: Page, seed_url: str
) -> None:
    ask(page, seed_url, "What is the Wagner Group?")
    expect(page.locator(".fn-mark")).to_have_count(1)
    ask(page, seed_url, "x" * 3_000)
    expect(page.locator(".fn-error")).to_contain_text("at most 2,000")
    expect(page.locator(".fn-mark")).to_have_count(1)


def test_everything_can_be_done_by_keyboard(page: Page, seed_url: str) -> None:
    page.goto(seed_url)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("What is the Wagner Group?")
    page.keyboard.press("Enter")
    mark = page.get_by_role("link", name="Citation 1")
    expect(mark).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(mark).to_be_focused()
    page.keyboard.press("Enter")
    expect(source(page).locator("mark")).to_contain_text("a private military company")


def test_on_a_phone_a_source_covers_the_page_and_escape_goes_back(
    browser: Browser, seed_url: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    ask(page, seed_url, "What is the Wagner Group?")
    mark = page.get_by_role("link", name="Citation 1")
    mark.click()
    expect(source(page).locator("mark")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Back to the answer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_two_conversations_do_not_see_each_other(browser: Browser, seed_url: str) -> None:
    first, second = browser.new_page(), browser.new_page()
    ask(first, seed_url, "What is the Wagner Group?")
    ask(second, seed_url, "What can China do?")
    expect(first.locator("blockquote")).to_contain_text("Wagner")
    expect(second.locator("blockquote")).to_contain_text("China")
    expect(second.locator(".fn-turn")).to_have_count(1)
    first.close()
    second.close()


def test_nothing_is_loaded_from_another_host(page: Page, seed_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ask(page, seed_url, "When is Putin set to visit North Korea?")
    expect(page.locator(".fn-mark")).to_be_visible()
    elsewhere = [url for url in asked if not url.startswith((seed_url, "data:", "blob:"))]
    assert elsewhere == []


def test_a_document_that_changed_since_it_was_cited_says_so_and_marks_nothing(
    page: Page, tmp_path: Path, serve: Serve, footnote
) -> None:
    (tmp_path / "notes").mkdir()
    note = tmp_path / "notes" / "office.txt"
    note.write_text("The office in Lisbon opens at nine in the morning on weekdays.\n")
    footnote("index", "notes")
    with serve(tmp_path) as url:
        ask(page, url, "When does the office in Lisbon open?")
        link = page.get_by_role("link", name="Citation 1").get_attribute("href")
        note.write_text("The office in Lisbon opens at ten in the morning on weekdays.\n")
        footnote("index")
        page.goto(f"{url}{link}")
        expect(page.get_by_role("alert")).to_contain_text("has changed since")
        expect(page.locator("mark")).to_have_count(0)
        page.goto(url)
        ask(page, url, "When does the office in Lisbon open?")
        expect(page.locator("blockquote")).to_contain_text("opens at ten")


def test_a_long_conversation_scrolls_and_never_lies_under_the_question_box(
    page: Page, seed_url: str
) -> None:
    page.goto(seed_url)
    for turn in range(1, 7):
        ask(page, seed_url, "Who won the 2022 World Cup?")
        expect(page.locator(".fn-declined")).to_have_count(turn)
    page.locator(".fn-nearest summary").last.click()
    expect(page.locator(".fn-nearest li").last).to_be_visible()
    page.locator(".fn-nearest summary").first.click()
    expect(page.locator(".fn-question").first).to_be_in_viewport()
