"""What OpenAI's chat completions take and give, as far as Footnote speaks them.

What is taken may have any other fields, which are ignored: clients send many.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.web.schema import CitationGiven


class Part(BaseModel):
    """A part of a message; only those of the type "text" are read."""

    type: str = "text"
    text: str = ""


class Message(BaseModel):
    """A message; those of users and assistants are read."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(each.text for each in self.content if each.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    include_usage: bool | None = None


class Chat(BaseModel):
    """A conversation whose last user message is the question."""

    messages: Annotated[list[Message], Field(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None


class Usage(BaseModel):
    """Tokens of cl100k_base: of the messages, and of the answer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Said(BaseModel):
    """The answer as Markdown; `citations` are what its marks [1], [2], … stand for."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    citations: list[CitationGiven]


class Choice(BaseModel):
    index: Literal[0] = 0
    message: Said
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Completion(BaseModel):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class Model(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class Models(BaseModel):
    object: Literal["list"] = "list"
    data: list[Model]


class Failure(BaseModel):
    model_config = ConfigDict(title="OpenAI failure")

    message: str
    type: str
    param: None
    code: str | None


class Failed(BaseModel):
    """An error, in OpenAI's shape."""

    error: Failure


FAILURES: dict[int | str, dict[str, Any]] = {
    status: {"model": Failed} for status in (400, 401, 403, 413, 429, 503)
}
