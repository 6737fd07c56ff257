"""Searching: words and meaning both find, and each passage says why it is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Access, Document, Rule, Search, build, content_words
from index.library import Library


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    folder = tmp_path_factory.mktemp("search")
    documents = folder / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("The physician examined the child at dawn.")
    (documents / "b.txt").write_text("Invoice QX-4417 was paid in March.")
    (documents / "c.txt").write_text("The tournament took place in Madrid.")
    build(folder / "home", [documents])
    return Search(folder / "home", view=False)


def first(search: Search, question: str) -> str:
    return search.find(question, 3, search.snapshot())[0].source


def test_meaning_finds_what_words_do_not(search: Search) -> None:
    assert first(search, "Which doctor looked after a young patient?") == "a.txt"


def test_words_find_what_has_no_meaning(search: Search) -> None:
    assert first(search, "qx 4417") == "b.txt"


def test_a_passage_says_why_it_is_there(search: Search) -> None:
    found = search.find("the tournament in Madrid", 3, search.snapshot())
    assert found[0].why["keyword_rank"] == 1
    assert found[0].why["vector_rank"] == 1
    assert found[-1].why["keyword_rank"] is None
    assert found[0].why["text"] == "1st by words (tournament, madrid), 1st by meaning"
    assert str(found[-1].why["text"]).endswith(" by meaning")
    assert all(0 <= passage.score <= 1 for passage in found)


def test_a_document_is_read_without_looking_at_the_others(tmp_path: Path) -> None:
    steps = []
    for count in (3, 300):
        library = Library(tmp_path / f"{count}.db", "make")
        with library.transaction():
            for number in range(count):
                document = Document(f"d{number}", f"{number}.txt", "A title", "Words.")
                library.add(document, [], "files", str(number), born=1)
        ran: list[int] = []
        # SQLite tells of each step, and goes on as long as it is answered with 0.
        library.connection.set_progress_handler(lambda ran=ran: ran.append(1) or 0, 1)
        assert library.document("d1", 1)
        steps.append(len(ran))
        library.close()
    assert steps[0] == steps[1] > 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(question=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_question_can_be_searched_and_quotes_what_stands(search: Search, question: str) -> None:
    at = search.snapshot()
    for passage in search.find(question, 3, at):
        document = search.document(passage.document, at)
        assert document is not None
        assert document.text[passage.start : passage.end] == passage.text
        for sentence in passage.sentences:
            assert document.text[sentence.start : sentence.end] == sentence.text


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Search:
    folder = tmp_path_factory.mktemp("wire")
    story = "SALTMERE — The ferry will cost {} crowns. The board of the port said so on Friday."
    for paper, line, cost in (
        ("courier", "Ostrey Courier, 15 March 2024\n\n", "4,100"),
        ("northwire", "", "4,100"),
        ("post", "Harbour Post, 15 March 2024\n\n", "5,200"),
    ):
        (folder / "documents" / paper).mkdir(parents=True)
        (folder / "documents" / paper / "ferry.txt").write_text(line + story.format(cost))
    (folder / "documents" / "sea.txt").write_text("The minister spoke of a calm and empty sea.")
    (folder / "documents" / "tide.txt").write_text(
        "A sea that is empty is calm, said Minister Ott."
    )
    build(folder / "home", [folder / "documents"])
    return Search(folder / "home", view=False)


def test_a_story_printed_twice_is_shown_once_and_another_figure_stays(wire: Search) -> None:
    found = wire.find("What will the ferry cost?", 3, wire.snapshot())
    assert len(found) == 3
    ferry = {each.source: each.why for each in found if "ferry" in each.source}
    assert "post/ferry.txt" in ferry
    assert len(ferry) == 2
    (kept,) = set(ferry) - {"post/ferry.txt"}
    (other,) = {"courier/ferry.txt", "northwire/ferry.txt"} - {kept}
    assert ferry[kept]["also"] == [other]
    assert str(ferry[kept]["text"]).endswith(f"; also in {other}")
    assert ferry["post/ferry.txt"]["also"] == []


def test_what_a_reader_may_not_open_is_not_named_as_a_repetition(wire: Search) -> None:
    rules = (Rule(("northwire/**",), frozenset({"desk"})),)
    found = wire.find("What will the ferry cost?", 5, wire.snapshot(Access(rules, frozenset())))
    assert all("northwire" not in f"{each.source} {each.why}" for each in found)


@pytest.mark.parametrize(
    ("question", "source", "held"),
    [
        (
            "Is it 4,100 crowns for the ferry?",
            ("courier/ferry.txt", "northwire/ferry.txt"),
            "4,100",
        ),
        ("Is it 5,200 crowns for the ferry?", ("post/ferry.txt",), "5,200"),
        ("Who said “a calm and empty sea”?", ("sea.txt",), "a calm and empty sea"),
        ("Who spoke of a « calm and empty » sea?", ("sea.txt",), "calm and empty"),
    ],
)
def test_numbers_and_quoted_phrases_of_a_question_are_honoured(
    wire: Search, question: str, source: tuple[str, ...], held: str
) -> None:
    found = wire.find(question, 5, wire.snapshot())
    assert found[0].source in source
    assert f"holds “{held}”" in str(found[0].why["text"])
    assert all(f"“{held}”" not in str(each.why["text"]) for each in found[1:])


def test_stop_words_count_only_when_there_is_nothing_else() -> None:
    assert content_words("What is the Wagner Group?") == ["wagner", "group"]
    assert content_words("Who is who?") == ["who", "is"]


def test_a_stock_llamaindex_query_engine_runs_on_the_retriever(seed_folder: Path) -> None:
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    from index.retriever import FootnoteRetriever

    retriever = FootnoteRetriever(seed_folder / ".footnote", limit=2)
    engine = RetrieverQueryEngine.from_args(retriever, llm=MockLLM())
    answer = engine.query("What is the Wagner Group?")
    assert "Wagner Group, a private military company" in str(answer)
    node = answer.source_nodes[0].node
    assert node.metadata["source"] == "000_924f90b5c4940c45.txt"
    assert node.end_char_idx - node.start_char_idx == len(node.text)


def test_many_equal_passages_hide_no_other(tmp_path: Path) -> None:
    (tmp_path / "equal.csv").write_text("a,b\n" + "one,two words here\n" * 60_000)
    (tmp_path / "other.txt").write_text("The tournament took place in Madrid.")
    build(tmp_path / "home", [tmp_path / "equal.csv", tmp_path / "other.txt"])
    search = Search(tmp_path / "home")
    with search.reading() as at:
        assert at.chunks > 500
        assert search._current_view(at) is not None
        (found,) = search.find("Where was the tournament?", 1, at)
        assert found.source == "other.txt"
        equal = search.find("one, two words here", 8, at)
        assert [passage.source for passage in equal] == ["equal.csv"]
        assert equal[0].why["also"] == ["equal.csv"]
