"""Three hundred hostile texts stay text: wherever the page shows them, and however they stream."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
import pytest
from chatting import opened
from playwright.sync_api import Page, expect

from index import Document, Entry, Passage, Sentence
from qa.changed import Piece
from qa.draft import Drafted, Drafting
from qa.footnotes import conversation_as_markdown
from qa.reopen import Changed
from qa.types import Abstention, Answer, Citation, Claim, Conflict, Growing, Receipt, Stated
from qa.web import answers, render, words
from qa.web.render import Said
from qa.written import Asked, Written, write

HOSTILE = {
    each["id"]: each["text"]
    for each in map(json.loads, (Path(__file__).parent / "hostile.jsonl").read_text().splitlines())
}
HARMLESS = "It was found in Lisbon."
SHA256 = "0" * 64
# Boundaries at which a very long stream is cut, to compare its sentences, and any its claims.
CUTS, CLAIMED = 200, 9
ADDRESSES = ("/source/d", "/documents")

PUT = "(html) => { document.getElementById('fn-past').innerHTML = html; }"
ALIEN = "#fn-past :is(script, iframe, object, embed, img, svg, math, style, link, base, meta, form)"
TEXTS = "(nodes) => nodes.map((node) => node.textContent)"
QUOTES = "(nodes) => nodes.map((node) => node.dataset.quote)"
# What is wider than there is room for: the page, or something in a turn, then the turn's number.
WIDER = """() => [
    ...[document.documentElement, document.getElementById("fn-log")].filter((each) =>
        each.scrollWidth > each.clientWidth).map(() => -1),
    ...[...document.querySelectorAll(".fn-turn")].flatMap((turn, place) =>
        [turn, ...turn.querySelectorAll("h2, p, blockquote, dl, li, button")].some((each) =>
            each.scrollWidth > each.clientWidth && each.clientWidth) ? [place] : [])]"""
# One letter, or what is drawn as one, that is wider than a narrow page: it is cut off.
UNBREAKABLE = {"combining-02", "combining-04", "combining-08", "emoji-06"}

# What is shown, by where: XPath of a text or an attribute, and what it must say.
Shown = dict[str, str]
Place = Callable[[str], tuple[str, Shown]]


def seen(text: str) -> str:
    """The text as a page can hold it: HTML has no way to write U+0000."""
    return text.replace("\0", "\ufffd")


def cited(text: str, number: int = 1) -> Citation:
    return Citation(number, "d", text, text, text, text, 3, 0, len(text), text, SHA256)


def answered(text: str, *claims: Claim, **more: object) -> Answer:
    citations = tuple(cited(text, each) for each in (1, 2)) if claims else ()
    fields = {
        "id": "0" * 16,
        "question": text,
        "abstained": None,
        "claims": claims,
        "citations": citations,
        "passages": (),
        "notices": (),
        "receipt": Receipt(text, text, {"search": 0.01}, prompt=text, searched=9),
    }
    return Answer(**{**fields, **more})  # type: ignore[arg-type]


def turn(text: str, answer: Answer, changed: tuple[Changed, ...] = ()) -> tuple[str, Shown]:
    said = Said(text, answer, changed)
    rests_on = {
        "question": text,
        "cited": [{"source": each.source, "quote": each.quote} for each in answer.citations],
        "index": text,
        "model": text,
    }
    shown = {
        "//h2/bdi": text,
        "//article/@data-question": text,
        "//article/@data-said": answer.text,
        "//article/@data-markdown": conversation_as_markdown([answer]),
        "//article/@data-opinion": json.dumps(rests_on),
        "//dl/dd[1]/bdi | //dl/dd[2]/bdi | //dl/dd[last()]/bdi": text,
        "//div[@class='fn-offers']//button": text,
    }
    return render.conversation([said]) + render.lead_on(0, [text], False), shown


def quoting(text: str) -> tuple[str, Shown]:
    claim = Claim(text, (1, 2), ((0, len(text)),))
    html, shown = turn(text, answered(text, claim, notices=(text,)))
    return html, shown | {
        "//blockquote/bdi": text,
        "//blockquote/bdi/strong": text,
        "//cite": text,
        "//span[@class='fn-file']": f"{text} · {text}",
        "//p[@class='fn-notice']": text,
        "//a[1]/@data-quote | //a[2]/@data-quote": text,
        "//a/@data-where": f"{text} · {text} · {cited(text).place}",
        "//a[1]/@aria-label": f"Citation 1: open {text}, page 3, at these words",
    }


def writing(text: str) -> tuple[str, Shown]:
    """What a language model wrote, of every verdict."""
    whole = Claim(f"{text}.", (1,), ((0, len(text)),), "supported")
    partly = Claim(f"{text}.", (1,), (), "partly", text)
    unfounded = Claim(f"{text}.", (2,), (), "unsupported", text)
    html, shown = turn(text, answered(text, whole, partly, unfounded))
    return html, shown | {
        "//blockquote/bdi | //blockquote/s/bdi": f"{text}.",
        "//blockquote/bdi/strong": text,
        "//span[contains(@class, 'fn-doubt')][1]": f"◐ {words.PARTLY}: {text}",
        "//span[contains(@class, 'fn-doubt')][2]": f"✗ {words.UNSUPPORTED}: {text}",
    }


def differing(text: str) -> tuple[str, Shown]:
    conflict = Conflict(text, (Stated(text, 1), Stated(text, 2)))
    html, shown = turn(text, answered(text, Claim(text, (1,)), conflicts=(conflict,)))
    return html, shown | {
        "//strong[@class='fn-value']/bdi": text,
        "//li//cite": text,
    }


def declining(text: str) -> tuple[str, Shown]:
    passage = Passage("d", text, text, SHA256, 0, len(text), text, text, (), 0.5, {"text": text})
    abstention = Abstention("not_said", text)
    html, shown = turn(text, answered(text, abstained=abstention, passages=(passage,)))
    return html, shown | {
        "//p[@class='fn-declined']": text,
        "//li/span[@class='fn-file']/bdi": text,
        "//li/p": text,
        "//a[@class='fn-open']/@aria-label": f"Open {text} at this passage",
    }


def changing(text: str) -> tuple[str, Shown]:
    pieces = (Piece(text, "same"), Piece(text, "removed"), Piece(text, "added"))
    changed = (
        Changed(1, text, text, "changed", text, text, pieces),
        Changed(2, text, text, "changed", text, text, ()),
        Changed(3, text, text, "moved", text, text, pieces),
    )
    html, shown = turn(text, answered(text, Claim(text, (1,))), changed)
    here = "//div[@class='fn-changed']/ul/li"
    return html, shown | {
        f"{here}/p/cite | {here}/p/span": text,
        f"{here}[1]//del | {here}[1]//ins": text,
        f"{here}[1]/p[3]": f"{words.WAS}: {text * 3}",
        f"{here}[2]/p[3]": f"{words.WAS}: {text}",
        f"{here}/p[4]": f"{words.IS}: {text}",
    }


def growing(text: str) -> tuple[str, Shown]:
    step = Growing(text, (Claim(text, (1,)),), (cited(text),), text)
    return render.conversation([Said(text, step)]), {
        "//h2/bdi": text,
        "//blockquote/bdi": text,
        "//p[@class='fn-draft']/bdi": text,
    }


def searching(text: str) -> tuple[str, Shown]:
    html = render.conversation([Said(text, Growing(text))])
    return html, {"//p[@class='fn-status']": f"{text}…"}


def failing(text: str) -> tuple[str, Shown]:
    html = render.failed(text, text) + render.stopped(text) + render.unavailable(text)
    return html, {
        "/div/p[1] | /div/p[3]": text,
        "/div/p[1]/@data-question | /div/p[2]/@data-question": text,
    }


def beginning(text: str) -> tuple[str, Shown]:
    entries = [Entry(n, "d", "files", f"{text}/{text}", text, text, "", "") for n in range(2)]
    html = render.header(entries) + render.welcome([text]) + render.places(entries)
    return html, {
        "//span[@class='fn-names']": f": “{text}”, “{text}”",
        "/div/p[1]/text()[1]": f"Answers from 2 documents, the newest of {text}, word for word",
        "//div[@class='fn-offers']//button": text,
        "//option[position() > 1]/@value": f"{text}/{text}",
    }


PLACES: tuple[Place, ...] = (
    *(quoting, writing, differing, declining, changing),
    *(growing, searching, failing, beginning),
)


def parsed(html: str) -> lxml.html.HtmlElement:
    """As libxml2 (2.14 and later) reads it: its tokenizer is HTML5's."""
    return lxml.html.document_fromstring(f"<div>{html}</div>").find("body/div")


