"""Syncing: what is added, changed, moved and removed; which paths are remembered and forgotten."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import samples
from conftest import Command

from index import Change, NothingToIndex, Report, Search, Vanished, build, verify
from index.build import Limits
from index.library import Library
from index.library.sums import LIBRARY
from index.watch import watch


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("bridge", "canteen", "office", "tram"):
        (folder / f"{name}.txt").write_text(f"The {name} opens at nine in the morning.")
    return folder


def what(report: Report) -> list[tuple[str, str]]:
    return [(change.what, change.source) for change in report.changes]


def page(text: str) -> str:
    """What draws a line of text in a PDF."""
    return f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"


def sources(home: Path) -> list[str]:
    search = Search(home, view=False)
    with search.reading() as at:
        return [entry.source for entry in search.documents(at)]


def test_a_moved_file_is_said_to_be_moved_and_is_not_embedded_again(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    assert build(home, [notes]).encoded == 4
    (notes / "traffic").mkdir()
    (notes / "tram.txt").rename(notes / "traffic" / "line-28.txt")
    report = build(home)
    assert report.changes == (Change("moved", "traffic/line-28.txt", "was tram.txt"),)
    assert report.encoded == 0
    assert sources(home) == ["bridge.txt", "canteen.txt", "office.txt", "traffic/line-28.txt"]


def test_a_file_is_known_by_its_content_and_not_by_its_time(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    os.utime(notes / "tram.txt", (1, 1))
    assert build(home).changes == ()
    before = (notes / "tram.txt").stat()
    (notes / "tram.txt").write_text("The tram opens at five in the morning.")
    os.utime(notes / "tram.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert what(build(home)) == [("changed", "tram.txt")]


def test_a_removed_file_is_taken_from_readers_before_the_build_has_ended(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    (notes / "tram.txt").unlink()
    (notes / "ferry.txt").write_text("The ferry opens at six in the morning.")
    seen: list[list[str]] = []

    def look(stage: str, done: int, total: int) -> None:
        if stage == "encoding":
            seen.append(sources(home))

    build(home, progress=look)
    assert seen[0] == ["bridge.txt", "canteen.txt", "office.txt"]
    assert sources(home) == ["bridge.txt", "canteen.txt", "ferry.txt", "office.txt"]


def test_nothing_of_a_removed_file_is_left_in_any_file_of_the_index(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    (notes / "secret.txt").write_text("The password is Xylophone-Quokka-77, said the porter.")
    build(home, [notes])
    assert any(b"Quokka" in path.read_bytes() for path in home.rglob("*") if path.is_file())
    (notes / "secret.txt").unlink()
    build(home)
    for path in home.rglob("*"):
        assert not path.is_file() or b"uokka" not in path.read_bytes(), path


def test_over_half_of_the_documents_vanish_only_if_that_is_meant(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    for name in ("bridge", "canteen", "office"):
        (notes / f"{name}.txt").unlink()
    with pytest.raises(Vanished, match=r"3 of 4 documents .*footnote index --prune"):
        build(home)
    assert len(sources(home)) == 4
    assert build(home, prune=True).count("removed") == 3


def test_documents_that_cannot_be_read_any_more_count_as_vanished(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    for path in notes.iterdir():
        path.write_bytes(b"\0\1")
    with pytest.raises(Vanished):
        build(home)
    assert len(sources(home)) == 4


def test_a_forgotten_path_goes_with_its_documents_even_if_it_is_gone(
    tmp_path: Path, notes: Path
) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    other.mkdir()
    (other / "ferry.txt").write_text("The ferry opens at six.")
    build(home, [notes, other])
    notes.rename(tmp_path / "away")
    with pytest.raises(NothingToIndex, match=f"footnote index --forget {notes}"):
        build(home)
    assert build(home, forget=[notes]).count("removed") == 4
    assert sources(home) == ["ferry.txt"]
    assert list(Library(home / LIBRARY).paths().values()) == ["other"]
    with pytest.raises(NothingToIndex, match=f"isn't among the indexed paths; they are: {other}"):
        build(home, forget=[notes])


def test_pruning_forgets_a_path_that_is_gone(tmp_path: Path, notes: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    other.mkdir()
    (other / "ferry.txt").write_text("The ferry opens at six.")
    build(home, [notes, other])
    notes.rename(tmp_path / "away")
    build(home, prune=True)
    assert sources(home) == ["ferry.txt"]


def test_a_file_that_cannot_be_read_costs_its_time_only_once(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    (notes / "bomb.pdf").write_bytes(b"%PDF-1.4 nothing follows")
    first = build(home, [notes])
    read: list[str] = []
    again = build(home, progress=lambda stage, *_: read.append(stage))
    assert [each for each in first.changes if each.what == "left out"] == list(again.changes)
    assert "reading" not in read
    (notes / "bomb.pdf").write_bytes(samples.pdf([page("It goes off on Monday.")]))
    assert what(build(home)) == [("added", "bomb.pdf")]


def test_a_build_that_was_stopped_goes_on_where_it_was(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "encoding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(home, [notes], stop)
    stages: list[tuple[str, int, int]] = []
    report = build(home, [notes], lambda *stage: stages.append(stage))
    assert report.count("added") == 4
    assert not [stage for stage in stages if stage[0] == "reading"]


def test_a_file_over_its_limits_is_one_line_and_the_rest_is_indexed(
    tmp_path: Path, notes: Path
) -> None:
    (notes / "long.csv").write_text("a,b\n" + "one,two words here\n" * 400_000)
    report = build(tmp_path / "home", [notes], limits=Limits(seconds=0.5))
    (left_out,) = (each for each in report.changes if each.what == "left out")
    assert "took longer than 0.5 s" in left_out.why
    assert report.documents == 4


def test_watching_follows_a_change(tmp_path: Path, notes: Path) -> None:
    home, stop, built = tmp_path / "home", threading.Event(), threading.Event()
    build(home, [notes])

    def again() -> None:
        if any(change.what == "added" for change in build(home).changes):
            built.set()

    thread = threading.Thread(target=watch, args=(home, again, print, stop))
    thread.start()
    try:
        number = 0
        while not built.wait(1) and number < 60:
            number += 1
            (notes / f"new-{number}.txt").write_text(f"Number {number} is new.")
    finally:
        stop.set()
        thread.join()
    assert built.is_set()
    assert "new-1.txt" in sources(home)


def test_the_page_of_a_pdf_is_cited(footnote: Command, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(
        samples.pdf([page("The bridge closed."), page("The tram line opened on Friday, 3 June.")])
    )
    assert footnote("index", "report.pdf").returncode == 0
    asked = footnote("ask", "When did the tram line open?")
    assert "[1] report.pdf, page 2, characters" in asked.stdout


def test_a_folder_that_cannot_be_listed_just_now_keeps_its_documents(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (notes / "share").mkdir()
    (notes / "share" / "ferry.txt").write_text("The ferry opens at six.")
    build(home, [notes])
    listed = os.scandir

    def scandir(folder: Path) -> Any:
        if Path(folder).name == "share":
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    (change,) = build(home).changes
    assert (change.what, change.source) == ("left out", "share")
    assert "stays as it was indexed" in change.why
    assert "share/ferry.txt" in sources(home)


def test_a_folder_that_was_renamed_has_not_vanished(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    (notes / "old").mkdir()
    for path in notes.glob("*.txt"):
        path.rename(notes / "old" / path.name)
    build(home, [notes])
    (notes / "old").rename(notes / "new")
    assert build(home).count("moved") == 4


def test_a_file_refused_for_its_time_is_read_within_longer_limits(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    (notes / "long.csv").write_text("a,b\n" + "one,two words here\n" * 100_000)
    assert build(home, [notes], limits=Limits(seconds=0.2)).count("left out") == 1
    assert what(build(home, limits=Limits(seconds=90))) == [("added", "long.csv")]


def test_a_first_build_that_is_stopped_remembers_what_it_was_told(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "reading":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(home, [notes], stop)
    build(home)
    assert len(sources(home)) == 4


def test_a_folder_may_be_called_seeds_and_a_label_is_never_somebody_elses(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    notes.rename(tmp_path / "seeds")
    build(home, [tmp_path / "seeds"])
    assert build(home).unchanged == 4
    other = tmp_path / "else" / "seeds"
    other.mkdir(parents=True)
    (other / "bridge.txt").write_text("Another bridge altogether.")
    build(home, [other], forget=[tmp_path / "seeds"])
    assert build(home).unchanged == 1
    assert sources(home) == ["bridge.txt"]


def test_a_view_that_is_kept_outlives_a_later_build_that_is_stopped(
    tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    # Not by its name, which in `index` is the function's.
    verifying = sys.modules["index.verify"]
    monkeypatch.setattr(verifying, "MOST_BESIDE", 0.5)
    build(home, [notes])
    (notes / "ferry.txt").write_text("The ferry opens at six in the morning.")
    build(home)
    assert [path.name for path in (home / "vectors").iterdir()] == ["1"]
    search = Search(home)
    with search.reading() as at:
        found = search.find("When does the ferry open?", 8, at)
        assert [each.why["vector_rank"] for each in found if each.source == "ferry.txt"] == [1]
    monkeypatch.setattr(verifying, "MOST_BESIDE", 0.0)
    (notes / "tram.txt").unlink()

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "indexing":
            raise KeyboardInterrupt

    (notes / "bus.txt").write_text("The bus opens at six in the morning.")
    with pytest.raises(KeyboardInterrupt):
        build(home, progress=stop)
    assert list(verify(home)) == []
    build(home)
    assert [path.name for path in (home / "vectors").iterdir()] == ["3"]
    assert list(verify(home)) == []
