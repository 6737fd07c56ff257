"""The public names are there, prompts use what they declare, and the texts are those reviewed."""

from __future__ import annotations

from pathlib import Path
from string import Template
from types import ModuleType

import pytest

import index
import prompts
import qa

PROMPTS = sorted(path.stem for path in prompts.FOLDER.glob("*.md"))


@pytest.mark.parametrize("package", [index, qa])
def test_every_public_name_is_there_and_has_a_docstring(package: ModuleType) -> None:
    for name in package.__all__:
        assert name == "Span" or getattr(package, name).__doc__
    with pytest.raises(AttributeError):
        package.nothing_of_that_name  # noqa: B018 - that it fails


@pytest.mark.parametrize("name", PROMPTS)
def test_a_prompt_declares_the_variables_it_uses(name: str) -> None:
    prompt = prompts.load(name)
    assert prompt.description
    assert sorted(Template(prompt.text).get_identifiers()) == sorted(prompt.vars)
    assert "$" not in prompt.fill(**dict.fromkeys(prompt.vars, "x"))


def test_a_prompt_that_lacks_a_variable_fails_and_leaves_braces_alone() -> None:
    with pytest.raises(KeyError):
        prompts.load("greeting").fill()
    prompt = prompts.Prompt("a", "b", "c", ("x",), "{x} ${x}")
    assert prompt.fill(x="{y} $z") == "{x} {y} $z"


def test_a_prompts_identity_changes_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = prompts.load("thanks")
    text = (prompts.FOLDER / "thanks.md").read_text()
    (tmp_path / "thanks.md").write_text(text + " Bye.")
    monkeypatch.setattr(prompts, "FOLDER", tmp_path)
    assert prompts.load("thanks").hash != before.hash
