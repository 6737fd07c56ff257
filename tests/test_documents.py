"""The list of documents: what somebody may read, found by title and file, as a page and as JSON."""

from __future__ import annotations

import os
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
import samples
from axe_playwright_python.sync_playwright import Axe
from conftest import run_server
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from index import build
from qa import Assistant, Settings
from qa.identity import identify
from qa.listing import folded
from qa.settings import load
from qa.web import documents
from qa.web.answering import Answering
from qa.web.signin import SignIn

RULES = """[[access]]
paths = ["hr/**"]
groups = ["hr", "<b>staff</b>"]
[[access]]
paths = ["**/board/"]
groups = ["board"]
"""
MAY = "2024/Résumé of <i>May.md"
TEXTS = {
    MAY: "# Résumé of <i>May</i>\n\n9 June 2024\n\nThe résumé.\n",
    "hr/pay.md": "# Pay of bakers\n\nThe pay of a baker is 2,400 euros.\n",
    "hr/board/minutes.md": "# Minutes\n\nThe board met.\n",
    "ΣΊΣΥΦΟΣ.txt": "A stone rolls.\n",
}
MANY = 60

Site = SimpleNamespace


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """64 documents and a PDF; clients of people in some groups, by these."""
    folder = tmp_path_factory.mktemp("documents")
    for name, text in TEXTS.items():
        path = folder / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "docs" / "flood.pdf").write_bytes(samples.pdf())
    (folder / "docs" / "notes").mkdir()
    for number in range(MANY):
        (folder / "docs" / "notes" / f"note {number:02}.txt").write_text(f"Note {number}, short.")
    build(folder / "home", [folder / "docs"])
    (folder / "footnote.toml").write_text(RULES)

    def client(*groups: str) -> TestClient:
        settings = Settings(home=folder / "home", groups=groups, access=load(folder, {}).access)
        web = FastAPI()
        web.include_router(
            documents.router(Answering(Assistant(settings, view=False, folder=folder)))
        )
        web.add_middleware(SignIn, identify=identify(settings), tokens=False)
        return TestClient(web)

    return Site(client=client(), hr=client("hr"), all=client("hr", "board"), folder=folder)


def listed(client: TestClient, **asked: object) -> dict[str, object]:
    return client.get("/api/v1/documents", params=asked).json()


def sources(client: TestClient, **asked: object) -> list[str]:
    return [each["source"] for each in listed(client, **asked)["documents"]]


def shown(client: TestClient, **asked: object) -> list[str]:
    page = client.get("/documents", params=asked).text
    return [unescape(each) for each in re.findall(r'class="file"><bdi>(.*?)</bdi>', page)]


def test_each_document_says_what_it_is_how_long_of_when_and_whose(site: Site) -> None:
    (found,) = listed(site.hr, q="resume")["documents"]
    changed = found.pop("changed")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", changed)
    assert found == {
        "document": found["document"],
        "source": MAY,
        "title": "Résumé of <i>May</i>",
        "date": "2024-06-09",
        "pages": None,
        "characters": len(TEXTS[MAY]),
        "groups": [],
        "url": f"/source/{found['document']}",
    }
    (flood,) = listed(site.client, q="flood.pdf")["documents"]
    assert flood["pages"] == 3


def test_nobody_is_told_of_what_he_may_not_read_nor_counted_it(site: Site) -> None:
    for client, count in ((site.client, 3 + MANY), (site.hr, 4 + MANY), (site.all, 5 + MANY)):
        assert listed(client)["total"] == count
        assert f"{count} documents" in client.get("/documents").text
    for query in ("pay", "baker", "hr", "staff"):
        page = site.client.get("/documents", params={"q": query}).text
        assert listed(site.client, q=query) == {"total": 0, "documents": []}
        assert "0 documents with these words" in page
        assert "staff" not in page.replace(f'value="{query}"', "")


