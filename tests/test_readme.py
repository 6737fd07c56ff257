"""The README is true: its commands run, and every command, option, setting and file is in it."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from conftest import Command, run_footnote
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from portal import FRAME_SCRIPT

import index
from evals import cli as evals_cli
from evals.gold import read
from qa import Settings
from qa import cli as qa_cli
from qa.identity import identify
from qa.settings import load
from qa.web.embedding import FILES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
GOLD = ROOT / "evals" / "gold" / "seed.yaml"
TEN = (
    *("ammo-rounds", "g7-todo", "tech-list", "icbm-target", "talks-attempts", "china-role"),
    *("shortfall", "wagner-what"),
)
# These two are run as they stand by .ci/run, in fresh virtual environments.
INSTALLS = [line for line in COMMANDS if line.startswith("python3 -m venv .venv")]


def test_the_two_ways_to_start_are_what_ci_runs() -> None:
    assert [line.rsplit(" ", 2)[-1] for line in INSTALLS] == ["serve", ".venv/bin/pytest"]
    ci = (ROOT / ".ci" / "run").read_text()
    assert "readme_command 'footnote serve'" in ci
    assert "readme_command pytest" in ci


def test_the_commands_for_ones_own_documents_work(footnote: Command, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "bridge.txt").write_text("The bridge reopens on Monday, 3 May.")
    own = [line for line in COMMANDS if line.startswith(".venv/bin/footnote ")]
    assert [line.split()[1] for line in own] == ["index", "ask", "serve", "verify", "backup"]
    said = ""
    for line in own:
        if "serve" not in line:
            ran = footnote(*shlex.split(line)[1:])
            assert ran.returncode == 0, ran.stderr
            said += ran.stdout
    assert "reopens on Monday" in said


def test_the_api_command_works(seed_url: str) -> None:
    (line,) = (line for line in COMMANDS if line.startswith("curl"))
    command = shlex.split(line.replace("http://127.0.0.1:7860", seed_url))
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "China can join in sanctions" in ran.stdout


def test_openais_client_asks_as_the_readme_says(
    seed_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (snippet,) = re.findall(r"```python\n(from openai.*?)```", README, re.DOTALL)
    code = snippet.replace("http://127.0.0.1:7860", seed_url)
    exec(compile(code, "README", "exec", dont_inherit=True), {})  # noqa: S102 - it is ours
    assert "[1]" in capsys.readouterr().out


def test_a_team_adds_ten_questions_and_the_gate_as_the_readme_says(tmp_path: Path) -> None:
    shutil.copytree(Path(index.__file__).parent / "documents", tmp_path / "documents")
    shown, workflow = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    ours = [each for each in read(GOLD) if each.id in TEN]
    more = [
        {
            "id": each.id,
            "question": each.question,
            "evidence": [{"source": e.source, "quote": e.quote} for e in each.evidence],
        }
        for each in ours
    ]
    (tmp_path / "gold.yaml").write_text(shown + yaml.safe_dump(more), "utf-8")
    assert len(read(tmp_path / "gold.yaml")) == 10
    steps = yaml.safe_load(workflow)["jobs"]["gate"]["steps"]
    (gate,) = (each["run"] for each in steps if "footnote-eval run" in each.get("run", ""))
    lines = [line for line in COMMANDS if line.startswith(".venv/bin/footnote-eval")]
    assert [line.split()[1] for line in lines] == ["check", "run", "run"]
    for line in [*lines, gate]:
        ran = run_footnote(*shlex.split(line)[1:], cwd=tmp_path, command="footnote-eval")
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {path.name for path in tmp_path.glob("report.*")} == {
        "report.md",
        "report.html",
        "report.xml",
    }
    # A change that ought not to merge: nothing is answered any more.
    (tmp_path / "footnote.toml").write_text("refuse_below = 1.0\n")
    ran = run_footnote(*shlex.split(gate)[1:], cwd=tmp_path, command="footnote-eval")
    assert ran.returncode == 1
    assert "visit-when" in (tmp_path / "report.md").read_text("utf-8")


def test_a_portals_key_its_token_and_the_settings_fit_each_other(tmp_path: Path) -> None:
    (make,) = (line for line in COMMANDS if line.startswith(".venv/bin/python -c"))
    subprocess.run([sys.executable, *shlex.split(make)[1:]], cwd=tmp_path, check=True)
    snippet, by_token, by_proxy = (
        *re.findall(r"```python\n(import json, secrets.*?)```", README, re.DOTALL),
        *re.findall(r"```toml\n(identity.*?|# footnote.toml.*?)```", README, re.DOTALL),
    )
    person = SimpleNamespace(name="ann", groups=["hr"])
    portal = {"app": FastAPI(), "Request": Request, "signed_in": lambda request: person}
    code = snippet.replace('"portal-key.json"', repr(str(tmp_path / "portal-key.json")))
    exec(compile(code, "README", "exec", dont_inherit=True), portal)  # noqa: S102 - it is ours
    sent = TestClient(portal["app"]).post("/my-portal/footnote-token").json()
    settings = by_token.replace("portal-keys.json", str(tmp_path / "portal-keys.json"))
    (tmp_path / "footnote.toml").write_text(settings)
    asker = identify(load(tmp_path, {}))(lambda name: [f"Bearer {sent['token']}"], "", False)
    assert (asker.user, asker.groups) == ("ann", {"hr"})
    (tmp_path / "footnote.toml").write_text(by_proxy)
    headers = {"x-forwarded-user": ["bob"], "x-forwarded-groups": ["sales,hr"]}
    asker = identify(load(tmp_path, {}))(lambda name: headers.get(name, []), "127.0.0.1", False)
    assert (asker.user, asker.groups) == ("bob", {"sales", "hr"})


def test_a_portals_page_is_as_the_component_takes_it() -> None:
    script = (FILES / "footnote.js").read_text("utf-8")
    (page,) = re.findall(r"```html\n(.*?)```", README, re.DOTALL)
    for name in re.findall(r" ([a-z-]+)=", page.partition("<footnote-chat")[2]):
        assert f'"{name}"' in script
    assert set(re.findall(r"--footnote-[a-z-]+", script)) == set(
        re.findall(r"`(--footnote-[a-z-]+)`", README)
    )
    (frame,) = re.findall(r"```js\n(.*?)```", README, re.DOTALL)
    # The sample portal's, which the browser tests run, but for where it reads the address.
    _, *ours = FRAME_SCRIPT.strip().splitlines()
    assert frame.strip().splitlines()[1:] == ours


def _parsers() -> dict[str, argparse.ArgumentParser]:
    """By the command as it is typed."""
    found = {}
    for parser in (qa_cli._parser(), evals_cli._parser()):
        (action,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
        found |= {f"{parser.prog} {name}": each for name, each in action.choices.items()}
    return found


@pytest.mark.parametrize("name", _parsers())
def test_every_command_and_option_is_documented(name: str) -> None:
    (row,) = (line for line in README.splitlines() if line.startswith(f"| `{name}"))
    for action in _parsers()[name]._actions:
        if action.option_strings and action.dest != "help":
            assert action.option_strings[-1] in row


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_documented_with_its_default(field) -> None:  # type: ignore[no-untyped-def]
    (row,) = (line for line in README.splitlines() if line.startswith(f"| `{field.name}`"))
    assert f"`FOOTNOTE_{field.name.upper()}`" in row
    defaults = field.default if isinstance(field.default, tuple) else (field.default,)
    assert all(f"`{each}`" in row or not each for each in defaults)


def test_every_file_of_ours_has_its_line_in_the_tree() -> None:
    for package in ("index", "prompts", "qa", "evals"):
        for path in (ROOT / package).rglob("*.py"):
            assert path.name == "__init__.py" or path.name in README


def test_the_unit_and_the_container_start_what_there_is(footnote: Command, tmp_path: Path) -> None:
    (started,) = re.findall(r"^ExecStart=\S+/(footnote .+)$", README, re.MULTILINE)
    assert started == "footnote serve"
    (started,) = re.findall(r"^CMD (\[.+\])$", README, re.MULTILINE)
    # Others can reach it, so it says what must be set.
    refused = footnote(*json.loads(started)[1:], cwd=tmp_path)
    assert (refused.returncode, "nobody signs in" in refused.stderr) == (2, True)
    (given,) = re.findall(r"^Environment=(.+)$", README, re.MULTILINE)
    load(tmp_path, dict(each.split("=") for each in given.split()))


def test_every_link_and_picture_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).is_file()
