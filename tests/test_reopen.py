"""A link opens again with its sources as they stand now, and says nothing on its own authority."""

from __future__ import annotations

import textwrap
import time
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Document, Rule, build
from index.sentences import sentences
from qa import Assistant, Settings
from qa.changed import difference, whole
from qa.permalink import Kept, KeptCitation, KeptClaim, keep, pack, unpack
from qa.reopen import Effort, Reopened, reopened
from qa.types import Turn

TEXT = (
    "The ferry sails at nine on weekdays. The crossing takes 55 minutes in calm weather.\n\n"
    "Nobody thinks that the old pier is safe. It was closed in 2019 after a storm.\n\n"
    "Tickets cost four crowns. Children under six travel free of charge.\n"
)
FERRY = Document("ferry", "ferry.txt", "Ferry", TEXT)
QUOTES = (
    "The crossing takes 55 minutes in calm weather.",
    "It was closed in 2019 after a storm.",
    "Tickets cost four crowns.",
)


def kept(*claims: tuple[str, str], document: Document = FERRY) -> Kept:
    """A link of claims and the words that each cites, wherever these stand."""
    cited = []
    for _, quote in claims:
        start = max(document.text.find(quote), 0)
        names = document.id, document.source, document.title
        cited.append(KeptCitation(*names, start, start + len(quote), document.sha256, quote))
    return Kept(
        "What of the ferry?",
        None,
        tuple(KeptClaim(text, (), (n,)) for n, (text, _) in enumerate(claims, 1)),
        tuple(cited),
    )


LINK = kept(*((quote, quote) for quote in QUOTES))


def opened(link: Kept, text: str | None = TEXT) -> Reopened:
    documents = {} if text is None else {"ferry": Document("ferry", "ferry.txt", "Ferry", text)}
    return reopened(link, documents, "index")


def test_what_did_not_change_opens_as_it_was() -> None:
    again = opened(LINK)
    assert again.changed == ()
    assert keep(again.answer) == LINK
    assert again.answer.notices == ()


def test_words_that_moved_are_cited_where_they_stand_now() -> None:
    again = opened(LINK, f"A new first line.\n\n{TEXT}")
    assert [each.kind for each in again.changed] == ["moved"] * 3
    assert tuple(each.quote for each in again.answer.citations) == QUOTES
    assert again.answer.citations[0].start == LINK.citations[0].start + 19


def test_of_equal_words_the_nearest_to_the_old_place_are_cited() -> None:
    lines = ["The price is two crowns."] * 3
    document = Document("ferry", "ferry.txt", "Ferry", "\n\n".join(lines))
    link = kept((lines[0], lines[0]), document=document)
    link = replace(link, citations=(replace(link.citations[0], start=54, end=78),))
    again = reopened(link, {"ferry": document}, "index")
    assert again.answer.citations[0].start == 52


def test_words_that_changed_are_not_shown_but_what_is_said_now_is() -> None:
    again = opened(LINK, TEXT.replace("55 minutes", "48 minutes"))
    assert [each.quote for each in again.answer.citations] == list(QUOTES[1:])
    assert [each.number for each in again.answer.citations] == [2, 3]
    (change,) = again.changed[:1]
    assert (change.kind, change.before) == ("changed", QUOTES[0])
    assert change.now == "The crossing takes 48 minutes in calm weather."
    told = [(each.text, each.kind) for each in change.difference]
    assert ("55", "removed") in told
    assert ("48", "added") in told
    assert "Left out of this answer (1 of its sentences)" in again.answer.notices[0]


def test_a_document_that_is_gone_leaves_only_what_the_link_says() -> None:
    again = opened(LINK, None)
    assert [each.kind for each in again.changed] == ["gone"] * 3
    assert again.answer.claims == ()
    assert again.answer.citations == ()
    assert all(each.now == "" for each in again.changed)


def test_part_of_a_sentence_is_no_citation_even_where_it_stands() -> None:
    part = "the old pier is safe."
    again = opened(kept((part, part)))
    assert again.answer.claims == ()
    assert again.changed[0].kind == "changed"
    assert again.changed[0].now == "Nobody thinks that the old pier is safe."


def test_what_no_quote_says_is_checked_again() -> None:
    again = opened(
        kept(
            ("In calm weather the crossing takes 55 minutes.", QUOTES[0]),
            ("In calm weather the crossing takes 25 minutes.", QUOTES[0]),
            ("The ferry's owner is a thief and a liar.", QUOTES[2]),
        )
    )
    assert [each.text for each in again.answer.claims] == [
        "In calm weather the crossing takes 55 minutes."
    ]
    assert [each.number for each in again.answer.citations] == [1]
    assert "(2 of its sentences)" in again.answer.notices[0]


def test_a_made_up_quote_is_shown_as_no_citation_whatever_its_place_and_hash() -> None:
    forged = "The ferry never sails, and the pier is on fire."
    link = kept((forged, forged))
    again = opened(replace(link, citations=(replace(link.citations[0], sha256=FERRY.sha256),)))
    assert again.answer.citations == ()
    assert again.answer.claims == ()


edits = st.lists(
    st.tuples(st.integers(0, len(TEXT)), st.integers(0, 40), st.text("aT. \n\r9", max_size=12)),
    max_size=6,
)


