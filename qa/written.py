"""A model's answer: each sentence that it writes rests on exact words, is checked against them, and
what the quoting answer would have said is not lost.

A sentence is given the shortest run of sentences of the passages it cites that supports it; one
that nothing supports is left out, or shown as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from index import Passage, Sentence
from index.words import STOP_WORDS
from qa.check import Similar, Weigh, check
from qa.cite import Documents, citation
from qa.draft import Drafted, Drafting
from qa.features import stems
from qa.types import Citation, Claim, Quote, Verdict
from qa.values import values

# Sentences that a citation spans at most, and those of a passage that are tried, the likest first.
LONGEST_RUN, TRIED = 3, 3
# Words that make a sentence, at least, and characters, at most: what is longer is babble, would
# take long to check, and ends the answer.
WORDS, MOST = 3, 1_000
# Characters that may follow a sentence before it is known to have ended.
SPARE = 100
# Sentences after which a model that was asked for three is listened to no more.
ENOUGH = 6
_REPORTED = re.compile(
    r"\b(?:according to|reports? (?:suggest|say|claim)|reportedly|allegedly|(?:is|are) said to)\b",
    re.IGNORECASE,
)
_ENDED = re.compile(r"[.!?…。！？؟][\"”’»)\]]*$")
NOTHING = "NOT IN THE PASSAGES"


@dataclass(slots=True)
class Written:
    """What there is of an answer so far: `draft` is the sentence that isn't complete yet.

    `left_out` counts sentences that nothing supports, `stray` marks that point nowhere and links.
    """

    claims: list[Claim] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    draft: str = ""
    left_out: int = 0
    stray: int = 0


@dataclass(frozen=True, slots=True)
class _Run:
    """Sentences of a passage that follow each other."""

    passage: Passage
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        start, end = self.sentences[0].start, self.sentences[-1].end
        return self.passage.text[start - self.passage.start : end - self.passage.start]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model was asked: mark [n] is `passages[n - 1]`; `quotes` would answer without it.

    `similar` makes vectors of sentences, and `weigh` reads them, to check by; `judge` says
    whether texts support a sentence.
    """

    question: str
    passages: tuple[Passage, ...]
    quotes: tuple[Quote, ...]
    documents: Documents
    show_unsupported: bool = False
    similar: Similar | None = None
    weigh: Weigh | None = None
    judge: Callable[[str, Sequence[str]], bool] | None = None


def write(pieces: Iterable[str], asked: Asked) -> Iterator[Written]:
    """The answer as it grows with each piece, up to a number of sentences."""
    written, drafting = Written(), Drafting()
    left = ENOUGH
    for piece in pieces:
        left = _take(written, drafting.add(piece), asked, left)
        written.draft = drafting.open
        # A sentence that has grown so long won't be taken when it ends.
        if not left or drafting.waiting > MOST + SPARE:
            written.left_out += bool(left)
            break
        yield written
    else:
        _take(written, drafting.rest(), asked, left)
    written.stray += drafting.dropped
    written.draft = ""
    yield written


def complete(written: Written, quotes: Sequence[Quote], question: str) -> bool:
    """Whether a model's answer says the exact words that the quotes are marked for, or cites the
    likeliest quote and says most of what that adds to the question; if it doesn't, the quotes are
    to be said beside it."""
    # What it leans on is as likely, and stands before it.
    best = max(reversed(quotes), key=lambda quote: quote.probability, default=None)
    if best is None:
        return True
    said = [each for each in written.claims if each.verdict == "supported"]
    if best.marks:
        exact = best.sentence.text[slice(*best.marks[0])].lower()
        return any(exact in each.text.lower() for each in said)
    told = stems(" ".join(each.text for each in said))
    adds = stems(best.sentence.text) - stems(question)
    if 2 * len(adds & told) < len(adds):
        return False
    numbers = {number for each in said for number in each.citations}
    return any(
        each.number in numbers
        and each.document == best.passage.document
        and each.start <= best.sentence.start < each.end
        for each in written.citations
    )


def _take(written: Written, drafted: Iterable[Drafted], asked: Asked, left: int) -> int:
    """Adds what the passages carry, of at most so many sentences; how many more may come."""
    passages = asked.passages
    for sentence in drafted:
        if not left:
            break
        left -= 1
        if NOTHING.lower() in sentence.text.lower():
            continue
        cited = [passages[mark - 1] for mark in sentence.marks if 0 < mark <= len(passages)]
        written.stray += len(sentence.marks) - len(cited)
        if sentence.length > MOST:
            written.left_out += 1
            return 0
        if not _ENDED.search(sentence.text):
            # A heading, or what was cut off.
            written.left_out += 1
            continue
        verdict, runs = grounded(sentence.text, cited or _likest(sentence.text, passages))
        verdict = _confirmed(verdict, sentence.text, runs, asked)
        if verdict.verdict == "unsupported":
            written.left_out += 1
            if not asked.show_unsupported:
                continue
        numbers = [number for run in runs if (number := _cited(written, run, asked.documents))]
        said_before = any(each.text == sentence.text for each in written.claims)
        if (numbers or asked.show_unsupported) and not said_before:
            written.claims.append(
                Claim(sentence.text, tuple(numbers), (), verdict.verdict, verdict.reason)
            )
    return left


