"""The component in a portal's page, in a real browser: two sites, strict policies, no cookies."""

from __future__ import annotations

import json
import re
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import QUIET
from fastapi import FastAPI, Response
from playwright.sync_api import Browser, Locator, Page, expect
from portal import Portal, served, standing
from samples import pdf

from index import Within, build
from qa.assistant import Assistant
from qa.types import Answer, Citation, Claim, Conflict, Growing, Receipt, Stated, Turn
from qa.web.embedding import FILES

NOON = "The canteen opens at noon on every working day."
FERRY = "How much did the repair of the ferry to Corran cost?"
DOCUMENTS = {
    # Signs beyond the first 65,536 before the words, which browsers count as two.
    "canteen.md": "# The canteen \U0001f372\n\n\U0001f957\U0001f357 Menus are on the board.\n\n"
    f"{NOON}\n",
    "hr/salaries.md": "# Salaries\n\nThe salary of a baker is 2,400 euros a month.\n",
    "sales/discounts.md": "# Discounts\n\nThe discount for schools is 15 percent.\n",
    "post.md": "# The ferry is repaired\n\n*Harbour Post, 28 April 2024*\n\nThe ferry to Corran "
    "sails again on 3 May 2024. The repair cost 1.2 million crowns.\n",
    "courier.md": "# Ferry back sooner\n\nThe repair of the ferry to Corran cost 1.9 million "
    "crowns, two people say.\n",
    "hebrew.md": "# הספרייה\n\nהספרייה בחיפה נפתחת בשעה תשע בבוקר. Opening: Haifa library 9.\n",
    "hostile.md": "# <img src=x onerror=alert(1)>\n\nThe harbour light is <script src=//evil."
    "example/x.js></script> green at night.\n",
    "flood.pdf": pdf(),
}
RULES = """
[[access]]
paths = ["hr/**"]
groups = ["hr"]
[[access]]
paths = ["sales/**"]
groups = ["sales"]
"""
HOSTILE = [
    json.loads(line)["text"]
    for line in (Path(__file__).parent / "hostile.jsonl").read_text("utf-8").splitlines()
]
OURS = {
    *("article", "bdi", "blockquote", "button", "cite", "details", "div", "fieldset", "h2", "h3"),
    *("legend", "li", "mark", "ol", "p", "s", "section", "span", "strong", "summary", "textarea"),
    "ul",
}
SHADOW = "document.querySelector('footnote-chat').shadowRoot"


class Scripted(Assistant):
    """Answers from the documents, or what a test has put down for a question."""

    asked: list[tuple[str, list[Turn]]]
    says: dict[str, list[Growing | Answer]]
    stopped: threading.Event

    def stream(
        self,
        question: str,
        groups: Any = None,
        history: Sequence[Turn] = (),
        within: Within | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Growing | Answer]:
        self.asked.append((question, list(history)))
        if question not in self.says:
            yield from super().stream(question, groups, history, within, stop)
            return
        for step in self.says[question]:
            yield step
        if not isinstance(step, Answer):
            assert stop
            assert stop.wait(60)
            self.stopped.set()


@dataclass
class Site:
    """A portal and its Footnote, on different sites."""

    portal: Portal
    assistant: Scripted
    at: str
    footnote: str
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def open(self, page: Page, person: str = "ann", path: str = "/") -> Locator:
        """Signs in, and gives the component once it is there."""
        page.on("request", lambda request: self.asked.append((request.url, request.headers)))
        if person:
            page.goto(f"{self.at}/sign-in/{person}")
        page.goto(self.at + path)
        return page.locator("footnote-chat")


@pytest.fixture(scope="module")
def browser(browser: Browser) -> Iterator[Browser]:
    """One that keeps third parties' cookies from them, as browsers do or soon will."""
    args = [*QUIET, "--test-third-party-cookie-phaseout"]
    with browser.browser_type.launch(executable_path=shutil.which("chromium"), args=args) as strict:
        yield strict


