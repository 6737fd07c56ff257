"""The chat page's own HTML: the conversation, what stands above and below it, the source pane.

`qa.web.chat` puts it into Gradio's page; `static/chat.js` acts on its buttons, which say what they
do in `data-do`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from index import Entry
from qa.errors import UnfitLink
from qa.footnotes import conversation_as_markdown
from qa.permalink import pack
from qa.reopen import Changed
from qa.types import Answer, Growing
from qa.web import answers, words
from qa.web.escape import attribute, isolated, text

# Folders and documents that are offered to narrow a question to.
PLACES = 200


@dataclass(frozen=True)
class Said:
    """A question on the page, with its answer as far as it has come.

    `changed` is what of a link's sources isn't as it was.
    """

    question: str
    answer: Answer | Growing
    changed: tuple[Changed, ...] = ()

    @cached_property
    def html(self) -> str:
        """All of its turn but the number; made once, as conversations are shown with each turn."""
        return _said(self)


def conversation(turns: Sequence[Said], first: int = 0) -> str:
    """Turns of a conversation, of which the first is the `first`, counted from 0."""
    return "".join(
        f'<article class="fn-turn" data-turn="{first + place}"{turn.html}</article>'
        for place, turn in enumerate(turns)
    )


def failed(line: str, question: str = "", unopened: bool = False) -> str:
    """One line on what went wrong, and the question that is to go back into its box.

    No two are the same, as Gradio does nothing where the same is to be shown. `unopened` tells the
    script that no link could be opened, now or ever.
    """
    told = f' data-at="{time.monotonic_ns()}"' + (" data-unopened" if unopened else "")
    asked = f' data-question="{attribute(question)}"'
    return f'<p class="fn-error" role="alert"{asked}{told}>{text(line)}</p>'


def stopped(question: str) -> str:
    """What is left of a question whose answer isn't waited for."""
    return failed(words.STOPPED, question)


def forgotten() -> str:
    """Tells the script that the server knows less of the conversation than the page shows."""
    return "<p data-forgotten hidden></p>"


def header(entries: Sequence[Entry]) -> str:
    """What there is to ask about."""
    names = [f"“{isolated(each.title)}”" for each in entries[:3]]
    more = words.MORE.format(count=len(entries) - 3) if len(entries) > 3 else ""
    one = len(entries) == 1
    count = words.ONE_DOCUMENT if one else words.SOME_DOCUMENTS.format(count=len(entries))
    newest = max((each.date for each in entries if each.date), default=None)
    fresh = words.NEWEST.format(date=newest) if newest and not one else ""
    known = text(words.KNOWS.format(count=count, fresh=fresh))
    named = f": {', '.join(names)}{text(more)}"
    listed = f'<a class="fn-link" href="/documents" target="fn-source">{words.DOCUMENTS}</a>'
    return f'<h1>{words.TITLE}</h1><p>{known}<span class="fn-names">{named}</span> {listed}</p>'


def unavailable(line: str) -> str:
    """The same, where there is nothing to ask."""
    return f"<h1>{words.TITLE}</h1>{failed(line)}"


def welcome(questions: Sequence[str]) -> str:
    """What the page begins with."""
    return f'<p class="fn-welcome">{words.WELCOME}</p>{_offers(words.TRY, questions)}'


def lead_on(place: int, questions: Sequence[str], declined: bool) -> str:
    """Questions to go on with after the turn of that number."""
    offers = _offers(words.INSTEAD if declined else words.NEXT, questions)
    return f'<div data-after="{place}">{offers}</div>' if offers else ""


def places(entries: Sequence[Entry]) -> str:
    """Folders and documents, to choose from when a question is narrowed."""
    folders = sorted({each.source.rpartition("/")[0] for each in entries} - {""})
    named = [f"{folder}/" for folder in folders] + [each.source for each in entries]
    options = "".join(f'<option value="{attribute(name)}"></option>' for name in named[:PLACES])
    return f'<datalist id="fn-places">{options}</datalist>'


