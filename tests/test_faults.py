"""A disk that is full, or fails a write: one line says so, nothing is lost, and room mends it.

Writes fail in earnest: past a size that the system allows each file of a process (an I/O error to
SQLite, to the graph, to Python), past the room of a disk of a few hundred kilobytes where one may
be mounted, and past the pages that SQLite allows its database (a full one).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cheap import Hashes, ask

from index import Search, Unusable, build, repair, verify
from index.library import Library
from index.library.sums import COPY, LIBRARY

QUESTION = "What is kept on the shelf?"
# The command itself, but for its encoder.
INDEX = """
import resource, sys
from unittest.mock import patch
from cheap import Hashes
from qa.cli import main
if limit := int(sys.argv.pop(1)):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
with patch("index.encode.encoder", lambda *_: Hashes()):
    sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working directory with an index, and a change that isn't in it yet."""
    place = tmp_path / "place"
    (place / "notes").mkdir(parents=True)
    for number in range(9):
        shelf(place, number, f"On the shelf {number} is kept a lamp.")
    build(place / ".footnote", [place / "notes"], encoder=Hashes())
    for number in range(5, 12):
        shelf(place, number, f"On the shelf {number} is kept a chair.")
    (place / "notes" / "0.md").unlink()
    return place


def shelf(place: Path, number: int, text: str) -> None:
    (place / "notes" / f"{number}.md").write_text(text)


def run(place: Path, limit: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, none of whose files may get longer than `limit` bytes, if that isn't 0."""
    here = str(Path(__file__).parent)
    paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(
        [sys.executable, "-c", INDEX, str(limit), *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": paths, "TMPDIR": str(place)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What a command that failed said, less how far it was; asserts that it is one line."""
    stages = ("scanning ", "reading ", "encoding ", "indexing ")
    lines = [line for line in done.stderr.splitlines() if not line.startswith(stages)]
    assert done.returncode in (2, 3), done.stderr
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("footnote: ")
    return lines[0]


def less(home: Path, source: str) -> set[str]:
    """The sources that a search sees but for one."""
    search = Search(home, view=False, encoder=Hashes())
    with search.reading() as at:
        found = {each.source for each in at.entries}
    search.library.close()
    return found - {source}


def check_nothing_lost(home: Path, documents: set[str]) -> None:
    """All is of before the build, but what it removed, or of after: only the copy failed then."""
    assert list(verify(home)) == []
    answered = {text.split()[-1] for _, text in ask(home, QUESTION)[1]}
    if Library(home / LIBRARY).generation() == 1:
        assert less(home, "0.md") == documents
        assert answered == {"lamp."}
    else:
        assert less(home, "20.md") == {f"{number}.md" for number in range(1, 12)}
        assert "chair." in answered


def limits(home: Path) -> Iterator[int]:
    """Sizes past which one kind of file after another can't be written any more.

    The view's database is the longest file here, then come the library, its copy and its log.
    """
    library = (home / LIBRARY).stat().st_size
    view = max(path.stat().st_size for path in (home / "vectors").rglob("*.sqlite3"))
    yield from (0x10, 0x1000, library // 2, library - 0x1000, library, library + 0x4000)
    yield from ((library + view) // 2, view - 1, view + 0x1000, view * 2)


def test_writes_that_fail_at_any_size_lose_nothing(place: Path) -> None:
    home = place / ".footnote"
    documents = less(home, "0.md")
    kept = place.with_name("kept")
    shutil.copytree(home, kept)
    failed: set[tuple[int, str]] = set()
    for limit in limits(kept):
        done = run(place, limit, "index")
        if done.returncode == 0:
            continue
        failed.add((done.stderr.count("\n"), said(done)))
        check_nothing_lost(home, documents)
    assert len(failed) >= 3, failed
    assert run(place, 0, "index").returncode == 0
    assert list(verify(home)) == []
    build(place / "anew", [place / "notes"], encoder=Hashes())
    assert ask(home, QUESTION) == ask(place / "anew", QUESTION)


def test_mending_with_no_room_loses_nothing(place: Path) -> None:
    home = place / ".footnote"
    before = ask(home, QUESTION)
    (home / LIBRARY).write_bytes(b"")
    for limit in (0x10, 0x1000, 0x10000, (home / COPY).stat().st_size - 1):
        said(run(place, limit, "repair"))
    repair(home, encoder=Hashes())
    assert list(verify(home)) == []
    assert ask(home, QUESTION) == before


def test_a_library_that_may_take_no_more_pages_loses_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = place / ".footnote"
    shelf(place, 20, "It is brown, and heavy to lift. " * 2000)
    documents = less(home, "0.md")
    connect, room = sqlite3.connect, 0

    def narrow(*arguments: object, **named: object) -> sqlite3.Connection:
        db: sqlite3.Connection = connect(*arguments, **named)  # type: ignore[call-overload]
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + room}")
        return db

    failed = 0
    for more in range(0, 240, 40):
        room = more
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", narrow)
            try:
                build(home, encoder=Hashes())
                break
            except Unusable:
                failed += 1
        check_nothing_lost(home, documents)
    assert failed
    assert list(verify(home)) == []
    assert any("chair" in text for _, text in ask(home, QUESTION)[1])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB of its own; None of it is needed where no disk may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, check=False)
    yield disk
    if done.returncode == 0:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_loses_nothing(place: Path, small_disk: Path) -> None:
    """Where nobody may mount a disk this holds of writes that fail past a size instead."""
    mounted = small_disk.is_mount()
    there = small_disk / "place"
    shutil.copytree(place, there)
    home = there / ".footnote"
    documents = less(home, "0.md")
    failed: set[tuple[int, str]] = set()
    for left in (0, 8, 80, 160, 320, 480, 640, 800):
        filled = small_disk / "filled"
        if mounted:
            free = shutil.disk_usage(small_disk).free - (left << 10)
            filled.write_bytes(b"x" * max(0, free))
        done = run(there, 0 if mounted else (left << 10) + 1, "index")
        filled.unlink(missing_ok=True)
        if done.returncode == 0:
            break
        failed.add((done.stderr.count("\n"), said(done)))
        check_nothing_lost(home, documents)
    assert len(failed) >= 2, failed
    assert run(there, 0, "index").returncode == 0
    assert list(verify(home)) == []
    assert Library(home / LIBRARY).generation() == 2
    assert any("chair" in text for _, text in ask(home, QUESTION)[1])
