"""Building: only what changed is read again, and what goes wrong leaves the index as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import filelock
import pytest

from index import Busy, Mismatch, NoIndex, NothingToIndex, Report, Search, build
from index.roots import SEEDS
from index.vectors import folder_of


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "office.txt").write_text("The office in Lisbon opens at nine in the morning.")
    (folder / "cafe.md").write_text("# Café\n\nThe café serves soup on Tuesdays.")
    return folder


def counts(report: Report) -> tuple[int, int, int, int]:
    added, changed, removed = map(report.count, ("added", "changed", "removed"))
    return added, changed, removed, report.unchanged


def texts(home: Path, question: str) -> list[str]:
    search = Search(home, view=False)
    return [passage.text for passage in search.find(question, 8, search.snapshot())]


def test_with_no_path_the_seed_documents_are_indexed_until_a_path_is_named(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    assert build(home).documents == len(list(SEEDS.iterdir()))
    report = build(home, [notes])
    assert (report.count("added"), report.count("removed"), report.documents) == (2, 1, 2)
    assert build(home).unchanged == 2


def test_building_again_does_only_what_changed(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    first = Search(home, view=False).snapshot()
    report = build(home)
    assert counts(report) == (0, 0, 0, 2)
    assert Search(home, view=False).snapshot() == first
    (notes / "office.txt").write_text("The office in Lisbon opens at ten in the morning.")
    (notes / "cafe.md").unlink()
    (notes / "new.txt").write_text("The library closed in May.")
    report = build(home)
    assert counts(report) == (1, 1, 1, 0)
    found = texts(home, "When does the office in Lisbon open, and is there soup?")
    assert any("opens at ten" in text for text in found)
    assert not any("opens at nine" in text or "soup" in text for text in found)


def test_the_same_content_has_the_same_identity_wherever_it_is_indexed(
    tmp_path: Path, notes: Path
) -> None:
    for name in ("one", "two"):
        build(tmp_path / name, [notes])
    one, two = (Search(tmp_path / name, view=False).snapshot() for name in ("one", "two"))
    assert one.index == two.index
    (notes / "office.txt").write_text("Another text.")
    build(tmp_path / "two")
    assert Search(tmp_path / "two", view=False).snapshot().index != one.index


@pytest.mark.parametrize("kind", ["missing", "empty", "unreadable", "unknown"])
def test_a_path_with_nothing_to_read_is_refused_and_the_index_still_answers(
    tmp_path: Path, notes: Path, kind: str
) -> None:
    home, bad = tmp_path / "home", tmp_path / "bad"
    build(home, [notes])
    if kind != "missing":
        bad.mkdir()
    if kind == "unreadable":
        (bad / "a.txt").write_bytes(b"\0\1\2")
    if kind == "unknown":
        (bad / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(NothingToIndex, match=str(bad) if kind != "unreadable" else "bad"):
        build(home, [bad])
    assert any("soup" in text for text in texts(home, "What does the café serve?"))
    assert build(home).unchanged == 2


def test_an_unreadable_file_is_reported_and_the_rest_is_indexed(
    tmp_path: Path, notes: Path
) -> None:
    (notes / "broken.txt").write_bytes(b"\0\1\2")
    report = build(tmp_path / "home", [notes])
    assert report.documents == 2
    (left_out,) = (each for each in report.changes if each.what == "left out")
    assert left_out.source == "broken.txt"
    assert "isn't text" in left_out.why


def test_a_build_that_failed_half_way_is_undone_by_the_next(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    (notes / "office.txt").write_text("The office in Lisbon opens at ten in the morning.")

    def fail(stage: str, done: int, total: int) -> None:
        if stage == "encoding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(home, progress=fail)
    assert any("opens at nine" in text for text in texts(home, "When does the office open?"))
    assert build(home).count("changed") == 1
    assert any("opens at ten" in text for text in texts(home, "When does the office open?"))


def test_a_second_build_is_kept_out(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with filelock.FileLock(home / "lock"), pytest.raises(Busy, match="another process"):
        build(home, [notes])


def test_folders_of_one_name_keep_their_documents_apart(tmp_path: Path, notes: Path) -> None:
    other = tmp_path / "other" / "notes"
    other.mkdir(parents=True)
    (other / "office.txt").write_text("The office in Porto opens at noon.")
    build(tmp_path / "home", [notes, other])
    search = Search(tmp_path / "home", view=False)
    found = search.find("When does the office open?", 8, search.snapshot())
    offices = {passage.document for passage in found if passage.source == "office.txt"}
    assert len(offices) == 2


def test_a_folder_inside_an_indexed_one_is_not_indexed_twice(tmp_path: Path, notes: Path) -> None:
    (notes / "sub").mkdir()
    (notes / "sub" / "a.txt").write_text("Inside.")
    build(tmp_path / "home", [notes])
    assert build(tmp_path / "home", [notes / "sub"]).documents == 3


def test_the_view_finds_what_comparing_with_every_vector_finds(seed_folder: Path) -> None:
    home = seed_folder / ".footnote"
    exact, view = Search(home, view=False), Search(home)
    for question in ("When is the visit?", "What is the Wagner Group?"):
        assert [
            (each.start, each.end, each.why["vector_rank"])
            for each in view.find(question, 8, view.snapshot())
        ] == [
            (each.start, each.end, each.why["vector_rank"])
            for each in exact.find(question, 8, exact.snapshot())
        ]


def test_without_a_sound_view_every_vector_is_compared(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    for header in folder_of(home, 1).glob("*/header.bin"):
        header.write_bytes(header.read_bytes()[:20])
    search = Search(home)
    found = search.find("What does the café serve?", 8, search.snapshot())
    assert "soup" in found[0].text


def test_no_index_and_a_foreign_encoder_are_refused_with_the_command_that_helps(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoIndex, match="footnote index"):
        Search(tmp_path / "home")
    build(tmp_path / "home", [notes])
    search = Search(tmp_path / "home", view=False)
    # The process's own: others go on with it.
    monkeypatch.setattr(search.encoder, "identity", "another encoder")
    with pytest.raises(Mismatch, match="footnote index"):
        search.snapshot()


def test_a_document_that_is_only_a_heading_is_found_and_has_nothing_to_quote(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.md").write_text("# Lisbon office\n")
    build(tmp_path / "home", [tmp_path / "a.md"])
    search = Search(tmp_path / "home", view=False)
    (passage,) = search.find("Where is the Lisbon office?", 8, search.snapshot())
    assert passage.sentences == ()


def test_a_damaged_view_is_built_again(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    for header in folder_of(home, 1).glob("*/header.bin"):
        header.write_bytes(b"")
    assert build(home).unchanged == 2
    search = Search(home)
    assert search._current_view(search.snapshot()) is not None


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000])
def test_a_view_whose_database_is_damaged_is_not_asked(
    tmp_path: Path, notes: Path, content: bytes
) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    (folder_of(home, 1) / "chroma.sqlite3").write_bytes(content)
    search = Search(home)
    assert search._current_view(search.snapshot()) is None
    assert "soup" in search.find("What does the café serve?", 8, search.snapshot())[0].text


def test_a_question_reads_one_generation_whatever_is_built_meanwhile(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    search = Search(home, view=False)
    with search.reading() as at:
        for hour in ("ten", "eleven", "noon"):
            (notes / "office.txt").write_text(f"The office in Lisbon opens at {hour}.")
            build(home)
        found = search.find("When does the office open?", 8, at)
        assert any("opens at nine" in passage.text for passage in found)
        assert all(search.document(passage.document, at) for passage in found)
    with search.reading() as at:
        found = search.find("When does the office open?", 8, at)
        assert any("opens at noon" in passage.text for passage in found)


def test_questions_from_many_threads_during_builds_are_all_answered(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    search = Search(home)

    def ask(_: int) -> str:
        with search.reading() as at:
            return search.find("When does the office open?", 1, at)[0].text

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(ask, range(200))
        (notes / "office.txt").write_text("The office in Lisbon opens at ten in the morning.")
        build(home)
        found = set(answers)
    assert found <= {
        "The office in Lisbon opens at nine in the morning.",
        "The office in Lisbon opens at ten in the morning.",
    }


def test_nothing_but_views_is_ever_removed_from_the_home(tmp_path: Path, notes: Path) -> None:
    (tmp_path / "vectors" / "mine").mkdir(parents=True)
    (tmp_path / "vectors" / "7").mkdir()
    (tmp_path / "vectors" / "mine" / "x").write_text("x")
    build(tmp_path, [notes])
    assert (tmp_path / "vectors" / "mine" / "x").exists()
    assert (tmp_path / "vectors" / "7").exists()


def test_a_folder_takes_the_place_of_one_inside_it(tmp_path: Path, notes: Path) -> None:
    (notes / "sub").mkdir()
    (notes / "sub" / "a.txt").write_text("Inside.")
    build(tmp_path / "home", [notes / "sub"])
    assert build(tmp_path / "home", [notes]).documents == 3


def test_a_path_that_is_not_there_is_refused_inside_an_indexed_folder_too(
    tmp_path: Path, notes: Path
) -> None:
    build(tmp_path / "home", [notes])
    with pytest.raises(NothingToIndex, match=r"missing\.txt"):
        build(tmp_path / "home", [notes / "missing.txt"])


def test_a_remembered_folder_that_is_gone_loses_nothing(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    notes.rename(tmp_path / "away")
    with pytest.raises(NothingToIndex, match="was indexed before and is gone"):
        build(home)
    assert any("soup" in text for text in texts(home, "What does the café serve?"))
