"""Every answer that the server gives, whoever asks for it: so many at once, and each to its asker.

The chat, the API and what speaks others' languages come through here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from threading import Event

from anyio import to_thread

from index import Within
from qa.assistant import Assistant
from qa.identity import Asker
from qa.types import Answer, Growing, Turn


class Answering:
    """Answers of one assistant, each made in threads, so that none holds up another."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant

    async def stream(
        self,
        asker: Asker,
        question: str,
        history: Sequence[Turn] = (),
        within: Within | None = None,
        stop: Event | None = None,
    ) -> AsyncGenerator[Growing | Answer]:
        """As `Assistant.stream`, what it raises too; whoever leaves early ends it."""
        stop = stop or Event()
        steps = self.assistant.stream(question, asker.groups, history, within, stop)
        try:
            while step := await to_thread.run_sync(next, steps, None, abandon_on_cancel=True):
                yield step
        finally:
            stop.set()

    async def answer(
        self,
        asker: Asker,
        question: str,
        history: Sequence[Turn] = (),
        within: Within | None = None,
    ) -> Answer:
        """The whole answer, as `Assistant.ask`."""
        async with aclosing(self.stream(asker, question, history, within)) as steps:
            async for step in steps:
                if isinstance(step, Answer):
                    return step
        raise AssertionError("a stream ends with its answer")