def skeleton(root: lxml.html.HtmlElement) -> list[tuple[object, ...]]:
    """Every element (a comment would be one too) with its parent and attributes' names."""
    return [(each.tag, each.getparent().tag, *each.keys()) for each in root.iter()]


def found(root: lxml.html.HtmlElement, path: str) -> Iterator[str]:
    path = f".{path}" if path.startswith("//") else path.replace("/div/", "./")
    for part in path.split(" | "):
        nodes = root.xpath(part if part.startswith(".") else f".{part}")
        assert nodes, part
        yield from (node if isinstance(node, str) else node.text_content() for node in nodes)


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("The ferry sails.", "ltr"),
        ("“55” שלום to you.", "rtl"),
        ("1. تبحر العبارة في التاسعة.", "rtl"),
        ("55 %", "ltr"),
    ],
)
def test_what_is_said_goes_the_way_of_its_first_letter(text: str, direction: str) -> None:
    said = parsed(step(claimed=Written([Claim(text, (1,))], [cited(text)])))
    assert said.xpath(".//blockquote/@dir") == [direction]
    assert parsed(step(text)).xpath(".//p[@class='fn-draft']/@dir") == [direction]


def test_a_turn_is_rendered_once_and_two_errors_are_never_the_same() -> None:
    said = Said("Why?", answered("Why?"))
    assert said.html is said.html
    assert said.html in render.conversation([said, said])
    assert render.failed("no") != render.failed("no")


