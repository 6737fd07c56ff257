"""What a model writes is taken apart into sentences and marks, however it is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Passage, Sentence
from qa.context import numbered
from qa.draft import Drafted, Drafting


def drafted(*pieces: str) -> list[Drafted]:
    drafting = Drafting()
    found = [each for piece in pieces for each in drafting.add(piece)]
    return [*found, *drafting.rest()]


@pytest.mark.parametrize(
    ("said", "sentences"),
    [
        ("It is 5.5 million [1].", [("It is 5.5 million.", (1,))]),
        ("So it is.[2][3] Two are not [1, 4].", [("So it is.", (2, 3)), ("Two are not.", (1, 4))]),
        ("Dr. Lee came in May. [1]\nHe left.", [("Dr. Lee came in May.", (1,)), ("He left.", ())]),
        ("- **First** one [1].\n- Second [2].", [("First one.", (1,)), ("Second.", (2,))]),
        ("See [this](http://e.test/?q=1) now [1].", [("See this now.", (1,))]),
        ("![x](https://e.test/x.png) Done [1].", [("Done.", (1,))]),
        ("<img src=//e.test/a> It is so [1].", [("It is so.", (1,))]),
        ("Look at https://e.test/secret here [1].", [("Look at here.", (1,))]),
        ("It w\u200bas\u202e so [1].", [("It was so.", (1,))]),
        ("", []),
    ],
)  # fmt: skip
def test_sentences_come_with_their_marks_and_without_markup(
    said: str, sentences: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert [(each.text, each.marks) for each in drafted(said)] == sentences


@given(
    st.lists(
        st.sampled_from(["It is so", "[1]", ".", " ", "\n", "Dr", "5", "![", "](", "<b>", "«"])
    ),
    st.lists(st.integers(1, 7)),
)
def test_pieces_of_any_size_make_the_same_sentences(parts: list[str], sizes: list[int]) -> None:
    said, at, pieces = "".join(parts), 0, []
    for size in sizes:
        pieces.append(said[at : at + size])
        at += size
    assert drafted(*pieces, said[at:]) == drafted(said)


@given(st.text(max_size=200))
def test_no_address_or_tag_is_left_of_any_text(said: str) -> None:
    for each in drafted(f"{said} ![a](http://e.test/a) <script>x</script> [b](http://e.test/b)."):
        assert "://" not in each.text
        assert "<script" not in each.text.lower()


def passage(number: int, text: str) -> Passage:
    parts, text = text.split("|"), text.replace("|", " ")
    sentences = tuple(
        Sentence(text.index(part), text.index(part) + len(part), part, 0.5) for part in parts
    )
    return Passage(
        document=f"d{number}", source=f"{number}.txt", title=f"Title {number}", sha256="", start=0,
        end=len(text), text=text, context="", sentences=sentences, score=1.0, why={},
    )  # fmt: skip


def words(text: str) -> int:
    return len(text.split())


def test_the_best_passages_come_first_and_last_and_marks_point_to_them() -> None:
    found = [passage(number, f"Words of {number}.") for number in range(5)]
    context = numbered(found, {}, 1_000, words)
    assert [each.document for each in context.passages] == ["d0", "d2", "d4", "d3", "d1"]
    assert context.text.startswith("[1] Title 0\nWords of 0.")
    assert "[5] Title 1\nWords of 1." in context.text


def test_what_does_not_fit_is_left_out_by_whole_sentences() -> None:
    found = [passage(0, "one two three.|four five six."), passage(1, "seven eight.")]
    context = numbered(found, {}, 8, words)
    assert context.text == "[1] Title 0\none two three."
    assert context.tokens <= 8


def test_a_mark_in_a_document_is_no_mark_of_ours_and_its_date_is_said() -> None:
    document = Document("d0", "0.txt", "Title 0", "It is so [2].", date="2024-03-14")
    context = numbered([passage(0, "It is so [2].")], {"d0": document}, 100, words)
    assert context.text == "[1] Title 0, 2024-03-14\nIt is so (2)."
