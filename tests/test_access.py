"""Permissions: what a reader may not read leaves no trace in what he is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Command

from index import Access, Rule, Search, build
from index.access import EVERYTHING
from qa import BadSetting, Settings
from qa.assistant import Assistant
from qa.settings import load

HR = Rule(("hr/**",), frozenset({"hr"}))
BOARD = Rule(("**/board/", "*.secret.txt"), frozenset({"board"}))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A canteen open to all, salaries for hr, and minutes in hr's folder for its board."""
    folder = tmp_path_factory.mktemp("access")
    for name, text in {
        "canteen.txt": "The canteen opens at noon on every working day.",
        "hr/salaries.txt": "The salary of a baker is 2,400 euros a month.",
        "hr/board/minutes.txt": "The board agreed to raise the salary of bakers in May.",
    }.items():
        path = folder / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    build(folder / "home", [folder / "documents"])
    return folder / "home"


def seen(home: Path, *groups: str, view: bool = False) -> list[str]:
    """What a reader in these groups finds when he asks for all of it."""
    search = Search(home, view=view)
    with search.reading(Access((HR, BOARD), frozenset(groups))) as at:
        found = search.find("salary of bakers, canteen", 8, at)
        listed = {entry.document for entry in search.documents(at)}
        assert {passage.document for passage in found} == listed
        assert at.chunks == len(found)
        return sorted(passage.source for passage in found)


@pytest.mark.parametrize("view", [False, True])
def test_each_reader_finds_all_he_may_read_and_nothing_else(home: Path, view: bool) -> None:
    everything = ["canteen.txt", "hr/board/minutes.txt", "hr/salaries.txt"]
    assert seen(home, view=view) == ["canteen.txt"]
    assert seen(home, "hr", view=view) == ["canteen.txt", "hr/salaries.txt"]
    assert seen(home, "board", view=view) == ["canteen.txt"]
    assert seen(home, "hr", "board", view=view) == everything


def test_a_document_that_may_not_be_read_cannot_be_opened_by_its_name(home: Path) -> None:
    search = Search(home, view=False)
    with search.reading(EVERYTHING) as at:
        names = {entry.source: entry.document for entry in search.documents(at)}
    with search.reading(Access((HR,), frozenset())) as at:
        assert search.document(names["canteen.txt"], at)
        assert search.document(names["hr/salaries.txt"], at) is None


def test_what_a_reader_sees_is_as_if_the_rest_were_not_there(home: Path, tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "canteen.txt").write_text(
        "The canteen opens at noon on every working day."
    )
    build(tmp_path / "home", [tmp_path / "documents"])
    search, alone = Search(home, view=False), Search(tmp_path / "home", view=False)
    with search.reading(Access((HR, BOARD), frozenset())) as at:
        assert at.index == alone.snapshot().index
        assert at.chunks == alone.snapshot().chunks


def test_without_rules_everyone_reads_everything() -> None:
    assert EVERYTHING.may_read("documents", "hr/salaries.txt")
    assert Access((), frozenset({"x"})).may_read("documents", "a")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("hr/**", "hr/a.txt", True),
        ("hr/**", "hr/deep/er/a.txt", True),
        ("hr/**", "other/hr/a.txt", False),
        ("**/hr/**", "other/hr/a.txt", True),
        ("*.secret.txt", "any/where/b.secret.txt", True),
        ("documents/plan.txt", "plan.txt", True),
        ("hr/**", "hr.txt", False),
        ("Äpfel/**", "A\u0308pfel/a.txt", True),
        ("/hr/**", "hr/a.txt", True),
        ("**", "anything", True),
    ],
)
def test_patterns_mean_what_they_mean_in_gitignore(pattern: str, path: str, matches: bool) -> None:
    rule = Rule((pattern,), frozenset())
    assert rule.matches("documents", path) is matches


def test_an_indexed_folders_own_name_counts() -> None:
    assert HR.matches("hr", "salaries.txt")


def test_changing_a_rule_holds_from_the_next_question_and_embeds_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assistant = Assistant(Settings(home=home), view=False)

    def answered(groups: tuple[str, ...] = ()) -> bool:
        return bool(assistant.ask("What is the salary of a baker?", groups).claims)

    assert answered()
    file = tmp_path / "footnote.toml"
    file.write_text('[[access]]\npaths = ["hr/**"]\ngroups = ["hr"]\n')
    assert not answered()
    assert answered(("hr",))
    file.write_text('[[access]]\npaths = ["hr/**"]\ngroups = ["staff"]\n')
    assert not answered(("hr",))
    file.write_text("[[access]]\npaths = 3\n")
    with pytest.raises(BadSetting, match="table 1"):
        answered(("staff",))


