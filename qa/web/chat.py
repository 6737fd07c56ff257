"""The chat page: questions and answers on one side, the document they come from on the other.

Gradio carries what is asked and answered; what it shows is our own HTML from `render`, and
`static/chat.js` sends what people do. This module is the sole importer of gradio.
"""

# Annotations as they are, not as texts: Gradio looks for its EventData among them.
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from anyio import to_thread
from fastapi import FastAPI

from index import Within
from qa.assistant import Assistant
from qa.errors import UNAVAILABLE, Crowded, UnfitLink, UnfitQuestion
from qa.identity import Asker
from qa.permalink import unpack
from qa.types import Answer, Growing, Turn
from qa.web import render, words
from qa.web.answering import Answering
from qa.web.render import Said

# Turns of a conversation that are kept, and seconds between two pictures of an answer that grows:
# more often nobody sees.
KEPT_TURNS, CALM = 50, 0.1
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
        turns: list[Said], event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Does what the script sends: opens links, goes back to a turn, asks a question."""
        same, order, asker = gr.skip(), Order(event._data), _asker(request)
        if len(turns) < order.shown and not order.links:
            yield same, render.forgotten(), same
            return
        try:
            opened = await to_thread.run_sync(_opened, assistant, asker, order.links)
        except (UnfitLink, *UNAVAILABLE) as error:
            yield same, render.failed(str(error)), same
            return
        turns = [*turns[: order.keep], *opened][-KEPT_TURNS:]
        yield render.conversation(turns), "", turns
        if order.question:
            async with aclosing(_answered(answering, asker, order, turns)) as steps:
                async for now, said in steps:
                    yield same, now, [*turns, said] if said else same

    def opened(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """What there is to ask about now; then questions to begin with, which take longer."""
        groups = _asker(request).groups
        try:
            entries = assistant.documents(groups)
            only_seed = [each.source for each in entries] == [SEED_DOCUMENT]
            examples = settings.examples or (SEED_EXAMPLES if only_seed else ())
            yield render.header(entries), render.welcome(examples), render.places(entries)
            if not examples:
                offers = (*assistant.openers(groups), *ALWAYS)
                yield gr.skip(), render.welcome(offers), gr.skip()
        except UNAVAILABLE as error:
            yield render.unavailable(str(error)), "", ""

    def lead_on(turns: list[Said], request: gr.Request) -> str:
        return _next(assistant, _asker(request), turns)

    def stop(event: gr.EventData) -> str:
        return render.stopped(Order(event._data).question)

    # Neither its padding nor its styles for what is written.
    bare: dict[str, Any] = {"padding": False, "apply_default_css": False}
    with gr.Blocks(title=words.TITLE, analytics_enabled=False, fill_width=True) as page:
        turns = gr.State([])
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
        asked = sends.submit(act, [turns], [past, now, turns], **many, **quiet)
        more.submit(lead_on, [turns], more, **many, **quiet)
        stops.submit(stop, None, now, cancels=[asked], queue=False, **quiet)
        page.load(opened, None, [header, welcome, places], **quiet)
    return page


class Order:
    """What the script sends, as far as it makes sense: whatever else comes is taken for nothing.

    `keep` is how many turns stay before the question, `links` are answers to open again, `shown` is
    how many the page shows.
    """

    def __init__(self, data: Any) -> None:
        order = data.get("order") if isinstance(data, dict) else None
        given: dict[str, Any] = order if isinstance(order, dict) else {}
        self.question = given["question"] if isinstance(given.get("question"), str) else ""
        self.keep = (
            given["keep"] if type(given.get("keep")) is int and given["keep"] >= 0 else KEPT_TURNS
        )
        self.shown = given["shown"] if type(given.get("shown")) is int else 0
        links = given["links"] if isinstance(given.get("links"), list) else []
        self.links = [each for each in links if isinstance(each, str)][:KEPT_TURNS]
        place, since, until = (
            each if isinstance(each, str) and each else None
            for each in (given.get(name) for name in ("place", "since", "until"))
        )
        self.place, self.since, self.until = place, since, until

    @property
    def within(self) -> Within:
        """Raises UnfitQuestion for a day or a path that can't be meant."""
        try:
            return Within((self.place,) if self.place else (), self.since, self.until)
        except ValueError as error:
            raise UnfitQuestion(str(error)) from None


def _asker(request: Any) -> Asker:
    """Who sent an event, as `signin` found when it came."""
    found: Asker = request.request.scope["asker"]
    return found


def _opened(assistant: Assistant, asker: Asker, links: list[str]) -> list[Said]:
    said = []
    for link in links:
        again = assistant.reopen(unpack(link), asker.groups)
        said.append(Said(again.answer.question, again.answer, again.changed))
    return said


async def _answered(
    answering: Answering, asker: Asker, order: Order, turns: list[Said]
) -> AsyncGenerator[tuple[str, Said | None]]:
    """The turn as it grows, as HTML; what can't be asked leaves all as it was."""
    place = len(turns)
    history = [
        Turn(each.question, each.answer.text) for each in turns if isinstance(each.answer, Answer)
    ]
    yield render.conversation([Said(order.question, Growing(words.SEARCHING))], place), None
    shown, checked, status = time.monotonic(), 0, ""
    try:
        growing = answering.stream(asker, order.question, history, order.within)
        async with aclosing(growing) as steps:
            async for step in steps:
                if isinstance(step, Growing):
                    # What is new is shown at once, words of the next sentence calmly.
                    new = len(step.claims) > checked or step.status != status
                    if new or time.monotonic() - shown >= CALM:
                        shown, checked, status = time.monotonic(), len(step.claims), step.status
                        yield render.conversation([Said(order.question, step)], place), None
                    continue
                said = Said(step.question, step)
                yield render.conversation([said], place), said
    except (UnfitQuestion, Crowded, *UNAVAILABLE) as error:
        yield render.failed(str(error), order.question), None


def _next(assistant: Assistant, asker: Asker, turns: list[Said]) -> str:
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
