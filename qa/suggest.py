"""Questions that are offered: made from what the documents say, and asked before they are offered.

So each is answered, by the sentence that it was made from or one with the same value: nothing is
offered that would be declined. No model is asked, and no encoder on another machine.
"""

from __future__ import annotations

import re
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from index import Entry, Passage, Search, Sentence, Snapshot
from qa.about import about
from qa.asking import askings
from qa.clauses import Asking
from qa.features import stems
from qa.leaning import leans
from qa.quote import Picked, pick
from qa.read import Reader
from qa.reread import reread
from qa.settings import Settings
from qa.types import Answer, Quote

# Questions for the first screen, and after an answer; of these so many of one kind.
OPENERS, FOLLOW_UPS, OF_A_KIND = 4, 3, 2
# Documents whose beginnings are looked at for the first screen, questions that are tried, and
# seconds after which no more are; more of them where they are read.
LOOKED_AT, TRIED_FIRST, FIRST_SECONDS = 24, 30, 2.0
TRIED, SECONDS, SECONDS_READ = 8, 0.12, 0.5
# How many first screens are kept: of an index, as each group of readers sees it.
_KEPT = 64

# Why there is no answer, if that is so, and what is quoted: the assistant's own decision.
Decide = Callable[[Picked], tuple[str | None, Sequence[Quote]]]


@dataclass(frozen=True, slots=True)
class _Made:
    asking: Asking
    passage: Passage
    sentence: Sentence


class Suggestions:
    """Makes and tries questions with one search; safe to use from several threads."""

    def __init__(
        self, search: Search, decide: Decide, reader: Reader | None, settings: Settings
    ) -> None:
        self._search, self._decide, self._reader = search, decide, reader
        self._settings = settings
        self._lock = Lock()
        self._openers: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        # Nobody asked these questions, so they are sent nowhere.
        self._silent = "/" in search.encoder.name and not search.encoder.name.startswith(
            "huggingface/"
        )

    def openers(self, at: Snapshot) -> tuple[str, ...]:
        """Questions to begin with, the newest documents' first, one of each document."""
        with self._lock:
            if at.index in self._openers:
                return self._openers[at.index]
        newest = tuple(sorted(at.entries, key=_newness)[:LOOKED_AT])
        leads = self._search.leads(LOOKED_AT, replace(at, entries=newest))
        made = [sorted(filter(_stands_alone, _made(lead)), key=_is_saying) for lead in leads]
        # The plainest of each document first, then the next.
        most = max(map(len, made), default=0)
        tried = [some[n] for n in range(most) for some in made if n < len(some)]
        found = self._answered(tried, at, OPENERS, TRIED_FIRST, FIRST_SECONDS, apart=True)
        with self._lock:
            self._openers[at.index] = found
            while len(self._openers) > _KEPT:
                self._openers.popitem(last=False)
        return found

    def follow_ups(self, answer: Answer, at: Snapshot, asked: Iterable[str]) -> tuple[str, ...]:
        """Questions near an answer, which it doesn't answer and that weren't asked."""
        started = time.perf_counter()
        passages: Sequence[Passage] = answer.passages
        if not passages and answer.citations:
            passages = self._search.find(answer.question, self._settings.passages, at)
        cited = {(each.document, each.start) for each in answer.citations}
        near = {each.document for each in answer.citations}
        if answer.abstained:
            # Nothing is near another topic.
            near = {each.document for each in passages[:1]}
            passages = [] if answer.abstained.kind == "off_topic" else passages
        matter = _named(f"{answer.question} {' '.join(each.text for each in answer.claims)}")
        said = [stems(each) for each in (answer.question, *asked)]
        made = (
            each
            for passage in sorted(passages, key=lambda each: each.document not in near)
            for each in _made(passage)
            if (passage.document, each.sentence.start) not in cited
            and (passage.document in near or _named(each.asking.question) & matter)
            and stems(each.asking.question) not in said
        )
        most = SECONDS_READ if self._reader else SECONDS
        left = most - (time.perf_counter() - started)
        return self._answered(made, at, FOLLOW_UPS, TRIED, left)

    def _answered(
        self,
        made: Iterable[_Made],
        at: Snapshot,
        most: int,
        tries: int,
        seconds: float,
        apart: bool = False,
    ) -> tuple[str, ...]:
        """The first of these that are answered as they should be, as different as may be."""
        if self._silent:
            return ()
        started = time.perf_counter()
        dates = {each.document: each.date for each in at.entries}
        found: list[_Made] = []
        tried = 0
        for each in made:
            if len(found) == most or tried == tries or time.perf_counter() - started > seconds:
                break
            kinds = Counter(one.asking.template for one in found)
            repeats = any(
                one.sentence == each.sentence
                or one.asking.question == each.asking.question
                or (apart and one.passage.document == each.passage.document)
                for one in found
            )
            if repeats or kinds[each.asking.template] == OF_A_KIND:
                continue
            tried += 1
            if self._is_answered(each, at, dates):
                found.append(each)
        return tuple(each.asking.question for each in found)

    def _is_answered(self, made: _Made, at: Snapshot, dates: Mapping[str, str | None]) -> bool:
        """Whether asking gives the sentence that the question was made from, or its value."""
        question = made.asking.question
        if about(question) or leans(question):
            return False
        passages = self._search.find(question, self._settings.passages, at)
        most = self._settings.sentences
        picked = pick(question, passages, at.chunks, most, dates)
        if self._reader and self._gives(made, picked):
            # Only what may be offered is read: that takes longest.
            reads = self._settings.read_passages
            passages, readings = reread(question, passages, self._reader, reads)
            picked = pick(question, passages, at.chunks, most, dates, readings)
        return self._gives(made, picked)

    def _gives(self, made: _Made, picked: Picked) -> bool:
        why, quotes = self._decide(picked)
        best = max(quotes, key=lambda each: each.probability, default=None)
        if why or best is None or picked.differing:
            return False
        exact = [best.sentence.text[start:end] for start, end in best.marks]
        value = made.asking.value
        if value and exact:
            return any(value in each or each in value for each in exact)
        return not value and best.sentence.text == made.sentence.text


def _made(passage: Passage) -> Iterator[_Made]:
    around = f"{passage.context}\n{passage.text}"
    for sentence in passage.sentences:
        for asking in askings(sentence.text, around):
            yield _Made(asking, passage, sentence)


def _stands_alone(made: _Made) -> bool:
    """Whether it can be understood by itself, unlike "When was the museum founded?" and "What did
    Selma Haug say about the cup?"."""
    about = made.asking.question.partition(" say about ")[2]
    return bool(_named(made.asking.question)) and len(about.split()) != 2


def _is_saying(made: _Made) -> bool:
    """Everybody says something: other questions are more telling."""
    return made.asking.template == "said"


def _named(text: str) -> frozenset[str]:
    """The words of a text that have a capital and don't begin it."""
    return frozenset(re.findall(r"(?<=\s)[A-Z][\w-]+", text))


def _newness(entry: Entry) -> tuple[bool, str, str]:
    """The newest date first, documents without one last."""
    date = entry.date or ""
    return not date, "".join(chr(0x10FF - ord(char)) for char in date), entry.source