def composer(keeps: bool, opinions: bool) -> str:
    """The question's box, what it may be narrowed to, and what the script needs to know: whether
    the browser may keep conversations, and the server what readers say of answers."""
    told = attribute(json.dumps({"words": words.FOR_SCRIPT, "keeps": keeps, "opinions": opinions}))
    return f"""<form id="fn-ask" data-page="{told}">
<label class="fn-hidden" for="fn-box">{words.YOUR_QUESTION}</label>
<textarea id="fn-box" rows="1" placeholder="{words.PLACEHOLDER}" enterkeyhint="send"></textarea>
<button type="submit" id="fn-send">{words.ASK}</button>
<button type="button" id="fn-stop" hidden>{words.STOP}</button>
</form>
<p id="fn-replaces" hidden>{words.REPLACES}
<button type="button" data-do="unedit">{words.CANCEL}</button></p>
<div id="fn-under">
<details id="fn-scope">
<summary>{words.SCOPE} <span id="fn-scoped">{words.EVERYTHING}</span></summary>
<p><label>{words.PLACE} <input id="fn-place" list="fn-places" autocomplete="off"></label>
<label>{words.SINCE} <input id="fn-since" type="date"></label>
<label>{words.UNTIL} <input id="fn-until" type="date"></label>
<button type="button" data-do="widen">{words.CLEAR}</button></p></details>
<p id="fn-whole"><button type="button" data-do="save" hidden>{words.SAVE}</button>
<button type="button" data-do="new" hidden>{words.NEW}</button></p>
</div>
<p id="fn-live" class="fn-hidden" role="status"></p>
<p id="fn-lost" role="alert" hidden></p>
<div id="fn-preview" role="tooltip" hidden><p dir="auto"></p>
<p class="fn-file"><bdi></bdi></p></div>
{_opinion()}"""


def source_pane() -> str:
    """Where documents open."""
    return f"""<section aria-label="{words.SOURCE}">
<p id="fn-source-empty">{words.NO_SOURCE}</p>
<nav id="fn-walk" aria-label="{words.CITATIONS}" hidden>
<button id="fn-close" type="button" data-do="close">{words.BACK}</button>
<button type="button" data-do="previous" aria-label="{words.PREVIOUS}">‹</button>
<span id="fn-where"></span>
<button type="button" data-do="following" aria-label="{words.FOLLOWING}">›</button>
</nav>
<iframe name="fn-source" title="{words.SOURCE_FRAME}" hidden></iframe>
</section>"""


def _said(turn: Said) -> str:
    """What follows the number in the tag of a turn."""
    asked = (
        f'<h2 class="fn-question"><span class="fn-hidden">{words.YOU_ASKED}</span>'
        f"{isolated(turn.question)}</h2>"
    )
    if isinstance(turn.answer, Growing):
        said = answers.growing(turn.answer)
        return f' data-growing>{asked}<div class="fn-answer">{said}</div>'
    said = answers.final(turn.answer, turn.changed) + _tools(turn.answer)
    return f'{_carried(turn.answer)}>{asked}<div class="fn-answer">{said}</div>'


def _carried(answer: Answer) -> str:
    """What the buttons below an answer copy, link to and send, on its turn."""
    made = answer.receipt
    rests_on = {
        "question": answer.question,
        "cited": [{"source": each.source, "quote": each.quote} for each in answer.citations],
        "index": made.index,
        "model": made.model,
    }
    try:
        link = pack(answer)
    except UnfitLink:
        link = ""
    carried = {
        "question": answer.question,
        "said": answer.text,
        "markdown": conversation_as_markdown([answer]),
        "link": link,
        "opinion": json.dumps(rests_on),
    }
    return "".join(f' data-{name}="{attribute(each)}"' for name, each in carried.items())


def _tools(answer: Answer) -> str:
    buttons = [
        ("copy", words.COPY, ""),
        ("link", words.LINK, ""),
        ("again", words.AGAIN, ""),
        ("edit", words.EDIT, ""),
        ("up", words.HELPFUL, ' aria-pressed="false"'),
        ("down", words.NOT_HELPFUL, ' aria-expanded="false"'),
    ]
    shown = "".join(
        f'<button type="button" data-do="{do}"{more}>{name}</button>' for do, name, more in buttons
    )
    return f'<footer class="fn-tools"><p>{shown}</p>{answers.receipt(answer)}</footer>'


def _offers(heading: str, questions: Sequence[str]) -> str:
    if not questions:
        return ""
    listed = "".join(
        f'<li><button type="button" data-do="offer">{isolated(each)}</button></li>'
        for each in questions
    )
    return f'<div class="fn-offers"><p>{heading}</p><ul>{listed}</ul></div>'


def _opinion() -> str:
    """The form that an answer's "not helpful" opens; the script puts it there."""
    reasons = "".join(
        f'<label><input type="radio" name="reason" value="{reason}"> {said}</label>'
        for reason, said in words.REASONS.items()
    )
    return f"""<template id="fn-opinion"><form class="fn-opinion">
<fieldset><legend>{words.WHAT_WAS_WRONG}</legend>{reasons}</fieldset>
<label>{words.RIGHT_ANSWER} <textarea name="answer" rows="2" maxlength="2000"></textarea></label>
<p><button type="submit">{words.SEND}</button>
<button type="button" data-do="cancel">{words.CANCEL}</button></p></form></template>"""