@pytest.mark.parametrize("pattern", ["!a.txt", "#a", " a", "./a", "a\\b"])
def test_a_pattern_that_could_open_or_mean_nothing_is_refused(tmp_path: Path, pattern: str) -> None:
    table = json.dumps({"paths": ["hr/**", pattern]})[1:-1].replace(": ", " = ", 1)
    text = table.replace('"paths"', "paths")
    (tmp_path / "footnote.toml").write_text(f'[[access]]\n{text}\ngroups = ["a"]\n')
    with pytest.raises(BadSetting, match=r"access: table 1: .* no pattern begins with"):
        load(tmp_path, {})


def test_a_second_folder_of_the_same_name_is_under_the_same_rule(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name / "hr").mkdir(parents=True)
        (tmp_path / name / "hr" / "pay.txt").write_text(f"The pay of {name} is high.")
    build(tmp_path / "home", [tmp_path / "x" / "hr", tmp_path / "y" / "hr"])
    assert seen(tmp_path / "home") == []
    assert seen(tmp_path / "home", "hr") == ["pay.txt", "pay.txt"]


@pytest.mark.parametrize("text", ["", "# [[access]]\n", None])
def test_once_there_were_rules_only_saying_so_opens_everything(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    assistant = Assistant(Settings(home=home), view=False)
    file = tmp_path / "footnote.toml"
    file.write_text('[[access]]\npaths = ["hr/**"]\ngroups = ["hr"]\n')
    assert len(assistant.documents()) == 1
    file.write_text(text) if text is not None else file.unlink()
    with pytest.raises(BadSetting, match=r"access = \[\]"):
        assistant.documents()
    file.write_text("access = []\n")
    assert len(assistant.documents()) == 3


def test_rules_that_have_gone_missing_open_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "footnote.toml"
    file.write_text(f'home = "{home}"\n[[access]]\npaths = ["hr/**"]\ngroups = ["hr"]\n')
    assistant = Assistant(load(tmp_path, {}), view=False)
    file.unlink()
    with pytest.raises(BadSetting, match="put that back"):
        assistant.ask("What is the salary of a baker?")


@pytest.mark.parametrize(
    "table",
    [
        'paths = ["a"]',
        'groups = ["a"]',
        'paths = []\ngroups = ["a"]',
        'paths = ["a"]\ngroups = "a"',
        'paths = [1]\ngroups = ["a"]',
        'paths = ["a"]\ngroups = ["a"]\npath = "b"',
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(tmp_path: Path, table: str) -> None:
    (tmp_path / "footnote.toml").write_text(f"[[access]]\n{table}\n")
    with pytest.raises(BadSetting, match="access: table 1 can't be used"):
        load(tmp_path, {})


def test_rules_and_groups_hold_on_the_command_line(footnote: Command, tmp_path: Path) -> None:
    (tmp_path / "docs" / "hr").mkdir(parents=True)
    (tmp_path / "docs" / "hr" / "a.txt").write_text("The salary of a baker is 2,400 euros.")
    (tmp_path / "docs" / "b.txt").write_text("The canteen opens at noon.")
    settings = '[[access]]\npaths = ["hr/**"]\ngroups = ["hr"]\n[[access]]\npaths = ["law/**"]\n'
    (tmp_path / "footnote.toml").write_text(settings + "groups = []\n")
    indexed = footnote("index", "docs")
    assert "access: no document matches law/**" in indexed.stderr
    asked = json.loads(footnote("ask", "--json", "What is the salary of a baker?").stdout)
    assert asked["abstained"]
    assert "2,400" not in json.dumps(asked)
    (tmp_path / "footnote.toml").write_text('groups = ["hr"]\n' + settings + "groups = []\n")
    asked = json.loads(footnote("ask", "--json", "What is the salary of a baker?").stdout)
    assert "2,400" in asked["claims"][0]["text"]


def test_rules_that_have_gone_open_nothing_for_the_next_process_either(
    footnote: Command, tmp_path: Path
) -> None:
    (tmp_path / "docs" / "hr").mkdir(parents=True)
    (tmp_path / "docs" / "hr" / "pay.txt").write_text("Editors earn 4,000 crowns a month.\n")
    rules = '[[access]]\npaths = ["hr/**"]\ngroups = ["hr"]\n'
    (tmp_path / "footnote.toml").write_text(rules)
    assert footnote("index", "docs", cwd=tmp_path).returncode == 0
    (tmp_path / "footnote.toml").unlink()
    asked = footnote("ask", "What do editors earn?", cwd=tmp_path)
    assert (asked.returncode, "no longer says who may read what" in asked.stderr) == (2, True)
    (tmp_path / "footnote.toml").write_text("access = []\n")
    assert "4,000 crowns" in footnote("ask", "What do editors earn?", cwd=tmp_path).stdout
