"""A link's answer as the documents stand now: every citation is looked up again, or not shown.

Nothing is said on a link's authority. A quote is shown only where the document has these words,
as whole sentences; what isn't a quote is checked against those that stand; the rest is left out,
and said to be.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Literal

import prompts
from index import Document, Passage
from qa.changed import Piece, difference, likest, nearest, whole
from qa.check import check
from qa.cite import Documents, citation, stands
from qa.permalink import Kept, KeptCitation, KeptClaim
from qa.types import Abstention, Answer, Citation, Claim, Reason, Receipt

# What the receipt names in place of a model.
MADE_BY = "link"
# Citations for which alike sentences are looked for, more than an answer has, unless made up; and
# seconds after which neither that is done nor a claim checked: what was never said costs most.
LIKENED, SECONDS = 12, 10.0


class Effort:
    """What is spent at most on links that are opened together; nothing more once `stop` is set."""

    def __init__(
        self, seconds: float = SECONDS, likened: int = LIKENED, stop: Event | None = None
    ) -> None:
        self._ends, self._likened, self._stop = time.monotonic() + seconds, likened, stop

    @property
    def lasts(self) -> bool:
        stopped = self._stop is not None and self._stop.is_set()
        return not stopped and time.monotonic() < self._ends

    def likens(self) -> bool:
        """Whether alike sentences may be looked for once more; it is counted that they are."""
        self._likened -= 1
        return self._likened >= 0 and self.lasts


@dataclass(frozen=True, slots=True)
class Changed:
    """A citation of a link that isn't as the link has it.

    "moved": the same words stand elsewhere, and are cited there. "changed": they don't stand, or
    only as part of a sentence; `now` is what does, "" if nothing like it. "gone": no such document,
    or none that may be read. `before` is what the link says, which may be made up; for "gone" the
    title and source too. In `difference` the pieces lead from `before` to `now`.
    """

    number: int
    title: str
    source: str
    kind: Literal["moved", "changed", "gone"]
    before: str
    now: str
    difference: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Reopened:
    """The answer of a link, of which every word is the documents' or was checked, and what of the
    link isn't in it as it was. Citations keep the numbers that they had, so some may be missing."""

    answer: Answer
    changed: tuple[Changed, ...]


def reopened(
    kept: Kept,
    documents: Documents,
    index: str,
    declines: Reason | None = None,
    passages: Sequence[Passage] = (),
    effort: Effort | None = None,
) -> Reopened:
    """The answer of a link. `documents` are those that it cites and the asker may read, `declines`
    is why the question isn't answered as they stand, and `passages` what came nearest then.

    Once `effort` is spent, what stands in the documents is still shown, but nothing else."""
    started = time.perf_counter()
    effort = effort or Effort()
    standing: dict[int, Citation] = {}
    changed: list[Changed] = []
    for number, each in enumerate(kept.citations, start=1):
        cited, change = _looked_up(number, each, documents.get(each.document), effort)
        if cited:
            standing[number] = cited
        if change:
            changed.append(change)
    made = [_claim(each, standing, effort) for each in kept.claims]
    claims = [each for each in made if each and each.verdict != "unsupported"]
    abstained = kept.abstained if kept.abstained == declines else None
    if not claims and abstained == "said_differently":
        abstained = None
    counts = {
        "link_outdated": sum(each is None for each in made),
        "link_unsupported": sum(each is not None for each in made) - len(claims),
    }
    notices = [prompts.load(name).fill(count=count) for name, count in counts.items() if count]
    if kept.abstained and not abstained and not kept.claims:
        notices.append(prompts.load("link_declined").fill())
    used = {number for each in claims for number in each.citations}
    answer = Answer(
        id=hashlib.sha256(f"{index}\0{kept.question}".encode()).hexdigest()[:16],
        question=kept.question,
        abstained=Abstention(abstained, prompts.load(abstained).fill()) if abstained else None,
        claims=tuple(claims),
        citations=tuple(each for number, each in standing.items() if number in used),
        passages=tuple(passages) if abstained else (),
        notices=tuple(notices),
        receipt=Receipt(
            index=index,
            model=MADE_BY,
            seconds={"search": 0.0, "answer": round(time.perf_counter() - started, 4)},
        ),
    )
    return Reopened(answer, tuple(changed))


def _looked_up(
    number: int, kept: KeptCitation, document: Document | None, effort: Effort
) -> tuple[Citation | None, Changed | None]:
    """The citation as the document has it now, and how that differs from the link's."""
    if document is None:
        change = Changed(number, kept.title, kept.source, "gone", kept.quote, "", ())
        return None, change
    here = kept.start, kept.end
    if not stands(document, *here, kept.quote) or not whole(document, *here):
        found = nearest(document, kept.quote, kept.start)
        if found is None:
            now = likest(document, kept.quote, kept.start) if effort.likens() else ""
            pieces = difference(kept.quote, now) if now else (Piece(kept.quote, "removed"),)
            names = document.title, document.source
            return None, Changed(number, *names, "changed", kept.quote, now, pieces)
        here = found
    cited = citation(document, number, *here, kept.quote)
    if here == (kept.start, kept.end):
        return cited, None
    names, same = (document.title, document.source), (Piece(kept.quote, "same"),)
    return cited, Changed(number, *names, "moved", kept.quote, kept.quote, same)


def _claim(kept: KeptClaim, standing: dict[int, Citation], effort: Effort) -> Claim | None:
    """The claim with the verdict that what it cites gives it now; None if nothing of that stands.

    Who wrote it can't be known, so it is checked as a language model's sentence is.
    """
    numbers = tuple(number for number in kept.citations if number in standing)
    if not numbers:
        return None
    claim = Claim(kept.text, numbers, kept.marks)
    quotes = [standing[number].quote for number in numbers]
    if kept.text in quotes:
        return claim
    if not effort.lasts:
        return replace(claim, verdict="unsupported")
    verdict = check(kept.text, quotes)
    return replace(claim, verdict=verdict.verdict, reason=verdict.reason)
