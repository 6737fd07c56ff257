"""Adding documents in the browser: all of a file or nothing, and only where it is allowed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from urllib.parse import quote

import httpx
import pytest
import samples
from axe_playwright_python.sync_playwright import Axe
from conftest import run_server
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from index import Busy, Damaged, build
from index.library import Library
from index.lock import writing
from index.scan import ReadBy
from index.split import identity
from qa import Assistant, Settings, adding
from qa.adding import fit
from qa.identity import identify
from qa.settings import load
from qa.web import documents, uploads
from qa.web.answering import Answering
from qa.web.guard import Guard
from qa.web.signin import SignIn

Site = SimpleNamespace
BRIDGE = b"The bridge in Ostrey reopens on Monday, 3 May.\n"
QUESTION = "When does the bridge in Ostrey reopen?"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of one report."""
    folder = tmp_path_factory.mktemp("base")
    (folder / "docs").mkdir()
    (folder / "docs" / "ferry.txt").write_text("The ferry to Skerry costs 4 euros.\n")
    build(folder / ".footnote", [folder / "docs"])
    return folder


def made(folder: Path, base: Path, rules: str = "", **settings: object) -> Site:
    """A copy of the index, to whose folder `added` files may be added."""
    shutil.copytree(base / ".footnote", folder / ".footnote")
    (folder / "footnote.toml").write_text(rules)
    given = {"uploads": str(folder / "added"), "upload_megabytes": 1, **settings}
    chosen = Settings(home=folder / ".footnote", access=load(folder, {}).access, **given)
    assistant = Assistant(chosen, view=False, folder=folder)
    web = FastAPI()
    web.include_router(documents.router(Answering(assistant)))
    web.include_router(uploads.router(Answering(assistant)))
    web.add_middleware(SignIn, identify=identify(assistant.settings), tokens=False)
    web.add_middleware(Guard, longest_file=1 << 20 if chosen.uploads else 0)
    return Site(client=TestClient(web), assistant=assistant, added=folder / "added")


@pytest.fixture
def site(tmp_path: Path, base: Path) -> Site:
    return made(tmp_path, base)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Site:
    return made(tmp_path_factory.mktemp("untouched"), base)


def put(site: Site, name: str, content: bytes, **asked: object) -> httpx.Response:
    return site.client.put(
        f"/api/v1/documents/{quote(name, safe='')}", content=content, params=asked
    )


def lines(got: httpx.Response) -> list[dict[str, object]]:
    assert got.status_code == 200, got.text
    assert got.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in got.text.splitlines()]


def sources(site: Site) -> list[str]:
    return [each.source for each in site.assistant.documents()]


def kept(site: Site) -> dict[str, bytes]:
    """All that lies in the folder, hidden files too."""
    return {path.name: path.read_bytes() for path in site.added.iterdir()}


def test_an_added_document_answers_the_next_question_and_is_remembered(site: Site) -> None:
    said = lines(put(site, "bridge.txt", BRIDGE))
    assert said[-1] == {"added": "bridge.txt"}
    assert {"checking", "scanning", "reading", "encoding"} <= {each["stage"] for each in said[:-1]}
    assert all(set(each) == {"stage", "done", "total"} for each in said[:-1])
    assert "3 May" in site.assistant.ask(QUESTION).text
    assert kept(site) == {"bridge.txt": BRIDGE}
    assert site.added in site.assistant.search.roots().values()
    build(site.assistant.settings.home)
    assert sources(site) == ["bridge.txt", "ferry.txt"]


