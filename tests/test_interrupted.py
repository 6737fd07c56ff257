"""What a build that was stopped leaves behind: everybody sees the whole of one generation."""

from __future__ import annotations

from pathlib import Path

import pytest
from cheap import Hashes, ask, holding, stop_at

from index import (
    Damaged,
    NoIndex,
    Search,
    backup,
    build,
    repair,
    restore,
    verify,
)
from index.library.sums import COPY, LIBRARY, SUMS
from index.vectors import folder_of

QUESTION = "Where is the word kept?"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.md").write_text(f"# Note {number}\n\nThe word is unique{number}.\n")
    return folder


@pytest.fixture
def home(tmp_path: Path, notes: Path) -> Path:
    build(tmp_path / "home", [notes], encoder=Hashes())
    return tmp_path / "home"


def stop(home: Path, stage: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(home, progress=stop_at(stage), encoder=Hashes())


def test_after_a_removal_whose_build_was_stopped_all_is_sound_and_answers(
    home: Path, notes: Path
) -> None:
    (notes / "3.md").unlink()
    (notes / "0.md").write_text("# Note 0\n\nThe word is changed.\n")
    stop(home, "indexing")
    assert list(verify(home)) == []
    by_view, by_all = ask(home, QUESTION, view=True), ask(home, QUESTION)
    assert by_view == by_all
    assert {source for source, _ in by_all[1]} == {"0.md", "1.md", "2.md"}


def test_a_view_asked_with_the_vector_of_what_was_removed_last_gives_others(
    home: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Search(home, encoder=Hashes())
    with search.reading() as at:
        (last,) = (each for each in search.find(QUESTION, 8, at) if each.source == "3.md")
    (notes / "3.md").unlink()
    with monkeypatch.context() as patch:
        patch.setattr("index.vectors.place.write", stop_at("writing"))
        with pytest.raises(TypeError):
            build(home, encoder=Hashes())
    for question in (f"{last.context}\n{last.text}", QUESTION):
        assert len(ask(home, question, view=True)[1]) == 3


def test_what_a_stopped_build_removed_is_in_no_file_after_the_next(home: Path, notes: Path) -> None:
    (notes / "3.md").unlink()
    (notes / "0.md").write_text("# Note 0\n\nThe word is changed.\n")
    stop(home, "indexing")
    (notes / "0.md").write_text("# Note 0\n\nThe word is unique0.\n")
    (notes / "4.md").write_text("# Note 4\n\nThe word is new.\n")
    build(home, encoder=Hashes())
    assert holding(home, "unique3", "changed") == []
    assert holding(home, "unique0") != []


@pytest.mark.parametrize("stage", ["encoding", "indexing"])
def test_mending_does_not_make_half_a_build_current(home: Path, notes: Path, stage: str) -> None:
    before = ask(home, QUESTION)
    (notes / "0.md").write_text("# Note 0\n\nThe word is changed.\n")
    stop(home, stage)
    (folder_of(home, 1) / "chroma.sqlite3").write_bytes(b"")
    repair(home, encoder=Hashes())
    assert list(verify(home)) == []
    assert ask(home, QUESTION) == before
    assert build(home, encoder=Hashes()).count("changed") == 1
    assert ask(home, QUESTION) != before


def test_a_backup_of_half_a_build_is_put_back_without_it(
    home: Path, notes: Path, tmp_path: Path
) -> None:
    before = ask(home, QUESTION)
    (notes / "0.md").write_text("# Note 0\n\nThe word is changed.\n")
    stop(home, "encoding")
    backup(home, tmp_path / "kept")
    restore(tmp_path / "other", tmp_path / "kept", encoder=Hashes())
    assert list(verify(tmp_path / "other")) == []
    assert ask(tmp_path / "other", QUESTION) == before


@pytest.mark.parametrize("stage", ["scanning", "reading", "encoding", "indexing"])
def test_a_first_build_that_was_stopped_is_no_index_yet_and_goes_on(
    tmp_path: Path, notes: Path, stage: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "new", [notes], progress=stop_at(stage), encoder=Hashes())
    with pytest.raises(NoIndex):
        list(verify(tmp_path / "new"))
    with pytest.raises(NoIndex):
        repair(tmp_path / "new", encoder=Hashes())
    assert build(tmp_path / "new", [notes], encoder=Hashes()).documents == 4


def test_a_library_that_was_only_just_opened_is_filled(tmp_path: Path, notes: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / LIBRARY).touch()
    assert build(tmp_path / "new", [notes], encoder=Hashes()).documents == 4


def test_a_library_lost_during_a_build_is_not_begun_anew_over_its_copy(home: Path) -> None:
    (home / SUMS).unlink()
    (home / LIBRARY).unlink()
    with pytest.raises(Damaged, match=r"footnote repair$"):
        build(home, encoder=Hashes())
    assert (home / COPY).exists()
    repair(home, encoder=Hashes())
    assert list(verify(home)) == []


def test_views_that_killed_builds_left_are_removed_before_another_is_written(
    home: Path, notes: Path
) -> None:
    for name in ("2.part-77", "2.part-78", "2", "7"):
        left = home / "vectors" / name
        left.mkdir()
        (left / "chroma.sqlite3").write_bytes(b"x" * 1000)
    (notes / "0.md").write_text("# Note 0\n\nThe word is changed.\n")
    there: list[list[str]] = []

    def look(stage: str, done: int, total: int) -> None:
        if stage == "indexing":
            there.append(sorted(path.name for path in (home / "vectors").iterdir()))

    build(home, progress=look, encoder=Hashes())
    assert [[name.partition("-")[0] for name in names] for names in there] == [["1", "2.part"]]