@pytest.fixture(scope="module")
def module_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("portal")
    for name, text in DOCUMENTS.items():
        path = folder / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    build(folder / ".footnote", [folder / "documents"])
    with standing(folder, RULES, Scripted) as (portal, assistant, at):
        yield Site(portal, assistant, at, portal.server)


@pytest.fixture
def site(module_site: Site) -> Iterator[Site]:
    """The same for all; nothing of the test before is left."""
    site, there = module_site, module_site.assistant
    there.asked, there.says, there.stopped = [], {}, threading.Event()
    site.portal.late = [0]
    site.portal.issued.clear()
    site.asked.clear()
    yield site
    # Whatever a test does, it holds that no token is in an address, and no cookie goes anywhere.
    for url, headers in site.asked:
        assert url.startswith((site.at, site.footnote, "about:", "data:")), url
        assert not any(token in url for token in site.portal.issued)
        assert not url.startswith(site.footnote) or "cookie" not in headers


def ask(chat: Locator, question: str, patience: float = 15_000) -> Locator:
    """Asks, and gives the turn once there is its answer, within so many milliseconds."""
    before = chat.locator(".tools").count()
    chat.get_by_label("Your question").fill(question)
    chat.get_by_label("Your question").press("Enter")
    expect(chat.locator(".tools")).to_have_count(before + 1, timeout=patience)
    return chat.locator(".turn").last


def answered(question: str, claims: Sequence[Claim], citations: Sequence[Citation], **more: Any):  # type: ignore[no-untyped-def]
    fields = {"abstained": None, "passages": (), "notices": ()}
    made = Receipt("0" * 16, "quote", {"search": 0.01}, searched=9)
    return Answer(
        "0" * 16,
        question,
        claims=tuple(claims),
        citations=tuple(citations),
        receipt=made,
        **{**fields, **more},
    )


def cited(text: str, number: int = 1) -> Citation:
    return Citation(number, "0" * 16, text, text, text, text, 3, 0, len(text), text, "0" * 64)


def test_the_person_who_signed_in_gets_an_answer_whose_words_open_in_place(
    page: Page, site: Site
) -> None:
    chat = site.open(page)
    turn = ask(chat, "When does the canteen open?")
    expect(turn.locator(".frame")).to_contain_text(
        "According to The canteen \U0001f372 (canteen.md"
    )
    expect(turn.locator("blockquote")).to_contain_text(NOON)
    mark = turn.get_by_role("button", name="Citation 1: open The canteen \U0001f372, canteen.md")
    mark.click()
    words = chat.locator("mark")
    expect(words).to_be_in_viewport()
    assert words.evaluate("node => node.textContent") == NOON
    shown = chat.locator(".text").evaluate("node => node.textContent")
    assert shown == site.assistant.document(*found(site, "canteen.md")).text  # type: ignore[union-attr]
    expect(chat.get_by_role("heading", name="The canteen \U0001f372")).to_be_visible()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()
    expect(chat.locator(".source")).to_be_hidden()
    assert page.context.cookies(site.footnote) == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert [token.count(".") for token in site.portal.issued] == [2]


def found(site: Site, source: str) -> tuple[str, list[str]]:
    """A document's name, for who may read all."""
    groups = ["hr", "sales"]
    entries = site.assistant.documents(groups)
    return next(each.document for each in entries if each.source == source), groups


@pytest.mark.parametrize(
    ("person", "salary", "discount"),
    [("ann", True, False), ("bob", False, True), ("cid", False, False)],
)
def test_each_person_sees_his_own_documents_only(
    page: Page, site: Site, person: str, salary: bool, discount: bool
) -> None:
    chat = site.open(page, person)
    turn = ask(chat, "What is the salary of a baker?")
    expect(turn.get_by_text("2,400 euros").first).to_be_visible(visible=salary)
    turn = ask(chat, "What is the discount for schools?")
    expect(turn.get_by_text("15 percent").first).to_be_visible(visible=discount)
    text = page.evaluate(f"{SHADOW}.textContent")
    assert ("2,400" in text, "15 percent" in text) == (salary, discount)


