"""Reports of an eval: the same bytes each time, what others wrote as text, losses with why."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from evals.gate import WHY, Limit, Verdict, judge
from evals.report import Cited, Measure, Outcome, Report, Scored
from evals.reports import html, junit, markdown, terminal
from evals.reports.overlap import parts
from evals.run import report_of

Render = Callable[[Report, Verdict, Report | None], str]
RENDERERS: tuple[Render, ...] = (terminal.render, junit.render, markdown.render, html.render)
HOSTILE = (
    "</details></summary></script><script>alert(1)</script><img src=x onerror=alert(1)> & &lt; "
    "![x](http://evil.example/p.png) [y](javascript:alert(1)) http://evil.example www.evil.example "
    "@everyone #1 GH-1 a@evil.example :tada: $x^2$ **b** _i_ `c` ~~s~~ | \\| <!-- ]]> \" '\r\n\n"
    "# head\n- item\n\x00\x07\x1b[31m\x9b\u202e\ud800\ufffe<?x> {{x}} ${x}"
)
ANY_TEXT = st.text(st.characters(), max_size=40) | st.sampled_from([HOSTILE, "|", "\\", "`", "@a"])


def a_question(number: int, outcome: Outcome = "right", words: str = "words") -> Scored:
    """With `words` wherever somebody else's text stands."""
    place = Cited(words, 10, 10 + len(words), words)
    return Scored(
        id=f"{number} {words}",
        question=f"Q {words}",
        gold="0",
        tags=(words,),
        outcome=outcome,
        answer=words,
        abstained=None,
        answers=(words,),
        evidence=(place,),
        citations=(place,),
        sources=(words,),
        values={"recall@5": float(outcome == "right"), "citation_recall": 1.0, "answer_words": 3},
        invalid=0,
        leaked=0,
        seconds={"search": 0.01, "answer": 0.5},
    )


def a_report(*outcomes: Outcome, words: str = "words") -> Report:
    questions = [a_question(number, each, words) for number, each in enumerate(outcomes)]
    return replace(report_of(words, words, words, questions), judged_by=words)


def two_runs(words: str = "words", lost: int = 20) -> tuple[Report, Verdict, Report]:
    """A run that lost twenty questions and won one, with what was before."""
    before = a_report(*["right"] * lost, "wrong", "miscited", words=words)
    now = a_report(*["not_retrieved"] * lost, "declined_right", "miscited", words=words)
    return now, judge(now, before=before), before


@pytest.mark.parametrize("render", RENDERERS)
def test_the_same_inputs_give_the_same_bytes(render: Render) -> None:
    first, again = render(*two_runs(HOSTILE)), render(*two_runs(HOSTILE))
    assert first.encode() == again.encode()


@pytest.mark.parametrize("render", RENDERERS)
def test_reports_without_a_comparison_and_without_questions_are_written(render: Render) -> None:
    report = a_report("right", "wrong")
    assert "words" in render(report, judge(report), None)
    empty = replace(report, questions=(), measures={}, slices={}, seconds={})
    assert render(empty, Verdict((), (), None), None)


@pytest.mark.parametrize("render", RENDERERS)
def test_lost_questions_appear_with_why(render: Render) -> None:
    now, verdict, before = two_runs("river")
    text = render(now, verdict, before)
    assert not verdict.passed
    assert "right → not retrieved" in text
    assert "3 river" in text


def test_every_outcome_has_words_and_a_place() -> None:
    for render in RENDERERS[1:]:
        report = a_report(*WHY)  # type: ignore[arg-type]
        text = render(report, judge(report), None)
        bad = [WHY[each.outcome] for each in report.questions if not each.good]
        assert all(each in text or each.replace("'", "&#x27;") in text for each in bad)


def test_the_terminal_holds_to_its_width_and_cannot_be_steered() -> None:
    now, verdict, before = two_runs(HOSTILE, 30)
    large = Measure(1234.5678, 1_000_000, 999.9999, 2345.6789)
    now = replace(now, measures={**now.measures, "latency_p95": large})
    text = terminal.render(now, verdict, before)
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text
    )
    own = terminal.render(replace(now, slices={}), judge(now), None)
    assert max(len(line) for line in own.splitlines() if "evil" not in line) <= 100
    assert "… and 10 more" in text
    assert "judged by" in text


def test_the_terminal_says_the_smallest_loss_that_could_be_seen() -> None:
    now, verdict, before = two_runs()
    assert verdict.comparison
    change = verdict.comparison.changes[0]
    assert change.smallest is not None
    line = next(e for e in terminal.render(now, verdict, before).splitlines() if "right " in e)
    assert line.endswith(f"{change.smallest:.1%}  ←")


@given(ANY_TEXT)
@settings(max_examples=40, deadline=None)
def test_junit_is_xml_whatever_the_text(words: str) -> None:
    now, verdict, before = two_runs(words)
    suite = ElementTree.fromstring(junit.render(now, verdict, before).encode())[0]  # noqa: S314
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.attrib["tests"]) == len(now.questions) + 1
    assert len(suite.findall(".//failure")) == int(suite.attrib["failures"]) == 21
    assert not any("time" in each.attrib for each in suite.iter())


def test_single_questions_fail_nothing_while_the_gate_passes() -> None:
    before = a_report(*["right"] * 30)
    now = a_report("wrong", *["right"] * 29)
    verdict = judge(now, before=before)
    assert verdict.passed
    suite = ElementTree.fromstring(junit.render(now, verdict, before).encode())[0]  # noqa: S314
    assert suite.find(".//failure") is None
    assert "answered, though" in suite.findall("testcase")[1].findtext("system-out", "")


