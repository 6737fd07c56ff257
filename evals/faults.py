"""Faults to plant in an assistant, as real as can be, to see whether the gate catches them.

A fault makes an assistant that is broken in one place, or spoils what a sound one hears or answers.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evals.gold import Question
from evals.run import ask
from evals.world import Trial, World
from index import Passage, Search
from index.access import EVERYTHING
from qa.types import Answer, Citation

Plant = Callable[[World], Trial]


def _with_settings(**changes: Any) -> Plant:
    return lambda world: Trial(world.assistant(**changes))


def _answers(change: Callable[[Answer], Answer]) -> Plant:
    """A sound assistant, whose answers are spoilt."""
    return lambda world: Trial(world.sound.assistant, lambda *asked: change(ask(*asked)))


def _questions(change: Callable[[Question], Question]) -> Plant:
    """A sound assistant that hears another question."""
    return lambda world: Trial(
        world.sound.assistant, lambda assistant, question: ask(assistant, change(question))
    )


def _passages(change: Callable[[list[Passage]], list[Passage]]) -> Plant:
    """An assistant whose search gives other passages."""

    class Changed(Search):
        def find(self, *given: Any) -> list[Passage]:
            return change(super().find(*given))

    return lambda world: Trial(world.assistant_with(Changed))


class _NoVectors(Search):
    """Neither finds by vectors nor ranks by them."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        ranked, nothing = self.library.ranked, np.zeros(self.encoder.dimension, dtype=np.float32)
        self.library.ranked = lambda *asked: {  # type: ignore[method-assign]
            chunk: (source, start, nothing) for chunk, (source, start, _) in ranked(*asked).items()
        }

    def _nearest(self, *_: Any) -> list[tuple[int, float]]:
        return []


class _NoKeywords(Search):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.library.by_words = lambda *_: []  # type: ignore[method-assign]


class _Stale(Search):
    """Each chunk has the vectors that another had."""

    def _nearest(self, asked: Any, at: Any) -> list[tuple[int, float]]:
        ids = at.ids.tolist()
        other = dict(zip(ids, ids[7:] + ids[:7], strict=True))
        return [(other[chunk], cosine) for chunk, cosine in super()._nearest(asked, at)]


class _OpenToAll(Search):
    def reading(self, access: Any = EVERYTHING) -> Any:
        return super().reading(EVERYTHING)


def _of(kind: type[Search]) -> Plant:
    return lambda world: Trial(world.assistant_with(kind))


def _each_citation(change: Callable[[Citation], Citation]) -> Plant:
    return _answers(
        lambda answer: dataclasses.replace(answer, citations=tuple(map(change, answer.citations)))
    )


def _swapped(answer: Answer) -> Answer:
    """The quotes change places, their numbers don't."""
    numbers = [each.number for each in answer.citations]
    turned = [*answer.citations[1:], *answer.citations[:1]]
    again = (
        dataclasses.replace(each, number=number)
        for each, number in zip(turned, numbers, strict=True)
    )
    return dataclasses.replace(answer, citations=tuple(again))


def _uncited(answer: Answer) -> Answer:
    claims = (dataclasses.replace(each, citations=()) for each in answer.claims)
    return dataclasses.replace(answer, claims=tuple(claims), citations=())


def _claims(change: Callable[[str], str]) -> Plant:
    def changed(answer: Answer) -> Answer:
        claims = (dataclasses.replace(each, text=change(each.text)) for each in answer.claims)
        return dataclasses.replace(answer, claims=tuple(claims))

    return _answers(changed)


