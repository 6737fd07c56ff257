"""Text is data: nothing in a document, a name or a question becomes markup, or is shown altered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from conftest import run_footnote, run_server
from playwright.sync_api import Locator, Page, expect

EVIL = "http://evil.example"
# By the word that finds each. What is even in the order goes into a .txt, what is odd into a .md.
ATTACKS = {
    "albatross": "<script>alert(1)</script>",
    "bittern": "<img src=x onerror=alert(1)>",
    "cormorant": f"![the cormorant report]({EVIL}/pixel.png)",
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
    "warbler": "e\u0301\u0323\u0308 \u1100\u1161\u11a8 Z\u0351\u036b\u0343\u036a\u0302 \u0e01\u0e33",
    "yellowhammer": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇵🇹 𝒳 \U000e0041\ue000\ufffe",
    "wagtail": "tab\tbell\x07escape\x1b[31mdelete\x7fnext\x9c  two\u00a0\u3000blanks",
    "wheatear": "lines that are wrapped at a width\r\nincomprehensibilities with carriage returns "
    "alone\rcounterrevolutionaries",
    "wryneck": "<b>" * 1_650 + "words",
}
UNCUT = [word for word in ATTACKS if word != "wryneck"]

# What the chat and the page of a document are made of; anything else came from the words.
CHAT = "article h2 span bdi div p cite blockquote a details summary ol li".split()
SOURCE = "header h1 p bdi main mark".split()
FOREIGN = """(root, own) => [...root.querySelectorAll('*')].filter((node) =>
    !own.includes(node.localName)
    || [...node.attributes].some((each) => each.name.startsWith('on'))
    || (node.localName === 'a' && !node.getAttribute('href').startsWith('/source/'))
).map((node) => node.outerHTML)"""
WITHOUT_MARKS = """(quoted) => {
    const copy = quoted.cloneNode(true);
    copy.querySelectorAll('a').forEach((mark) => mark.remove());
    return copy.textContent;
}"""


@dataclass(frozen=True)
class Site:
    """A server of hostile documents; their texts by file name."""

    url: str
    texts: dict[str, str]

    def ask(self, question: str) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/api/v1/ask", json={"question": question})
        assert answer.status_code == 200
        return answer.json()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile")
    texts = {}
    for place, (word, attack) in enumerate(ATTACKS.items()):
        # A slash in a name makes a folder of what is before it; the source puts it back.
        path = folder / "docs" / f"{word} {attack[:120]}{'.md' if place % 2 else '.txt'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"{'# ' if place % 2 else ''}{attack[:80]} {word}\n\n{said(word)}\n\nThe end.\n"
        path.write_bytes(text.encode())
        texts[path.relative_to(folder / "docs").as_posix()] = text
    indexed = run_footnote("index", "docs", cwd=folder)
    assert indexed.returncode == 0, indexed.stderr
    with run_server(folder) as url:
        yield Site(url, texts)


@pytest.fixture
def chat(page: Page, site: Site) -> Iterator[Page]:
    """The chat's page; the test fails if anything is asked of another host, or a dialog opens."""
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(site.url)
    expect(page.get_by_label("Your question")).to_be_visible()
    yield page
    ours = (f"{site.url}/", "data:", "blob:", "about:")
    assert [url for url in requested if not url.startswith(ours)] == []


def said(word: str) -> str:
    return f"The {word} report says {ATTACKS[word]} was found in Lisbon."


def asking(word: str) -> str:
    return f"What does the {word} report say was found in Lisbon?"


def bare(words: str) -> str:
    """Words without blanks: some sentences are quoted in two parts."""
    return "".join(words.split())


def ask(page: Page, question: str) -> Locator:
    """The turn that a question typed into the chat makes, once it is answered."""
    turns = page.locator("#fn-log .fn-turn")
    before = turns.count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    expect(turns).to_have_count(before + 1)
    expect(page.locator("#fn-log .fn-status")).to_have_count(0)
    return turns.last


def shown(of: Locator) -> list[str]:
    return of.evaluate_all("nodes => nodes.map((node) => node.textContent)")


def foreign(root: Locator, own: list[str]) -> list[str]:
    return root.evaluate(FOREIGN, own)


def test_what_documents_say_and_are_called_is_shown_in_answers_as_it_is_written(
    chat: Page, site: Site, subtests: pytest.Subtests
) -> None:
    for word in UNCUT:
        with subtests.test(word):
            turn, answer = ask(chat, asking(word)), site.ask(asking(word))
            citations = answer["citations"]
            quotes = [each["quote"] for each in citations]
            assert bare(said(word)) in bare("".join(quotes))
            quoted = turn.locator("blockquote").evaluate_all(f"all => all.map({WITHOUT_MARKS})")
            assert " ".join(quoted) == " ".join(quotes)
            for part, name in (("cite", "title"), (".fn-file", "source")):
                assert set(shown(turn.locator(part))) == {each[name] for each in citations}
            label = turn.locator(".fn-mark").first.get_attribute("aria-label")
            assert label == f"Citation 1: open {citations[0]['title']} at these words"
            assert foreign(chat.locator("#fn-log"), CHAT) == []


def test_passages_shown_when_declining_are_text_as_they_are_written(
    chat: Page, site: Site, subtests: pytest.Subtests
) -> None:
    for word in ATTACKS:
        with subtests.test(word):
            question = f"How many umbrellas did the {word} report count?"
            turn, answer = ask(chat, question), site.ask(question)
            assert answer["abstained"]
            assert shown(turn.locator("summary")) == ["The nearest passages (3)"]
            turn.locator("details").evaluate("details => { details.open = true; }")
            nearest = answer["passages"][:3]
            assert shown(turn.locator("li p")) == [each["text"] for each in nearest]
            assert shown(turn.locator(".fn-file")) == [each["source"] for each in nearest]
            assert foreign(chat.locator("#fn-log"), CHAT) == []