def test_there_are_three_hundred_different_texts() -> None:
    assert len(HOSTILE) == len(set(HOSTILE.values())) == 300


@pytest.mark.parametrize("place", PLACES)
def test_a_text_is_shown_as_it_is_and_makes_nothing(place: Place) -> None:
    own = skeleton(parsed(place(HARMLESS)[0]))
    assert not any(str(name).startswith("on") for each in own for name in each)
    for name, text in HOSTILE.items():
        html, shown = place(text)
        root = parsed(html)
        # Stricter than a list of elements: the very same ones, with the very same attributes.
        assert skeleton(root) == own, name
        assert all(urlsplit(each).path in ADDRESSES for each in root.xpath(".//@href")), name
        for path, said in shown.items():
            assert set(found(root, path)) == {seen(said)}, (name, path)


def test_a_stream_shows_no_markup_and_says_the_same_wherever_it_is_cut() -> None:
    drafts = {}
    for name, text in HOSTILE.items():
        sentence = written(text)
        whole = drafted(Drafting(), sentence)
        for cut in cuts(sentence, CUTS):
            stream = Drafting()
            begun = stream.add(sentence[:cut])
            drafts[stream.open] = name, cut
            ended = drafted(stream, sentence[cut:])
            assert (begun + ended[0], ended[1]) == whole, (name, cut)
    own = {*skeleton(parsed(step(HARMLESS))), *skeleton(parsed(step()))}
    for draft, where in drafts.items():
        root = parsed(step(draft))
        assert set(skeleton(root)) <= own, where
        assert root.text_content() == (draft or f"{words.SEARCHING}…"), where


