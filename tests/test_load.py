"""Loading: nothing is dropped in silence, and the text is the file's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, NothingToIndex, Unreadable
from index.formats.text import decode
from index.load import File, document, find, read


def load(path: Path) -> Document:
    file = File(path, path.name)
    return document(file, read(file), "folder")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_utf8_text_is_kept_character_for_character_less_its_mark(text: str) -> None:
    assert decode(text.encode("utf-8-sig")) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_utf16_and_utf32_are_known_by_their_mark(text: str) -> None:
    assert decode(text.encode("utf-16")) == text
    assert decode(text.encode("utf-32")) == text


@pytest.mark.parametrize(
    "sentence",
    [
        "Le café de la gare est fermé depuis l’été, a déclaré le maire à la presse.",
        "Über die Straße führte früher eine schöne Brücke, sagte Jürgen Müller.",
        "El niño comió una piña en la montaña, según informó el periódico.",
    ],
)
def test_older_western_encodings_lose_no_letter(sentence: str) -> None:
    assert decode(sentence.encode("cp1252")) == sentence


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02\x03", b"\x89PNG\r\n\x1a\n\x00\x00", b"ab\x00cd"]
)
def test_what_is_not_text_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable, match="isn't text"):
        decode(content)


def test_a_cut_utf16_file_is_refused_with_the_place() -> None:
    with pytest.raises(Unreadable, match="utf-16 at byte"):
        decode("ab".encode("utf-16")[:-1])


def test_lone_surrogates_are_refused_cleanly() -> None:
    with pytest.raises(Unreadable, match=r"bad\.txt: character 2 is half of a surrogate pair"):
        Document("id", "bad.txt", "Bad", "ab\ud800cd")


@pytest.mark.parametrize("content", [b"", b" \n\t\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(Unreadable, match="empty"):
        load(tmp_path / "a.txt")


def test_everything_that_is_left_out_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "good.md").write_text("# Good\n\nText.")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.txt").write_text("secret")
    (tmp_path / ".git").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "sub" / "good.md")
    (tmp_path / "away").symlink_to("/")
    os.mkfifo(tmp_path / "pipe.txt")
    files, skipped = find(tmp_path)
    assert [file.source for file in files] == ["sub/good.md"]
    reasons = {each.source: each.reason for each in skipped}
    assert set(reasons) == {"photo.png", ".hidden.txt", ".git", "link.txt", "away", "pipe.txt"}
    assert ".png" in reasons["photo.png"]
    assert "link" in reasons["away"]
    assert "regular" in reasons["pipe.txt"]


def test_a_file_name_that_is_not_utf8_is_reported(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))).write_text("text")
    files, skipped = find(tmp_path)
    assert files == []
    assert "UTF-8" in skipped[0].reason


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NothingToIndex, match="no such file or folder"):
        find(tmp_path / "nowhere")


def test_the_headline_of_a_report_is_its_title(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("Bridge closed for repairs\nThe bridge closed on Monday. " + "It rained. " * 30)
    assert load(path).title == "Bridge closed for repairs"


def test_a_sentence_wrapped_over_two_lines_is_no_headline(tmp_path: Path) -> None:
    path = tmp_path / "wrapped_note.txt"
    path.write_text(
        "The bridge over the river at the old mill of the town was closed by\n"
        "Mayor Anna Bell on Monday, and it will stay closed until the repairs\n"
        "are done.\n"
    )
    loaded = load(path)
    assert loaded.title == "wrapped note"
    assert loaded.headings == ()


def test_markdown_headings_give_the_way_to_a_place(tmp_path: Path) -> None:
    path = tmp_path / "guide.md"
    path.write_text(
        "# The *Guide*\n\nIntro.\r\n\r\n## Tools\n\n### Saw\n\nSharp.\n\nEnd\n---\nBye.\n"
    )
    loaded = load(path)
    assert loaded.title == "The Guide"
    assert loaded.heading_at(loaded.text.index("Intro")) is None
    assert loaded.heading_at(loaded.text.index("Sharp")) == "Tools › Saw"
    assert loaded.heading_at(loaded.text.index("Bye")) == "End"
    assert loaded.is_heading(loaded.text.index("Saw"))
    assert not loaded.is_heading(loaded.text.index("Sharp"))


def test_a_list_has_no_headline_so_that_its_first_line_can_be_quoted(tmp_path: Path) -> None:
    path = tmp_path / "phone_list.txt"
    path.write_text("Alice's phone number is 555-0101\nBob's phone number is 555-0102\n")
    loaded = load(path)
    assert loaded.title == "phone list"
    assert loaded.headings == ()


def test_front_matter_is_no_heading(tmp_path: Path) -> None:
    path = tmp_path / "post.md"
    path.write_text(
        "---\ntitle: x\ntags: [a]\n---\n\n# The\tpost\n\nWords.\n\nOne\ntwo\n---\nEnd.\n"
    )
    loaded = load(path)
    assert [heading.text for heading in loaded.headings] == ["The post", "One two"]
    assert loaded.text.startswith("---\ntitle")


def test_a_title_holds_nothing_that_steers_a_display(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# Evil \u202e title\x1b[2J\n\nWords.\n")
    assert load(path).title == "Evil  title[2J"


def test_a_folder_that_cannot_be_listed_is_named_and_the_rest_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("Words.")
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> object:
        # Root may list anything, so the refusal is made here.
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    files, skipped = find(tmp_path)
    assert [file.source for file in files] == ["a.txt"]
    assert "can't be listed" in skipped[0].reason


def test_folders_nested_deeper_than_calls_may_be_are_walked_in_a_steady_order(
    tmp_path: Path,
) -> None:
    depth, here = 1_200, os.getcwd()
    try:
        os.chdir(tmp_path)
        for _ in range(depth):
            # One by one: the whole path would be longer than the system takes.
            os.mkdir("d")
            os.chdir("d")
        Path("b.txt").write_text("Words.")
        (tmp_path / "z.txt").write_text("Words.")
        (tmp_path / "a.txt").write_text("Words.")
        files, skipped = find(tmp_path)
        # pytest's own tidying up would go down by recursion.
        os.unlink("b.txt")
        for _ in range(depth):
            os.chdir("..")
            os.rmdir("d")
    finally:
        os.chdir(here)
    assert [file.source for file in files] == ["a.txt", "z.txt", "d/" * depth + "b.txt"]
    assert skipped == []


def test_what_became_a_pipe_or_a_device_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    for path in (tmp_path / "pipe.txt", Path("/dev/zero")):
        with pytest.raises(Unreadable, match="not a regular file"):
            read(File(path, "a.txt"))


def test_the_date_of_front_matter_is_the_documents(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ndate: 2024-02-29T10:00:00Z\n---\n# A\n\nWords.\n")
    (tmp_path / "b.md").write_text("---\ndate: 2023-02-29\n---\n# B\n\ndate: 2020-01-01\n")
    assert load(tmp_path / "a.md").date == "2024-02-29"
    assert load(tmp_path / "b.md").date is None


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("*Harbour Post, 14 March 2024*", "2024-03-14"),
        ("Vale Press Agency | March 3, 2024", "2024-03-03"),
        ("By Ann Lee, 1st of May 2024, Kestby", "2024-05-01"),
        ("On 14 March 2024 the mill burned down.", None),
        ("From 14 March 2024 to 16 March 2024", None),
        ("Harbour Post, 31 February 2024", None),
    ],
)
def test_the_day_of_a_dateline_is_the_documents(tmp_path: Path, line: str, day: str | None) -> None:
    (tmp_path / "a.md").write_text(f"# A mill burns\n\n{line}\n\nIt burned all night long.\n")
    assert load(tmp_path / "a.md").date == day
