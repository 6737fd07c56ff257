"""What people do with an answer in the chat: lead on, doubt, link, narrow, stop, come back."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chatting import DONE, ask, opened, source
from conftest import FOOTNOTE, Command, Serve
from fault_server import faulty
from playwright.sync_api import Page, expect

POST = """# The ferry is repaired

*Harbour Post, 28 April 2024*

The ferry to Corran sails again on 3 May 2024, the harbour master Edda Lund said. The repair cost
1.2 million crowns. The work took six weeks, because a shaft had to be made in Ostrey.
"""
COURIER = """# Ferry back sooner than thought

*Ostrey Courier, 28 April 2024*

The repair of the ferry to Corran cost 1.9 million crowns, two people in the shipyard say.
"""
COST = "How much did the repair of the ferry to Corran cost?"
SAILS = "When does the ferry to Corran sail again?"


@pytest.fixture
def folder(tmp_path: Path, footnote: Command) -> Path:
    """A working directory with two reports that differ on one thing."""
    (tmp_path / "post").mkdir()
    (tmp_path / "courier").mkdir()
    (tmp_path / "post" / "ferry.md").write_text(POST)
    (tmp_path / "courier" / "ferry-sooner.md").write_text(COURIER)
    assert footnote("index", "post", "courier").returncode == 0
    return tmp_path


@contextmanager
def on_port(folder: Path, port: int) -> Iterator[str]:
    """`footnote serve` on that very port."""
    command = [FOOTNOTE, "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().split()[3]
        finally:
            server.kill()


def test_a_follow_up_is_understood_and_documents_that_differ_stand_side_by_side(
    page: Page, folder: Path, serve: Serve
) -> None:
    with serve(folder) as url:
        ask(page, url, SAILS)
        expect(page.locator("#fn-now blockquote")).to_contain_text("3 May 2024")
        turn = ask(page, url, "And why did it take six weeks?")
        expect(turn.locator("blockquote")).to_contain_text("a shaft had to be made")
        turn = ask(page, url, COST)
        sides = turn.locator(".fn-differ li")
        expect(sides).to_have_count(2)
        values = sides.locator(".fn-value").all_inner_texts()
        assert sorted(values) == ["1.2 million crowns", "1.9 million crowns"]
        for each in (0, 1):
            sides.nth(each).locator(".fn-mark").click()
            expect(source(page).locator("mark")).to_contain_text(values[each])
        page.get_by_role("button", name="Previous citation").click()
        expect(page.locator("#fn-where")).to_have_text("1 of 2")
        expect(source(page).locator("mark")).to_contain_text(values[0])


def test_feedback_is_kept_and_becomes_a_draft_of_a_gold_question(
    page: Page, folder: Path, serve: Serve, footnote: Command
) -> None:
    with serve(folder) as url:
        turn = ask(page, url, SAILS)
        turn.get_by_role("button", name="Helpful", exact=True).click()
        expect(turn.locator(".fn-told")).to_have_text("Thank you, that is kept")
        turn.get_by_role("button", name="Not helpful").click()
        turn.get_by_label("Something is missing").check()
        turn.get_by_label("What would be right?").fill("3 May 2024, in the morning")
        turn.get_by_role("button", name="Send").click()
        expect(turn.locator(".fn-opinion")).to_have_count(0)
    up, down = (
        json.loads(line)
        for line in (folder / ".footnote" / "feedback.jsonl").open(encoding="utf-8")
    )
    assert (up["verdict"], down["verdict"]) == ("up", "down")
    assert down["question"] == SAILS
    assert down["reason"] == "incomplete"
    assert down["answer"] == "3 May 2024, in the morning"
    assert down["cited"][0]["quote"] in POST


def test_a_link_opens_the_answer_again_where_its_words_stand_after_re_indexing(
    page: Page, folder: Path, serve: Serve, footnote: Command
) -> None:
    with serve(folder) as url:
        turn = ask(page, url, SAILS)
        said = turn.locator("blockquote bdi").all_inner_texts()
        address = f"{url}/#{turn.get_attribute('data-link')}"
        turn.get_by_role("button", name="Link").click()
        expect(turn.locator(".fn-told")).not_to_be_empty()
        (folder / "post" / "ferry.md").write_text(
            POST.replace("The ferry to Corran", "It rained. The ferry to Corran")
        )
        assert footnote("index").returncode == 0
        page.goto("about:blank")
        page.goto(address)
        turn = page.locator(DONE)
        expect(turn.locator(".fn-changed")).to_contain_text("moved within the document")
        assert turn.locator("blockquote bdi").all_inner_texts() == said
        turn.locator("blockquote .fn-mark").click()
        assert source(page).locator("mark").inner_text() == said[0]
        page.goto("about:blank")
        page.goto(f"{url}/#a1.nonsense")
        expect(page.get_by_role("alert")).to_contain_text("the link isn't whole")


def test_a_file_that_is_dropped_can_be_asked_about(page: Page, folder: Path, serve: Serve) -> None:
    (folder / "footnote.toml").write_text('uploads = "added"\n')
    note = folder / "note.txt"
    note.write_text("The lighthouse of Vell was sold to the baker Ines Morel in March 2025.\n")
    with serve(folder) as url:
        opened(page, url)
        page.get_by_role("link", name="Documents").click()
        source(page).locator("input[type=file]").set_input_files(note)
        expect(source(page).get_by_role("link", name="note")).to_be_visible(timeout=30_000)
        turn = ask(page, url, "Who bought the lighthouse of Vell?")
        expect(turn.locator("blockquote")).to_contain_text("Ines Morel")


def test_a_model_that_fails_is_told_of_and_the_quotes_are_the_answer(
    page: Page, folder: Path, serve: Serve
) -> None:
    with faulty("500") as server:
        (folder / "footnote.toml").write_text(
            f'llm = "openai-like/any"\nllm_url = "{server.url}"\n'
        )
        with serve(folder) as url:
            turn = ask(page, url, SAILS)
            expect(turn.locator(".fn-notice")).to_contain_text("quoted instead")
            expect(turn.locator("blockquote")).to_contain_text("3 May 2024")


def test_an_answer_grows_can_be_stopped_and_is_then_waited_for_no_more(
    page: Page, folder: Path, serve: Serve
) -> None:
    says = "The ferry to Corran sails again on 3 May 2024 [1]. The work took six weeks [1]."
    with faulty("stalls", says=says, words=14) as server:
        (folder / "footnote.toml").write_text(
            f'llm = "openai-like/any"\nllm_url = "{server.url}"\nllm_seconds = 600\n'
        )
        with serve(folder) as url:
            opened(page, url)
            page.get_by_label("Your question").fill(SAILS)
            page.keyboard.press("Enter")
            expect(page.locator("#fn-now blockquote")).to_contain_text("3 May 2024")
            expect(page.locator("#fn-now .fn-mark")).to_have_text("1")
            page.get_by_role("button", name="Stop").click()
            expect(page.get_by_role("alert")).to_contain_text("Stopped")
            expect(page.get_by_label("Your question")).to_have_value(SAILS)
            assert server.wait_until(lambda each: each.open_connections == 0)
            expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def test_a_lost_connection_is_told_and_the_question_is_asked_again_when_it_is_back(
    page: Page, folder: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with on_port(folder, port) as url:
        ask(page, url, SAILS)
    page.get_by_label("Your question").fill(COST)
    page.keyboard.press("Enter")
    expect(page.locator("#fn-lost")).to_contain_text("connection is lost", timeout=20_000)
    with on_port(folder, port):
        expect(page.locator(DONE)).to_have_count(2, timeout=30_000)
        expect(page.locator(".fn-question").first).to_contain_text(SAILS)
        expect(page.locator("#fn-now .fn-question")).to_contain_text(COST)


def test_a_server_that_forgot_the_conversation_is_told_it_again(page: Page, folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Gradio would notice that its server is another one, and load the page anew by itself.
    page.route("**/app_id*", lambda route: route.abort())
    with on_port(folder, port) as url:
        ask(page, url, SAILS)
    with on_port(folder, port):
        page.get_by_label("Your question").fill("And why did it take six weeks?")
        page.keyboard.press("Enter")
        # It may take the page so long to see that Gradio hears nothing.
        expect(page.locator(DONE)).to_have_count(2, timeout=60_000)
        expect(page.locator("#fn-now blockquote")).to_contain_text("a shaft had to be made")


def test_a_conversation_is_kept_in_the_browser_until_a_new_one_is_begun(
    page: Page, seed_url: str
) -> None:
    ask(page, seed_url, "What is the Wagner Group?")
    ask(page, seed_url, "Who won the 2022 World Cup?")
    page.reload()
    expect(page.locator(DONE)).to_have_count(2)
    expect(page.locator("blockquote")).to_contain_text("Wagner")
    ask(page, seed_url, "What can China do?")
    expect(page.locator(DONE)).to_have_count(3)
    page.get_by_role("button", name="New conversation").click()
    opened(page, seed_url)
    expect(page.locator(DONE)).to_have_count(0)


def test_no_conversation_is_kept_if_the_settings_say_so(
    page: Page, folder: Path, serve: Serve
) -> None:
    (folder / "footnote.toml").write_text("keep_conversations = false\nfeedback = false\n")
    with serve(folder) as url:
        turn = ask(page, url, SAILS)
        expect(turn.get_by_role("button", name="Helpful", exact=True)).to_have_count(0)
        page.evaluate("localStorage.setItem('footnote-conversation', '[\"a1.old\"]')")
        page.reload()
        opened(page, url)
        expect(page.locator(DONE)).to_have_count(0)
        assert page.evaluate("localStorage.length") == 0


def test_a_question_can_be_narrowed_asked_again_and_edited(
    page: Page, folder: Path, serve: Serve
) -> None:
    with serve(folder) as url:
        turn = ask(page, url, COST)
        expect(turn.locator(".fn-differ li")).to_have_count(2)
        page.locator("#fn-scope summary").click()
        page.get_by_label("Folder or document").fill("courier/")
        expect(page.locator("#fn-scoped")).to_have_text("courier/")
        turn.get_by_role("button", name="Ask again").click()
        expect(page.locator(".fn-differ")).to_have_count(0)
        expect(page.locator("#fn-now blockquote")).to_contain_text("1.9 million crowns")
        expect(page.locator(DONE)).to_have_count(1)
        page.get_by_role("button", name="Search in all").click()
        page.locator(DONE).get_by_role("button", name="Edit").click()
        box = page.get_by_label("Your question")
        expect(box).to_have_value(COST)
        box.fill(SAILS)
        page.keyboard.press("Enter")
        expect(page.locator("#fn-now blockquote")).to_contain_text("3 May 2024")
        expect(page.locator(DONE)).to_have_count(1)


def test_a_conversation_is_saved_as_markdown_with_footnotes_numbered_through(
    page: Page, folder: Path, serve: Serve
) -> None:
    with serve(folder) as url:
        ask(page, url, SAILS)
        ask(page, url, COST)
        with page.expect_download() as download:
            page.get_by_role("button", name="Save as Markdown").click()
        saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert f"## {SAILS}" in saved
    notes = [line[: line.index(":")] for line in saved.splitlines() if line.startswith("[^")]
    assert notes == [f"[^{number}]" for number in range(1, len(notes) + 1)]
    assert len(notes) == 3
