"""Asks the language model of the settings for an answer, and gives it as it grows.

Whatever goes wrong with an answer is a NoModel: the quoting answer takes over, and says so. What
else the model is asked, to rewrite a follow-up or to judge a sentence, it may fail at in silence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from threading import Event, Thread
from typing import TYPE_CHECKING

import prompts
from index import Passage
from index.tokens import Count, tiktoken_count
from qa import models
from qa.check import Similar, Weigh
from qa.cite import Documents
from qa.context import Context, numbered
from qa.errors import Babble, NoModel, Stopped
from qa.generate import Breaker, words
from qa.rephrased import conversation, may_lean, rephrased
from qa.settings import Settings
from qa.types import Quote, Turn
from qa.written import Asked, Written, write

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


class Fluent:
    """A language model to answer with; `make` makes it, by default as the settings say.

    `similar` makes vectors of sentences, and `weigh` reads them, to check them by.
    """

    def __init__(
        self,
        settings: Settings,
        make: Callable[[], LLM] | None = None,
        similar: Similar | None = None,
        weigh: Weigh | None = None,
    ) -> None:
        self.name, self._url = settings.llm, settings.llm_url
        self._settings = settings
        self._make = make or (lambda: models.model(settings.llm, settings.llm_url))
        self._similar, self._weigh = similar, weigh
        self._breaker = Breaker()
        self.prompt, self._judge = prompts.load("answer"), prompts.load("judge_faithful")

    def context(self, passages: Sequence[Passage], documents: Documents) -> Context:
        """What the model is to read."""

        def count(text: str) -> int:
            return self._count([text])[0]

        return numbered(passages, documents, self._settings.llm_tokens, count)

    def warm(self) -> None:
        """Loads in a thread what the first question would wait for: adapters take seconds."""

        def load() -> None:
            # What is missing is told to whoever asks.
            with suppress(NoModel):
                self._make()
                self._count([""])

        # No daemon: an interpreter that ends in the middle of an import is aborted.
        Thread(target=load, name="model").start()

    def reachable(self) -> bool:
        """Whether it would be asked now, and somebody listens there; takes a second at most."""
        with suppress(NoModel):
            return not self._breaker.rests() and models.reachable(self.name, self._url)
        return False

    def deadline(self) -> float:
        """When a question that is asked now must have its answer, by the monotonic clock."""
        return time.monotonic() + self._settings.llm_seconds

    def standalone(
        self,
        question: str,
        history: Sequence[Turn],
        by_rules: str,
        ends: float,
        stop: Event | None = None,
    ) -> str:
        """The question as the model makes it stand alone; `by_rules` if it can't, or adds to it."""
        if not may_lean(question, history) or self._breaker.rests():
            return by_rules
        system, user = prompts.load("standalone").chat(
            history=conversation(history), question=question
        )
        # An answer must still come in what is left.
        half = time.monotonic() + (ends - time.monotonic()) / 2
        try:
            said = "".join(self._words(system, user, half, stop))
        except (Babble, Stopped):
            return by_rules
        except NoModel as error:
            self._breaker.failed(error.rest)
            return by_rules
        return rephrased(said, question, history, by_rules)

    def answer(
        self,
        question: str,
        context: Context,
        quotes: Sequence[Quote],
        documents: Documents,
        ends: float,
        stop: Event | None = None,
    ) -> Iterator[Written]:
        """The answer as it grows; `quotes` would answer without the model.

        Raises NoModel if it can't be used, however far it came, or isn't done when it `ends`, and
        Stopped soon after `stop` is set.
        """
        if self._breaker.rests():
            raise NoModel(f"llm {self.name}: failed again and again, and is left alone for a while")
        system, user = self.prompt.chat(question=question, passages=context.text)
        judge = partial(self._judges, ends) if self._settings.llm_judges else None
        show = self._settings.show_unsupported
        asked = Asked(
            question,
            context.passages,
            tuple(quotes),
            documents,
            show,
            self._similar,
            self._weigh,
            judge,
        )
        said = self._words(system, user, ends, stop)
        try:
            yield from write(said, asked)
        except (Babble, Stopped):
            # Its server is well.
            raise
        except NoModel as error:
            self._breaker.failed(error.rest)
            raise
        finally:
            said.close()
        self._breaker.answered()

    def _judges(self, ends: float, claim: str, cited: Sequence[str]) -> bool:
        """Whether the model, asked again, says that a sentence is supported; True if it fails."""
        user = self._judge.ask(claim=claim, passages="\n\n".join(cited))
        try:
            said = "".join(self._words("", user, ends))
        except NoModel:
            return True
        return "yes" in said.lower()

    def _words(
        self, system: str, user: str, ends: float, stop: Event | None = None
    ) -> Generator[str, None, None]:
        left = ends - time.monotonic()
        return words(self._make, self.name, self._url, system, user, left, stop)

    @cached_property
    def _count(self) -> Count:
        return tiktoken_count()
