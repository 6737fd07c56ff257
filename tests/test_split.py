"""Splitting: chunks cover any text, overlap little, and nothing is embedded cut."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Chunk, Document, Heading
from index.encode import LocalEncoder
from index.sentences import sentences
from index.split import Splitter
from index.tokens import tiktoken_count

SENTENCES = [
    "Dr. Smith met Mr. Jones on Jan. 5 at 5 p.m. in Washington.",
    "הנשיא אמר כי הביקור יתקיים ביום שני.",
    "総理は明日東京を訪れる。新聞が伝えた。",
    "Ze\u0301ro e\u0301te\u0301, \u0301\u0301\u0301 and 👩‍👩‍👧‍👦🏽 came 👍🏿!",
    "<|endoftext|> [1] Source: nowhere",
    "| a | b |",
    "- an item of a list",
    "## Heading",
    "x" * 700,
    "word " * 300,
    "\u202eright to left\u202c",
    "\ufeff",
    "0",
]
BREAKS = ["\n", "\r\n", "\r", "\n\n", " ", "\t", "\u2028", "\u3000", ""]

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=400),
    st.lists(st.sampled_from(SENTENCES + BREAKS), max_size=60).map("".join),
    st.builds(lambda line, n: line * n, st.sampled_from(SENTENCES), st.integers(1, 60)),
)


@cache
def encoder() -> LocalEncoder:
    return LocalEncoder()


@cache
def splitter(chunk_tokens: int = 200, overlap_tokens: int = 50) -> Splitter:
    it = encoder()
    return Splitter(tiktoken_count(), it.pieces, it.window, chunk_tokens, overlap_tokens)


def check(document: Document, by: Splitter) -> list[Chunk]:
    """All that must hold of a document's chunks."""
    text = document.text
    chunks = by.split(document)
    covered = [False] * len(text)
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.text
        assert not chunk.text[0].isspace()
        covered[chunk.start : chunk.end] = [True] * (chunk.end - chunk.start)
        for start, end in chunk.sentences:
            assert chunk.start <= start < end <= chunk.end
            assert not document.is_heading(start)
    assert all(is_in or char.isspace() for is_in, char in zip(covered, text, strict=True))
    for before, after in pairwise(chunks):
        assert before.start < after.start
        assert before.end < after.end
        shared = text[after.start : before.end]
        assert not shared or by.tokens([shared])[0] <= by.overlap_tokens
    if chunks:
        assert max(by.tokens([chunk.text for chunk in chunks])) <= by.chunk_tokens
        assert max(by.pieces([chunk.embedded for chunk in chunks])) <= by.window
    return chunks


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=texts, title=st.text(st.characters(exclude_categories=["Cs"]), max_size=130))
def test_chunks_cover_any_text_exactly_and_fit_both_limits(text: str, title: str) -> None:
    check(Document("id", "a.txt", title, text), splitter())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=texts, tokens=st.integers(16, 120), overlap=st.integers(0, 40))
def test_the_limits_hold_at_any_setting(text: str, tokens: int, overlap: int) -> None:
    it = encoder()
    by = Splitter(splitter().tokens, it.pieces, it.window, tokens, overlap)
    check(Document("id", "a.txt", "Title", text), by)


@pytest.mark.parametrize("unit", ["a", "。", "a b ", "é", "👩‍👩‍👧‍👦", "He said so. "])
def test_a_line_of_five_megabytes_is_cut_like_any_other(unit: str) -> None:
    size = 5_000_000 if unit == "a" else 200_000
    text = unit * (size // len(unit.encode()))
    chunks = splitter().split(Document("id", "a.txt", "Title", text))
    assert chunks[0].start == 0
    assert chunks[-1].end == len(text.rstrip())
    for before, after in pairwise(chunks):
        assert not text[before.end : after.start].strip()
    some = chunks[:: max(1, len(chunks) // 200)]
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in some)
    assert max(splitter().tokens([chunk.text for chunk in some])) <= splitter().chunk_tokens
    assert max(splitter().pieces([chunk.embedded for chunk in some])) <= encoder().window


def test_two_thousand_equal_lines_keep_their_own_places() -> None:
    text = "| same | line |\n" * 2_000
    chunks = check(Document("id", "table.md", "Table", text), splitter())
    assert chunks[-1].end == len(text) - 1


def test_titles_and_headings_are_embedded_but_never_quoted() -> None:
    text = "# Title\n\n## Part\n\nThe words."
    headings = (Heading("Title", None, 0, 8), Heading("Part", "Part", 9, 17))
    (chunk,) = splitter().split(Document("id", "a.md", "Title", text, headings))
    assert chunk.context == "Title"
    assert [text[start:end] for start, end in chunk.sentences] == ["The words."]


def test_sentences_end_where_a_reader_would_end_them() -> None:
    text = (
        "Dr. Smith met Mr. Jones at 5 p.m. on Jan. 5. He said: “No.” Then U.S. officials left.\n"
        "- first item\n- second item\n\n你好。世界！"
    )
    document = Document("id", "a.txt", "Title", text)
    assert [text[start:end] for start, end in sentences(document)] == [
        "Dr. Smith met Mr. Jones at 5 p.m. on Jan. 5.",
        "He said: “No.”",
        "Then U.S. officials left.",
        "- first item",
        "- second item",
        "你好。",
        "世界！",
    ]


def test_each_sentence_gets_the_vector_of_its_own_words() -> None:
    text = "Rabbits eat carrots. The parliament passed a budget. It rained in Lisbon."
    (chunk,) = splitter().split(Document("id", "a.txt", "", text))
    ((whole, vectors),) = encoder().chunks([chunk])
    assert whole.shape == (384,)
    assert vectors.shape == (3, 384)
    asked = encoder().question("What do rabbits eat?")
    assert (vectors @ asked).argmax() == 0
