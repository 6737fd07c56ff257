"""Answers as Markdown: every word shows as it stands in the document, and none means anything."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa import Assistant, Settings
from qa.footnotes import conversation_as_markdown, plain
from qa.types import Abstention, Answer, Citation, Claim, Conflict, Receipt, Stated

HOSTILE = (
    "`code` and ``more``", "a | b | c\n|---|---|\n| d | e |", "[text](http://evil.example)",
    "![x](y)", "<script>alert(1)</script>", "<!-- hidden", "# Heading", "1. first\n2. second",
    "- item", "+ item", "* item", "> quoted", "```\nfence", "~~~\nfence", "    indented",
    "Title\n=====", "Title\n---", "***", "$x^2$ and $$y$$", "&amp; &lt; &#60;", "back\\slash\\",
    "\\", "[^1]", "[^1]: note", "[a]: http://evil.example", "<http://evil.example>",
    "http://evil.example/_a_", "www.evil.example", "a@evil.example", ":smile:", "**bold** _it_",
    "~~struck~~", "two  \nlines", "tab\there", "\u202eright to left", "\x1b[2Jclear", "==x==",
    "{{ x }} {% y %}", "a\rb\u2028c", "-", "1)", "“”", "H~2~O", "+++", "\u00a0\u00a0x",
)  # fmt: skip
CITED = Citation(1, "d", "s.txt", "T", "2024-05-01", None, 3, 5, 9, "Word", "0" * 64)
hostile = st.one_of(
    st.sampled_from(HOSTILE),
    st.text("`|[]()<>#1.-+*_~$&\\!^:=@{}\"' \n\ta\r", min_size=1, max_size=30),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
).filter(lambda text: bool(text.strip()))


def answer_of(text: str, quote: str | None = None, **more: object) -> Answer:
    cited = replace(CITED, quote=text if quote is None else quote)
    made = Answer(
        "id", "When?", None, (Claim(text, (1,)),), (cited,), (), (), Receipt("i", "quote", {})
    )
    return replace(made, **more)  # type: ignore[arg-type]


def shown(markdown: str, as_html: bool = True) -> str:
    """What a renderer shows, a line for each block; fails on any tag that isn't ours."""
    rendered = MarkdownIt("commonmark", {"html": as_html}).enable(["table", "strikethrough"])
    page = rendered.render(markdown)
    tags = set(re.findall(r"</?([a-z0-9!]+)", page))
    assert tags <= {"p", "blockquote", "h2", "s"}, page
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def as_markdown(answer: Answer) -> str:
    """The answer without its question."""
    return conversation_as_markdown([answer]).partition("\n\n")[2]


@given(hostile, st.booleans())
@example("- a", True)
def test_every_word_of_a_quote_shows_and_none_means_anything(text: str, as_html: bool) -> None:
    page = shown(as_markdown(answer_of(text)), as_html)
    assert page.count(f"“{plain(text)}”") >= 2
    assert page.splitlines()[0] == "According to “T”, 2024-05-01 (s.txt):"


@given(hostile, hostile, hostile)
def test_titles_paths_headings_questions_and_notices_show_as_they_are(
    one: str, two: str, three: str
) -> None:
    cited = replace(CITED, title=one, source=two, heading=three, date=None)
    answer = answer_of("Word", citations=(cited,), notices=(one,), question=two)
    page = shown(conversation_as_markdown([answer]))
    assert page.startswith(f"{plain(two)}\n{plain(one)}\nAccording to “{plain(one)}”")
    assert f"({plain(two)}, page 3, characters 5–9, under {plain(three)})." in page


@given(hostile, st.sampled_from(["supported", "partly", "unsupported"]), hostile)
def test_what_a_model_wrote_shows_without_quotation_marks_and_with_its_verdict(
    text: str, verdict: str, reason: str
) -> None:
    claim = Claim(text, (1,), (), verdict, reason)  # type: ignore[arg-type]
    page = shown(as_markdown(answer_of(text, "Word", claims=(claim,))))
    why = "" if verdict == "supported" else f" ({verdict}: {plain(reason)})"
    assert f"\n{plain(text)}[^1]{why}\n" in page


def test_an_answer_reads_like_this() -> None:
    other = replace(CITED, number=2, title="U_V", source="u.md", page=None, quote="It is 5*3.")
    answer = answer_of("Word", citations=(CITED, other))
    answer = replace(answer, claims=(*answer.claims, Claim("It is 5*3.", (2,))), notices=("Note.",))
    assert as_markdown(answer) == (
        "Note.\n\nAccording to “T”, 2024-05-01 (s.txt):\n\n> “Word”[^1]\n\n"
        "According to “U\\_V”, 2024-05-01 (u.md):\n\n> “It is 5\\*3.”[^2]\n\n"
        "[^1]: “T”, 2024-05-01: “Word” (s.txt, page 3, characters 5–9).\n\n"
        "[^2]: “U\\_V”, 2024-05-01: “It is 5\\*3.” (u.md, characters 5–9).\n"
    )


def test_what_is_declined_says_why() -> None:
    answer = answer_of("x", claims=(), citations=(), abstained=Abstention("not_said", "Not here."))
    assert as_markdown(answer) == "Not here.\n"


def test_footnotes_of_a_conversation_are_numbered_through() -> None:
    text = conversation_as_markdown([answer_of("One."), answer_of("Two.")])
    assert text.startswith("## When?\n\nAccording to")
    assert "> “One.”[^1]" in text
    assert "> “Two.”[^2]" in text
    assert [line[:5] for line in text.splitlines() if line.startswith("[^")] == ["[^1]:", "[^2]:"]


def test_documents_that_differ_are_told_with_footnotes() -> None:
    cited = [replace(CITED, number=n, title=f"T{n}", quote=f"{n} *came*.") for n in (1, 2)]
    values = tuple(Stated(each.quote, each.number) for each in cited)
    answer = answer_of(
        "x",
        claims=tuple(Claim(each.quote, (each.number,)) for each in cited),
        citations=tuple(cited),
        conflicts=(Conflict("How many?", values),),
    )
    first = as_markdown(answer).splitlines()[0]
    assert "“1 \\*came\\*.” (T1, 2024-05-01)[^1]; “2 \\*came\\*.” (T2, 2024-05-01)[^2]" in first


@pytest.mark.parametrize(
    "question", ["When is Putin set to visit North Korea?", "Who won the 2022 World Cup?", "hello"]
)
def test_an_answer_of_the_assistant_shows_all_it_says(seed_folder: Path, question: str) -> None:
    answer = Assistant(Settings(home=seed_folder / ".footnote"), view=False).ask(question)
    page = shown(as_markdown(answer))
    for words in (*(claim.text for claim in answer.claims), *answer.notices):
        assert plain(words) in page
    assert not answer.abstained or answer.abstained.text in page
