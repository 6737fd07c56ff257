"""The chat page: questions and answers on one side, the document they come from on the other.

Gradio carries what is asked and answered; what it shows is our own HTML from `render`, and
`static/chat.js` sends what people do. This module is the sole importer of gradio.
"""

# Annotations as they are, not as texts: Gradio looks for its EventData among them.
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from anyio import to_thread
from fastapi import FastAPI

from index import Within
from qa.assistant import Assistant
from qa.errors import UNAVAILABLE, Crowded, UnfitLink, UnfitQuestion
from qa.identity import Asker
from qa.permalink import unpack
from qa.question import fit
from qa.reopen import Effort
from qa.types import Answer, Growing, Turn
from qa.web import render, words
from qa.web.answering import Answering
from qa.web.order import KEPT_TURNS, Order
from qa.web.render import Said

# Seconds between two pictures of an answer that grows: more often nobody sees.
CALM = 0.1
# Conversations that the server keeps at most, also of pages that were closed: whoever's is dropped
# doesn't notice, as the browser tells it again.
SESSIONS = 200
# Questions offered where the documents don't answer.
NEXT = 3

# Offered when only the document that comes with Footnote is indexed, and beside what others answer.
SEED_DOCUMENT = "000_924f90b5c4940c45.txt"
SEED_EXAMPLES = (
    "When is Putin set to visit North Korea?",
    "How many rounds of ammunition has North Korea provided to Russia?",
    "What should be done at the G7?",
)
ALWAYS = ("What is this about?",)

# For Gradio's HTML component: how the script sends something, and how it stops waiting.
_SENDS = "window.fnSend = (order) => trigger('submit', {order}); window.fnReady?.()"
_STOPS = "window.fnStop = (order) => trigger('submit', {order})"
_LEADS_ON = "window.fnNext = () => trigger('submit', {})"


def mount(web: FastAPI, answering: Answering) -> None:
    """Puts the chat at / of the web app."""
    import gradio as gr

    gr.mount_gradio_app(
        web,
        _page(answering),
        path="/",
        # Not as css=: Gradio rewrites the selectors of that.
        head='<link rel="stylesheet" href="/page/chat.css">'
        '<script type="module" src="/page/chat.js"></script>',
        theme=gr.themes.Base(),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        show_error=False,
    )


