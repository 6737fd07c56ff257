"""Puts an answer together: what is said, what it rests on, and how it was made."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import prompts
from index import Passage
from qa.cite import Documents, cite, conflicting, listed
from qa.context import Context
from qa.types import Abstention, Answer, Citation, Claim, Conflict, Quote, Reason, Receipt
from qa.written import Written


@dataclass(slots=True)
class Composer:
    """What is known so far of how the answer to a question comes about."""

    question: str
    started: float
    index: str = ""
    searched: float = 0.0
    read: int = 0
    _model: str = "quote"
    _prompt: str | None = None
    _tokens: int | None = None

    def model(self, name: str, prompt: str, context: Context) -> None:
        """A language model is asked, with this prompt and these passages."""
        self.read = len(context.passages)
        self._model, self._prompt, self._tokens = name, prompt, context.tokens

    def quoted(
        self,
        quotes: Sequence[Quote],
        passages: Sequence[Passage],
        documents: Documents,
        why: Reason | None = None,
        differing: Sequence[Quote] = (),
        notices: Iterable[str] = (),
    ) -> Answer:
        """The quotes are the answer; a model that was asked in vain is not in the receipt."""
        self._model, self._prompt, self._tokens = "quote", None, None
        claims, citations, dropped = cite(quotes, documents)
        conflicts = conflicting(self.question, differing, claims, citations)
        said = list(notices)
        said += [prompts.load("differ").fill(values=listed(each, citations)) for each in conflicts]
        if dropped:
            said.append(prompts.load("dropped").fill(count=dropped))
        if not claims and not said:
            why = why or "not_said"
        return self._answer(claims, citations, passages, said, why, conflicts)

    def written(
        self,
        written: Written,
        quotes: Sequence[Quote],
        passages: Sequence[Passage],
        documents: Documents,
    ) -> Answer:
        """A model's answer, and the quotes for what it left out."""
        claims, citations = list(written.claims), list(written.citations)
        more, cited, _ = cite(quotes, documents)
        for claim, each in zip(more, cited, strict=True):
            number = len(citations) + 1
            claims.append(replace(claim, citations=(number,)))
            citations.append(replace(each, number=number))
        said = []
        if written.left_out and not any(each.verdict == "unsupported" for each in claims):
            said.append(prompts.load("left_out").fill(count=written.left_out))
        return self._answer(claims, citations, passages, said)

    def _answer(
        self,
        claims: Sequence[Claim],
        citations: Sequence[Citation],
        passages: Sequence[Passage],
        notices: Sequence[str],
        why: Reason | None = None,
        conflicts: tuple[Conflict, ...] = (),
    ) -> Answer:
        ended = time.perf_counter()
        return Answer(
            id=hashlib.sha256(f"{self.index}\0{self.question}".encode()).hexdigest()[:16],
            question=self.question,
            abstained=_abstention(why, bool(passages)) if why else None,
            claims=tuple(claims),
            citations=tuple(citations),
            passages=tuple(passages),
            notices=tuple(notices),
            receipt=Receipt(
                index=self.index,
                model=self._model,
                prompt=self._prompt,
                tokens=self._tokens,
                seconds={
                    "search": round(self.searched - self.started, 4),
                    "answer": round(ended - self.searched, 4),
                },
            ),
            conflicts=conflicts,
        )


def _abstention(why: Reason, has_passages: bool) -> Abstention:
    """Where nothing was there to be searched, no passage was nearest either."""
    return Abstention(why, prompts.load(why if has_passages else "nothing_searched").fill())
