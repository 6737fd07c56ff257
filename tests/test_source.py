"""Document pages: what is shown at a time, what is marked, and the original beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
import samples
from axe_playwright_python.sync_playwright import Axe
from conftest import run_server
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from index import Document, Heading, Page, Rule, build
from qa import Assistant, Settings
from qa.identity import identify
from qa.types import source_url
from qa.web import source
from qa.web.answering import Answering
from qa.web.paged import part
from qa.web.signin import SignIn

PAGES = ("", *samples.PDF_PAGES, "BT /F 12 Tf 72 700 Td (The fifth page says the end.) Tj ET")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A PDF, slides, a web page, a text and a secret; their ids by name, and a client."""
    folder = tmp_path_factory.mktemp("source")
    docs = folder / "docs"
    (docs / "hr").mkdir(parents=True)
    (docs / "flood.pdf").write_bytes(samples.pdf(PAGES))
    (docs / "plans.pptx").write_bytes(samples.pptx())
    (docs / "page.html").write_bytes(samples.HTML)
    (docs / 'Résumé, 1 "draft".txt').write_bytes(b"A headline\r\n\r\nWords of it.\r\n")
    (docs / "hr" / "pay.txt").write_text("The pay of a baker is 2,400 euros.")
    build(folder / "home", [docs])
    (folder / "footnote.toml").write_text('[[access]]\npaths = ["hr/**"]\ngroups = ["hr"]\n')
    rules = (Rule(("hr/**",), frozenset({"hr"})),)
    assistant = Assistant(Settings(home=folder / "home", access=rules), view=False, folder=folder)
    web = FastAPI()
    web.include_router(source.router(Answering(assistant)))
    web.add_middleware(SignIn, identify=identify(assistant.settings), tokens=False)
    ids = {Path(each.source).name: each.document for each in assistant.documents(["hr"])}
    return SimpleNamespace(client=TestClient(web), ids=ids, docs=docs, assistant=assistant)