def shape(text: str) -> list[str]:
    """What Markdown makes of it, without its words."""
    from markdown_it import MarkdownIt

    found = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        found.append(token.content if token.type == "html_block" else token.type)
        found += [
            each.content if each.type == "html_inline" else each.type
            for each in token.children or ()
            # Entities are tokens of their own, and text.
            if each.type not in ("text", "text_special")
        ]
    return found


@given(ANY_TEXT)
@settings(max_examples=60, deadline=None)
def test_markdown_is_made_of_our_own_markup_alone(words: str) -> None:
    plain, text = markdown.render(*two_runs(lost=3)), markdown.render(*two_runs(words, lost=3))
    assert shape(text) == shape(plain)


def test_markdown_mentions_and_links_nobody() -> None:
    text = markdown.render(*two_runs(HOSTILE))
    read = re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), text)
    read = re.sub(r"recall@\d+", "", read)
    assert "everyone" in read
    assert "evil.example" in read
    assert not re.search(r"@\w|#\d|://|www\.|gh-\d|:tada:|\$x", read, re.IGNORECASE)


@pytest.mark.parametrize("words", ["words", "|" * 5_000, HOSTILE * 50])
def test_markdown_fits_a_comment_whatever_the_size(words: str) -> None:
    draw = random.Random(0)  # noqa: S311 - a choice of outcomes, not a secret
    outcomes = draw.choices(("right", "wrong", "not_answered"), k=400)
    before = a_report(*["right"] * 300, *["wrong"] * 100, words=words)
    now = a_report(*outcomes, words=words)
    tag = " ".join(words[:300].split())
    verdict = judge(now, [Limit.of(f"{tag}{n}/right>=0.9") for n in range(100)], before)
    text = markdown.render(now, verdict, before)
    assert len(text) < 60_000
    assert text.count("<details>") == text.count("</details>") == 2
    assert re.search(r"… and \d+ more", text)


class _Parsed(HTMLParser):
    """Elements with their attributes' names, what attributes may load, and marked text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.loads: list[str] = []
        self.marked: list[str] = []
        self._is_marked = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attrs)))
        names = ("src", "href", "action", "srcset", "data", "poster", "xlink:href", "style")
        self.loads += [value or "" for name, value in attrs if name in names]
        self._is_marked = tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._is_marked = False

    def handle_data(self, data: str) -> None:
        if self._is_marked:
            self.marked.append(data)


@given(ANY_TEXT.filter(bool))
@settings(max_examples=40, deadline=None)
def test_html_is_made_of_our_own_elements_alone(words: str) -> None:
    plain, text = html.render(*two_runs(lost=3)), html.render(*two_runs(words, lost=3))
    assert _Parsed(text).elements == _Parsed(plain).elements


def test_html_loads_nothing() -> None:
    assert "http" not in html.render(*two_runs()).replace("http-equiv", "")
    text = html.render(*two_runs(HOSTILE))
    assert all(re.fullmatch(r"#q\d+|data:,", each) for each in _Parsed(text).loads)
    assert "default-src 'none'" in text
    assert not re.search(r"@import|url\(", text.split("</style>")[0])


SPANS = st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.integers(1, 10))


@given(SPANS, st.lists(SPANS, max_size=6))
def test_the_marked_part_is_exactly_what_others_hold_too(
    one: tuple[str, int, int], many: list[tuple[str, int, int]]
) -> None:
    def cited(source: str, start: int, length: int) -> Cited:
        text = "".join(chr(0x4E00 + place) for place in range(start, start + length))
        return Cited(source, start, start + length, text)

    quote, others = cited(*one), [cited(*each) for each in many]
    found = parts(quote, others)
    assert "".join(text for text, _ in found) == quote.quote
    shared = {c for each in others if each.source == quote.source for c in each.quote}
    assert {c for text, marked in found if marked for c in text} == shared & set(quote.quote)
    assert {c for text, marked in found if not marked for c in text} == set(quote.quote) - shared


def test_a_quote_of_another_length_than_its_place_is_not_marked() -> None:
    quote = Cited("a", 0, 5, "four")
    assert parts(quote, [Cited("a", 0, 5, "fives")]) == [("four", False)]


def test_html_marks_the_overlap_of_citations_and_evidence() -> None:
    each = replace(
        a_question(1),
        citations=(Cited("a", 100, 110, "<0123>6789"),),
        evidence=(Cited("a", 95, 106, "abcde<0123>"), Cited("b", 106, 110, "6789")),
    )
    report = report_of("x", "x", "x", [each])
    assert _Parsed(html.render(report, judge(report))).marked == ["<0123>", "<0123>"]


def test_the_page_filters_opens_and_is_accessible(page: Page, tmp_path: Path) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    file = tmp_path / "report.html"
    file.write_text(html.render(*two_runs(HOSTILE)), encoding="utf-8")
    page.goto(file.as_uri())
    expect(page.get_by_role("status")).to_have_text("All 22 questions")
    page.get_by_label("Since before").select_option(label="Won only")
    expect(page.get_by_role("status")).to_have_text("1 of 22 questions")
    page.locator(".flips a").first.click()
    expect(page.get_by_role("status")).to_have_text("All 22 questions")
    expect(page.locator(".q[open]")).to_have_count(1)
    page.get_by_label("Text").fill("no such words")
    expect(page.get_by_role("status")).to_have_text("0 of 22 questions")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".q:visible")).to_have_count(22)
    for scheme, width in (("light", 1280), ("dark", 360)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    assert requests == [file.as_uri()]
