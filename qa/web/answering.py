"""Every answer that the server gives, whoever asks for it: so many at once, and each to its asker.

The chat, the API and what speaks others' languages come through here; so nothing is shown that the
audit log, if there is one, doesn't tell of.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from threading import Event
from typing import TypeVar

from anyio import to_thread

from index import Document, Original, Passage, Within
from qa.assistant import Assistant
from qa.audit import Audit
from qa.identity import Asker
from qa.permalink import Kept
from qa.reopen import Effort, Reopened
from qa.types import Answer, Growing, Turn
from qa.web.admission import Admission
from qa.web.observing import Observed

Offered = TypeVar("Offered")


class Answering:
    """Answers of one assistant, each made in threads, so that none holds up another.

    What it gives raises what the assistant does, NotKept if it can't be written to the audit log,
    and Crowded if there is no room for a question now.
    """

    def __init__(
        self,
        assistant: Assistant,
        admission: Admission | None = None,
        audit: Audit | None = None,
        observed: Observed | None = None,
    ) -> None:
        self.assistant, self.audit = assistant, audit
        self.admission = admission or Admission(assistant.settings.answers_at_once)
        self.observed = observed or Observed()
        self._under_way: set[Event] = set()

    async def stream(
        self,
        asker: Asker,
        question: str,
        history: Sequence[Turn] = (),
        within: Within | None = None,
    ) -> AsyncGenerator[Growing | Answer]:
        """As `Assistant.stream`; whoever leaves early ends it."""
        stop = Event()
        steps = self.assistant.stream(question, asker.groups, history, within, stop)
        with self.admission.place(asker), self._told(asker, question) as told:
            self._under_way.add(stop)
            limiter = self.admission.working
            try:
                while step := await to_thread.run_sync(
                    next, steps, None, abandon_on_cancel=True, limiter=limiter
                ):
                    told(step)
                    if isinstance(step, Growing) and step.waits:
                        limiter = self.admission.reading
                    yield step
            finally:
                stop.set()
                self._under_way.discard(stop)

    @contextmanager
    def _told(self, asker: Asker, question: str) -> Iterator[Callable[[Growing | Answer], None]]:
        """Tells the audit log before anything is shown: of the first document, and of the answer.

        Of one that is left before it is whole, it tells what had been shown.
        """
        shown: set[str] = set()

        def told(step: Growing | Answer) -> None:
            nonlocal shown
            if isinstance(step, Answer):
                shown = set()
                if self.audit:
                    self.audit.answered(asker, question, step)
                self.observed.answered(step)
            elif step.citations and self.audit:
                if not shown:
                    first = {each.document for each in step.citations}
                    self.audit.add(asker, "ask", "begun", first, question)
                shown |= {each.document for each in step.citations}

        try:
            yield told
        finally:
            if shown and self.audit:
                self.audit.add(asker, "ask", "left", shown, question)

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

    async def find(
        self, asker: Asker, question: str, within: Within | None = None, limit: int | None = None
    ) -> tuple[str, list[Passage]]:
        """As `Assistant.find`."""
        with self.admission.place(asker):
            index, found = await to_thread.run_sync(
                self.assistant.find,
                question,
                asker.groups,
                within,
                limit,
                limiter=self.admission.working,
            )
        if self.audit:
            shown = [each.document for each in found]
            self.audit.add(asker, "search", "found", shown, question, index)
        return index, found

    def document(self, asker: Asker, document: str) -> Document | None:
        """As `Assistant.document`, for somebody to read."""
        found = self.assistant.document(document, asker.groups)
        self._read(asker, "source", found.id if found else None)
        return found

    def original(self, asker: Asker, document: str) -> Original | None:
        """As `Assistant.original`, for somebody to keep."""
        found = self.assistant.original(document, asker.groups)
        self._read(asker, "original", document if found else None)
        return found

    async def reopen(self, asker: Asker, links: Sequence[Kept], effort: Effort) -> list[Reopened]:
        """As `Assistant.reopen`, of links that are opened together: for one question's place."""

        def opened() -> list[Reopened]:
            said: list[Reopened] = []
            for kept in links:
                if not effort.lasts:
                    break
                said.append(self.assistant.reopen(kept, asker.groups, effort))
            return said

        with self.admission.place(asker):
            found = await to_thread.run_sync(
                opened, abandon_on_cancel=True, limiter=self.admission.working
            )
        if self.audit:
            for kept, again in zip(links, found, strict=False):
                self.audit.opened(asker, kept, again)
        return found

    async def offers(self, give: Callable[[], Offered]) -> Offered:
        """What takes work without being asked for: it waits for its turn like answers do."""
        return await to_thread.run_sync(give, limiter=self.admission.working)

    def listed(self, asker: Asker, count: int) -> None:
        """Tells that so many documents were named to somebody."""
        if self.audit:
            self.audit.add(asker, "list", f"{count} named")

    def added(self, asker: Asker, name: str, decision: str) -> None:
        """Tells that somebody added a file of that name, or tried to."""
        if self.audit:
            self.audit.add(asker, "add", f"{decision}: {name[:255]}")

    def end(self) -> None:
        """Has every answer end soon: what a language model would have said is quoted."""
        for stop in list(self._under_way):
            stop.set()

    def _read(self, asker: Asker, did: str, document: str | None) -> None:
        if self.audit:
            shown = [document] if document else []
            self.audit.add(asker, did, "shown" if document else "absent", shown)
