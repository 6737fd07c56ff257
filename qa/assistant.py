"""The whole story of an answer, on one page: stand alone, search, pick, cite, or decline.

Chat, HTTP, command line and evals all come through `Assistant.ask`, and know no more than it.
"""

from __future__ import annotations

import hashlib
import time
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import prompts
from index import Access, Document, Entry, Passage, Search, Snapshot
from index.encode import encoder
from qa.about import About, about
from qa.cite import Documents, cite, conflicting, listed, standing
from qa.errors import UnfitQuestion
from qa.quote import Picked, pick
from qa.settings import Settings, rules_now
from qa.standalone import standalone
from qa.types import Abstention, Answer, Quote, Reason, Receipt, Turn

LONGEST_QUESTION = 2_000
# Documents whose first sentence is quoted when somebody asks what there is, and that are named.
OPENINGS, NAMED = 5, 20
# Below this chance that the documents speak of the matter, it is another topic.
ON_TOPIC = 0.5


class Assistant:
    """Answers from one index; safe to use from several threads.

    `view` is for processes that answer many questions, see `index.Search`. `folder` holds the
    footnote.toml whose rules of access are read again for every question.
    """

    def __init__(self, settings: Settings, view: bool = True, folder: Path = Path()) -> None:
        self.settings = settings
        made_by = encoder(settings.encoder, settings.encoder_url)
        self.search = Search(settings.home, view, made_by, settings.chroma)
        self._folder = folder.absolute()
        self._ruled = bool(settings.access)

    def ask(
        self,
        question: str,
        groups: Iterable[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> Answer:
        """Answers from what `groups` may read (by default those of the settings), or says why not.

        `history` is what was asked and answered before, the last at the end.
        Raises UnfitQuestion, BadSetting if the rules of access can't be read, or an IndexFault if
        there is no index.
        """
        question = fit(question)
        started = time.perf_counter()
        with self.search.reading(self._access(groups)) as at:
            if kind := about(question):
                return self._about(question, kind, at, started)
            alone = standalone(question, history)
            passages = self.search.find(alone, self.settings.passages, at)
            searched = time.perf_counter()
            documents = self._documents(passages, at)
        passages = standing(passages, documents)
        dates = {each.id: each.date for each in documents.values()}
        picked = pick(alone, passages, at.chunks, self.settings.sentences, dates)
        why, quotes = self._decided(picked)
        return self._answer(
            question, quotes, passages, documents, at, started, searched, why, picked.differing
        )

    def documents(self, groups: Iterable[str] | None = None) -> list[Entry]:
        """The documents that can be asked about, by folder and path."""
        with self.search.reading(self._access(groups)) as at:
            return self.search.documents(at)

    def document(self, document: str, groups: Iterable[str] | None = None) -> Document | None:
        """The whole document, as it stands now; None if there is none, or it may not be read."""
        with self.search.reading(self._access(groups)) as at:
            return self.search.document(document, at)

    def _access(self, groups: Iterable[str] | None) -> Access:
        # A file of rules that has gone, or is being saved, must not open what it kept closed.
        rules = rules_now(self._folder, required=self._ruled)
        self._ruled = self._ruled or bool(rules)
        return Access(rules, frozenset(self.settings.groups if groups is None else groups))

    def _decided(self, picked: Picked) -> tuple[Reason | None, Sequence[Quote]]:
        """Why to decline, if that is what to do, and what to quote."""
        on_topic = picked.on_topic >= ON_TOPIC
        if picked.instead and on_topic:
            return "said_differently", [picked.instead]
        if picked.answers >= self.settings.refuse_below:
            return None, picked.quotes
        return "not_said" if on_topic else "off_topic", []

    def _answer(
        self,
        question: str,
        picked: Sequence[Quote],
        passages: Sequence[Passage],
        documents: Documents,
        at: Snapshot,
        started: float,
        searched: float,
        why: Reason | None = None,
        differing: Sequence[Quote] = (),
        notices: Iterable[str] = (),
    ) -> Answer:
        claims, citations, dropped = cite(picked, documents)
        conflicts = conflicting(question, differing, claims, citations)
        said = list(notices)
        said += [prompts.load("differ").fill(values=listed(each, citations)) for each in conflicts]
        if dropped:
            said.append(prompts.load("dropped").fill(count=dropped))
        if not claims and not said:
            why = why or "not_said"
        ended = time.perf_counter()
        return Answer(
            id=hashlib.sha256(f"{at.index}\0{question}".encode()).hexdigest()[:16],
            question=question,
            abstained=Abstention(why, prompts.load(why).fill()) if why else None,
            claims=tuple(claims),
            citations=tuple(citations),
            passages=tuple(passages),
            notices=tuple(said),
            receipt=Receipt(
                index=at.index,
                model="quote",
                seconds={
                    "search": round(searched - started, 4),
                    "answer": round(ended - searched, 4),
                },
            ),
            conflicts=conflicts,
        )

    def _about(self, question: str, kind: About, at: Snapshot, started: float) -> Answer:
        """What Footnote says of itself, and how the first documents begin."""
        entries = self.search.documents(at)
        names = [f"“{entry.title}” ({entry.source})" for entry in entries[:NAMED]]
        if len(entries) > NAMED:
            names.append(f"and {len(entries) - NAMED} more")
        count = "1 document" if len(entries) == 1 else f"{len(entries)} documents"
        values = {"documents": count, "titles": "; ".join(names)}
        prompt = prompts.load(kind)
        said = prompt.fill(**{name: values[name] for name in prompt.vars})
        leads = self.search.leads(OPENINGS, at) if kind in ("topic", "documents") else []
        documents = self._documents(leads, at)
        leads = standing(leads, documents)
        picked = [Quote(lead, lead.sentences[0], 1.0) for lead in leads if lead.sentences]
        searched = time.perf_counter()
        return self._answer(
            question, picked, leads, documents, at, started, searched, notices=[said]
        )

    def _documents(self, passages: Sequence[Passage], at: Snapshot) -> Documents:
        found = {
            each: self.search.document(each, at)
            for each in dict.fromkeys(passage.document for passage in passages)
        }
        return {each: document for each, document in found.items() if document}


def fit(question: str) -> str:
    """The question with blanks and control characters reduced to single spaces.

    Raises UnfitQuestion if that leaves nothing, too much, or what isn't text.
    """
    if len(question) > LONGEST_QUESTION:
        raise UnfitQuestion(
            f"the question has {len(question):,} characters; ask in at most {LONGEST_QUESTION:,}"
        )
    if any("\ud800" <= char <= "\udfff" for char in question):
        raise UnfitQuestion(
            "the question isn't text (it holds half a surrogate pair); type it anew"
        )
    seen = "".join(" " if unicodedata.category(char) == "Cc" else char for char in question)
    words = " ".join(seen.split())
    if not any(unicodedata.category(char)[0] in "LNS" for char in words):
        raise UnfitQuestion("the question is empty; ask something")
    return words
