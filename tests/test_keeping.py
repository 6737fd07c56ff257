"""Keeping an index well: verify, repair, backup, restore, and what an older release has left."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from conftest import Command

from index import Mismatch, Search, backup, build, repair, restore, verify
from index.encode import LocalEncoder
from index.library.sums import COPY, LIBRARY
from index.split import Splitter
from index.tokens import tiktoken_count
from index.types import Document

TEXT = "The bridge in Lisbon reopens on Monday."
# The tables of release 1, as that release made them.
SCHEMA_1 = """
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE paths (path TEXT PRIMARY KEY, label TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL, label TEXT NOT NULL,
    source TEXT NOT NULL, file_sha256 TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    sha256 TEXT NOT NULL, headings TEXT NOT NULL, born INTEGER NOT NULL, died INTEGER) STRICT;
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents (id),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, context TEXT NOT NULL,
    sentences TEXT NOT NULL, sha256 TEXT NOT NULL, born INTEGER NOT NULL, died INTEGER) STRICT;
CREATE TABLE vectors (
    sha256 TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL, sentences BLOB NOT NULL,
    PRIMARY KEY (sha256, encoder)) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
    text, context, content='chunks', content_rowid='id',
    tokenize="porter unicode61 remove_diacritics 2");
PRAGMA user_version = 1;
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.txt").write_text(TEXT)
    (folder / "canteen.txt").write_text("The canteen serves soup on Tuesdays.")
    return folder


def found(home: Path) -> list[tuple[str, str, float]]:
    search = Search(home, view=False)
    with search.reading() as at:
        passages = search.find("When does the bridge reopen?", 8, at)
    return [(each.source, each.text, each.score) for each in passages]


def test_a_sound_index_has_no_faults_and_nothing_to_repair(tmp_path: Path, notes: Path) -> None:
    build(tmp_path / "home", [notes])
    assert list(verify(tmp_path / "home")) == []
    assert repair(tmp_path / "home").done == ()


def test_a_backup_is_one_file_that_gives_the_same_answers_elsewhere(
    tmp_path: Path, notes: Path
) -> None:
    build(tmp_path / "home", [notes])
    backup(tmp_path / "home", tmp_path / "saved.db")
    shutil.rmtree(notes)
    repaired = restore(tmp_path / "elsewhere", tmp_path / "saved.db")
    assert repaired.encoded == 0
    assert found(tmp_path / "elsewhere") == found(tmp_path / "home")
    assert list(verify(tmp_path / "elsewhere")) == []


def test_a_restored_index_answers_from_then_and_a_reader_follows(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    before = found(home)
    backup(home, tmp_path / "saved.db")
    (notes / "bridge.txt").write_text("The bridge in Lisbon stays shut.")
    build(home)
    search = Search(home)
    restore(home, tmp_path / "saved.db")
    assert found(home) == before
    with search.reading() as at:
        assert search.find("When does the bridge reopen?", 1, at)[0].text == TEXT
    assert build(home).count("changed") == 1


def test_a_damaged_backup_changes_nothing(footnote: Command, tmp_path: Path, notes: Path) -> None:
    build(tmp_path / ".footnote", [notes])
    assert footnote("backup", "saved.db").returncode == 0
    content = bytearray((tmp_path / "saved.db").read_bytes())
    place = content.index(b"Lisbon")
    content[place : place + 6] = b"Madrid"
    (tmp_path / "saved.db").write_bytes(content)
    restored = footnote("restore", "saved.db")
    assert restored.returncode == 3
    assert "saved.db: isn't a sound backup" in restored.stderr.splitlines()[-1]
    assert "Lisbon reopens" in footnote("ask", "When does the bridge reopen?").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["backup", "notes"], "notes: is there already"),
        (["backup", "nowhere/a.db"], "nowhere: no such folder"),
        (["restore", "nowhere.db"], "nowhere.db: no such file"),
        (["restore", "notes/bridge.txt"], "isn't a backup"),
    ],
)
def test_a_backup_that_cannot_be_made_or_read_is_one_line(
    footnote: Command, tmp_path: Path, notes: Path, arguments: list[str], says: str
) -> None:
    build(tmp_path / ".footnote", [notes])
    ran = footnote(*arguments)
    assert ran.returncode in (2, 3)
    assert says in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["verify", "repair", "backup"])