@settings(deadline=None)
@given(edits, st.booleans())
def test_after_any_edit_every_citation_is_exact(
    edited: list[tuple[int, int, str]], other: bool
) -> None:
    text = TEXT
    for start, length, new in edited:
        text = text[:start] + new + text[start + length :]
    again = opened(LINK, text)
    shown = {each.number: each for each in again.answer.citations}
    for each in again.answer.citations:
        assert text[each.start : each.end] == each.quote == QUOTES[each.number - 1]
        assert each.sha256 == Document("a", "b", "c", text).sha256
    for claim in again.answer.claims:
        assert claim.text in {shown[number].quote for number in claim.citations}
    for change in again.changed:
        said = [(each.text, each.kind) for each in change.difference]
        assert "".join(text for text, kind in said if kind != "added") == change.before
        assert "".join(text for text, kind in said if kind != "removed") == change.now
        assert change.now in text


@pytest.mark.parametrize("width", [40, 72, 120, 1_000])
def test_what_is_indexed_as_a_sentence_is_whole_however_its_lines_are_wrapped(width: int) -> None:
    wrapped = "\n\n".join(textwrap.fill(part, width) for part in (TEXT * 30).split("\n\n"))
    document = Document("a", "a.txt", "A", wrapped)
    spans = sentences(document)
    assert len(spans) >= 150
    assert all(whole(document, *span) for span in spans)
    assert not any(whole(document, start + 1, end) for start, end in spans)


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_difference_leads_from_one_text_to_the_other(one: str, other: str) -> None:
    pieces = difference(one, other)
    assert "".join(each.text for each in pieces if each.kind != "added") == one
    assert "".join(each.text for each in pieces if each.kind != "removed") == other


def test_links_that_are_opened_together_share_what_may_be_spent_on_what_was_never_said() -> None:
    forged = kept(("In calm weather the crossing takes 55 minutes.", "The crossing takes no time."))
    documents, effort = {"ferry": FERRY}, Effort(likened=1)
    now = [reopened(forged, documents, "index", effort=effort).changed[0].now for _ in range(2)]
    assert now == [QUOTES[0], ""]
    stop = Event()
    stop.set()
    said = ("In calm weather the crossing takes 55 minutes.", QUOTES[0])
    link = kept(said, (QUOTES[1], QUOTES[1]), ("The crossing takes no time.",) * 2)
    again = reopened(link, documents, "index", effort=Effort(stop=stop))
    # What stands is shown without any effort.
    assert [each.text for each in again.answer.claims] == [QUOTES[1]]
    assert again.changed[0].now == ""


def test_a_megabyte_is_looked_through_in_bounded_time() -> None:
    # Nothing is the same, everything alike, and no line ends: the most work there can be.
    text = "the crossing takes minutes in calm weather " * 25_000
    claims = [(f"{quote} {n}", f"{quote} {n}") for n in range(20) for quote in QUOTES[:1]]
    before = time.perf_counter()
    again = opened(kept(*claims), text)
    assert time.perf_counter() - before < 20
    assert again.answer.claims == ()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ferry")
    (root / "docs").mkdir()
    (root / "docs" / "ferry.txt").write_text(TEXT)
    (root / "docs" / "wages.txt").write_text("The captain of the ferry earns 900 crowns a week.\n")
    build(root / "home", [root / "docs"])
    return root


def test_an_answer_of_the_assistant_opens_again_and_follows_its_document(folder: Path) -> None:
    assistant = Assistant(Settings(home=folder / "home"), view=False, folder=folder)
    answer = assistant.ask("How long does the crossing take?")
    link = pack(answer)
    again = assistant.reopen(unpack(link))
    assert again.changed == ()
    assert again.answer.claims == answer.claims
    assert again.answer.citations == answer.citations
    (folder / "docs" / "ferry.txt").write_text("Ferry news.\n\n" + TEXT.replace("55", "50"))
    build(folder / "home", [folder / "docs"])
    later = assistant.reopen(unpack(link))
    assert later.changed[0].kind == "changed"
    assert "50 minutes" in later.changed[0].now
    assert later.answer.claims == ()


def test_whoever_may_not_read_a_document_finds_it_gone(folder: Path) -> None:
    (folder / "footnote.toml").write_text('[[access]]\npaths = ["wages.txt"]\ngroups = ["hr"]\n')
    rules = (Rule(("wages.txt",), frozenset({"hr"})),)
    settings = Settings(home=folder / "home", access=rules)
    assistant = Assistant(settings, view=False, folder=folder)
    link = unpack(pack(assistant.ask("What does the captain earn a week?", ["hr"])))
    assert assistant.reopen(link, ["hr"]).changed == ()
    again = assistant.reopen(link, [])
    assert [each.kind for each in again.changed] == ["gone"]
    assert again.answer.claims == ()
    (folder / "footnote.toml").unlink()


def test_that_nothing_is_said_is_searched_again(seed_folder: Path) -> None:
    assistant = Assistant(Settings(home=seed_folder / ".footnote"), view=False)
    declined = assistant.ask("Who won the 2022 World Cup?")
    again = assistant.reopen(unpack(pack(declined))).answer
    assert again.abstained == declined.abstained
    assert again.passages
    forged = Kept("When is Putin set to visit North Korea?", "not_said", (), ())
    opened = assistant.reopen(forged).answer
    assert opened.abstained is None
    assert "ask it again" in opened.notices[0]


def test_a_question_that_leant_on_another_opens_without_it(seed_folder: Path) -> None:
    assistant = Assistant(Settings(home=seed_folder / ".footnote"), view=False)
    before = Turn("Why does Russia need munitions?", "…")
    answer = assistant.ask("And how many rounds is it short of?", history=[before])
    again = assistant.reopen(unpack(pack(answer)))
    assert again.answer.claims == answer.claims