def test_a_page_of_a_document_and_those_beside_it_are_shown_in_place(
    page: Page, site: Site
) -> None:
    chat = site.open(page)
    turn = ask(chat, "What did the committee agree to fund?")
    turn.locator(".mark").first.click()
    expect(chat.locator(".about")).to_contain_text("page 1")
    quote = chat.locator("mark").evaluate("node => node.textContent")
    assert quote in turn.locator("blockquote").inner_text()
    chat.get_by_role("button", name="Next page").click()
    expect(chat.locator(".text")).to_contain_text("Words of the third page")
    expect(chat.locator("mark")).to_have_count(0)
    chat.get_by_role("button", name="Cited words").click()
    expect(chat.locator("mark")).to_have_text(quote)
    chat.get_by_role("button", name="Back to the answer").click()
    expect(turn.locator(".mark").first).to_be_focused()


def test_what_changed_since_says_so_and_marks_nothing(page: Page, site: Site) -> None:
    document, _ = found(site, "canteen.md")
    old = Citation(
        1, document, "canteen.md", "The canteen", None, None, None, 0, 9, "At eleven", "0" * 64
    )
    site.assistant.says["When?"] = [answered("When?", [Claim("At eleven", (1,))], [old])]
    chat = site.open(page)
    ask(chat, "When?").locator(".mark").click()
    expect(chat.locator(".notice")).to_contain_text("It has changed since")
    expect(chat.locator("mark")).to_have_count(0)


def test_a_token_is_renewed_before_it_ends(page: Page, site: Site) -> None:
    page.clock.install()
    chat = site.open(page)
    ask(chat, "When does the canteen open?")
    ask(chat, "When does the canteen open?")
    assert len(site.portal.issued) == 1
    page.clock.fast_forward(271_000)
    ask(chat, "When does the canteen open?")
    assert len(site.portal.issued) == 2


def test_a_refused_token_is_renewed_once_unnoticed(page: Page, site: Site) -> None:
    site.portal.late = [3_600, 0]
    chat = site.open(page)
    ask(chat, "When does the canteen open?")
    assert len(site.portal.issued) == 2
    expect(chat.locator(".error")).to_have_count(0)


def test_one_that_is_refused_again_says_to_sign_in(page: Page, site: Site) -> None:
    site.portal.late = [3_600]
    chat = site.open(page)
    chat.evaluate("""node => node.addEventListener("footnote-error", (event) => {
        window.told = event.detail.status; })""")
    chat.get_by_label("Your question").fill("When does the canteen open?")
    chat.get_by_role("button", name="Ask", exact=True).click()
    expect(chat.locator(".error")).to_have_text("Sign in to the portal again, then try again.")
    expect(chat.get_by_role("status")).to_have_text("Sign in to the portal again, then try again.")
    assert len(site.portal.issued) == 2
    assert page.evaluate("window.told") == 401
    site.portal.late = [0]
    chat.get_by_role("button", name="Try again").click()
    expect(chat.locator("blockquote")).to_contain_text(NOON)


def test_who_is_not_signed_in_is_told_so(page: Page, site: Site) -> None:
    chat = site.open(page, "")
    chat.get_by_label("Your question").fill("When does the canteen open?")
    page.keyboard.press("Enter")
    expect(chat.locator(".error")).to_contain_text("Sign in to the portal again")


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_busy_says_when_to_try_again(page: Page, site: Site, status: int) -> None:
    headers = {
        "Access-Control-Allow-Origin": site.at,
        "Access-Control-Expose-Headers": "Retry-After",
        "Retry-After": "7",
    }
    chat = site.open(page)
    page.route(
        "**/api/v1/ask",
        lambda route: route.fulfill(status=status, headers=headers, json={"error": "too many"}),
    )
    chat.get_by_label("Your question").fill("When does the canteen open?")
    page.keyboard.press("Enter")
    expect(chat.locator(".error")).to_have_text("too many. Try again in 7 seconds.")
    page.unroute("**/api/v1/ask")
    chat.get_by_role("button", name="Try again").click()
    expect(chat.locator("blockquote")).to_contain_text(NOON)


