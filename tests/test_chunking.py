"""What the measure of chunk sizes counts as found, as sent, and as evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.chunking import Cache, cells, places, scores
from evals.gold import Evidence, Question
from index import Chunk, Passage
from index.encode import LocalEncoder

TEXT = "The bridge is shut. It rains. The ferry runs hourly. It rains."
TEXTS = {"a.txt": TEXT, "b.txt": TEXT}


def question(*quotes: str) -> Question:
    return Question("q", "?", True, tuple(Evidence("a.txt", quote) for quote in quotes))


def passage(start: int, end: int, source: str = "a.txt") -> Passage:
    return Passage(source, source, "", "", start, end, TEXT[start:end], "", (), 1.0, {})


def measured(asked: Question, *passages: Passage) -> list[float]:
    """Quotes found, quotes, precision, recall of characters, IoU."""
    return scores(places(asked, TEXTS), passages, 0)[:-1]


def test_a_quote_is_found_by_half_of_its_characters_and_not_by_less() -> None:
    assert measured(question("The bridge is shut."), passage(0, 10))[:2] == [1, 1]
    assert measured(question("The bridge is shut."), passage(0, 9))[:2] == [0, 1]


def test_a_quote_may_be_found_in_two_passages_together() -> None:
    assert measured(question("The bridge is shut."), passage(0, 6), passage(6, 12))[0] == 1


def test_a_quote_that_the_document_repeats_counts_where_it_was_found() -> None:
    last = TEXT.rindex("It rains.")
    assert measured(question("It rains."), passage(last, last + 9)) == [1, 1, 1, 1, 1]


def test_the_same_words_of_another_document_are_no_evidence() -> None:
    assert measured(question("The bridge is shut."), passage(0, 19, "b.txt")) == [0, 1, 0, 0, 0]


def test_what_passages_share_is_sent_twice_and_evidence_once() -> None:
    twice = measured(question("The bridge is shut."), passage(0, 19), passage(0, 19))
    assert twice == [1, 1, 0.5, 1, 0.5]


def test_no_passages_find_nothing() -> None:
    assert measured(question("It rains.")) == [0, 1, 0, 0, 0]


def test_quotes_count_alike_and_questions_do_in_the_rest() -> None:
    own = np.array([[1, 1, 1.0, 1.0, 1.0, 10], [0, 3, 0.0, 0.0, 0.0, 20]])
    number, found, more, precision, *_, tokens = cells(own, own)
    assert (number, more, tokens) == ("2 (4)", "–", "15")
    assert found.startswith("0.250 (")
    assert precision.startswith("0.500 (")


@pytest.fixture(scope="module")
def encoder() -> LocalEncoder:
    return LocalEncoder()


def test_vectors_are_kept_for_the_next_run_even_after_half_a_record(
    tmp_path: Path, encoder: LocalEncoder
) -> None:
    chunk = Chunk("d", 0, 19, TEXT[:19], "Title", ((0, 19),))
    made = Cache(tmp_path, encoder).vector(chunk)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:100])
    kept = Cache(tmp_path, encoder)
    assert len(kept.vectors) == 1
    assert np.array_equal(kept.vector(chunk), made)
    assert file.read_bytes() == whole
