"""The chat in a real browser: ask, see the words, open the source, decline, by hand or keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from chatting import ask, opened, source
from conftest import Serve
from playwright.sync_api import Browser, Page, expect

VISIT = (
    "Russian President Vladimir Putin is set to visit North Korea on June 18-19, 2023, marking his "
    "first trip in more than two decades."
)
# Asks as soon as the first answer is there, before what to ask next is.
AT_ONCE = """(question) => {
    const watcher = new MutationObserver(() => {
        if (!document.querySelector("#fn-now .fn-turn[data-question]")) return;
        if (document.getElementById("fn-send").hidden) return;
        watcher.disconnect();
        document.getElementById("fn-box").value = question;
        document.getElementById("fn-ask").requestSubmit();
    });
    watcher.observe(document.body, { childList: true, subtree: true, attributes: true });
}"""


def test_an_answer_names_its_document_and_its_mark_opens_it_at_exactly_those_words(
    page: Page, seed_url: str
) -> None:
    ask(page, seed_url, "When is Putin set to visit North Korea?")
    expect(page.locator("#fn-log blockquote")).to_contain_text(VISIT)
    expect(page.locator(".fn-frame")).to_contain_text("According to Putin's Visit to North Korea")
    page.get_by_role("link", name="Citation 1").click()
    marked = source(page).locator("mark")
    expect(marked).to_be_in_viewport()
    assert marked.evaluate("node => node.textContent") == VISIT


def test_a_mark_shows_its_quote_to_who_points_at_it_or_comes_by_keyboard(
    page: Page, seed_url: str
) -> None:
    ask(page, seed_url, "When is Putin set to visit North Korea?")
    preview = page.get_by_role("tooltip")
    expect(preview).to_be_hidden()
    page.get_by_role("link", name="Citation 1").hover()
    expect(preview).to_contain_text(VISIT)
    preview.hover()
    expect(preview).to_be_visible()
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    page.mouse.move(0, 0)
    page.get_by_role("link", name="Citation 1").focus()
    expect(preview).to_contain_text("characters 92–222")


def test_a_question_the_documents_do_not_answer_is_declined_with_the_nearest_passages(
    page: Page, seed_url: str
) -> None:
    ask(page, seed_url, "Who won the 2022 World Cup?")
    expect(page.locator(".fn-declined")).to_contain_text("Not in these documents")
    expect(page.locator(".fn-searched")).to_have_text("Searched 2 passages.")
    expect(page.locator("#fn-log blockquote")).to_have_count(0)
    page.locator(".fn-nearest summary").click()
    page.get_by_role("link", name="at this passage").first.click()
    expect(source(page).locator("mark")).to_be_in_viewport()


def test_offered_questions_are_answered_with_citations(page: Page, seed_url: str) -> None:
    page.goto(seed_url)
    offers = page.locator("#fn-welcome [data-do=offer]")
    expect(offers.first).to_be_visible()
    offered = offers.all_inner_texts()
    assert len(offered) >= 3
    for question in offered:
        page.get_by_role("button", name=question, exact=True).click()
        expect(page.locator("#fn-now .fn-mark").first).to_be_visible()
        page.get_by_role("button", name="New conversation").click()
        expect(offers.first).to_be_visible()


def test_questions_offered_after_an_answer_are_answered_with_citations(
    page: Page, seed_url: str
) -> None:
    ask(page, seed_url, "Who won the 2022 World Cup?")
    offered = page.locator("#fn-next [data-do=offer]").first
    question = offered.inner_text()
    offered.click()
    expect(page.locator("#fn-now .fn-question")).to_contain_text(question)
    expect(page.locator("#fn-now .fn-mark").first).to_be_visible()


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
    page.get_by_label("Your question").fill("x" * 3_000)
    page.keyboard.press("Enter")
    expect(page.locator(".fn-error")).to_contain_text("at most 2,000")
    expect(page.get_by_label("Your question")).to_have_value(re.compile("^x{3000}$"))
    expect(page.locator(".fn-mark")).to_have_count(1)


def test_a_question_asked_the_moment_an_answer_shows_is_answered_too(
    page: Page, seed_url: str
) -> None:
    opened(page, seed_url)
    page.evaluate(AT_ONCE, "How many rounds of ammunition has North Korea provided to Russia?")
    page.get_by_label("Your question").fill("When is Putin set to visit North Korea?")
    page.keyboard.press("Enter")
    expect(page.locator("#fn-past .fn-question")).to_contain_text("When is Putin")
    expect(page.locator("#fn-now .fn-question")).to_contain_text("How many rounds")
    expect(page.locator("#fn-now .fn-turn[data-question] .fn-mark").first).to_be_visible()
    expect(page.locator("#fn-log .fn-turn")).to_have_count(2)


def test_everything_can_be_done_by_keyboard(page: Page, seed_url: str) -> None:
    page.goto(seed_url)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("What is the Wagner Group?")
    page.keyboard.press("Enter")
    mark = page.get_by_role("link", name="Citation 1")
    expect(mark).to_be_visible()
    reached: list[str] = []
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        name = page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText")
        reached.append(name)
        if name.startswith("Citation 1"):
            break
    for name in ("Copy", "Link", "Ask again", "Edit", "Helpful", "Not helpful"):
        assert name in reached
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
    contexts = [browser.new_context() for _ in range(2)]
    first, second = (each.new_page() for each in contexts)
    ask(first, seed_url, "What is the Wagner Group?")
    ask(second, seed_url, "What can China do?")
    expect(first.locator("blockquote")).to_contain_text("Wagner")
    expect(second.locator("blockquote")).to_contain_text("China")
    expect(second.locator(".fn-turn")).to_have_count(1)
    for each in contexts:
        each.close()


def test_nothing_is_loaded_from_another_host(page: Page, seed_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ask(page, seed_url, "When is Putin set to visit North Korea?")
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
        address = f"{url}/#{page.locator('#fn-now .fn-turn').get_attribute('data-link')}"
        note.write_text("The office in Lisbon opens at ten in the morning on weekdays.\n")
        footnote("index")
        page.goto(f"{url}{link}")
        expect(page.get_by_role("alert")).to_contain_text("has changed since")
        expect(page.locator("mark")).to_have_count(0)
        page.goto(address)
        changed = page.locator(".fn-changed")
        expect(changed).to_contain_text("The document has changed since")
        expect(changed.locator("del")).to_have_text("nine")
        expect(changed.locator("ins")).to_have_text("ten")
        expect(page.locator("blockquote")).to_have_count(0)
        page.goto(url)
        page.get_by_role("button", name="New conversation").click()
        ask(page, url, "When does the office in Lisbon open?")
        expect(page.locator("blockquote")).to_contain_text("opens at ten")


def test_a_long_conversation_scrolls_and_never_lies_under_the_question_box(
    page: Page, seed_url: str
) -> None:
    page.goto(seed_url)
    for _ in range(6):
        ask(page, seed_url, "Who won the 2022 World Cup?")
    page.locator(".fn-nearest summary").last.click()
    expect(page.locator(".fn-nearest li").last).to_be_visible()
    page.locator(".fn-nearest summary").first.click()
    expect(page.locator(".fn-question").first).to_be_in_viewport()
