"""Every file of an index is damaged in turn: that is found, nobody is answered wrongly, and mended.

The index has a graph that was flushed to its files, as one of over a thousand passages has. With
DAMAGE=all in the environment each file is damaged in every way, and mended each time; else in two
ways, and mended once.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from cheap import Answer, Hashes, ask
from conftest import Command

from index import Damaged, build, repair, verify
from index.library.sums import COPY, LIBRARY, SUMS
from index.verify import copy_faults, library_faults

QUESTIONS = ("Where does crate 7 stand?", "What is red?")
DAMAGES = ("missing", "empty", "half", "middle", "first", "anywhere", "anywhere else")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    (folder / "notes").mkdir()
    text = "\n\n".join(f"# Crate {each}\n\n{f'Crate {each} is red. ' * 40}" for each in range(1010))
    (folder / "notes" / "crates.md").write_text(text)
    (folder / "notes" / "door.md").write_text("The door is locked at nine.")
    build(folder / "home", [folder / "notes"], encoder=Hashes())
    return folder / "home"


@pytest.fixture(scope="module")
def answers(sound: Path) -> list[Answer]:
    found = [ask(sound, question) for question in QUESTIONS]
    assert found == [ask(sound, question, view=True) for question in QUESTIONS]
    return found


@pytest.fixture
def home(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "home"))


def damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "missing":
        path.unlink()
        return
    if how == "empty":
        content.clear()
    elif how == "half":
        del content[len(content) // 2 :]
    else:
        places = {"middle": len(content) // 2, "first": 0}
        any_place = random.Random(f"{path.name} {how}").randrange(len(content))  # noqa: S311
        content[places.get(how, any_place)] ^= 1
    path.write_bytes(content)


def files_of(home: Path) -> list[Path]:
    """Every file but the lock, which is empty, and empty ones, which can't be damaged."""
    found = (path for path in sorted(home.rglob("*")) if path.is_file() and path.stat().st_size)
    return [path for path in found if not path.name.endswith(("-wal", "-shm"))]


def answers_or_refusals(home: Path, view: bool) -> list[Answer | None]:
    found: list[Answer | None] = []
    for question in QUESTIONS:
        try:
            found.append(ask(home, question, view))
        except Damaged:
            found.append(None)
    return found


def test_the_graph_was_flushed_to_its_files(sound: Path) -> None:
    names = {path.name for path in files_of(sound)}
    graph = {"header.bin", "length.bin", "data_level0.bin", "link_lists.bin"}
    assert graph | {LIBRARY, COPY, SUMS, "chroma.sqlite3", "ids.npy"} <= names


@pytest.mark.parametrize("how", DAMAGES)
def test_each_file_damaged_is_found_before_it_is_served_and_mended(
    home: Path, sound: Path, answers: list[Answer], how: str
) -> None:
    for place, path in enumerate(files_of(sound)):
        turn = (place - DAMAGES.index(how)) % len(DAMAGES)
        if os.environ.get("DAMAGE") != "all" and turn not in (0, 3):
            # Each file is damaged in two of the ways; in all of them takes minutes.
            continue
        hurt = home / path.relative_to(sound)
        damage(hurt, how)
        faults = list(verify(home))
        assert any(hurt.name in fault or hurt.parent.name in fault for fault in faults), hurt
        assert all("\n" not in fault and "Traceback" not in fault for fault in faults)
        by_all = answers_or_refusals(home, view=False)
        assert by_all in (answers, [None] * len(answers)), hurt
        if hurt.is_relative_to(home / "vectors") and how in ("missing", "empty", "half", "first"):
            assert answers_or_refusals(home, view=True) == answers, hurt
        if os.environ.get("DAMAGE") == "all" or turn == 0:
            repair(home, encoder=Hashes())
            assert list(verify(home)) == [], hurt
            assert [ask(home, question) for question in QUESTIONS] == answers, hurt
        shutil.rmtree(home)
        shutil.copytree(sound, home)


@pytest.mark.parametrize("how", ["missing", "empty", "half", "middle"])
def test_rows_say_themselves_that_they_are_damaged_where_sums_are_not_there(
    home: Path, sound: Path, how: str
) -> None:
    (home / SUMS).write_text("being written\n")
    damage(home / LIBRARY, how)
    assert list(library_faults(home)) or how == "middle"
    shutil.copyfile(sound / LIBRARY, home / LIBRARY)
    damage(home / COPY, how)
    assert list(copy_faults(home)) or how == "middle"


@pytest.mark.parametrize("how", ["missing", "empty", "half", "first"])
def test_a_library_and_a_copy_both_damaged_are_left_alone_and_one_line_says_so(
    home: Path, how: str
) -> None:
    damage(home / LIBRARY, how)
    damage(home / COPY, how)
    before = {path: path.read_bytes() for path in files_of(home)}
    for mend in (lambda: repair(home, encoder=Hashes()), lambda: build(home, encoder=Hashes())):
        with pytest.raises(Damaged) as raised:
            mend()
        assert "\n" not in str(raised.value)
    assert {path: path.read_bytes() for path in files_of(home)} == before


@pytest.mark.parametrize("name", [LIBRARY, COPY])
@pytest.mark.parametrize("how", ["missing", "empty", "half", "middle"])
def test_a_build_neither_trusts_a_damaged_file_nor_blesses_it(
    home: Path, answers: list[Answer], name: str, how: str
) -> None:
    damage(home / name, how)
    if name == LIBRARY:
        with pytest.raises(Damaged, match="footnote repair"):
            build(home, encoder=Hashes())
        assert list(verify(home)) != []
        repair(home, encoder=Hashes())
    else:
        build(home, encoder=Hashes())
    assert list(verify(home)) == []
    assert [ask(home, question) for question in QUESTIONS] == answers


def test_a_library_without_sums_that_is_no_database_is_refused_in_one_line(home: Path) -> None:
    (home / SUMS).unlink()
    (home / LIBRARY).write_bytes(b"garbage" * 1000)
    with pytest.raises(Damaged, match="footnote repair"):
        build(home, encoder=Hashes())


def test_the_command_says_what_is_damaged_and_ends_with_3(
    tmp_path: Path, footnote: Command
) -> None:
    (tmp_path / "a.md").write_text("The door is locked at nine.")
    build(tmp_path / ".footnote", [tmp_path / "a.md"])
    assert footnote("verify").returncode == 0
    sound = footnote("ask", "When is the door locked?").stdout
    damage(tmp_path / ".footnote" / LIBRARY, "middle")
    for command in (["verify"], ["ask", "door?"], ["index"]):
        done = footnote(*command)
        assert done.returncode == 3
        assert "footnote repair" in done.stderr
        assert "Traceback" not in done.stderr
    assert footnote("repair").returncode == 0
    assert footnote("verify").returncode == 0
    assert footnote("ask", "When is the door locked?").stdout == sound