def test_an_answer_claims_the_same_wherever_its_stream_is_cut() -> None:
    own = set(skeleton(parsed(step(claimed=claims(HARMLESS, written("Lisbon"))))))
    for name, text in HOSTILE.items():
        sentence = written(text)
        whole = claims(sentence)
        # What is claimed depends on the sentences alone, which are compared above at all cuts.
        for cut in cuts(sentence, CLAIMED):
            again = claims(sentence[:cut], sentence[cut:])
            assert (again.claims, again.citations) == (whole.claims, whole.citations), (name, cut)
        root = parsed(step(claimed=whole))
        assert set(skeleton(root)) <= own, name
        said = [each.text for each in whole.claims]
        assert [node.text_content() for node in root.xpath(".//blockquote//bdi")] == said, name


def test_a_browser_shows_all_texts_as_they_are_and_runs_and_widens_nothing(
    page: Page, seed_url: str
) -> None:
    opened(page, seed_url)
    # Filled in by the last thing that the page itself asks for.
    expect(page.locator("#fn-header p")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(PUT, "".join(turns()))
    assert page.locator(".fn-turn").count() == 3 * len(HOSTILE)
    assert page.locator(ALIEN).count() == 0
    shown = page.locator(".fn-question bdi").evaluate_all(TEXTS)
    assert shown == [seen(text) for text in HOSTILE.values() for _ in range(3)]
    quotes = page.locator(".fn-turn[data-question] a[data-quote]").evaluate_all(QUOTES)
    assert quotes == [seen(text) for text in HOSTILE.values()]
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        wider = page.evaluate(WIDER)
        assert -1 not in wider, width
        assert {list(HOSTILE)[place // 3] for place in wider} <= UNBREAKABLE, width
    assert asked == []


def turns() -> Iterator[str]:
    """Each text when its answer begins, half written, and whole."""
    for text in HOSTILE.values():
        half = Growing(
            words.SEARCHING, (Claim(text, (1,)),), (cited(text),), text[: len(text) // 2]
        )
        steps = (Growing(text), half, answered(text, Claim(text, (1,), ((0, len(text)),))))
        yield render.conversation([Said(text, each) for each in steps])


def written(text: str) -> str:
    """What a model may write of it, with marks."""
    return f"It says {text} there. [1] It was found in Lisbon [1]. So it is. [2]"


def cuts(text: str, most: int) -> list[int]:
    """Where to cut it in two: everywhere, or, if it is very long, at so many places."""
    there = range(len(text) + 1)
    if len(there) <= 3 * most:
        return list(there)
    return random.Random(1).sample(there, most)  # noqa: S311 - no secret


def drafted(stream: Drafting, piece: str) -> tuple[list[Drafted], int]:
    """The sentences that this and the end complete, and how much was taken out."""
    return [*stream.add(piece), *stream.rest()], stream.dropped


def claims(*pieces: str) -> Written:
    document = Document("d", "lisbon.txt", "Lisbon", HARMLESS)
    sentence = Sentence(0, len(HARMLESS), HARMLESS, 0.5)
    passage = Passage(
        *("d", "lisbon.txt", "Lisbon", document.sha256, 0, len(HARMLESS), HARMLESS, ""),
        *((sentence,), 0.5, {}),
    )
    question = "What does it say was found in Lisbon?"
    asked = Asked(question, (passage,), (), {"d": document}, show_unsupported=True)
    *_, last = write(pieces, asked)
    return last


def step(draft: str = "", claimed: Written | None = None) -> str:
    so_far = claimed or Written()
    return answers.growing(
        Growing(words.SEARCHING, tuple(so_far.claims), tuple(so_far.citations), draft)
    )