def test_what_cannot_be_asked_says_why_and_stays_in_the_box(page: Page, site: Site) -> None:
    chat = site.open(page)
    chat.get_by_label("Your question").fill("x" * 3_000)
    page.keyboard.press("Enter")
    expect(chat.locator(".error")).to_contain_text("at most 2,000")
    expect(chat.locator(".error")).to_be_in_viewport()
    expect(chat.get_by_label("Your question")).to_have_value("x" * 3_000)


def test_it_shows_an_answer_growing_and_stops_when_told(page: Page, site: Site) -> None:
    grown = Growing("Reading", (Claim(NOON, (1,)),), (cited(NOON),), "The soup is")
    site.assistant.says["Long?"] = [Growing("Searching 9 passages"), grown]
    chat = site.open(page)
    chat.get_by_label("Your question").fill("Long?")
    page.keyboard.press("Enter")
    expect(chat.locator("blockquote")).to_contain_text(NOON)
    expect(chat.locator(".draft")).to_have_text("The soup is")
    chat.get_by_role("button", name="Stop").click()
    expect(chat.get_by_role("status")).to_have_text("Stopped. Nothing was answered.")
    expect(chat.locator("blockquote")).to_have_count(0)
    assert site.assistant.stopped.wait(30)
    ask(chat, "When does the canteen open?")
    assert site.assistant.asked[-1][1] == []


def test_it_stops_while_the_portal_still_thinks_about_who_asks(page: Page, site: Site) -> None:
    chat = site.open(page)
    chat.evaluate("node => { node.getToken = () => new Promise(() => {}); }")
    chat.get_by_label("Your question").fill("When does the canteen open?")
    page.keyboard.press("Enter")
    chat.get_by_role("button", name="Stop").click()
    expect(chat.get_by_role("status")).to_have_text("Stopped. Nothing was answered.")


def test_a_follow_up_takes_what_was_said_along(page: Page, site: Site) -> None:
    long = "\U0001f372" * 9_000
    site.assistant.says["Long?"] = [answered("Long?", [Claim(long, (1,))], [cited(long)])]
    chat = site.open(page)
    for _ in range(22):
        ask(chat, "Long?")
    ask(chat, "When does the canteen open?")
    ask(chat, "And on weekends?")
    history = site.assistant.asked[-1][1]
    assert history[-1] == Turn("When does the canteen open?", NOON)
    # As many as the server takes of such long ones, cut where it cuts.
    assert 3 <= len(history) <= 20
    assert {each.answer for each in history[:-1]} == {"\U0001f372" * 8_000}
    chat.get_by_role("button", name="New conversation").click()
    ask(chat, "When does the canteen open?")
    assert site.assistant.asked[-1][1] == []


def test_where_documents_do_not_answer_the_nearest_passages_open_in_place(
    page: Page, site: Site
) -> None:
    chat = site.open(page)
    turn = ask(chat, "Who won the 2022 World Cup?")
    expect(turn.locator(".answer")).to_contain_text("Not in these documents")
    expect(turn.locator("blockquote")).to_have_count(0)
    turn.locator("summary").click()
    nearest = turn.locator(".nearest li").first
    title = nearest.locator("cite").inner_text()
    nearest.get_by_role("button", name=f"Open {title} at this passage").click()
    expect(chat.locator("mark")).to_be_visible()
    expect(chat.locator(".about h3")).to_have_text(title)


def test_documents_that_differ_stand_side_by_side(page: Page, site: Site) -> None:
    turn = ask(site.open(page), FERRY)
    sides = turn.locator(".differ li")
    expect(sides).to_have_count(2)
    expect(sides.filter(has_text="1.2 million crowns")).to_contain_text("The ferry is repaired")
    expect(sides.filter(has_text="1.9 million crowns")).to_contain_text("Ferry back sooner")
    expect(turn.locator(".frame")).to_have_count(2)


