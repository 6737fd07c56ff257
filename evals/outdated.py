"""Gold questions whose evidence no longer stands in the documents, with the nearest text now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from evals.gold import Evidence, Question
from evals.spans import Place
from index import Search

# A sentence less like the quote than this is not shown as its successor.
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Outdated:
    """Evidence that its source doesn't hold; `nearest` is the most alike sentence now, with its
    source, None if there is none. `gone` says that there is no such source any more."""

    question: Question
    evidence: Evidence
    gone: bool
    nearest: Evidence | None

    def __str__(self) -> str:
        """One line: where, which question, what stands there now."""
        what = "is no document" if self.gone else "no longer says"
        now = (
            f"the nearest now, in {self.nearest.source}: “{_short(self.nearest.quote)}”"
            if self.nearest
            else "nothing like it is there now"
        )
        return (
            f"{self.question.where}: {self.question.id}: {self.evidence.source} {what} "
            f"“{_short(self.evidence.quote)}”; {now}"
        )


def outdated(
    questions: Sequence[Question],
    evidence: Mapping[str, Sequence[Sequence[Place]]],
    search: Search,
) -> Iterator[Outdated]:
    """Those whose evidence has no place; `evidence` as `prepare.ground_of` finds it."""
    with search.reading() as at:
        sources = {each.source for each in at.entries}
        for question in questions:
            for each, found in zip(question.evidence, evidence[question.id], strict=True):
                if found:
                    continue
                sentences = [
                    Evidence(passage.source, sentence.text)
                    for passage in search.find(each.quote[:2000], 5, at)
                    for sentence in passage.sentences
                ]
                nearest = max(sentences, key=lambda one: _alike(one, each), default=None)
                if nearest and _alike(nearest, each) < _ALIKE:
                    nearest = None
                yield Outdated(question, each, each.source not in sources, nearest)


def _alike(one: Evidence, other: Evidence) -> float:
    ratio = SequenceMatcher(None, one.quote, other.quote, autojunk=False).ratio()
    # Of two that are as alike, the one in the document that was named.
    return ratio + 0.01 * (one.source == other.source)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else f"{line[:159]}…"