def test_who_may_read_it_is_said_by_rule(site: Site) -> None:
    (minutes,) = listed(site.all, q="minutes")["documents"]
    assert minutes["groups"] == [["<b>staff</b>", "hr"], ["board"]]
    page = site.all.get("/documents", params={"q": "minutes"}).text
    readers = "<bdi>&lt;b&gt;staff&lt;/b&gt;</bdi> or <bdi>hr</bdi>, and <bdi>board</bdi>"
    assert f"read by {readers}" in page
    assert "read by everyone" in site.all.get("/documents", params={"q": "flood"}).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("RESUME may", [MAY]),
        ("re\u0301sume\u0301", [MAY]),
        ("2024/", [MAY]),
        ("σίσυφος", ["ΣΊΣΥΦΟΣ.txt"]),
        ("flood report", ["flood.pdf"]),
        ("note 07", ["notes/note 07.txt"]),
        ("flood minutes", []),
        ("%", []),
        ("resume.*", []),
    ],
)
def test_title_and_file_are_searched_without_case_or_accents(
    site: Site, query: str, found: list[str]
) -> None:
    assert sources(site.client, q=query) == found
    assert shown(site.client, q=query) == found


def test_what_is_folded_is_folded_already() -> None:
    for text in ("Straße", "İstanbul", "ﬁre", "Å", "한국", "ไทย"):
        assert folded(folded(text)) == folded(text)


def test_pages_and_offsets_show_each_document_once(site: Site) -> None:
    everything = sources(site.client, limit=500)
    assert len(everything) == len(set(everything)) == 3 + MANY
    assert shown(site.client) + shown(site.client, page=2) == everything
    assert shown(site.client, page=99) == shown(site.client, page=2)
    assert sources(site.client, offset=60) == everything[60:]
    assert sources(site.client, offset=10, limit=5) == everything[10:15]
    assert sources(site.client, offset=10**30) == []
    page = site.client.get("/documents", params={"q": "note", "page": 1}).text
    (following,) = re.findall(r'<a href="([^"]*)" rel="next">', page)
    assert len(shown(site.client, q="note", page=2)) == MANY - 50
    assert unescape(following) == "/documents?q=note&page=2"


@pytest.mark.parametrize(
    "asked", ["limit=0", "limit=501", "offset=-1", "page=0", "page=x", f"q={'x' * 201}"]
)
def test_what_cannot_be_shown_is_a_422(site: Site, asked: str) -> None:
    path = "/documents" if asked.startswith("page") else "/api/v1/documents"
    assert site.client.get(f"{path}?{asked}").status_code == 422


def test_a_query_is_text_and_the_page_loads_nothing_else(site: Site) -> None:
    got = site.client.get("/documents", params={"q": '"><script>alert(1)</script>\r${x}'})
    assert "<script" not in got.text
    assert 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#13;${x}"' in got.text
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "script-src" not in policy
    assert got.headers["cache-control"] == "no-store"


def test_a_file_that_is_newer_than_the_index_or_gone_is_said_to_be(site: Site) -> None:
    file = site.folder / "docs" / "flood.pdf"
    assert "newer than" not in site.client.get("/documents?q=flood").text
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime + 9_000))
    assert "newer than what is indexed" in site.client.get("/documents?q=flood").text
    content = file.read_bytes()
    file.unlink()
    assert "its file is gone" in site.client.get("/documents?q=flood").text
    assert listed(site.client, q="flood")["documents"][0]["changed"] is None
    file.write_bytes(content)


def test_an_index_that_cannot_be_read_is_said_in_one_line(site: Site) -> None:
    rules = site.folder / "footnote.toml"
    rules.write_text("access = 3\n")
    try:
        page, answer = site.client.get("/documents"), site.client.get("/api/v1/documents")
        assert (page.status_code, answer.status_code) == (503, 503)
        assert list(answer.json()) == ["error"]
        assert 'role="alert"' in page.text
    finally:
        rules.write_text(RULES)


def test_a_browser_lists_seeks_and_opens_without_a_script(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "footnote.toml").write_text(f'home = "{site.folder / "home"}"\n{RULES}')
    with run_server(tmp_path) as url:
        for width, scheme in ((360, "dark"), (1_200, "light")):
            context = browser.new_context(
                java_script_enabled=False,
                viewport={"width": width, "height": 740},
                color_scheme=scheme,
            )
            page = context.new_page()
            page.goto(f"{url}/documents")
            page.keyboard.press("Tab")
            page.keyboard.type("resume")
            page.keyboard.press("Enter")
            expect(page.locator("ol li")).to_have_count(1)
            page.get_by_role("link", name="Résumé of <i>May</i>").click()
            expect(page.locator("main")).to_contain_text("The résumé.")
            page.get_by_role("link", name="All documents").click()
            expect(page.locator("ol li")).to_have_count(50)
            context.close()
            page = browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme)
            page.goto(f"{url}/documents")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            page.close()
