"""A conversation outlasts what goes wrong: errors, bad links, a storage that refuses, no answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from chatting import DONE, ask, opened
from conftest import Serve
from playwright.sync_api import Browser, Page, expect

from qa.identity import Asker
from qa.types import Growing
from qa.web.chat import Talk
from qa.web.order import Order
from qa.web.render import Said

WAGNER, CHINA = "What is the Wagner Group?", "What can China do?"
NOBODY = "Who won the 2022 World Cup?"
KEPT = "localStorage.getItem('footnote-conversation')"
KEEP = "(kept) => localStorage.setItem('footnote-conversation', kept)"
THROWING = """for (const name of ["getItem", "setItem", "removeItem"])
    Storage.prototype[name] = () => { throw new DOMException("no", "SecurityError"); };"""


def test_a_conversation_is_nobody_elses() -> None:
    talk = Talk("ann", (Said("Why?", Growing("")),))
    assert talk.of(Asker("ann", frozenset())) == talk.turns
    assert talk.of(Asker("bob", frozenset())) == talk.of(Asker("", frozenset())) == ()


def test_an_order_keeps_all_turns_unless_it_says_how_many_and_holds_only_text() -> None:
    order = Order({"order": {"question": "Why \ud800?", "place": "\udfff", "links": [1, "a"]}})
    assert (order.keep, order.question, order.place, order.links) == (None, "Why ??", "?", ["a"])
    assert Order({"order": {"keep": 0}}).keep == 0
    assert [Order({"order": {"keep": each}}).keep for each in (-1, True, "1")] == [None] * 3
    assert Order(None).question == ""


def test_a_passing_error_costs_no_turn(
    page: Page, serve: Serve, seed_folder: Path, tmp_path: Path
) -> None:
    rules = shutil.copytree(seed_folder, tmp_path / "seeds") / "footnote.toml"
    with serve(rules.parent) as url:
        ask(page, url, WAGNER)
        rules.write_text("access = nonsense\n")
        page.reload()
        expect(page.locator("#fn-now .fn-error")).to_contain_text("footnote.toml")
        assert len(json.loads(page.evaluate(KEPT))) == 1
        rules.write_text("access = []\n")
        page.get_by_label("Your question").fill(CHINA)
        page.keyboard.press("Enter")
        expect(page.locator(DONE)).to_have_count(2)
        expect(page.locator("#fn-past .fn-question")).to_contain_text(WAGNER)
        assert len(json.loads(page.evaluate(KEPT))) == 2


def test_a_bad_link_costs_no_other_and_only_what_opens_never_is_forgotten(
    page: Page, seed_url: str
) -> None:
    link = ask(page, seed_url, WAGNER).get_attribute("data-link")
    # Together more than the server takes.
    page.evaluate(KEEP, json.dumps([*["a1." + "A" * 90_000] * 4, link, "a1.more"]))
    page.reload()
    expect(page.locator(DONE)).to_have_count(1)
    page.evaluate(KEEP, json.dumps(["a1.nonsense"]))
    page.reload()
    expect(page.locator(".fn-error")).to_be_visible()
    assert page.evaluate(KEPT) is None


def test_of_more_turns_than_are_kept_the_oldest_go(page: Page, seed_url: str) -> None:
    link = ask(page, seed_url, WAGNER).get_attribute("data-link")
    page.evaluate(KEEP, json.dumps([link] * 50))
    page.reload()
    expect(page.locator(DONE)).to_have_count(50)
    for question in (CHINA, NOBODY):
        page.get_by_label("Your question").fill(question)
        page.keyboard.press("Enter")
        expect(page.locator("#fn-now .fn-turn[data-question] h2")).to_contain_text(question)
        expect(page.locator("#fn-send")).to_be_visible()
    expect(page.locator("#fn-past .fn-question").last).to_contain_text(CHINA)


def test_an_edit_that_fails_costs_no_turn_and_can_be_given_up(page: Page, seed_url: str) -> None:
    ask(page, seed_url, WAGNER)
    ask(page, seed_url, CHINA)
    box, told = page.get_by_label("Your question"), page.locator("#fn-replaces")
    box.fill("a draft")
    page.locator(DONE).first.get_by_role("button", name="Edit").click()
    expect(box).to_have_value(WAGNER)
    expect(told).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_have_value("a draft")
    expect(told).to_be_hidden()
    first = page.locator(DONE).first
    first.get_by_role("button", name="Edit").click()
    for _ in range(2):  # the same error twice
        box.fill("x" * 3_000)
        page.keyboard.press("Enter")
        expect(box).to_have_value("x" * 3_000)
        expect(page.locator(DONE)).to_have_count(2)
        expect(told).to_be_visible()
    box.fill("")
    expect(told).to_be_hidden()
    expect(box).to_have_value("a draft")
    box.fill(NOBODY)
    page.keyboard.press("Enter")
    expect(page.locator(DONE)).to_have_count(3)


@pytest.mark.parametrize("kept", ["[1]", '"abc"', "null", "{", "[[]]"])
def test_whatever_the_storage_holds_something_can_be_asked(
    page: Page, seed_url: str, kept: str
) -> None:
    opened(page, seed_url)
    page.evaluate(KEEP, kept)
    page.evaluate("(kept) => sessionStorage.setItem('footnote-return', kept)", kept)
    page.reload()
    ask(page, seed_url, WAGNER)
    assert len(json.loads(page.evaluate(KEPT))) == 1


def test_where_nothing_may_be_stored_the_chat_goes_on(browser: Browser, seed_url: str) -> None:
    context = browser.new_context()
    context.add_init_script(THROWING)
    page = context.new_page()
    ask(page, seed_url, WAGNER)
    ask(page, seed_url, CHINA)
    context.close()


def test_a_link_opens_in_a_tab_where_the_chat_is_and_one_too_long_is_told_of(
    page: Page, seed_url: str
) -> None:
    link = ask(page, seed_url, WAGNER).get_attribute("data-link")
    ask(page, seed_url, CHINA)
    page.evaluate("(link) => { location.hash = link; }", link)
    expect(page.locator(DONE)).to_have_count(1)
    expect(page.locator(".fn-question")).to_contain_text(WAGNER)
    page.evaluate("(link) => { location.hash = link + 'A'.repeat(300000); }", link)
    expect(page.locator("#fn-lost")).to_contain_text("isn’t whole")
    ask(page, page.url, CHINA)


def test_a_new_conversation_has_nothing_of_the_question_that_was_waited_for(
    page: Page, seed_url: str
) -> None:
    ask(page, seed_url, WAGNER)
    page.route("**/queue/join*", lambda route: None)
    page.get_by_label("Your question").fill(CHINA)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.get_by_role("button", name="New conversation").click()
    page.unroute_all()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    opened(page, seed_url)
    expect(page.locator("#fn-log .fn-turn")).to_have_count(0)
    ask(page, seed_url, NOBODY)
    expect(page.locator(DONE)).to_have_count(1)


def test_a_question_that_gets_no_answer_comes_back_to_its_box(page: Page, seed_url: str) -> None:
    page.clock.install()
    page.route("**/queue/join*", lambda route: None)
    opened(page, seed_url)
    page.evaluate("sessionStorage.setItem('footnote-reloaded', 'once')")
    page.get_by_label("Your question").fill(CHINA)
    page.keyboard.press("Enter")
    for _ in range(8):
        with page.expect_response("**/healthz"):
            page.clock.fast_forward(3_100)
        if page.locator("#fn-lost").is_visible():
            break
    expect(page.locator("#fn-lost")).to_contain_text("No answer comes")
    expect(page.get_by_label("Your question")).to_have_value(CHINA)


def test_stop_before_anything_is_sent_leaves_all_as_it_was(page: Page, seed_url: str) -> None:
    ask(page, seed_url, WAGNER)
    page.get_by_label("Your question").fill(CHINA)
    page.evaluate("""() => {
        document.getElementById("fn-ask").requestSubmit();
        document.getElementById("fn-stop").click();
    }""")
    expect(page.get_by_label("Your question")).to_have_value(CHINA)
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.locator(DONE)).to_have_count(1)
