"""Asks the language model of the settings for an answer, and gives it as it grows.

Whatever goes wrong is a NoModel: the quoting answer takes over, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import prompts
from index import Passage
from index.tokens import Count, tiktoken_count
from qa import models
from qa.cite import Documents
from qa.context import Context, numbered
from qa.errors import NoModel
from qa.generate import Breaker, words
from qa.settings import Settings
from qa.types import Quote
from qa.written import Asked, Written, write

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


class Fluent:
    """A language model to answer with; `make` makes it, by default as the settings say."""

    def __init__(self, settings: Settings, make: Callable[[], LLM] | None = None) -> None:
        self.name, self._url = settings.llm, settings.llm_url
        self._settings = settings
        self._make = make or (lambda: models.model(settings.llm, settings.llm_url))
        self._breaker = Breaker()
        self.prompt = prompts.load("answer")

    def context(self, passages: Sequence[Passage], documents: Documents) -> Context:
        """What the model is to read."""

        def count(text: str) -> int:
            return self._count([text])[0]

        return numbered(passages, documents, self._settings.llm_tokens, count)

    def answer(
        self, question: str, context: Context, quotes: Sequence[Quote], documents: Documents
    ) -> Iterator[Written]:
        """The answer as it grows; `quotes` would answer without the model.

        Raises NoModel if it can't be used, however far it came.
        """
        if self._breaker.rests():
            raise NoModel(f"llm {self.name}: failed again and again, and is left alone for a while")
        system, user = self.prompt.chat(question=question, passages=context.text)
        said = words(
            self._make, self.name, self._url, system, user, seconds=self._settings.llm_seconds
        )
        show = self._settings.show_unsupported
        asked = Asked(question, context.passages, tuple(quotes), documents, show)
        try:
            yield from write(said, asked)
        except NoModel:
            self._breaker.failed()
            raise
        finally:
            said.close()
        self._breaker.answered()

    @cached_property
    def _count(self) -> Count:
        return tiktoken_count()