def test_without_an_index_it_is_said_how_to_make_one(footnote: Command, command: str) -> None:
    ran = footnote(command, *(["saved.db"] if command == "backup" else []))
    assert ran.returncode == 2
    assert "run: footnote index" in ran.stderr


def test_damage_is_named_repaired_and_said_to_be(
    footnote: Command, tmp_path: Path, notes: Path
) -> None:
    build(tmp_path / ".footnote", [notes])
    assert "sound" in footnote("verify").stdout
    library = tmp_path / ".footnote" / LIBRARY
    content = bytearray(library.read_bytes())
    content[len(content) // 2] ^= 1
    library.write_bytes(content)
    verified = footnote("verify")
    assert verified.returncode == 3
    assert f"{LIBRARY}: isn't what was written; run: footnote repair" in verified.stderr
    asked = footnote("ask", "When does the bridge reopen?")
    assert asked.returncode == 3
    assert "run: footnote repair" in asked.stderr
    repaired = footnote("repair")
    assert "the library was put back from its copy" in repaired.stdout
    assert "0 passages had to be embedded again" in repaired.stdout
    assert footnote("verify").returncode == 0
    assert "Lisbon reopens" in footnote("ask", "When does the bridge reopen?").stdout


def test_a_lost_vector_is_embedded_again_and_counted(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    before = found(home)
    for name in (LIBRARY, COPY):
        with sqlite3.connect(home / name) as db:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("DELETE FROM vectors WHERE id = 1")
        db.close()
    (home / "library.sha256").unlink()
    assert any("passages without a vector: 1" in fault for fault in verify(home))
    repaired = repair(home)
    assert repaired.encoded == 1
    assert list(verify(home)) == []
    assert found(home) == before


def old_index(home: Path, folder: Path) -> None:
    """What release 1 has left of an index over the folder."""
    encoder = LocalEncoder()
    home.mkdir()
    db = sqlite3.connect(home / LIBRARY)
    db.executescript(SCHEMA_1)
    identity = encoder.identity.removesuffix(" 384 unit")
    state = {"generation": "3", "encoder": identity, "splitter": "rules 1 200/50 window 256"}
    db.executemany("INSERT INTO state VALUES (?, ?)", state.items())
    db.execute("INSERT INTO paths VALUES (?, ?)", [str(folder), "notes"])
    document = Document("0" * 16, "bridge.txt", "bridge", TEXT, titled=False)
    (chunk,) = Splitter(tiktoken_count(), encoder.pieces, encoder.window).split(document)
    ((vector, sentences),) = encoder.chunks([chunk])
    values = ["0" * 16, "notes", "bridge.txt", "x", "bridge", TEXT, document.sha256]
    db.execute(
        "INSERT INTO documents (document, label, source, file_sha256, title, text, sha256, "
        "headings, born) VALUES (?, ?, ?, ?, ?, ?, ?, '[]', 2)",
        values,
    )
    spans = f"[[0, {len(TEXT)}]]"
    db.execute(
        'INSERT INTO chunks (document, start, "end", text, context, sentences, sha256, born) '
        "VALUES (1, 0, ?, ?, '', ?, ?, 2)",
        [len(TEXT), TEXT, spans, chunk.sha256],
    )
    halves = sentences.astype(np.float16).tobytes()
    db.execute("INSERT INTO vectors VALUES (?, ?, ?, ?)", [chunk.sha256, identity, vector, halves])
    db.commit()
    db.close()


def test_an_index_of_release_1_is_refused_until_it_is_indexed_and_then_keeps_its_vectors(
    tmp_path: Path, notes: Path
) -> None:
    home = tmp_path / "home"
    old_index(home, notes)
    (notes / "canteen.txt").unlink()
    with pytest.raises(Mismatch, match=r"older release .* run: footnote index"):
        Search(home)
    report = build(home)
    assert (report.encoded, report.documents) == (0, 1)
    assert found(home)[0][:2] == ("bridge.txt", TEXT)
    kept = sqlite3.connect(home / "library.schema-1.db")
    assert kept.execute("PRAGMA user_version").fetchone() == (1,)
    kept.close()


def test_an_index_of_a_newer_release_is_refused(tmp_path: Path, notes: Path) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    with sqlite3.connect(home / LIBRARY) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    (home / "library.sha256").unlink()
    for ask in (Search, build):
        with pytest.raises(Mismatch, match="newer release"):
            ask(home)
