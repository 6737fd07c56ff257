"""Settings: the file, then the environment; what isn't known or can't be used is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa import BadSetting, Settings
from qa.settings import load


def test_without_file_or_environment_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path, {}) == Settings()


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "footnote.toml").write_text(
        'passages = 3\nhome = "here"\nexamples = ["A?", "B?"]\n'
    )
    settings = load(tmp_path, {"FOOTNOTE_PASSAGES": "4", "PATH": "/bin"})
    assert settings == Settings(home=Path("here"), passages=4, examples=("A?", "B?"))
    assert load(tmp_path, {"FOOTNOTE_EXAMPLES": "C? | D?"}).examples == ("C?", "D?")
    assert load(tmp_path, {"FOOTNOTE_REFUSE_BELOW": "1"}).refuse_below == 1.0


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("pasages = 3", "pasages: no such setting; there are home, passages"),
        ('passages = "many"', "it takes a whole number"),
        ("passages = 2.5", "it takes a whole number"),
        ("passages = true", "it takes a whole number"),
        ("passages = 0", "out of range; it takes 1 to 50"),
        ("refuse_below = 2", "out of range"),
        ("home = 3", "it takes a path"),
        ("examples = [1]", "it takes a list of texts"),
        ("[passages]\na = 1", "it takes a whole number"),
        ("passages =", "can't be read"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_it_takes(
    tmp_path: Path, toml: str, says: str
) -> None:
    (tmp_path / "footnote.toml").write_text(toml)
    with pytest.raises(BadSetting, match=says) as error:
        load(tmp_path, {})
    assert "\n" not in str(error.value)


def test_an_unknown_variable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="FOOTNOTE_PASAGES: no such setting"):
        load(tmp_path, {"FOOTNOTE_PASAGES": "3"})
