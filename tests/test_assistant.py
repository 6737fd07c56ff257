"""Answering: the right sentence, cited exactly, or an honest no."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import evals.gold
from index import Document, build
from qa import Answer, Assistant, Settings, UnfitQuestion
from qa.about import about
from qa.cite import cite, standing
from qa.question import fit
from qa.types import Quote, Turn

GOLD = evals.gold.read(Path(evals.gold.__file__).parent / "gold" / "seed.yaml")


@pytest.fixture(scope="module")
def assistant(seed_folder: Path) -> Assistant:
    return Assistant(Settings(home=seed_folder / ".footnote"), view=False)


def exact(assistant: Assistant, answer: Answer) -> bool:
    """Whether all that is shown of a document is what it says there."""
    shown = [*answer.citations, *answer.passages]
    documents = {each.document: assistant.document(each.document) for each in shown}
    texts = {name: document.text for name, document in documents.items() if document}
    return all(
        texts[each.document][each.start : each.end] == (getattr(each, "quote", None) or each.text)
        for each in shown
    )


@pytest.mark.parametrize("gold", GOLD, ids=lambda gold: gold.id)
def test_all_that_is_shown_stands_in_its_document_and_no_more_than_two_sentences(
    assistant: Assistant, gold: evals.gold.Question
) -> None:
    history = [Turn(each.question, each.answer) for each in gold.history]
    answer = assistant.ask(gold.question, history=history)
    assert exact(assistant, answer)
    assert len(answer.claims) <= 2
    if answer.abstained and answer.abstained.kind == "said_differently":
        assert len(answer.claims) == 1
    elif answer.abstained:
        assert answer.claims == ()
        assert answer.passages
        assert answer.abstained.text.startswith("Not in these documents")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When is Putin set to visit North Korea?", "June 18-19, 2023"),
        ("How many rounds of ammunition has North Korea provided to Russia?", "5 million rounds"),
        ("What should be done at the G7?", "mobilize Europeans at G7"),
    ],
)
def test_the_first_questions_get_the_right_sentence(
    assistant: Assistant, question: str, words: str
) -> None:
    assert words in assistant.ask(question).claims[0].text


@pytest.mark.parametrize(
    ("question", "before", "words"),
    [
        ("And how many rounds is it short of?", "Why does Russia need munitions?", "50,000"),
        ("who would join?", "What sanctions can China join in?", "China can join in sanctions"),
    ],
)
def test_a_question_that_leans_on_the_one_before_is_searched_with_it(
    assistant: Assistant, question: str, before: str, words: str
) -> None:
    answer = assistant.ask(question, history=[Turn(before, "…")])
    assert answer.question == question
    assert any(words in claim.text for claim in answer.claims)


def test_another_topic_and_a_near_miss_are_told_apart(assistant: Assistant) -> None:
    for question, kind in (
        ("how long do i boil an egg so the yolk stays soft", "off_topic"),
        ("How many soldiers did North Korea send to Ukraine?", "not_said"),
    ):
        abstained = assistant.ask(question).abstained
        assert abstained is not None
        assert abstained.kind == kind


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_whatever_is_asked_every_quote_shown_stands_in_its_document(
    assistant: Assistant, question: str
) -> None:
    try:
        answer = assistant.ask(question)
    except UnfitQuestion:
        return
    assert exact(assistant, answer)
    assert answer.claims or answer.abstained or answer.notices


def test_a_quote_that_is_not_the_documents_text_is_dropped_and_counted(
    assistant: Assistant,
) -> None:
    at = assistant.search.snapshot()
    passage = assistant.search.find("Wagner Group", 1, at)[0]
    document = assistant.document(passage.document)
    assert document is not None
    sentence = passage.sentences[0]
    wrong = [
        replace(sentence, start=sentence.start + 1),
        replace(sentence, end=sentence.end - 1),
        replace(sentence, text=sentence.text.replace(" ", "\u00a0")),
        replace(sentence, start=-5, end=-1, text=document.text[-5:-1]),
    ]
    picked = [Quote(passage, each, 1.0) for each in (sentence, *wrong)]
    claims, citations, dropped = cite(picked, {document.id: document})
    assert [claim.text for claim in claims] == [sentence.text]
    assert [citation.number for citation in citations] == [1]
    assert dropped == len(wrong)
    assert cite(picked, {})[2] == len(picked)
    changed = Document(document.id, "a", "b", "x" + document.text)
    assert cite(picked[:1], {document.id: changed})[2] == 1
    assert standing([passage], {document.id: changed}) == []


def test_the_answer_as_json_has_the_published_fields(assistant: Assistant) -> None:
    answer = assistant.ask("When is Putin set to visit North Korea?").as_json()
    assert list(answer) == [
        "id", "question", "abstained", "claims", "citations", "passages", "conflicts", "notices",
        "receipt",
    ]  # fmt: skip
    assert set(answer["claims"][0]) == {"text", "citations", "marks", "verdict", "reason"}
    assert set(answer["citations"][0]) == {
        "number", "document", "source", "title", "date", "heading", "page", "start", "end",
        "quote", "sha256", "url",
    }  # fmt: skip
    assert set(answer["passages"][0]) == {
        "document", "source", "title", "sha256", "start", "end", "text", "score", "why",
    }  # fmt: skip
    receipt = {"index", "model", "prompt", "tokens", "seconds", "searched", "passages", "dropped"}
    assert set(answer["receipt"]) == receipt
    assert answer["receipt"]["model"] == "quote"


def test_the_same_question_of_the_same_index_has_the_same_answer(assistant: Assistant) -> None:
    one, two = (assistant.ask("What can China do?") for _ in range(2))
    assert replace(one, receipt=two.receipt) == two


def test_the_threshold_decides_how_readily_it_declines(seed_folder: Path) -> None:
    for threshold, declines in ((0.0, False), (1.0, True)):
        settings = Settings(home=seed_folder / ".footnote", refuse_below=threshold)
        answer = Assistant(settings, view=False).ask("What can China do?")
        assert (answer.abstained is not None) == declines


def test_the_exact_answer_is_marked_in_the_likeliest_sentence(assistant: Assistant) -> None:
    for question, exact_answer in (
        ("When is Putin set to visit North Korea?", "June 18-19, 2023"),
        ("How many rounds of ammunition has North Korea provided to Russia?", "5 million"),
    ):
        claims = assistant.ask(question).claims
        marked = [c.text[start:end] for c in claims for start, end in c.marks]
        assert marked == [exact_answer]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Hello!", "greeting"),
        ("good morning", "greeting"),
        ("Thanks a lot.", "thanks"),
        ("What is this about?", "topic"),
        ("what are these documents about", "topic"),
        ("What can I ask?", "topic"),
        ("Which documents do you have?", "documents"),
        ("list the files, please", "documents"),
        ("How many documents are there?", "documents"),
        ("Hello, when is the visit?", None),
        ("What is this group?", None),
        ("What are the Wagner documents about?", None),
        ("Which documents were signed at the G7?", None),
    ],
)
def test_only_questions_wholly_about_footnote_are_taken_for_such(
    question: str, kind: str | None
) -> None:
    assert about(question) == kind


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("\x00\x07\x1b", "empty"),
        ("?!…", "empty"),
        ("x" * 100_000, "100,000 characters; ask in at most 2,000"),
        ("a\ud800", "isn't text"),
    ],
)
def test_a_question_that_cannot_be_asked_gets_one_line(question: str, line: str) -> None:
    with pytest.raises(UnfitQuestion, match=line) as error:
        fit(question)
    assert "\n" not in str(error.value)


def test_control_characters_in_a_question_are_only_blanks() -> None:
    assert fit(" When\x00is\x1b[2J the\r\nvisit? ") == "When is [2J the visit?"


def test_a_label_that_says_no_more_than_the_question_is_not_quoted(tmp_path: Path) -> None:
    notes = tmp_path / "minutes.txt"
    notes.write_text(
        "Minutes of the garden club\n\nPresent: eleven members, and the treasurer.\n\n"
        "4. Next meeting\nThe next meeting is on Tuesday, 12 May, in the town hall.\n"
    )
    build(tmp_path / "home", [notes])
    assistant = Assistant(Settings(home=tmp_path / "home"), view=False)
    answer = assistant.ask("When is the next meeting?")
    assert [claim.text for claim in answer.claims] == [
        "The next meeting is on Tuesday, 12 May, in the town hall."
    ]