def _page(answering: Answering) -> Any:
    import gradio as gr

    assistant, settings = answering.assistant, answering.assistant.settings

    async def act(
        talk: Talk, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Does what the script sends: opens links, asks a question after some of the turns.

        The server's conversation changes only with what has been opened or answered; whatever
        goes wrong, the page shows it again.
        """
        same, order, asker = gr.skip(), Order(event._data), _asker(request)
        turns = talk.of(asker)
        if len(turns) < order.shown and not order.links:
            yield same, render.forgotten(), same
            return
        try:
            if order.links:
                turns = await _opened(answering, asker, order.links)
                yield render.conversation(turns), "", Talk(asker.user, turns)
            if not order.question:
                return
            question, within = fit(order.question), order.within
            before = turns[: order.keep][-KEPT_TURNS:]
            past = render.conversation(before)
            growing = _answered(answering, asker, question, before, within)
            async with aclosing(growing) as steps:
                async for said in steps:
                    ended = isinstance(said.answer, Answer)
                    now = render.conversation([said], len(before))
                    yield past, now, Talk(asker.user, (*before, said)) if ended else same
                    past = same
        except UnfitLink as error:
            yield same, render.failed(str(error), order.question, unopened=True), same
        except (UnfitQuestion, Crowded, *UNAVAILABLE) as error:
            line = render.failed(str(error), order.question)
            yield render.conversation(turns), line, same

    async def opened(request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """What there is to ask about now; then questions to begin with, which take longer."""
        asker = _asker(request)
        groups = asker.groups
        try:
            entries = await to_thread.run_sync(assistant.documents, groups)
            answering.listed(asker, len(entries))
            only_seed = [each.source for each in entries] == [SEED_DOCUMENT]
            examples = settings.examples or (SEED_EXAMPLES if only_seed else ())
            yield render.header(entries), render.welcome(examples), render.places(entries)
            if not examples:
                found = await answering.offers(lambda: assistant.openers(groups))
                offers = (*found, *ALWAYS)
                yield gr.skip(), render.welcome(offers), gr.skip()
        except UNAVAILABLE as error:
            yield render.unavailable(str(error)), "", ""

    async def lead_on(talk: Talk, request: gr.Request) -> str:
        asker = _asker(request)
        return await answering.offers(lambda: _next(assistant, asker, talk.of(asker)))

    def stop(talk: Talk, event: gr.EventData, request: gr.Request) -> tuple[str, str]:
        past = render.conversation(talk.of(_asker(request)))
        return past, render.stopped(Order(event._data).question)

    # Neither its padding nor its styles for what is written.
    bare: dict[str, Any] = {"padding": False, "apply_default_css": False}
    with gr.Blocks(title=words.TITLE, analytics_enabled=False, fill_width=True) as page:
        page.state_session_capacity = SESSIONS
        talk = gr.State(Talk())
        # Filled whenever the page is opened: a value, even a function's, is kept from the start.
        header = gr.HTML(f"<h1>{words.TITLE}</h1>", elem_id="fn-header", **bare)
        with gr.Row(elem_id="fn-panes"):
            with gr.Column(elem_id="fn-talk", scale=3, min_width=300):
                with gr.Column(elem_id="fn-log"):
                    welcome = gr.HTML(render.welcome(()), elem_id="fn-welcome", **bare)
                    past = gr.HTML("", elem_id="fn-past", **bare)
                    now = gr.HTML("", elem_id="fn-now", **bare)
                    # An event of its own: the answer doesn't wait for it, nor the next question.
                    more = gr.HTML("", elem_id="fn-next", js_on_load=_LEADS_ON, **bare)
                gr.HTML(
                    render.composer(settings.keep_conversations, settings.feedback),
                    elem_id="fn-composer",
                    **bare,
                )
                places = gr.HTML("", **bare)
                sends = gr.HTML("", **bare, js_on_load=_SENDS)
                stops = gr.HTML("", **bare, js_on_load=_STOPS)
            with gr.Column(elem_id="fn-pane", scale=2, min_width=300):
                gr.HTML(render.source_pane(), elem_id="fn-source-pane", **bare)
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        # A question may come before Gradio has noticed that the one before is answered.
        many: dict[str, Any] = {"concurrency_limit": None, "trigger_mode": "multiple"}
        asked = sends.submit(act, [talk], [past, now, talk], **many, **quiet)
        more.submit(lead_on, [talk], more, **many, **quiet)
        stops.submit(stop, [talk], [past, now], cancels=[asked], queue=False, **quiet)
        page.load(opened, None, [header, welcome, places], **quiet)
    return page


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as the server keeps it: Gradio finds it by a name that the browser chooses, so
    it says whose it is."""

    whose: str = ""
    turns: tuple[Said, ...] = ()

    def of(self, asker: Asker) -> tuple[Said, ...]:
        """Its turns for whose it is; to anybody else it is as good as forgotten."""
        return self.turns if self.whose == asker.user else ()


def _asker(request: Any) -> Asker:
    """Who sent an event, as `signin` found when it came."""
    found: Asker = request.request.scope["asker"]
    return found


async def _opened(answering: Answering, asker: Asker, links: Sequence[str]) -> tuple[Said, ...]:
    """The answers of links, but for broken ones; raises UnfitLink if all are, and what `reopen`
    does. Whoever leaves early ends it."""
    whole, broken = [], None
    for link in links:
        try:
            whole.append(unpack(link))
        except UnfitLink as error:
            broken = error
    if broken and not whole:
        raise broken
    stop = Event()
    try:
        opened = await answering.reopen(asker, whole, Effort(stop=stop))
        return tuple(Said(each.answer.question, each.answer, each.changed) for each in opened)
    finally:
        stop.set()


async def _answered(
    answering: Answering, asker: Asker, question: str, before: Sequence[Said], within: Within
) -> AsyncGenerator[Said]:
    """The turn as it grows; what is new is shown at once, words of the next sentence calmly."""
    history = [
        Turn(each.question, each.answer.text) for each in before if isinstance(each.answer, Answer)
    ]
    yield Said(question, Growing(words.SEARCHING))
    shown, checked, status = time.monotonic(), 0, ""
    async with aclosing(answering.stream(asker, question, history, within)) as steps:
        async for step in steps:
            if isinstance(step, Answer):
                notices = (*_narrowed(within), *step.notices)
                yield Said(step.question, replace(step, notices=notices))
                return
            new = len(step.claims) > checked or step.status != status
            if new or time.monotonic() - shown >= CALM:
                shown, checked, status = time.monotonic(), len(step.claims), step.status
                yield Said(question, step)


def _narrowed(within: Within) -> list[str]:
    """What an answer was looked for in, if that wasn't everything."""
    if within.is_everything:
        return []
    parts = [", ".join(within.paths) or words.EVERYTHING]
    if within.since:
        parts.append(words.NARROWED_SINCE.format(day=within.since))
    if within.until:
        parts.append(words.NARROWED_UNTIL.format(day=within.until))
    return [words.NARROWED.format(where=" ".join(parts))]


def _next(assistant: Assistant, asker: Asker, turns: Sequence[Said]) -> str:
    """Questions to go on with: near the answer, or, where there is none, what the documents say."""
    answer = turns[-1].answer if turns else None
    if not isinstance(answer, Answer):
        return ""
    try:
        more = assistant.follow_ups(answer, asker.groups, [each.question for each in turns])
        if not more and answer.abstained:
            more = assistant.openers(asker.groups)[:NEXT]
    except UNAVAILABLE:
        return ""  # whoever asks next is told
    return render.lead_on(len(turns) - 1, more, bool(answer.abstained))