@pytest.mark.parametrize(
    "name",
    ["réunion du 3 mai.txt", "会議.md", "a%2Fb.txt", "it's #1?.TXT", f"{'x' * 251}.txt"],
    ids=lambda name: ascii(name)[:20],
)
def test_a_plain_name_is_kept_as_it_is(name: str) -> None:
    assert fit(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../ferry.txt",
        "a/b.txt",
        "/etc/passwd.txt",
        "a\\b.txt",
        "a\0.txt",
        "a\n.txt",
        "a.txt\n",
        "a\x7f.txt",
        "a\u202etxt.exe.txt",
        ".hidden.txt",
        ".txt",
        " a.txt",
        "a.txt ",
        f"{'x' * 252}.txt",
        f"{'橋' * 84}.txt",
        "a.exe",
        "a.txt.exe",
        "txt",
        "a.",
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_what_is_no_plain_name_of_a_document_is_refused_and_nothing_is_written(
    untouched: Site, name: str
) -> None:
    got = put(untouched, name, BRIDGE)
    assert got.status_code == 422
    assert list(got.json()) == ["error"]
    assert "\n" not in got.json()["error"]
    assert kept(untouched) == {}
    assert sources(untouched) == ["ferry.txt"]


def test_a_file_that_is_there_is_replaced_only_if_that_is_said(site: Site) -> None:
    lines(put(site, "bridge.txt", BRIDGE))
    later = BRIDGE.replace(b"3 May", b"8 June")
    got = put(site, "bridge.txt", later)
    assert got.status_code == 409
    assert "replace=true" in got.json()["error"]
    assert kept(site) == {"bridge.txt": BRIDGE}
    assert lines(put(site, "bridge.txt", later, replace="true"))[-1] == {"added": "bridge.txt"}
    assert kept(site) == {"bridge.txt": later}
    assert "8 June" in site.assistant.ask(QUESTION).text
    assert put(site, "bridge.txt", later, replace="perhaps").status_code == 422


def test_what_the_loader_refuses_leaves_nothing_behind_and_what_was_there(
    site: Site, subtests: pytest.Subtests
) -> None:
    for name in ("a.txt", "a.pdf", "a.docx"):
        (site.added / name).write_bytes(samples.SAMPLES[Path(name).suffix])
    build(site.assistant.settings.home, [site.added])
    before, seen = kept(site), site.assistant.search.snapshot().index
    for name, content, why in (
        ("a.txt", b"", "it is empty"),
        ("a.txt", b"text\0text", "zero bytes"),
        ("a.pdf", BRIDGE, "isn't a PDF"),
        ("a.pdf", samples.encrypted_pdf(), "encrypted"),
        ("a.docx", samples.docx()[:900], "Word"),
        ("b.docx", samples.docx()[:900], "Word"),
    ):
        with subtests.test(why):
            (*_, last) = lines(put(site, name, content, replace="true"))
            assert list(last) == ["error"]
            assert why in str(last["error"])
            assert "\n" not in str(last["error"])
            assert kept(site) == before
            assert site.assistant.search.snapshot().index == seen


def test_what_cannot_be_indexed_is_taken_away_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = iter([Damaged("it broke"), OSError(28, "No space left on device")] * 2)
    lines(put(site, "bridge.txt", BRIDGE))
    seen = site.assistant.search.snapshot().index

    def fails(*_: object, **__: object) -> None:
        # Twice for each file: putting back what was there is tried too.
        raise next(faults)

    with monkeypatch.context() as patched:
        patched.setattr(adding, "build", fails)
        for name in ("bridge.txt", "other.txt"):
            (*_, last) = lines(put(site, name, b"Other words.", replace="true"))
            assert list(last) == ["error"]
    assert kept(site) == {"bridge.txt": BRIDGE}
    build(site.assistant.settings.home)
    assert site.assistant.search.snapshot().index == seen


def test_a_file_once_refused_by_a_build_is_put_back_and_so_is_its_document(site: Site) -> None:
    lines(put(site, "bridge.txt", BRIDGE))
    seen = site.assistant.search.snapshot().index
    # As if it had taken too long when the machine was busy, which is remembered.
    later = b"Too slow to be read."
    home, sound = site.assistant.settings.home, site.added / "bridge.txt"
    library = Library(home / "library.db", "write")
    rules = ReadBy(identity(site.assistant.search.encoder.window), "60 s 1024 MB").all
    with library.transaction():
        digest = hashlib.sha256(later).hexdigest()
        library.refuse("added", "bridge.txt", digest, rules, "took too long")
    library.close()
    (*_, last) = lines(put(site, "bridge.txt", later, replace="true"))
    assert "took too long" in last["error"]
    assert sound.read_bytes() == BRIDGE
    assert site.assistant.search.snapshot().index == seen


def test_a_first_file_that_fails_late_gives_the_report_that_comes_with_footnote_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path / ".footnote")
    settings = Settings(home=tmp_path / ".footnote", uploads=str(tmp_path / "added"))
    assistant = Assistant(settings, view=False, folder=tmp_path)
    seen = assistant.search.snapshot().index
    adds = adding.Adding(assistant)
    part = adds.part()
    part.write_bytes(BRIDGE)

    def full(stage: str, done: int, total: int) -> None:
        if stage == "encoding":
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        adds.add(part, "bridge.txt", False, full)
    assert assistant.search.snapshot().index == seen
    assert list(adds.folder.iterdir()) == []