def text_of(page: str) -> str:
    """What a reader of the main part gets, without its tags."""
    (main,) = re.findall(r"<main [^>]*>(.*)</main>", page, re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", main))


def links(page: str) -> dict[str, str]:
    found = re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', page)
    return {words: unescape(url) for url, words in found}


def opened(site: SimpleNamespace, name: str, cited: str = "") -> tuple[Document, str]:
    document = site.assistant.document(site.ids[name])
    start = document.text.index(cited)
    url = source_url(document.id, start, start + len(cited), document.sha256)
    return document, site.client.get(url if cited else f"/source/{document.id}").text


def test_words_on_a_page_are_shown_with_that_page_alone(site: SimpleNamespace) -> None:
    _, page = opened(site, "flood.pdf", "third page")
    assert "<h2>Page 4 of 5</h2>" in page
    assert text_of(page).strip() == "Words of the third page."
    assert '<mark id="cited">third page</mark>' in page
    assert 'href="#cited">Go to the cited words' in page
    assert list(links(page)) == [
        "Previous page",
        "Next page",
        "Whole document",
        "Download the original",
        "All documents",
    ]


def test_the_pages_beside_it_and_the_whole_are_a_link_away_and_know_the_way_back(
    site: SimpleNamespace,
) -> None:
    document, page = opened(site, "flood.pdf", "third page")
    before = site.client.get(links(page)["Previous page"]).text
    assert "<h2>Page 2 of 5</h2>" in before  # the third and the first have no text
    assert "<mark" not in before
    assert "Previous page" not in links(before)
    assert site.client.get(links(before)["Back to the cited words"]).text == page
    assert site.client.get(links(before)["Next page"]).text == page
    whole = site.client.get(links(page)["Whole document"]).text
    assert text_of(whole) == document.text
    assert '<mark id="cited">third page</mark>' in whole
    assert re.findall(r'data-page="([^"]*)"', whole) == ["Page 2", "Page 4", "Page 5"]
    assert site.client.get(links(whole)["Page by page"]).text == page


def test_words_that_run_over_a_pages_end_are_shown_with_all_their_pages(
    site: SimpleNamespace,
) -> None:
    document = site.assistant.document(site.ids["flood.pdf"])
    words = document.text[document.text.index("third") : document.text.index("page says")]
    _, page = opened(site, "flood.pdf", words)
    assert "<h2>Pages 4–5 of 5</h2>" in page
    assert f'<mark id="cited">{words}</mark>' in page
    assert "Next page" not in links(page)


def test_a_document_without_pages_is_shown_whole_as_ever(site: SimpleNamespace) -> None:
    document, page = opened(site, "page.html", "Second sentence.")
    assert text_of(page) == document.text
    assert "<h2>" not in page
    assert not {"Whole document", "Page by page", "Next page"} & set(links(page))
    assert '<b role="heading" aria-level="2">Section</b>' in page


def test_slides_are_pages_and_open_at_the_first(site: SimpleNamespace) -> None:
    _, page = opened(site, "plans.pptx")
    assert "<h2>Page 1 of 3</h2>" in page
    assert "Plans of AT&amp;T." in page
    assert "<mark" not in page


def test_a_page_that_is_not_there_is_told_so(site: SimpleNamespace) -> None:
    for page, status in ((3, 404), (99, 404), (0, 422), ("x", 422)):
        got = site.client.get(f"/source/{site.ids['flood.pdf']}?page={page}")
        assert got.status_code == status


def test_what_changed_since_it_was_cited_is_said_and_opens_at_the_first_page(
    site: SimpleNamespace,
) -> None:
    got = site.client.get(f"/source/{site.ids['flood.pdf']}?start=2&end=9&sha256=older").text
    assert "has changed since" in got
    assert "<mark" not in got
    assert "<h2>Page 2 of 5</h2>" in got
    assert "older" not in got


@st.composite
def paged(draw: st.DrawFn) -> Document:
    """A document whose pages, in order and not touching, leave some text out."""
    text = draw(st.text("ab\r\n<&›€", min_size=1, max_size=40))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pages = [
        Page(number * 2 + 1, *pair)
        for number, pair in enumerate(zip(cuts[::2], cuts[1::2], strict=False))
    ]
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    headings = [
        Heading(text[a:b], None, a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)
    ]
    return Document("id", "a.pdf", "A", text, tuple(headings), tuple(pages))


@given(paged(), st.data())
def test_all_pages_together_are_the_text_and_each_cited_word_is_shown(
    document: Document, data: st.DataObject
) -> None:
    shown = [part(document, 0, 0, page.number) for page in document.pages]
    assert document.text == "".join(document.text[p.start : p.end] for p in shown if p) or not shown
    start = data.draw(st.integers(0, len(document.text)))
    end = data.draw(st.integers(start, len(document.text)))
    at = part(document, start, end)
    assert at
    assert at.start <= start <= end <= at.end
    page = source._shown(document, (start, end), at, False, False)
    assert text_of(page) == document.text[at.start : at.end]
    marked = re.findall(r'<mark id="cited">(.*)</mark>', page, re.DOTALL)
    words = [unescape(re.sub(r"<[^>]*>", "", each)) for each in marked]
    assert words == [document.text[start:end]] * (start < end)


def original(site: SimpleNamespace, name: str) -> tuple[int, bytes, str]:
    got = site.client.get(f"/source/{site.ids[name]}/original")
    return got.status_code, got.content, got.headers.get("content-disposition", "")


def test_the_original_is_given_byte_for_byte_and_never_opened(site: SimpleNamespace) -> None:
    _, page = opened(site, "flood.pdf")
    got = site.client.get(links(page)["Download the original"])
    assert got.content == (site.docs / "flood.pdf").read_bytes()
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["content-disposition"].startswith('attachment; filename="flood.pdf"')


def test_its_name_is_safe_in_the_header_and_whole_in_its_second_form(
    site: SimpleNamespace,
) -> None:
    name = 'Résumé, 1 "draft".txt'
    _, content, header = original(site, name)
    assert content == (site.docs / name).read_bytes()
    plain, full = re.fullmatch(
        r"attachment; filename=\"([^\"]*)\"; filename\*=UTF-8''([^;\s\"]*)", header
    ).groups()
    assert plain == "R_sum__ 1 _draft_.txt"
    assert unquote(full) == name


def test_what_may_not_be_read_has_no_original(site: SimpleNamespace) -> None:
    status, content, _ = original(site, "pay.txt")
    assert status == 404
    assert b"2,400" not in content
    assert site.client.get("/source/0000000000000000/original").status_code == 404


def test_an_original_that_changed_is_gone_or_is_a_link_is_not_given(
    site: SimpleNamespace, tmp_path: Path
) -> None:
    file, kept = site.docs / "flood.pdf", tmp_path / "kept.pdf"
    content = file.read_bytes()
    try:
        file.write_bytes(content + b"\n")
        assert original(site, "flood.pdf")[0] == 404
        # Even to the very same bytes: a link leads who knows where.
        file.rename(kept)
        kept.write_bytes(content)
        file.symlink_to(kept)
        assert original(site, "flood.pdf")[0] == 404
        file.unlink()
        assert original(site, "flood.pdf")[0] == 404
        assert "Download the original" not in opened(site, "flood.pdf")[1]
        file.mkdir()
        assert original(site, "flood.pdf")[0] == 404
        file.rmdir()
        os.mkfifo(file)
        assert original(site, "flood.pdf")[0] == 404
        file.unlink()
    finally:
        file.write_bytes(content)
    assert original(site, "flood.pdf")[0] == 200


def test_a_folder_that_became_a_link_leads_nowhere(site: SimpleNamespace, tmp_path: Path) -> None:
    hr = site.docs / "hr"
    hr.rename(tmp_path / "hr")
    hr.symlink_to(tmp_path / "hr")
    try:
        document = site.ids["pay.txt"]
        assert site.assistant.original(document, ["hr"]) is None
    finally:
        hr.unlink()
        (tmp_path / "hr").rename(hr)
    assert site.assistant.original(document, ["hr"])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Assistant]]:
    """A server of a PDF and of texts in Arabic and Japanese, and its assistant."""
    folder = tmp_path_factory.mktemp("shown")
    (folder / "docs").mkdir()
    (folder / "docs" / "flood.pdf").write_bytes(samples.pdf(PAGES))
    (folder / "docs" / "عربي.md").write_text("# عنوان\n\nيفتح الجسر يوم الاثنين.\n\nIt reopens.\n")
    (folder / "docs" / "橋.txt").write_text("橋は月曜日に再開します。" * 40)
    build(folder / ".footnote", [folder / "docs"])
    with run_server(folder) as url:
        yield url, Assistant(Settings(home=folder / ".footnote"), view=False)


def test_pages_are_sound_for_listeners_narrow_wide_dark_and_without_overflow(
    served: tuple[str, Assistant], browser: Browser
) -> None:
    url, assistant = served
    addresses = []
    for entry in assistant.documents():
        document = assistant.document(entry.document)
        assert document
        start = document.text.index("page") if document.pages else len(document.text) - 9
        addresses.append(source_url(document.id, start, start + 6, document.sha256))
    for width, scheme in ((360, "light"), (1_400, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)
        page = context.new_page()
        for address in addresses:
            page.goto(url + address)
            expect(page.locator("mark")).to_be_in_viewport()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert "cited words" not in page.locator("main").inner_text()
        context.close()


def test_the_cited_words_are_one_key_and_a_return_away(
    served: tuple[str, Assistant], browser: Browser
) -> None:
    url, assistant = served
    (entry,) = (each for each in assistant.documents() if each.source == "橋.txt")
    page = browser.new_page()
    page.goto(f"{url}/source/{entry.document}?start=400&end=410")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Go to the cited words")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_be_in_viewport()
    page.close()
