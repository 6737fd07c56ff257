"""The chat page: questions and answers on one side, the document they come from on the other.

Gradio carries what is asked and answered; what it shows is our own HTML from `render`. This module
is the sole importer of gradio.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from qa.assistant import Assistant
from qa.errors import UNAVAILABLE, UnfitQuestion
from qa.types import Answer, Growing, Turn
from qa.web import render

# Offered when the documents that come with Footnote are indexed, and no others are set.
SEED_DOCUMENT = "000_924f90b5c4940c45.txt"
SEED_EXAMPLES = (
    "When is Putin set to visit North Korea?",
    "How many rounds of ammunition has North Korea provided to Russia?",
    "What should be done at the G7?",
)
EXAMPLES = ("What is this about?", "Which documents do you have?")
MOST_EXAMPLES = len(SEED_EXAMPLES) + len(EXAMPLES)
KEPT_TURNS = 50

Turns = list[tuple[str, Answer]]
# Seconds between two pictures of an answer that grows: more often nobody sees.
CALM = 0.1


def mount(web: FastAPI, assistant: Assistant) -> None:
    """Puts the chat at / of the web app."""
    import gradio as gr

    gr.mount_gradio_app(
        web,
        _page(assistant),
        path="/",
        # Not as css=: Gradio rewrites the selectors of that.
        head='<link rel="stylesheet" href="/page/chat.css">'
        '<script src="/page/chat.js" defer></script>',
        theme=gr.themes.Base(),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        show_error=False,
    )


def _page(assistant: Assistant) -> Any:
    import gradio as gr

    def ask(question: str, turns: Turns) -> Iterator[tuple[Any, ...]]:
        """Shows the question at once, then its answer; what can't be asked leaves all as it was."""
        past = turns[-KEPT_TURNS:]
        offers = gr.Row(visible=not past)
        searching = Growing("Searching")
        yield render.conversation([*past, (question, searching)]), "", past, offers
        history = [Turn(asked, given.text) for asked, given in past]
        shown = time.monotonic()
        try:
            for step in assistant.stream(question, history=history):
                if isinstance(step, Answer):
                    turns = [*past, (step.question, step)]
                    yield render.conversation(turns), "", turns, gr.Row(visible=False)
                elif time.monotonic() - shown >= CALM:
                    shown = time.monotonic()
                    yield render.conversation([*past, (question, step)]), "", past, offers
        except (UnfitQuestion, *UNAVAILABLE) as error:
            yield render.conversation(past) + render.failed(str(error)), question, past, offers

    def opened() -> list[Any]:
        """What there is to ask about now, and questions to begin with."""
        shown = _examples(assistant)
        rest = [gr.Button(visible=False)] * (len(offered) - len(shown))
        return [_header(assistant), *(gr.Button(each, visible=True) for each in shown), *rest]

    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as page:
        turns = gr.State([])
        # Filled whenever the page is opened: a value, even a function's, is kept from the start.
        header = gr.HTML("<h1>Footnote</h1>", elem_id="fn-header", padding=False)
        with gr.Row(elem_id="fn-panes"):
            with gr.Column(elem_id="fn-talk", scale=3, min_width=300):
                log = gr.HTML(render.WELCOME, elem_id="fn-log", padding=False)
                with gr.Row(elem_id="fn-examples") as examples:
                    offered = [
                        gr.Button("", size="sm", elem_classes="fn-example", visible=False)
                        for _ in range(max(MOST_EXAMPLES, len(assistant.settings.examples)))
                    ]
                box = gr.Textbox(
                    label="Your question",
                    placeholder="Ask the documents…",
                    lines=1,
                    max_lines=6,
                    submit_btn="Ask",
                    elem_id="fn-ask",
                )
            with gr.Column(elem_id="fn-pane", scale=2, min_width=300):
                gr.HTML(_SOURCE_PANE, elem_id="fn-source-pane", padding=False)
        quiet: dict[str, Any] = {
            "outputs": [log, box, turns, examples],
            "api_visibility": "private",
            "show_progress": "hidden",
            "concurrency_limit": None,
        }
        gr.on([box.submit], ask, [box, turns], **quiet)
        page.load(
            opened, None, [header, *offered], api_visibility="private", show_progress="hidden"
        )
        for button in offered:
            button.click(ask, [button, turns], **quiet)
    return page


def _header(assistant: Assistant) -> str:
    try:
        documents = assistant.documents()
    except UNAVAILABLE as error:
        return f"<h1>Footnote</h1>{render.failed(str(error))}"
    names = [f"“{each.title}”" for each in documents[:3]]
    more = f" and {len(documents) - 3} more" if len(documents) > 3 else ""
    count = "1 document" if len(documents) == 1 else f"{len(documents):,} documents"
    known = render.text(f"Answers from {count}, word for word: {', '.join(names)}{more}")
    return f"<h1>Footnote</h1><p>{known}</p>"


def _examples(assistant: Assistant) -> tuple[str, ...]:
    if assistant.settings.examples:
        return assistant.settings.examples
    try:
        sources = [each.source for each in assistant.documents()]
    except UNAVAILABLE:
        return EXAMPLES
    return (*SEED_EXAMPLES, *EXAMPLES) if sources == [SEED_DOCUMENT] else EXAMPLES


_SOURCE_PANE = """<section aria-label="Source">
<p id="fn-source-empty">Choose a numbered mark in an answer: the document opens here, at the words
it rests on.</p>
<button id="fn-close" type="button" hidden>Back to the answer</button>
<iframe name="fn-source" title="The document an answer rests on" hidden></iframe>
</section>"""