def _confirmed(verdict: Verdict, text: str, runs: Sequence[_Run], asked: Asked) -> Verdict:
    """The verdict by words, unless a closer look at what the sentence rests on says less."""
    if verdict.verdict == "unsupported":
        return verdict
    if not _answers(text, runs, asked):
        return Verdict("unsupported", "it doesn't answer the question")
    cited = [run.text for run in runs]
    if asked.similar:
        verdict = check(text, cited, asked.similar, asked.weigh)
    if verdict.verdict == "supported" and (doubt := _doubt(text, runs)):
        verdict = Verdict("partly", doubt, verdict.chance)
    if verdict.verdict != "unsupported" and asked.judge and not asked.judge(text, cited):
        return Verdict("unsupported", "the language model itself doubts it")
    return verdict


def _doubt(text: str, runs: Sequence[_Run]) -> str | None:
    """Why a model's sentence that seems supported may say what nobody said: words of its own,
    sentences that it joins, or somebody's word that it passes off as fact."""
    cited = " ".join(run.text for run in runs)
    if own := _own(text, cited):
        return f"the passage doesn't say “{own}”"
    if sum(len(run.sentences) for run in runs) > 1:
        return "it joins what several sentences say"
    if _REPORTED.search(cited) and not _REPORTED.search(text):
        return "the passage only reports it"
    return None


def _own(text: str, cited: str) -> str:
    """The sentence's words that what it cites hasn't in any form."""
    there = stems(cited)
    values_ = {word for each in values(text) for word in each.text.split()}
    own = [
        word
        for word in re.findall(r"[^\W_][\w'’-]*", text)
        if word.lower() not in STOP_WORDS and word not in values_ and stems(word) - there
    ]
    return " ".join(dict.fromkeys(own))


def _answers(text: str, runs: Sequence[_Run], asked: Asked) -> bool:
    """Whether a sentence has to do with the question: a document can hold words that it wants
    said whatever is asked, and they stand in it to the letter."""
    if len(re.findall(r"[^\W\d_]+", text)) < WORDS:
        return False
    quoted = {(each.passage.document, each.sentence.start) for each in asked.quotes}
    rests_on = {(run.passage.document, each.start) for run in runs for each in run.sentences}
    return bool(stems(text) & stems(asked.question) or quoted & rests_on)


def grounded(text: str, passages: Sequence[Passage]) -> tuple[Verdict, tuple[_Run, ...]]:
    """The verdict on a sentence, and the shortest words of these passages that it rests on."""
    runs = [run for passage in passages for run in _runs(text, passage)]
    runs.sort(key=lambda run: (len(run.sentences), -_alike(text, run.text)))
    worst: Verdict | None = None
    partly: tuple[Verdict, tuple[_Run, ...]] | None = None
    for run in runs:
        verdict = check(text, [run.text])
        if verdict.verdict == "supported":
            return verdict, (run,)
        if verdict.verdict == "partly" and partly is None:
            partly = (verdict, (run,))
        worst = worst or verdict
    # One run of each passage may carry it together.
    best = {id(run.passage): run for run in sorted(runs, key=lambda run: _alike(text, run.text))}
    together = tuple(best.values())[:LONGEST_RUN]
    if len(together) > 1:
        verdict = check(text, [run.text for run in together])
        if verdict.verdict == "supported":
            return verdict, together
    return partly or (
        worst or Verdict("unsupported", "no passage says it"),
        tuple(runs[:1]),
    )


def _likest(text: str, passages: Sequence[Passage]) -> list[Passage]:
    """Where a sentence without marks may be from."""
    return sorted(passages, key=lambda passage: -_alike(text, passage.text))[:TRIED]


def _runs(text: str, passage: Passage) -> Iterator[_Run]:
    """The runs of a passage's sentences around those most like the text."""
    places = range(len(passage.sentences))
    likest = sorted(places, key=lambda at: -_alike(text, passage.sentences[at].text))[:TRIED]
    for length in range(1, LONGEST_RUN + 1):
        firsts = {at - back for at in likest for back in range(length)}
        for first in sorted(firsts):
            if first >= 0 and first + length <= len(passage.sentences):
                yield _Run(passage, passage.sentences[first : first + length])


def _alike(text: str, other: str) -> float:
    mine = stems(text)
    return len(mine & stems(other)) / len(mine) if mine else 0.0


def _cited(written: Written, run: _Run, documents: Documents) -> int | None:
    """The number of the citation of these words, a new one if need be; None if they don't stand."""
    start, end = run.sentences[0].start, run.sentences[-1].end
    for each in written.citations:
        if (each.document, each.start, each.end) == (run.passage.document, start, end):
            return each.number
    made = citation(
        documents.get(run.passage.document), len(written.citations) + 1, start, end, run.text
    )
    if made:
        written.citations.append(made)
    return made.number if made else None