def _truncated(answer: Answer) -> Answer:
    """Sentences are cut in half, and still stand in the source."""
    half = tuple(
        dataclasses.replace(
            each, quote=each.quote[: len(each.quote) // 2], end=each.start + len(each.quote) // 2
        )
        for each in answer.citations
    )
    claims = tuple(
        dataclasses.replace(each, text=each.text[: len(each.text) // 2]) for each in answer.claims
    )
    return dataclasses.replace(answer, claims=claims, citations=half)


def _marked_beyond(answer: Answer) -> Answer:
    claims = (dataclasses.replace(each, citations=(*each.citations, 99)) for each in answer.claims)
    return dataclasses.replace(answer, claims=tuple(claims))


def _twice(answer: Answer) -> Answer:
    again = tuple(
        dataclasses.replace(each, number=each.number + len(answer.citations))
        for each in answer.citations
    )
    claims = tuple(
        dataclasses.replace(each, citations=tuple(n + len(again) for n in each.citations))
        for each in answer.claims
    )
    return dataclasses.replace(
        answer, claims=(*answer.claims, *claims), citations=(*answer.citations, *again)
    )


def _off_topic(answer: Answer) -> Answer:
    said = answer.abstained and dataclasses.replace(answer.abstained, kind="off_topic")
    return dataclasses.replace(answer, abstained=said)


def _speechless(answer: Answer) -> Answer:
    silent = answer.abstained and dataclasses.replace(answer.abstained, text="")
    return dataclasses.replace(answer, abstained=silent)


def _one_off(passage: Passage) -> Passage:
    sentences = tuple(
        dataclasses.replace(each, start=each.start + 1, end=each.end + 1)
        for each in passage.sentences
    )
    return dataclasses.replace(
        passage, start=passage.start + 1, end=passage.end + 1, sentences=sentences
    )


def _shuffled(passages: list[Passage]) -> list[Passage]:
    chance = random.Random(passages[0].text if passages else 0)  # noqa: S311 - no secret
    return chance.sample(passages, len(passages))


def _flat(passage: Passage) -> Passage:
    """Without the sentences' own vectors."""
    sentences = tuple(dataclasses.replace(each, similarity=0.0) for each in passage.sentences)
    return dataclasses.replace(passage, sentences=sentences)


def _next_sentence(passage: Passage) -> Passage:
    """Scores belong to the sentence before."""
    scores = [each.similarity for each in passage.sentences]
    turned = zip(passage.sentences, [*scores[-1:], *scores[:-1]], strict=True)
    return dataclasses.replace(
        passage,
        sentences=tuple(dataclasses.replace(each, similarity=score) for each, score in turned),
    )


def _first_sentences(passage: Passage) -> Passage:
    return dataclasses.replace(passage, sentences=passage.sentences[:1])


def _each(change: Callable[[Passage], Passage]) -> Plant:
    return _passages(lambda passages: [change(each) for each in passages])


def _deaf_encoder(world: World) -> Trial:
    assistant = world.assistant()
    sound = assistant.search.encoder

    class Deaf:
        def __getattr__(self, name: str) -> Any:
            return getattr(sound, name)

        def question(self, text: str) -> Any:
            return np.full(sound.dimension, sound.dimension**-0.5, dtype=np.float32)

    assistant.search.encoder = Deaf()
    return Trial(assistant)


def _left_out(world: World) -> Trial:
    """The document that the most questions rest on isn't indexed."""
    return Trial(world.indexed_without(world.most_asked()))


def _words(text: str, count: int) -> str:
    return " ".join(text.split()[:count])


def _other_digits(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "1234567890"))


def _dropping(share: int) -> Callable[[list[Passage]], list[Passage]]:
    def dropped(passages: list[Passage]) -> list[Passage]:
        return [each for each in passages if each.start % share]

    return dropped


FAULTS: dict[str, Plant] = {
    "the vector search is dropped": _of(_NoVectors),
    "the keyword search is dropped": _of(_NoKeywords),
    "vectors belong to other chunks": _of(_Stale),
    "the question's vector is always the same": _deaf_encoder,
    "sentences lost their vectors": _each(_flat),
    "sentence scores are off by one": _each(_next_sentence),
    "only one passage is found": _with_settings(passages=1),
    "the best passage is dropped": _passages(lambda passages: passages[1:]),
    "passages come in reverse": _passages(lambda passages: passages[::-1]),
    "passages come in any order": _passages(_shuffled),
    "every third passage is lost": _passages(_dropping(3)),
    "chunk offsets are off by one": _each(_one_off),
    "only first sentences can be quoted": _each(_first_sentences),
    "nothing is ever declined": _with_settings(refuse_below=0.0),
    "too much is declined": _with_settings(refuse_below=0.5),
    "everything is declined": _with_settings(refuse_below=1.0),
    "declining has lost its words": _answers(_speechless),
    "citations are off by one": _each_citation(
        lambda each: dataclasses.replace(each, start=each.start + 1, end=each.end + 1)
    ),
    "citations are swapped": _answers(_swapped),
    "citations are lost": _answers(_uncited),
    "quotes are tidied": _each_citation(
        lambda each: dataclasses.replace(each, quote=each.quote.replace('"', "”"))
    ),
    "citations name another text's hash": _each_citation(
        lambda each: dataclasses.replace(each, sha256="0" * 64)
    ),
    "citations name another document": _each_citation(
        lambda each: dataclasses.replace(each, source="other/report.md", title="Another report")
    ),
    "marks point nowhere": _answers(_marked_beyond),
    "everything is said twice": _answers(_twice),
    "every refusal calls it off topic": _answers(_off_topic),
    "sentences are cut in half": _answers(_truncated),
    "numbers in claims change": _claims(_other_digits),
    "claims say the contrary in other words": _claims(
        lambda text: "It is not the case that anything of the kind was ever reported."
    ),
    "a document is left out": _left_out,
    "groups are ignored": _of(_OpenToAll),
    "nobody is in any group": _questions(lambda question: dataclasses.replace(question, groups=())),
    "questions are cut after four words": _questions(
        lambda question: dataclasses.replace(question, question=_words(question.question, 4))
    ),
    "questions lose their last words": _questions(
        lambda question: dataclasses.replace(
            question,
            question=_words(question.question, max(1, len(question.question.split()) // 2)),
        )
    ),
}
# What CI plants: one of each kind, the subtle ones among them.
SHORT: Sequence[str] = (
    "the keyword search is dropped",
    "chunk offsets are off by one",
    "too much is declined",
    "citations are swapped",
    "a document is left out",
    "groups are ignored",
)
