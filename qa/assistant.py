"""The whole story of an answer, on one page: stand alone, search, pick, cite, or decline.

Chat, HTTP, command line and evals all come through `Assistant.ask` or `Assistant.stream`, and know
no more than they give. A language model, if there is one, only says in fluent words what could be
quoted: when it fails, the quotes are the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

import prompts
from index import Access, Document, Entry, Original, Passage, Search, Snapshot, Within
from index.encode import LOCAL, encoder
from index.within import EVERYWHERE
from qa.about import About, about
from qa.cite import Documents, standing
from qa.compose import Composer
from qa.contrast import Dates
from qa.errors import NoModel
from qa.fluent import Fluent
from qa.listing import Listing, listing
from qa.permalink import Kept, KeptCitation
from qa.question import fit
from qa.quote import Picked, pick
from qa.read import Reading, reader
from qa.reopen import Effort, Reopened, reopened
from qa.reread import reread
from qa.ruled import remember, remembered
from qa.settings import Settings, rules_now
from qa.standalone import standalone
from qa.suggest import Suggestions
from qa.types import Answer, Growing, Quote, Reason, Turn
from qa.written import complete

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

# Documents whose first sentence is quoted when somebody asks what there is, and that are named.
OPENINGS, NAMED = 5, 20
# Below this chance that the documents speak of the matter, it is another topic.
ON_TOPIC = 0.5


class Assistant:
    """Answers from one index; safe to use from several threads.

    `view` is for processes that answer many questions, see `index.Search`. `folder` holds the
    footnote.toml whose rules of access are read again for every question. `llm` makes the language
    model, by default that of the settings, if they name one.
    """

    def __init__(
        self,
        settings: Settings,
        view: bool = True,
        folder: Path = Path(),
        llm: Callable[[], LLM] | None = None,
    ) -> None:
        self.settings = settings
        made_by = encoder(settings.encoder, settings.encoder_url)
        self.search = Search(settings.home, view, made_by, settings.chroma)
        self._folder = folder.absolute()
        self._ruled = remembered(settings.home, settings.access)
        # The weights that judge by vectors are of the local encoder's.
        similar = self._vectors if settings.encoder == LOCAL else None
        self._reader = reader() if settings.read == "on" else None
        weigh = self._reader.weigh if self._reader else None
        self._fluent = Fluent(settings, llm, similar, weigh) if settings.llm else None
        if self._fluent and view:
            self._fluent.warm()
        self._suggestions = Suggestions(self.search, self._decided, self._reader, settings)

    def ask(
        self,
        question: str,
        groups: Iterable[str] | None = None,
        history: Sequence[Turn] = (),
        within: Within | None = None,
    ) -> Answer:
        """Answers from what `groups` may read (by default those of the settings), or says why not.

        `history` is what was asked and answered before, the last at the end; `within` narrows the
        question to some of the documents.
        Raises UnfitQuestion, BadSetting if the rules of access can't be read, or an IndexFault if
        there is no index.
        """
        for step in self.stream(question, groups, history, within):
            if isinstance(step, Answer):
                return step
        raise AssertionError("a stream ends with its answer")

    def stream(
        self,
        question: str,
        groups: Iterable[str] | None = None,
        history: Sequence[Turn] = (),
        within: Within | None = None,
        stop: Event | None = None,
    ) -> Iterator[Growing | Answer]:
        """The same, as it grows; the last is the answer. Raises what `ask` does.

        Once `stop` is set no model is waited for: what it would have said is quoted.
        """
        question = fit(question)
        composer = Composer(question, time.perf_counter())
        access = self._access(groups, within)
        with self.search.reading(access) as at:
            searched = at.chunks
        yield Growing(prompts.load("searching").fill(passages=_passages(searched)))
        if kind := about(question):
            yield self._about(kind, access, composer)
            return
        alone = standalone(question, history)
        ends = self._fluent.deadline() if self._fluent else 0.0
        if self._fluent:
            alone = self._fluent.standalone(question, history, alone, ends, stop)
        # Nothing is given away inside: whoever takes it may go on in another thread.
        with self.search.reading(access) as at:
            composer.index, composer.chunks = at.index, at.chunks
            passages = self.search.find(alone, self.settings.passages, at)
            documents = self._documents(passages, at)
        composer.searched = time.perf_counter()
        if not at.entries:
            yield composer.quoted([], [], {}, "not_said", (), _nothing(access))
            return
        passages = standing(passages, documents)
        dates = {each.id: each.date for each in documents.values()}
        passages, picked = self._picked(alone, passages, at.chunks, dates)
        why, quotes = self._decided(picked)
        notices: list[str] = []
        if self._fluent and not why and not picked.differing:
            try:
                context = self._fluent.context(passages, documents)
                composer.model(self._fluent.name, self._fluent.prompt.identity, context)
                count = _passages(len(context.passages))
                reading = prompts.load("reading").fill(passages=count)
                yield Growing(reading, waits=True)
                for written in self._fluent.answer(alone, context, quotes, documents, ends, stop):
                    growing = (tuple(written.claims), tuple(written.citations), written.draft)
                    yield Growing(reading, *growing, waits=True)
                if written.claims:
                    more = [] if complete(written, quotes, alone) else quotes
                    yield composer.written(written, more, passages, documents)
                    return
                notices = [_instead("it said nothing that the passages support")]
            except NoModel as error:
                notices = [_instead(str(error))]
        yield composer.quoted(quotes, passages, documents, why, picked.differing, notices)

    def find(
        self,
        question: str,
        groups: Iterable[str] | None = None,
        within: Within | None = None,
        limit: int | None = None,
    ) -> tuple[str, list[Passage]]:
        """What identifies the index, and at most `limit` passages nearest to a question.

        Raises what `ask` does.
        """
        question, most = fit(question), limit or self.settings.passages
        with self.search.reading(self._access(groups, within)) as at:
            found = self.search.find(question, most, at)
            return at.index, standing(found, self._documents(found, at))

    def documents(self, groups: Iterable[str] | None = None) -> list[Entry]:
        """The documents that can be asked about, by folder and path."""
        with self.search.reading(self._access(groups)) as at:
            return self.search.documents(at)

    def document(self, document: str, groups: Iterable[str] | None = None) -> Document | None:
        """The whole document, as it stands now; None if there is none, or it may not be read."""
        with self.search.reading(self._access(groups)) as at:
            return self.search.document(document, at)

    def reopen(
        self, kept: Kept, groups: Iterable[str] | None = None, effort: Effort | None = None
    ) -> Reopened:
        """The answer of a link, as the documents that `groups` may read stand now.

        Whether they answer is searched again where the link says that they don't. Links that are
        opened together share one `effort`.
        Raises BadSetting or an IndexFault as `ask` does.
        """
        with self.search.reading(self._access(groups)) as at:
            documents = self._documents(kept.citations, at)
            why: Reason | None = None
            passages: list[Passage] = []
            if kept.abstained:
                passages = self.search.find(kept.question, self.settings.passages, at)
                passages = standing(passages, self._documents(passages, at))
                passages, picked = self._picked(kept.question, passages, at.chunks)
                why, quotes = self._decided(picked)
                instead = {each.sentence.text for each in quotes}
                if why == "said_differently" and instead != {each.text for each in kept.claims}:
                    why = None
        return reopened(kept, documents, at.index, why, passages, effort)

    def original(self, document: str, groups: Iterable[str] | None = None) -> Original | None:
        """The file that it was read from; None if that is gone, or may not be read."""
        with self.search.reading(self._access(groups)) as at:
            return self.search.original(document, at)

    def listing(
        self, query: str = "", offset: int = 0, limit: int = 50, groups: Iterable[str] | None = None
    ) -> Listing:
        """Some of the documents whose title and path hold the query's words, for people to see."""
        return listing(self.search, self._access(groups), query, offset, limit)

    def may_read(self, folder: str, source: str, groups: Iterable[str] | None = None) -> bool:
        """Whether a document of that indexed folder and path may be read, if there is one."""
        return self._access(groups).may_read(folder, source)

    def openers(self, groups: Iterable[str] | None = None) -> tuple[str, ...]:
        """Questions to begin with, of different documents, each of which is answered; perhaps none.

        Takes up to two seconds the first time for an index. Raises what `documents` does.
        """
        with self.search.reading(self._access(groups)) as at:
            return self._suggestions.openers(at)

    def follow_ups(
        self, answer: Answer, groups: Iterable[str] | None = None, asked: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """At most three questions near an answer that are answered too, none that were `asked`.

        Takes some 150 ms: to be called when the answer is shown. Raises what `documents` does.
        """
        with self.search.reading(self._access(groups)) as at:
            return self._suggestions.follow_ups(answer, at, asked)

    def close(self) -> None:
        """Gives back what the index has open; nothing is asked then."""
        self.search.close()

    def model(self) -> Literal["not needed", "reachable", "unreachable"]:
        """Whether the language model could be asked now; quotes are the answer if it can't."""
        if not self._fluent:
            return "not needed"
        return "reachable" if self._fluent.reachable() else "unreachable"

    def _access(self, groups: Iterable[str] | None, within: Within | None = None) -> Access:
        # A file of rules that has gone, or is being saved, must not open what it kept closed.
        rules = rules_now(self._folder, required=self._ruled)
        if bool(rules) != self._ruled:
            self._ruled = remember(self.settings.home, bool(rules))
        mine = frozenset(self.settings.groups if groups is None else groups)
        return Access(rules, mine, within or EVERYWHERE)

    def _picked(
        self,
        question: str,
        passages: list[Passage],
        among: int,
        dates: Dates | None = None,
    ) -> tuple[list[Passage], Picked]:
        """What answers, and the passages in the order in which they do, if they are read."""
        readings: list[Reading] = []
        if self._reader:
            most = self.settings.read_passages
            passages, readings = reread(question, passages, self._reader, most)
        picked = pick(question, passages, among, self.settings.sentences, dates, readings)
        return passages, picked

    def _decided(self, picked: Picked) -> tuple[Reason | None, Sequence[Quote]]:
        """Why to decline, if that is what to do, and what to quote."""
        on_topic = picked.on_topic >= ON_TOPIC
        if picked.instead and on_topic:
            return "said_differently", [picked.instead]
        if picked.answers >= self.settings.refuse_below:
            return None, picked.quotes
        return "not_said" if on_topic else "off_topic", []

    def _vectors(self, texts: list[str]) -> npt.NDArray[np.float32]:
        return np.stack([self.search.encoder.question(text) for text in texts])

    def _about(self, kind: About, access: Access, composer: Composer) -> Answer:
        """What Footnote says of itself, and how the first documents begin."""
        with self.search.reading(access) as at:
            composer.index = at.index
            entries = self.search.documents(at)
            leads = self.search.leads(OPENINGS, at) if kind in ("topic", "documents") else []
            documents = self._documents(leads, at)
        if not entries and (nothing := _nothing(access)):
            return composer.quoted([], [], {}, "not_said", (), nothing)
        names = [f"“{entry.title}” ({entry.source})" for entry in entries[:NAMED]]
        if len(entries) > NAMED:
            names.append(f"and {len(entries) - NAMED} more")
        count = "1 document" if len(entries) == 1 else f"{len(entries)} documents"
        values = {"documents": count, "titles": "; ".join(names)}
        prompt = prompts.load(kind)
        said = prompt.fill(**{name: values[name] for name in prompt.vars})
        leads = standing(leads, documents)
        picked = [Quote(lead, lead.sentences[0], 1.0) for lead in leads if lead.sentences]
        composer.searched = time.perf_counter()
        return composer.quoted(picked, leads, documents, None, (), [said])

    def _documents(
        self, named: Sequence[Passage] | Sequence[KeptCitation], at: Snapshot
    ) -> Documents:
        """Those that are named, each read once."""
        found = {
            document: self.search.document(document, at)
            for document in dict.fromkeys(each.document for each in named)
        }
        return {each: document for each, document in found.items() if document}


def _passages(count: int) -> str:
    return "1 passage" if count == 1 else f"{count:,} passages"


def _nothing(access: Access) -> list[str]:
    """What to say where there is nothing to search, if that is for what was chosen."""
    return [] if access.within.is_everything else [prompts.load("nothing_within").fill()]


def _instead(why: str) -> str:
    return prompts.load("quoted_instead").fill(why=why)