def test_somebody_elses_build_is_waited_for(site: Site) -> None:
    said: list[dict[str, object]] = []
    with writing(site.assistant.settings.home):
        other = Thread(target=lambda: said.extend(lines(put(site, "bridge.txt", BRIDGE))))
        other.start()
        with pytest.raises(Busy):
            build(site.assistant.settings.home)
        other.join(1)
        assert other.is_alive()
    other.join(60)
    assert said[-1] == {"added": "bridge.txt"}


def test_two_files_at_once_are_both_added(site: Site) -> None:
    names = ["one.txt", "two.txt", "same.txt", "same.txt"]
    said: list[dict[str, object]] = []

    def add(name: str) -> None:
        got = put(site, name, f"{name} is a note.".encode())
        said.append(lines(got)[-1] if got.status_code == 200 else got.json())

    threads = [Thread(target=add, args=[name]) for name in names]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum("added" in each for each in said) == 3
    assert sorted(kept(site)) == ["one.txt", "same.txt", "two.txt"]
    assert sources(site) == ["one.txt", "same.txt", "two.txt", "ferry.txt"]


def test_nobody_puts_a_file_where_he_may_not_read_or_learns_that_one_is_there(
    tmp_path: Path, base: Path
) -> None:
    rules = '[[access]]\npaths = ["added/pay*"]\ngroups = ["hr"]\n'
    site = made(tmp_path, base, rules)
    (site.added / "pay.txt").write_text("The pay is high.")
    for name in ("pay.txt", "payment.txt"):
        got = put(site, name, BRIDGE, replace="true")
        assert got.status_code == 403
        assert "rules of access" in got.json()["error"]
    assert kept(site) == {"pay.txt": b"The pay is high."}
    lines(put(site, "bridge.txt", BRIDGE))
    assert put(site, "pay.txt", BRIDGE).status_code == 403