def test_what_a_model_wrote_carries_its_verdict_in_words(page: Page, site: Site) -> None:
    claims = [
        Claim("It opens at noon.", (1,)),
        Claim("It opens at one.", (1,), (), "unsupported", "the number differs"),
        Claim("It may open.", (1,), (), "partly", "words of its own"),
        Claim("I am a model.", (), (), "unsupported", "nothing says so"),
    ]
    site.assistant.says["When?"] = [answered("When?", claims, [cited(NOON)])]
    turn = ask(site.open(page), "When?")
    assert turn.locator(".verdict").all_inner_texts() == [
        "✓ supported",
        "✗ not supported: the number differs",
        "◐ partly supported: words of its own",
        "✗ not supported: nothing says so",
    ]
    expect(turn.locator("s").first).to_have_text("It opens at one.")
    expect(turn.locator(".frame").last).to_have_text("According to the language model")


def test_words_that_run_from_right_to_left_do_and_ours_around_them_do_not(
    page: Page, site: Site
) -> None:
    turn = ask(site.open(page), "מתי נפתחת הספרייה בחיפה?")
    assert turn.locator("h3").evaluate("node => getComputedStyle(node).direction") == "rtl"
    quote = turn.locator("blockquote")
    assert quote.first.evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert turn.locator(".frame").first.evaluate("n => getComputedStyle(n).direction") == "ltr"


