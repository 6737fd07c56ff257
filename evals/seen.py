"""Questions asked of sets of documents, and what the reader finds in the passages for them."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.fit import PART_LENGTHS
from evals.gold import Question
from index import Passage, Search, build
from qa.read import Reader, Reading
from qa.reread import read_enough
from qa.settings import Settings

# Passages that are found for a question.
FOUND = 10
# Documents of a set of which parts are asked, and questions of each part.
PARTS, QUESTIONS = 8, 10


@dataclass(frozen=True, slots=True)
class Seen:
    """A question, what was found for it and read in it; `documents` are its set's."""

    question: Question
    passages: list[Passage]
    readings: list[Reading]
    chunks: int
    foreign: bool
    documents: Path

    @property
    def kind(self) -> str:
        if self.foreign:
            return "foreign"
        return "own" if self.question.answerable else "near"


def see(
    documents: Path,
    own: Sequence[Question],
    others: Sequence[Question],
    reader: Reader,
    origin: Path | None = None,
) -> list[Seen]:
    """Indexes the documents, asks all questions, and reads; in the order of the search. Evidence
    is looked up in `origin`, if that isn't the same folder."""
    found, reads = [], Settings().read_passages
    with tempfile.TemporaryDirectory() as home:
        build(Path(home), [documents])
        search = Search(Path(home), view=False)
        at = search.snapshot()
        for foreign, some in ((False, own), (True, others)):
            for each in some:
                passages = search.find(each.question, FOUND, at)
                if passages:
                    readings = read_enough(each.question, passages[:reads], reader)
                    where = origin or documents
                    found.append(Seen(each, passages, readings, at.chunks, foreign, where))
    return found


def see_parts(
    documents: Path, questions: Sequence[Question], chance: random.Random, reader: Reader
) -> list[Seen]:
    """Small collections: parts of some documents, asked of themselves and of others."""
    found = []
    sources = {q.id: {each.source for each in q.evidence} for q in questions}
    names = sorted({name for each in sources.values() for name in each})
    for name in chance.sample(names, min(PARTS, len(names))):
        text = (documents / name).read_text(encoding="utf-8")
        for length in PART_LENGTHS:
            start = chance.randrange(max(1, len(text) - length))
            part = text[start : start + length]
            some = [q for q in questions if q.answerable]
            own = [q for q in some if all(each.quote in part for each in q.evidence)][:QUESTIONS]
            rest = [q for q in some if name not in sources[q.id]]
            rest = chance.sample(rest, min(QUESTIONS, len(rest)))
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / name).write_text(part, encoding="utf-8")
                found += see(Path(folder), own, rest, reader, documents)
    return found


def holds(seen: Seen, passage: Passage) -> bool:
    """Whether at least half of an evidence quote stands in the passage."""
    for each in seen.question.evidence:
        if each.source == passage.source:
            text = (seen.documents / each.source).read_bytes().decode("utf-8-sig")
            start = text.index(each.quote)
            common = min(passage.end, start + len(each.quote)) - max(passage.start, start)
            if common >= len(each.quote) / 2:
                return True
    return False
