"""Words are found in every script, with and without spaces between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.gold import read
from evals.languages import DOCUMENTS, FOLDER, found
from index import Search, build
from index.words import grams, query

LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    home: Path = tmp_path_factory.mktemp("languages")
    build(home, [DOCUMENTS])
    return Search(home, view=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_with_words_of_a_report_finds_it(search: Search, language: str) -> None:
    at = search.snapshot()
    asked = [each for each in read(FOLDER / f"{language}.jsonl") if "words" in each.tags]
    missed = [
        each.id for each in asked if not found(each, language, search.find(each.question, 5, at))
    ]
    assert asked
    assert missed == []


def test_scripts_without_spaces_are_searched_by_pairs_of_characters() -> None:
    assert grams("東京都 is 駅 in ไทย") == "東京 京都 駅 ไท ทย"
    assert grams("no such script") == ""
    assert query("東京 trains") == '"trains" OR grams: "東京"'
