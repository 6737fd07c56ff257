"""What the HTTP API takes and gives, so that its OpenAPI file is true.

The fields are those of `qa.types` as `Answer.as_json` gives them; a test compares the two.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.question import LONGEST_QUESTION
from qa.types import Reason

# Turns of a conversation, and characters of each, that come with a question.
TURNS, SAID = 20, 8_000
# `fit` says it better than the schema would.
Question = Annotated[str, Field(json_schema_extra={"maxLength": LONGEST_QUESTION})]


class Given(BaseModel):
    """What comes from outside: unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


class Narrowed(Given):
    """What a question is narrowed to, as `index.Within` has it."""

    paths: Annotated[list[str], Field(max_length=100)] = []
    since: str | None = None
    until: str | None = None


class Before(Given):
    """An earlier question of the conversation, and what was answered."""

    question: Annotated[str, Field(max_length=SAID)]
    answer: Annotated[str, Field(max_length=SAID)] = ""


class Ask(Given):
    """A question, what was asked before, and what it is narrowed to."""

    question: Question
    history: Annotated[list[Before], Field(max_length=TURNS)] = []
    within: Narrowed | None = None


class Sought(Given):
    """What passages are searched for."""

    question: Question
    within: Narrowed | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 10


class Problem(BaseModel):
    """What is wrong, and what to do, in one line."""

    error: str


# What any route may give beside its answer, and those for one document.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem} for status in (400, 401, 403, 413, 422, 429, 503)
}
ABSENT: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}


class AbstentionGiven(BaseModel):
    """Why there is no answer."""

    kind: Reason
    text: str


class ClaimGiven(BaseModel):
    """A sentence of an answer; `marks` are spans of it that answer the question."""

    text: str
    citations: list[int]
    marks: list[tuple[int, int]]
    verdict: Literal["supported", "partly", "unsupported"]
    reason: str | None


class CitationGiven(BaseModel):
    """Words of a document: `text[start:end] == quote`, counted in Unicode code points."""

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
    url: str


class PassageGiven(BaseModel):
    """A passage that was found; `why` says what put it there."""

    document: str
    source: str
    title: str
    sha256: str
    start: int
    end: int
    text: str
    score: float
    why: dict[str, Any]


class ValueGiven(BaseModel):
    text: str
    citation: int


class ConflictGiven(BaseModel):
    """Different values for the same thing."""

    about: str
    values: list[ValueGiven]


class ExtentGiven(BaseModel):
    document: str
    start: int
    end: int
    sha256: str


class ReceiptGiven(BaseModel):
    """How an answer was made; `seconds` are by stage."""

    index: str
    model: str
    prompt: str | None
    tokens: int | None
    seconds: dict[str, float]
    searched: int
    passages: list[ExtentGiven]
    dropped: int


class AnswerGiven(BaseModel):
    """An answer, or why there is none."""

    id: str
    question: str
    abstained: AbstentionGiven | None
    claims: list[ClaimGiven]
    citations: list[CitationGiven]
    passages: list[PassageGiven]
    conflicts: list[ConflictGiven]
    notices: list[str]
    receipt: ReceiptGiven


class Found(BaseModel):
    """The passages nearest to a question, best first."""

    index: str
    passages: list[PassageGiven]


class DocumentGiven(BaseModel):
    """A document that may be read; `groups` has a list for each rule that it matches."""

    document: str
    source: str
    title: str
    date: str | None
    pages: int | None
    characters: int
    groups: list[list[str]]
    changed: str | None
    url: str


class DocumentsGiven(BaseModel):
    total: int
    documents: list[DocumentGiven]


class SourceGiven(BaseModel):
    """A part of a document's text: `text` stands at `start` to `end` of it, in code points.

    `page` is the page that it is (the first, if several), `before` and `after` those beside it.
    `changed` says that the text isn't of the `sha256` that was asked for.
    """

    document: str
    source: str
    title: str
    date: str | None
    sha256: str
    start: int
    end: int
    characters: int
    text: str
    heading: str | None
    page: int | None
    before: int | None
    after: int | None
    changed: bool