def test_an_opinion_is_kept_and_where_none_is_wanted_the_buttons_go(page: Page, site: Site) -> None:
    chat = site.open(page)
    turn = ask(chat, "When does the canteen open?")
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_role("button", name="Something is missing").click()
    expect(turn.locator(".told")).to_have_text("Thank you, that is kept")
    expect(turn.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    lines = (site.assistant.settings.home / "feedback.jsonl").read_text().splitlines()
    kept = json.loads(lines[-1])
    assert (kept["verdict"], kept["reason"], kept["groups"]) == ("down", "incomplete", ["hr"])
    assert kept["cited"] == [{"source": "canteen.md", "quote": NOON}]
    headers = {"Access-Control-Allow-Origin": site.at}
    page.route(
        "**/api/v1/feedback",
        lambda route: route.fulfill(status=404, headers=headers, json={"error": "none"}),
    )
    turn.get_by_role("button", name="Helpful", exact=True).click()
    expect(turn.locator(".told")).to_have_text("No feedback is kept here")
    expect(turn.get_by_role("button", name="Helpful", exact=True)).to_be_hidden()


def test_an_answer_is_copied_with_its_footnotes(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.at)
    turn = ask(site.open(page), "When does the canteen open?")
    turn.get_by_role("button", name="Copy with footnotes").click()
    expect(turn.locator(".told")).to_have_text("Copied, with footnotes")
    assert page.evaluate("navigator.clipboard.readText()") == (
        f"According to “The canteen \U0001f372”: “{NOON}” [1]\n\n"
        f"[1] “The canteen \U0001f372”: “{NOON}” (canteen.md)\n"
    )


def test_the_portal_hears_of_answers_and_puts_in_its_own_words(page: Page, site: Site) -> None:
    chat = site.open(page)
    page.evaluate("""() => { window.heard = []; document.body.addEventListener("footnote-answer",
        (event) => window.heard.push(event.detail.answer.claims[0].text)); }""")
    ask(chat, "When does the canteen open?")
    assert page.evaluate("window.heard") == [NOON]
    chat.evaluate("node => { node.words = { lang: 'de', ask: 'Fragen', question: 'Ihre Frage' }; }")
    expect(chat.get_by_role("button", name="Fragen")).to_be_visible()
    expect(chat.get_by_label("Ihre Frage")).to_be_visible()
    expect(chat.locator("blockquote")).to_contain_text(NOON)


def test_a_page_may_get_tokens_itself_and_say_so_before_the_component_is_known(
    page: Page, site: Site
) -> None:
    page.add_init_script("""document.addEventListener("readystatechange", () => {
        const chat = document.querySelector("footnote-chat");
        if (!chat) return;
        chat.removeAttribute("token-url");
        chat.words = { ask: "Go" };
        chat.getToken = async () => (await (await fetch("/my-portal/footnote-token",
            { method: "POST" })).json()).token; });""")
    page.route(
        "**/widget/footnote.js",
        lambda route: route.fulfill(body="", content_type="text/javascript"),
    )
    chat = site.open(page)
    script = (FILES / "footnote.js").read_text("utf-8")
    page.unroute("**/widget/footnote.js")
    page.evaluate(script)
    expect(chat.get_by_role("button", name="Go", exact=True)).to_be_visible()
    ask(chat, "When does the canteen open?")
    assert len(site.portal.issued) == 1


def test_everything_can_be_done_by_keyboard_in_the_bubble(page: Page, site: Site) -> None:
    chat = site.open(page, path="/?mode=bubble")
    page.keyboard.press("Tab")
    launch = chat.locator(".launch")
    expect(launch).to_be_focused()
    expect(launch).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(launch).to_have_attribute("aria-expanded", "true")
    expect(chat.get_by_role("dialog", name="Ask our documents")).to_be_visible()
    expect(chat.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("When does the canteen open?")
    page.keyboard.press("Enter")
    mark = chat.locator(".mark").first
    expect(mark).to_be_visible()
    expect(chat.get_by_role("status")).to_have_text(
        f"Answer: According to “The canteen \U0001f372”: “{NOON}” [1]"
    )
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        if mark.evaluate("node => node.getRootNode().activeElement === node"):
            break
    expect(mark).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.locator("mark")).to_have_text(NOON)
    expect(chat.get_by_role("button", name="Back to the answer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()
    page.keyboard.press("Escape")
    expect(chat.get_by_role("dialog")).to_be_hidden()
    expect(launch).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("mode", ["inline", "bubble"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    browser: Browser,
    site: Site,
    scheme: str,
    width: int,
    mode: str,
    subtests: pytest.Subtests,
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    chat = site.open(page, path=f"/?mode={mode}")

    def clean(state: str) -> None:
        with subtests.test(state):
            violations = Axe().run(page).response["violations"]
            seen = [f"{e['id']}: {n['html'][:150]}" for e in violations for n in e["nodes"]]
            assert seen == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            # Nothing inside is wider than its place, either.
            assert (
                page.evaluate(f"""[...{SHADOW}.querySelectorAll("*")].filter((each) =>
                each.className !== "unseen" && each.clientWidth
                && each.scrollWidth > each.clientWidth + 1).map((each) => each.className)""")
                == []
            )

    if mode == "bubble":
        clean("closed")
        chat.locator(".launch").click()
    clean("first")
    doubted = Claim("It opens at one.", (1,), (), "unsupported", "the number differs")
    says = answered("When?", [Claim("It opens.", (1,)), doubted], [cited(NOON)], notices=("Hi",))
    site.assistant.says["When?"] = [says]
    ask(chat, "When?")
    turn = ask(chat, FERRY)
    clean("answers, verdicts, a conflict")
    turn.get_by_role("button", name="Not helpful").click()
    turn = ask(chat, "Who won the 2022 World Cup?")
    turn.locator("summary").click()
    chat.get_by_label("Your question").fill("x" * 3_000)
    page.keyboard.press("Enter")
    expect(chat.locator(".error")).to_be_visible()
    chat.get_by_label("Your question").fill("")
    clean("declined, a reason, an error")
    chat.locator(".differ .mark").first.click()
    expect(chat.locator("mark")).to_be_visible()
    clean("a source")
    context.close()


def test_hostile_texts_stay_text_wherever_they_stand(page: Page, site: Site) -> None:
    texts = [text.replace("\0", "") for text in HOSTILE if text.strip("\0")]
    citations = [cited(text, number) for number, text in enumerate(texts, start=1)]
    claims = [Claim(each.quote, (each.number,), ((0, len(each.quote)),)) for each in citations]
    claims += [Claim(f"{text}.", (1,), (), "partly", text) for text in texts]
    conflict = Conflict("x", tuple(Stated(each.quote, each.number) for each in citations))
    says = answered("Hostile?", claims, citations, notices=tuple(texts), conflicts=(conflict,))
    site.assistant.says["Hostile?"] = [
        Growing("<b>x</b>", tuple(claims[:5]), tuple(citations), texts[0]),
        says,
    ]
    chat = site.open(page)
    turn = ask(chat, "Hostile?", patience=60_000)
    said = turn.locator(".said").evaluate_all("nodes => nodes.map((node) => node.textContent)")
    assert said == [claim.text for claim in claims]
    values = turn.locator(".differ strong").evaluate_all("all => all.map((n) => n.textContent)")
    assert values == texts
    tags = page.evaluate(f"[...{SHADOW}.querySelectorAll('*')].map((n) => n.localName)")
    assert set(tags) <= OURS
    ask(chat, "<img src=x onerror=alert(1)><script>alert(2)</script>")
    tags = page.evaluate(f"[...{SHADOW}.querySelectorAll('*')].map((n) => n.localName)")
    assert set(tags) <= OURS
    assert page.evaluate("document.scripts.length") == 1


def test_a_hostile_document_is_shown_character_by_character(page: Page, site: Site) -> None:
    text = "\n".join(HOSTILE[:80]).replace("\0", "")
    chat = site.open(page)
    headers = {"Access-Control-Allow-Origin": site.at}
    part = {
        **{"document": "0" * 16, "source": text, "title": text, "date": text, "sha256": "0" * 64},
        **{"start": 0, "end": len(text), "characters": len(text), "text": text, "heading": text},
        **{"page": 1, "before": None, "after": None, "changed": False},
    }
    page.route("**/api/v1/source/**", lambda route: route.fulfill(headers=headers, json=part))
    site.assistant.says["Hostile?"] = [answered("Hostile?", [Claim("x", (1,))], [cited(text)])]
    ask(chat, "Hostile?").locator(".mark").click()
    assert chat.locator("mark").evaluate("node => node.textContent") == text
    tags = page.evaluate(f"[...{SHADOW}.querySelectorAll('*')].map((n) => n.localName)")
    assert set(tags) <= OURS


def test_a_hostile_document_that_is_indexed_is_cited_and_opened_as_text(
    page: Page, site: Site
) -> None:
    chat = site.open(page)
    turn = ask(chat, "What colour is the harbour light at night?")
    expect(turn.locator("blockquote")).to_contain_text("</script> green at night.")
    turn.locator("blockquote .mark").first.click()
    shown = chat.locator(".text").evaluate("node => node.textContent")
    assert shown == site.assistant.document(*found(site, "hostile.md")).text  # type: ignore[union-attr]
    tags = page.evaluate(f"[...{SHADOW}.querySelectorAll('*')].map((n) => n.localName)")
    assert set(tags) <= OURS


@pytest.mark.parametrize(("theme", "paper"), [("dark", "rgb(25, 31, 34)"), ("light", "rgb(255, ")])
def test_a_portal_may_say_light_or_dark_and_its_colours(
    page: Page, site: Site, theme: str, paper: str
) -> None:
    chat = site.open(page, path=f"/?theme={theme}")
    background = "node => getComputedStyle(node).backgroundColor"
    assert chat.locator(".panel").evaluate(background).startswith(paper)


def test_in_a_frame_the_page_around_it_says_who_asks(page: Page, site: Site) -> None:
    site.open(page, "bob", "/framed")
    chat = page.frame_locator("iframe").locator("footnote-chat")
    turn = ask(chat, "What is the discount for schools?")
    expect(turn.locator("blockquote")).to_contain_text("15 percent")
    turn = ask(chat, "What is the salary of a baker?")
    expect(turn.get_by_text("2,400")).to_have_count(0)
    turn = ask(chat, "When does the canteen open?")
    turn.locator(".mark").click()
    assert chat.locator("mark").evaluate("node => node.textContent") == NOON
    assert page.context.cookies(site.footnote) == []


def test_in_a_frame_a_refused_token_is_asked_for_again(page: Page, site: Site) -> None:
    site.portal.late = [3_600, 0]
    site.open(page, "bob", "/framed")
    chat = page.frame_locator("iframe").locator("footnote-chat")
    ask(chat, "When does the canteen open?")
    assert len(site.portal.issued) == 2


def test_another_sites_page_gets_no_frame_and_its_messages_count_for_nothing(
    page: Page, site: Site
) -> None:
    other, refused = FastAPI(), []
    shown = f'<iframe src="{site.footnote}/embed"></iframe>'
    other.get("/")(lambda: Response(shown, media_type="text/html"))
    listening = socket.create_server(("127.0.0.1", 0))
    at = f"http://localhost:{listening.getsockname()[1]}"
    page.on("console", lambda message: refused.append(message.text))
    with served(other, listening):
        page.goto(at)
        expect(page.locator("iframe")).to_be_visible()
        assert not any(frame.url == f"{site.footnote}/embed" for frame in page.frames)
        assert any("frame-ancestors" in each for each in refused)
        # Even where it got the page, in a window of its own, it can't say who asks.
        with page.expect_popup() as opened:
            page.evaluate("(url) => { window.opened = open(url); }", f"{site.footnote}/embed")
        popup = opened.value
        chat = popup.locator("footnote-chat")
        expect(chat.get_by_label("Your question")).to_be_visible()
        popup.clock.install()
        token = site.portal.token("ann")
        page.evaluate(
            "(message) => opened.postMessage(message, '*')",
            {"type": "footnote-token", "token": token},
        )
        chat.get_by_label("Your question").fill("What is the salary of a baker?")
        chat.get_by_label("Your question").press("Enter")
        expect(chat.locator(".status")).to_be_visible()
        popup.clock.fast_forward(11_000)
        expect(chat.locator(".error")).to_contain_text("Sign in to the portal again")


def test_third_parties_cookies_are_blocked_in_these_tests(page: Page, site: Site) -> None:
    # The portal's own, from the other name of the same machine, in a frame: it isn't kept.
    third = FastAPI()
    third.get("/set")(
        lambda: Response("", headers={"Set-Cookie": "third=1; SameSite=None; Secure"})
    )
    third.get("/")(lambda: Response('<iframe src="OTHER/set"></iframe>', media_type="text/html"))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    with served(third, listening):
        page.goto(f"http://localhost:{port}/")
        page.evaluate(
            "(url) => new Promise((done) => { const frame = document.querySelector('iframe');"
            " frame.onload = done; frame.src = url; })",
            f"http://127.0.0.1:{port}/set",
        )
        assert page.context.cookies(f"http://127.0.0.1:{port}") == []
        page.goto(f"http://127.0.0.1:{port}/set")
        assert len(page.context.cookies(f"http://127.0.0.1:{port}")) == 1


def test_its_files_are_small_kept_by_browsers_and_open_to_other_sites(site: Site) -> None:
    assert (FILES / "footnote.js").stat().st_size < 30_000
    first = httpx.get(f"{site.footnote}/widget/footnote.js")
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "max-age=86400" in first.headers["cache-control"]
    assert "set-cookie" not in first.headers
    known = {"If-None-Match": first.headers["etag"]}
    again = httpx.get(f"{site.footnote}/widget/footnote.js", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    for path in ("/widget/", "/widget/nothing.js", "/widget/../embedding.py"):
        assert httpx.get(site.footnote + path).status_code == 404


def test_the_page_for_frames_may_load_its_own_and_be_framed_by_portals_only(site: Site) -> None:
    page = httpx.get(f"{site.footnote}/embed")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src")
    assert policy.endswith(f"frame-ancestors 'self' {site.at}")
    assert "unsafe" not in policy
    assert not re.search(r"<script(?! src=)|<style| on\w+=", page.text)


def test_without_portals_there_is_no_page_for_frames(seed_url: str) -> None:
    assert httpx.get(f"{seed_url}/embed").status_code == 404
    assert httpx.get(f"{seed_url}/widget/footnote.js").status_code == 200


def test_no_data_is_put_in_as_html() -> None:
    for path in FILES.glob("*.js"):
        script = path.read_text("utf-8")
        for never in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval("):
            assert never not in script
        for kept in ("localStorage", "sessionStorage", "document.cookie", "indexedDB"):
            assert kept not in script
