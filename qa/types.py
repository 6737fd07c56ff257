"""What an answer is made of: claims, the citations they rest on, and how it came about.

`Answer.as_json` is the object that `footnote ask --json` and `POST /api/v1/ask` give; its field
names are part of the contract with people's scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import quote as in_url

from index.types import Passage, Sentence, Span

Reason = Literal["off_topic", "not_said", "said_differently"]


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation, and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence picked from a passage, with the probability that it answers the question.

    `marks` are spans of the sentence's text that are the exact answer.
    """

    passage: Passage
    sentence: Sentence
    probability: float
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """Words of a document: `text[start:end] == quote` in its canonical text, in code points.

    `sha256` is of that text; `url` opens the document at these words.
    """

    number: int
    document: str
    source: str
    title: str
    date: str | None
    heading: str | None
    page: int | None
    start: int
    end: int
    quote: str
    sha256: str

    @property
    def place(self) -> str:
        """Where in the document, for people: "page 3, characters 120–201"."""
        page = f"page {self.page}, " if self.page else ""
        return f"{page}characters {self.start}–{self.end}"

    @property
    def dated(self) -> str:
        """What it is from, and from when if that is known."""
        return f"{self.title}, {self.date}" if self.date else self.title

    @property
    def url(self) -> str:
        return source_url(self.document, self.start, self.end, self.sha256)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a sentence against the text it cites found, and why, in a short phrase.

    `chance` is how likely people would call it supported, 0 to 1, as `qa.check` reckons.
    """

    verdict: Literal["supported", "partly", "unsupported"]
    reason: str | None = None
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer, and the numbers of the citations that it rests on.

    `marks` are spans of `text` that answer the question; `verdict` says what checking it against
    its citations found, with a short reason where that isn't plain support.
    """

    text: str
    citations: tuple[int, ...]
    marks: tuple[tuple[int, int], ...] = ()
    verdict: Literal["supported", "partly", "unsupported"] = "supported"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why there is no answer: another topic altogether, or this one and the documents don't say,
    or they say something else than the question takes for granted; then the claims are that."""

    kind: Reason
    text: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A value in the words of the citation of that number."""

    text: str
    citation: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """What documents give different values for, in the words of the question, and the values."""

    about: str
    values: tuple[Stated, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a passage stands, in a text of that hash."""

    document: str
    start: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """How an answer was made: `index` identifies what was searched, `seconds` are by stage.

    `searched` is among how many passages was searched; `passages` are what was read for it, in the
    order of a model's marks, `tokens` how many they took, and `dropped` how many of its marks and
    links pointed nowhere.
    """

    index: str
    model: str
    seconds: Mapping[str, float]
    prompt: str | None = None
    tokens: int | None = None
    searched: int = 0
    passages: tuple[Extent, ...] = ()
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Growing:
    """An answer on its way: what is being done, the claims so far with what they rest on, and the
    words of the sentence that isn't complete, not checked yet.

    With `waits` what comes next is a language model's, and takes time rather than work.
    """

    status: str
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    draft: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says to a question; with an abstention there are no claims, but where the
    documents say something else than it presumes.

    `notices` are lines for the reader that no document says: a greeting, or what went wrong.
    """

    id: str
    question: str
    abstained: Abstention | None
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    notices: tuple[str, ...]
    receipt: Receipt
    conflicts: tuple[Conflict, ...] = ()

    @property
    def text(self) -> str:
        """What is said, as the next question may lean on it."""
        said = " ".join(claim.text for claim in self.claims)
        return said or (self.abstained.text if self.abstained else " ".join(self.notices))

    def as_json(self) -> dict[str, Any]:
        """Plain dicts and lists, for JSON."""
        return {
            "id": self.id,
            "question": self.question,
            "abstained": asdict(self.abstained) if self.abstained else None,
            "claims": [asdict(claim) for claim in self.claims],
            "citations": [{**asdict(each), "url": each.url} for each in self.citations],
            "passages": [passage_as_json(passage) for passage in self.passages],
            "conflicts": [asdict(each) for each in self.conflicts],
            "notices": list(self.notices),
            "receipt": asdict(self.receipt),
        }


def source_url(document: str, start: int, end: int, sha256: str) -> str:
    """Where a document opens at its characters `start` to `end`; `sha256` tells if it changed."""
    return f"/source/{in_url(document)}?start={start}&end={end}&sha256={sha256}#cited"


def passage_as_json(passage: Passage) -> dict[str, Any]:
    """What of a passage is told outside."""
    names = ("document", "source", "title", "sha256", "start", "end", "text", "score", "why")
    return {name: getattr(passage, name) for name in names}