def test_a_source_page_marks_exactly_the_quote_in_exactly_the_text(
    chat: Page, site: Site, subtests: pytest.Subtests
) -> None:
    for word in ATTACKS:
        with subtests.test(word):
            cited = site.ask(asking(word))["citations"][0]
            text = site.texts[cited["source"]]
            assert word in text
            chat.goto(f"{site.url}{cited['url']}")
            assert shown(chat.locator("mark")) == [cited["quote"]]
            assert cited["quote"] == text[cited["start"] : cited["end"]]
            assert shown(chat.locator("main")) == [text]
            assert shown(chat.locator("h1")) == [cited["title"]]
            assert shown(chat.locator("header p > bdi").first) == [cited["source"]]
            assert shown(chat.locator("head title")) == [cited["title"]]
            assert foreign(chat.locator("body"), SOURCE) == []
            head = chat.locator("head > *").evaluate_all("all => all.map((node) => node.localName)")
            assert head == ["meta", "meta", "title", "link"]


def test_questions_are_shown_as_they_were_asked(
    chat: Page, site: Site, subtests: pytest.Subtests
) -> None:
    for word in UNCUT:
        with subtests.test(word):
            asked = ask(chat, ATTACKS[word]).locator(".fn-question bdi")
            assert shown(asked) == [site.ask(ATTACKS[word])["question"]]
            if ATTACKS[word].isprintable():
                assert shown(asked) == [ATTACKS[word]]
            assert foreign(chat.locator("#fn-log"), CHAT) == []


def test_a_question_that_cannot_be_asked_becomes_no_markup(chat: Page) -> None:
    question = "; ".join(ATTACKS[word] for word in UNCUT) * 2
    box = chat.get_by_label("Your question")
    box.fill(question)
    chat.keyboard.press("Enter")
    expect(chat.locator(".fn-error")).to_contain_text("ask in at most 2,000")
    expect(box).to_have_value(re.compile("^<script>"))
    assert foreign(chat.locator("#fn-log"), CHAT) == []


def test_titles_and_file_names_are_text_in_the_header_and_the_list_of_documents(
    chat: Page, site: Site
) -> None:
    first = [f"“{ATTACKS[word]} {word}”" for word in list(ATTACKS)[:3]]
    assert ", ".join(first) in shown(chat.locator("#fn-header p"))[0]
    assert foreign(chat.locator("#fn-header"), ["h1", "p", "div"]) == []
    question = "Which documents do you have?"
    assert shown(ask(chat, question).locator(".fn-notice")) == site.ask(question)["notices"]
    assert foreign(chat.locator("#fn-log"), CHAT) == []


def test_a_word_of_5000_characters_widens_no_page(chat: Page, site: Site) -> None:
    wide = "document.documentElement.scrollWidth > window.innerWidth"
    turn = ask(chat, asking("wryneck"))
    assert shown(turn.locator(".fn-file"))[0].startswith("wryneck <b><b>")
    assert not chat.evaluate(wide)
    chat.goto(site.url + str(turn.locator(".fn-mark").first.get_attribute("href")))
    expect(chat.locator("mark")).to_be_in_viewport()
    assert not chat.evaluate(wide)


@pytest.mark.parametrize("word", UNCUT)
def test_the_api_answers_hostile_questions_in_json_only(site: Site, word: str) -> None:
    for question in (ATTACKS[word], ATTACKS[word] * 500):
        answer = httpx.post(f"{site.url}/api/v1/ask", json={"question": question})
        assert answer.status_code == (200 if question == ATTACKS[word] else 422)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_address_is_reflected_as_markup(site: Site, subtests: pytest.Subtests) -> None:
    other = f"/source/{site.ask(asking('wryneck'))['citations'][0]['document']}"
    for word in UNCUT:
        attack = quote(ATTACKS[word], safe="")
        for path, statuses in (
            (f"/{attack}", {404}),
            (f"/source/{attack}", {404}),
            (f"/source/{attack}?start={attack}", {404, 422}),
            (f"{other}?start={attack}&end=2", {422}),
            (f"{other}?start=1&end=2&sha256={attack}&{attack}={attack}", {200}),
        ):
            with subtests.test(path):
                answer = httpx.get(f"{site.url}{path}")
                assert answer.status_code in statuses
                assert answer.headers["x-content-type-options"] == "nosniff"
                json = answer.headers["content-type"] == "application/json"
                assert json or ATTACKS[word] not in answer.text


ROUTES = (
    "/",
    "/source/x",
    "/api/v1/ask",
    "/healthz",
    "/config",
    "/gradio_api/info",
    "/page/chat.js",
)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_forbids_guessing_its_type_and_framing_it_elsewhere(
    site: Site, route: str, method: str
) -> None:
    headers = httpx.request(method, f"{site.url}{route}", json={"question": "Lisbon?"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    policy = [each.strip() for each in headers["content-security-policy"].split(";")]
    assert "frame-ancestors 'self'" in policy


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "origin", [EVIL, "null", "http://localhost:1", "http://127.0.0.1.evil.example"]
)
def test_no_other_origin_is_let_in(site: Site, route: str, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for method in ("GET", "POST", "OPTIONS"):
        answer = httpx.request(method, f"{site.url}{route}", headers=asked)
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", ""])
def test_a_request_meant_for_another_host_is_refused(site: Site, route: str, host: str) -> None:
    assert httpx.get(f"{site.url}{route}", headers={"Host": host}).status_code == 400