def test_a_link_or_a_folder_is_never_replaced(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Somebody else's words.")
    (site.added / "link.txt").symlink_to(tmp_path / "other.txt")
    (site.added / "folder.txt").mkdir()
    for name in ("link.txt", "folder.txt"):
        (*_, last) = lines(put(site, name, BRIDGE, replace="true"))
        assert "is no file" in str(last["error"])
    assert (site.added / "link.txt").is_symlink()
    assert (tmp_path / "other.txt").read_text() == "Somebody else's words."


def test_a_folder_in_an_indexed_one_gives_sources_below_that(tmp_path: Path, base: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("A note.")
    site = made(tmp_path, base, uploads=str(tmp_path / "mine" / "new"))
    build(tmp_path / ".footnote", [tmp_path / "mine"])
    assert lines(put(site, "bridge.txt", BRIDGE))[-1] == {"added": "new/bridge.txt"}
    assert sources(site) == ["ferry.txt", "a.txt", "new/bridge.txt"]


def test_what_a_killed_server_left_half_written_is_gone_with_the_next(
    tmp_path: Path, base: Path
) -> None:
    (tmp_path / "added").mkdir()
    half, coming = (tmp_path / "added" / f".footnote-{each}.part" for each in "01")
    half.write_bytes(b"half")
    coming.write_bytes(b"another process is at it")
    os.utime(half, (0, 0))
    made(tmp_path, base)
    assert (half.exists(), coming.exists()) == (False, True)


def test_without_the_setting_nobody_adds_anything(tmp_path: Path, base: Path) -> None:
    site = made(tmp_path, base, uploads="")
    assert put(site, "bridge.txt", BRIDGE).status_code == 404
    assert put(site, "bridge.txt", b"x" * 300_000).status_code == 413
    page = site.client.get("/documents")
    assert "Add documents" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert not site.added.exists()


@pytest.fixture(scope="module")
def served(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server that lets files of a megabyte be added, and its folder."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(base / ".footnote", folder / ".footnote")
    (folder / "footnote.toml").write_text('uploads = "added"\nupload_megabytes = 1\n')
    with run_server(folder) as url:
        yield url, folder / "added"


def test_a_file_is_cut_off_at_the_limit_whatever_its_head_says(
    served: tuple[str, Path],
) -> None:
    url, added = served
    address = f"{url}/api/v1/documents/big.txt"
    before = list(added.iterdir())
    blocks = (b"x" * 65_536 for _ in range(20))
    for content in (b"x" * (1 << 20) + b"x", blocks):
        got = httpx.put(address, content=content, timeout=30)
        assert got.status_code == 413
        assert "1,048,576" in got.json()["error"]
    assert list(added.iterdir()) == before
    # Other routes keep theirs.
    body = {"question": "x" * 600_000}
    assert httpx.post(f"{url}/api/v1/ask", json=body, timeout=30).status_code == 413


def test_a_sender_that_breaks_off_leaves_nothing(served: tuple[str, Path]) -> None:
    url, added = served
    before = list(added.iterdir())

    def broken() -> Iterator[bytes]:
        yield b"x" * 70_000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        httpx.put(f"{url}/api/v1/documents/half.txt", content=broken(), timeout=30)
    until = time.monotonic() + 30
    while list(added.iterdir()) != before and time.monotonic() < until:
        httpx.get(f"{url}/healthz")
    assert list(added.iterdir()) == before


def test_no_other_sites_page_may_add(served: tuple[str, Path]) -> None:
    url, added = served
    for origin in ("http://evil.example", "null", "http://localhost:1"):
        got = httpx.put(
            f"{url}/api/v1/documents/evil.txt", content=BRIDGE, headers={"origin": origin}
        )
        assert got.status_code == 403
        assert "access-control-allow-origin" not in got.headers
    assert not (added / "evil.txt").exists()


def test_a_browser_adds_files_tells_of_each_and_shows_the_list_anew(
    served: tuple[str, Path], browser: Browser, tmp_path: Path
) -> None:
    url, added = served
    (tmp_path / "report.pdf").write_bytes(samples.pdf())
    (tmp_path / "bad.pdf").write_bytes(b"no PDF")
    page = browser.new_page(viewport={"width": 360, "height": 740})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: line.type == "error" and faults.append(line.text))
    page.goto(f"{url}/documents")
    box = page.get_by_label("Drop files here, or choose them")
    box.set_input_files([tmp_path / "report.pdf", tmp_path / "bad.pdf"])
    told = page.get_by_role("log").filter(has_text="bad.pdf wasn't added")
    expect(told).to_contain_text("it isn't a PDF", timeout=30_000)
    expect(page.locator("#documents")).to_contain_text("Flood report")
    expect(page.locator("#added li").filter(has_text="report.pdf")).to_contain_text("was added")
    # The same again: only if that is said.
    box.set_input_files([tmp_path / "report.pdf"])
    again = page.get_by_role("button", name="Replace report.pdf")
    expect(again).to_be_visible(timeout=30_000)
    again.press("Enter")
    expect(page.locator("#added li").first).to_contain_text("was added", timeout=30_000)
    expect(box).to_be_focused()
    assert sorted(path.name for path in added.iterdir()) == ["report.pdf"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    # Browsers note every answer of 400 and more.
    assert [each for each in faults if "409" not in each] == []
    page.close()


def test_files_can_be_dropped(served: tuple[str, Path], browser: Browser) -> None:
    url, added = served
    page = browser.new_page()
    page.goto(f"{url}/documents")
    expect(page.locator("#adding")).to_be_visible()
    page.evaluate(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File(["A dropped note."], "dropped.txt"));
            document.getElementById("drop").dispatchEvent(
                new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
        }"""
    )
    expect(page.locator("#documents")).to_contain_text("dropped.txt", timeout=30_000)
    assert (added / "dropped.txt").read_bytes() == b"A dropped note."
    page.close()
