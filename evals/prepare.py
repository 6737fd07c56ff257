"""What a run asks: an assistant over the documents that the gold questions speak of.

Without a folder of documents it is the index that this working directory has.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evals.errors import BrokenGold
from evals.gold import Question
from evals.score import PASSAGE_TOKENS, Ground
from evals.spans import Place
from evals.support import supports
from index import Access, Document, build
from index.build import Limits
from index.encode import encoder
from index.publish import Progress
from index.tokens import tiktoken_cut
from qa.assistant import Assistant
from qa.settings import FILE, Settings, load

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

# What stands beside a gold file, if its documents aren't elsewhere.
DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Prepared:
    """`folder` holds the footnote.toml that was read; `keep` is where progress is kept, None for
    nowhere."""

    assistant: Assistant
    settings: Settings
    folder: Path
    keep: Path | None


def documents_of(gold: Sequence[Path], named: Path | None) -> Path | None:
    """The folder of documents: the one named, or that beside the gold files, if there is one."""
    if named:
        if not named.exists():
            raise BrokenGold(f"{named}: no such folder; --documents takes where the documents are")
        return named
    beside = {path.parent / DOCUMENTS for path in gold if (path.parent / DOCUMENTS).is_dir()}
    if len(beside) > 1:
        raise BrokenGold(
            "these gold files have documents of their own; run one, or --documents DIR"
        )
    return beside.pop() if beside else None


@contextlib.contextmanager
def prepared(
    gold: Sequence[Path],
    documents: Path | None,
    home: Path | None,
    progress: Progress,
    llm: Callable[[Settings], LLM] | None = None,
) -> Iterator[Prepared]:
    """An assistant over an index brought up to date in `home`, or in a folder that is gone after.

    `llm` makes the language model of settings that name one, in place of the usual way.
    A footnote.toml beside the documents is read in place of the working directory's.
    """
    documents = documents_of(gold, documents)
    folder = documents.parent if documents and (documents.parent / FILE).exists() else Path()
    settings = load(folder)
    with contextlib.ExitStack() as stack:
        if home is None and documents:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="footnote-eval-")))
            keep = None
        else:
            keep = home
        settings = dataclasses.replace(settings, home=home or settings.home)
        made_by = encoder(settings.encoder, settings.encoder_url)
        if documents or not (settings.home / "library.db").exists():
            build(
                settings.home,
                [documents] if documents else [],
                progress,
                prune=True,  # these documents are what was asked for, however many are gone
                limits=Limits(settings.file_seconds, settings.file_megabytes),
                encoder=made_by,
                chroma=settings.chroma,
            )
        make = partial(llm, settings) if llm else None
        assistant = Assistant(settings, folder=folder, llm=make)
        if documents and set(assistant.search.library.paths()) != {os.path.realpath(documents)}:
            raise BrokenGold(
                f"{settings.home}: holds other documents too; give each set a --home of its own"
            )
        yield Prepared(assistant, settings, folder, keep)


def ground_of(questions: Sequence[Question], assistant: Assistant) -> Ground:
    """What answers are held against; evidence that doesn't stand has no places."""
    search, rules = assistant.search, assistant.settings.access
    with search.reading() as at:
        entries = {each.document: each for each in at.entries}
        folders = {label: Path(path).name for path, label in search.library.paths().items()}
        named = {each.source for question in questions for each in question.evidence}
        of_source: dict[str, list[Document]] = {}
        for each in at.entries:
            if each.source in named and (found := search.document(each.document, at)):
                of_source.setdefault(each.source, []).append(found)
    known = {each.id: each for documents in of_source.values() for each in documents}

    def document(name: str) -> Document | None:
        if name not in known:
            with search.reading() as now:
                if there := search.document(name, now):
                    known[name] = there
        return known.get(name)

    def may_read(groups: Sequence[str], name: str) -> bool:
        entry = entries.get(name)
        access = Access(rules, frozenset(groups))
        return entry is not None and access.may_read(
            folders.get(entry.label, entry.label), entry.source
        )

    evidence = {
        question.id: [
            [place for each in of_source.get(e.source, []) for place in places(each, e.quote)]
            for e in question.evidence
        ]
        for question in questions
    }
    return Ground(document, evidence, tiktoken_cut(PASSAGE_TOKENS), may_read, supports)


def places(document: Document, quote: str) -> Iterator[Place]:
    """Everywhere that a document says exactly this."""
    at = document.text.find(quote)
    while at >= 0:
        yield Place(document.id, at, at + len(quote))
        at = document.text.find(quote, at + 1)
