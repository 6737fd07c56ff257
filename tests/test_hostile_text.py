"""Text is data: nothing in a document, a name or a question becomes markup, or is shown altered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import quote

import chatting
import httpx
import pytest
from conftest import run_footnote, run_server
from playwright.sync_api import Locator, Page, expect

EVIL = "http://evil.example"
# By the word that finds each. What is even in the order goes into a .txt, what is odd into a .md.
ATTACKS = {
    "albatross": "<script>alert(1)</script>",
    "bittern": "<img src=x onerror=alert(1)>",
    "cormorant": f"![look]({EVIL}/pixel.png)",
    "dunlin": "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#36;{alert(1)}",
    "egret": "[free](javascript:alert(1)) and [more](data:text/html,<script>alert(1)</script>)",
    "falcon": f"<{EVIL}/auto> and {EVIL}/bare",
    "goshawk": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "heron": "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    "ibis": f"<base href={EVIL}/>",
    "jackdaw": f'<meta http-equiv=refresh content="0;url={EVIL}/">',
    "kestrel": f"<style>@import url({EVIL}/x.css)</style>",
    "lapwing": "${alert(1)} and $${alert(1)} and #{alert(1)}",
    "magpie": "{{alert(1)}} and {{{alert(1)}}} and {{#each this}}{{@key}}{{/each}}",
    "nightjar": "</textarea></title></script></style><script>alert(1)</script>",
    "osprey": "`${alert(1)}` and \\`${alert(1)}\\` and \\u003cscript\\u003e and \\${x}",
    "plover": "\" onmouseover=\"alert(1)\" autofocus onfocus='alert(1)' x='",
    "quail": "--><!--><script>alert(1)</script><![CDATA[ x ]]><!doctype html><?x>",
    "redstart": "<a href=javascript:alert(1) target=_top>here</a><form action=/x><input></form>",
    "sandpiper": "<object data=/x></object><embed src=/x><video src=/x onerror=alert(1)></video>",
    "tern": "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "umbrellabird": "left \u202egnp.exe\u202c and \u2066inner\u2069 and \u200ealone",
    "vulture": "zero\u200bwidth\u200c\u200d\u2060\ufeff and soft\u00adhyphen",
    "warbler": "e\u0301\u0323\u0308 \u1100\u1161\u11a8 Z\u0351\u036b\u0343\u036a \u0e01\u0e33",
    "yellowhammer": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇵🇹 𝒳 \U000e0041\ue000\ufffe",
    "wagtail": "tab\tbell\x07escape\x1b[31mdelete\x7fnext\x9c  two\u00a0\u3000blanks",
    "wheatear": "line ends as they are now\r\nincomprehensibilities wrapping\rcounterrevolutionary",
    "wryneck": "<b>" * 1_650 + "words",
}
# Quoted in parts: a sentence is thought to end inside "![", and the last is longer than a passage.
IN_PARTS = ("cormorant", "quail", "wryneck")

# What the chat and the page of a document are made of; anything else came from the words.
CHAT = (
    "article,h2,span,strong,bdi,div,p,cite,blockquote,a,details,summary,ol,ul,li,"
    "footer,button[data-do],dl,dt,dd"
)
SOURCE = (
    "head,title,meta[charset],meta[name=viewport],link,body,header,h1,p,bdi,nav,a,main,mark,"
    "b[role=heading]"
)
FOREIGN = """(root, own) => [...root.querySelectorAll('*')].filter((node) =>
    !node.matches(own)
    || [...node.attributes].some((each) => each.name.startsWith('on'))
    || (node.localName === 'a'
        && !/^(\/source\/|\/documents$|#cited$)/.test(node.getAttribute('href')))
).map((node) => node.outerHTML)"""
ROUTES = ("/", "/source/x", "/api/v1/ask", "/config", "/gradio_api/info", "/page/chat.js")


@dataclass(frozen=True)
class Site:
    """A server of hostile documents; their texts by file name."""

    http: httpx.Client
    texts: dict[str, str]

    def ask(self, question: str) -> dict[str, Any]:
        return self.http.post("/api/v1/ask", json={"question": question}).json()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile")
    texts = {}
    for place, (word, attack) in enumerate(ATTACKS.items()):
        title = f"{attack[:80]} {word}"
        ending, top = (".md", f"# {title}\n\n## {attack[:80]}") if place % 2 else (".txt", title)
        # A slash in a name makes a folder of what is before it; the source puts it back.
        path = folder / "docs" / f"{word} {attack[:120]}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"{top}\n\n{said(word)}\n\nThe end.\n"
        path.write_bytes(text.encode())
        texts[path.relative_to(folder / "docs").as_posix()] = text
    # Hundreds of questions, for their looks alone.
    (folder / "footnote.toml").write_text('read = "off"\n')
    assert run_footnote("index", "docs", cwd=folder).returncode == 0
    with run_server(folder) as url, httpx.Client(base_url=url) as http:
        yield Site(http, texts)


@pytest.fixture
def chat(page: Page, site: Site) -> Iterator[Page]:
    """The chat's page; the test fails if anything is asked of another host, or a dialog opens."""
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{site.http.base_url}")
    expect(page.get_by_label("Your question")).to_be_visible()
    yield page
    ours = (f"{site.http.base_url}/", "data:", "blob:")
    assert [url for url in requested if not url.startswith(ours)] == []


def said(word: str) -> str:
    return f"The {word} report says {ATTACKS[word]} was found in Lisbon."


def asking(word: str) -> str:
    return f"What does the {word} report say was found in Lisbon?"


def ask(page: Page, question: str) -> Locator:
    """The turn that a question typed into the chat makes, once it is answered."""
    return chatting.ask(page, page.url, question)


def shown(of: Locator) -> list[str]:
    return of.evaluate_all("nodes => nodes.map((node) => node.textContent)")


def foreign(root: Locator, own: str) -> list[str]:
    """The elements that aren't our own, have an event handler, or link to elsewhere."""
    return root.evaluate(FOREIGN, own)


def test_answers_show_what_documents_say_and_are_called_as_it_is_written(
    chat: Page, site: Site, subtests: pytest.Subtests
) -> None:
    for word in ATTACKS:
        with subtests.test(word):
            turn, citations = ask(chat, asking(word)), site.ask(asking(word))["citations"]
            assert foreign(chat.locator("#fn-log"), CHAT) == []
            assert set(shown(turn.locator("cite"))) == {each["title"] for each in citations}
            assert set(shown(turn.locator(".fn-file"))) == {each["source"] for each in citations}
            label = turn.locator(".fn-mark").first.get_attribute("aria-label")
            assert label == f"Citation 1: open {citations[0]['title']} at these words"
            quotes = [each["quote"] for each in citations]
            assert said(word) in quotes or word in IN_PARTS
            assert shown(turn.locator("blockquote > bdi")) == quotes


def test_questions_and_nearest_passages_are_shown_as_they_are_written(
    chat: Page, site: Site, subtests: pytest.Subtests
) -> None:
    for word, attack in ATTACKS.items():
        with subtests.test(word):
            question = f"{attack[:1_500]} How many umbrellas did the {word} report count?"
            turn, answer = ask(chat, question), site.ask(question)
            turn.locator(".fn-nearest").evaluate("nearest => { nearest.open = true; }")
            assert foreign(chat.locator("#fn-log"), CHAT) == []
            assert shown(turn.locator(".fn-question bdi")) == [answer["question"]]
            assert answer["question"] == question or not question.isprintable()
            nearest = answer["passages"][:3]
            assert said(word) in nearest[0]["text"] or word == "wryneck"
            assert shown(turn.locator("li .fn-file")) == [each["source"] for each in nearest]
            assert shown(turn.locator("li p")) == [each["text"] for each in nearest]


def test_a_source_page_marks_exactly_the_quote_in_exactly_the_text(
    chat: Page, site: Site, subtests: pytest.Subtests
) -> None:
    for word in ATTACKS:
        with subtests.test(word):
            cited = site.ask(asking(word))["citations"][0]
            text = site.texts[cited["source"]]
            assert cited["quote"] == text[cited["start"] : cited["end"]]
            chat.goto(f"{site.http.base_url}{cited['url']}")
            assert foreign(chat.locator("html"), SOURCE) == []
            expect(chat.locator("link, meta")).to_have_count(3)
            assert shown(chat.locator("mark")) == [cited["quote"]]
            assert shown(chat.locator("main")) == [text]
            assert shown(chat.locator("title, h1")) == [cited["title"]] * 2
            where = [cited["source"], cited["heading"]] if cited["heading"] else [cited["source"]]
            assert shown(chat.locator("header p bdi")) == where


def test_header_and_list_of_documents_show_titles_as_they_are(chat: Page, site: Site) -> None:
    first = ", ".join(f"“{ATTACKS[word]} {word}”" for word in list(ATTACKS)[:3])
    # It is filled in after the page has loaded.
    expect(chat.locator("#fn-header p")).not_to_have_count(0)
    assert first in shown(chat.locator("#fn-header p"))[0]
    assert foreign(chat.locator("#fn-header"), "h1,p,div,span,bdi,a.fn-link") == []
    question = "Which documents do you have?"
    assert shown(ask(chat, question).locator(".fn-notice")) == site.ask(question)["notices"]
    assert foreign(chat.locator("#fn-log"), CHAT) == []


def test_a_question_that_cannot_be_asked_stays_text_in_its_box(chat: Page) -> None:
    box = chat.get_by_label("Your question")
    box.fill("; ".join(ATTACKS.values()))
    chat.keyboard.press("Enter")
    expect(chat.locator(".fn-error")).to_contain_text("ask in at most 2,000")
    expect(box).to_have_value(re.compile("^<script>"))
    assert foreign(chat.locator("#fn-log"), CHAT) == []


def test_a_word_of_5000_characters_widens_no_page(chat: Page, site: Site) -> None:
    wider = "document.documentElement.scrollWidth > window.innerWidth"
    turn = ask(chat, "Which words are in the wryneck?")
    assert shown(turn.locator(".fn-file"))[0].startswith("wryneck <b><b>")
    assert not chat.evaluate(wider)
    chat.goto(f"{site.http.base_url}{turn.locator('.fn-mark').first.get_attribute('href')}")
    expect(chat.locator("mark")).to_be_in_viewport()
    assert not chat.evaluate(wider)


def test_the_api_answers_hostile_questions_in_json_only(site: Site) -> None:
    for attack in ATTACKS.values():
        for question, status in ((attack[:1_500], 200), ((attack * 200)[:9_000], 422)):
            answer = site.http.post("/api/v1/ask", json={"question": question})
            assert answer.headers["content-type"] == "application/json"
            assert answer.status_code == status, question


def test_no_page_repeats_what_stands_in_its_address(site: Site) -> None:
    page = f"/source/{site.ask(asking('albatross'))['citations'][0]['document']}"
    addresses = {"/X": 404, "/source/X": 404, f"{page}?start=X": 422, f"{page}?sha256=X&X=X": 200}
    for attack, (address, status) in product(ATTACKS.values(), addresses.items()):
        hostile = address.replace("X", quote(attack[:1_500], safe=""))
        answer = site.http.get(hostile)
        assert answer.status_code == status, hostile
        if answer.headers["content-type"] != "application/json":
            assert answer.text == site.http.get(address).text, hostile


def test_every_answer_forbids_guessing_its_type_and_framing_it_elsewhere(site: Site) -> None:
    for route, method in product(ROUTES, ("GET", "POST")):
        headers = site.http.request(method, route, json={"question": "Lisbon?"}).headers
        assert headers["x-content-type-options"] == "nosniff", route
        assert "frame-ancestors 'self'" in headers["content-security-policy"].split("; "), route


def test_no_other_origin_is_let_in(site: Site) -> None:
    for route, origin in product(ROUTES, (EVIL, "null", "http://localhost:1")):
        for method in ("GET", "POST", "OPTIONS"):
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            answer = site.http.request(method, route, headers=asked)
            assert "access-control-allow-origin" not in answer.headers, (route, origin)


def test_a_request_meant_for_another_host_is_refused(site: Site) -> None:
    for route, host in product(ROUTES, ("evil.example", "127.0.0.1.evil.example", "x:80", "")):
        assert site.http.get(route, headers={"Host": host}).status_code == 400, (route, host)
