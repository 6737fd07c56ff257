"""POST /v1/chat/completions and GET /v1/models: Footnote for programs that speak OpenAI's API.

The answer is Markdown that shows what it rests on. Only sentences that were checked are streamed:
what is sent can't be taken back.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import asdict
from functools import cached_property
from typing import Any
from uuid import uuid4

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from index.tokens import Count, tiktoken_count
from qa.errors import UNAVAILABLE, UnfitQuestion
from qa.footnotes import Telling, as_said
from qa.types import Answer, Citation, Growing, Turn
from qa.web.answering import Answering
from qa.web.like_openai import (
    FAILURES,
    Chat,
    Completion,
    Message,
    Model,
    Models,
)
from qa.web.problems import LIKE_OPENAI, failure, problem
from qa.web.schema import SAID, TURNS
from qa.web.signin import WhoAsks

NAME = "footnote"
_EVENTS = "text/event-stream"
_MODEL = Model(id=NAME, created=0, owned_by=NAME)


def router(answering: Answering) -> APIRouter:
    routes = APIRouter(prefix="/v1", responses=FAILURES)
    tokens = _Tokens()
    given: dict[int | str, dict[str, Any]] = {
        200: {"model": Completion, "content": {_EVENTS: {"schema": {"type": "string"}}}}
    }

    @routes.post("/chat/completions", responses=given)
    async def complete(request: Request, chat: Chat, asker: WhoAsks) -> Response:
        """Answers the last user message, with those before it as the conversation.

        With `stream` it comes as events: `data: {a chunk}`, …, `data: [DONE]`, as OpenAI's.
        """
        reply = _Reply(tokens, chat)
        try:
            question, history = _asked(chat.messages)
            steps = answering.stream(asker, question, history)
            first = await anext(steps)  # what can't be asked is told by the status
            if chat.stream:
                headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
                events = reply.events(first, steps)
                return StreamingResponse(events, media_type=_EVENTS, headers=headers)
            async with aclosing(steps):
                async for step in steps:
                    first = step
        except UnfitQuestion as error:
            return problem(str(error), 422, LIKE_OPENAI)
        except UNAVAILABLE as error:
            return problem(str(error), 503, LIKE_OPENAI)
        assert isinstance(first, Answer)  # noqa: S101 - a stream ends with its answer
        return JSONResponse(await reply.whole(first))

    @routes.get("/models", response_model=Models)
    def models(asker: WhoAsks) -> Any:
        """The one that there is."""
        return Models(data=[_MODEL])

    @routes.get("/models/{model}", response_model=Model, responses={404: FAILURES[400]})
    def model(model: str, asker: WhoAsks) -> Any:
        """What is known of it; 404 for any other."""
        return _MODEL if model == NAME else problem("no such model", 404, LIKE_OPENAI)

    return routes


def _asked(messages: Sequence[Message]) -> tuple[str, list[Turn]]:
    """The question, and what was said before it; raises UnfitQuestion if there is none."""
    last = max((n for n, each in enumerate(messages) if each.role == "user"), default=None)
    if last is None:
        raise UnfitQuestion("there is no message of a user; ask something")
    turns: list[Turn] = []
    for each in messages[:last]:
        if each.role == "user":
            turns.append(Turn(each.text[:SAID], ""))
        elif each.role == "assistant" and turns:
            said = " ".join(filter(None, (turns[-1].answer, as_said(each.text))))
            turns[-1] = Turn(turns[-1].question, said[:SAID])
    return messages[last].text, turns[-TURNS:]


class _Tokens:
    """Counts tokens, once it is asked to: what that takes is slow to load."""

    @cached_property
    def count(self) -> Count:
        return tiktoken_count()


class _Reply:
    """One answer, whole or in chunks."""

    def __init__(self, tokens: _Tokens, chat: Chat) -> None:
        self._tokens, self._chat, self._telling = tokens, chat, Telling()
        self._id, self._created = f"chatcmpl-{uuid4().hex}", int(time.time())
        options = chat.stream_options
        self._tells_usage = bool(options and options.include_usage)

    async def whole(self, answer: Answer) -> dict[str, Any]:
        said = self._telling.ends(answer)
        message = {
            "role": "assistant",
            "content": said,
            "refusal": None,
            "citations": _cited(self._telling.citations),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return self._made("chat.completion", [choice], usage=await self._used(said))

    async def events(
        self, step: Growing | Answer, steps: AsyncGenerator[Growing | Answer]
    ) -> AsyncIterator[str]:
        said = ""
        yield self._chunk({"role": "assistant", "content": ""})
        try:
            async with aclosing(steps):
                while not isinstance(step, Answer):
                    if more := self._telling.grows(step):
                        said += more
                        yield self._chunk({"content": more})
                    step = await anext(steps)
        except (UnfitQuestion, *UNAVAILABLE) as error:
            yield _event(failure(str(error), 503))
            return
        more = self._telling.ends(step)
        yield self._chunk({"content": more})
        cited = _cited(self._telling.citations)
        yield self._chunk({"citations": cited}, "stop", citations=cited)
        if self._tells_usage:
            usage = await self._used(said + more)
            yield _event(self._made("chat.completion.chunk", [], usage=usage))
        yield "data: [DONE]\n\n"

    def _chunk(self, delta: dict[str, Any], ends: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": ends}
        if self._tells_usage:
            more["usage"] = None
        return _event(self._made("chat.completion.chunk", [choice], **more))

    def _made(self, kind: str, choices: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        head = {"id": self._id, "object": kind, "created": self._created, "model": NAME}
        return {**head, "choices": choices, **more}

    async def _used(self, said: str) -> dict[str, int]:
        """Tokens of the messages, and of the answer."""
        asked = "\n".join(each.text for each in self._chat.messages)
        prompt, completion = await to_thread.run_sync(self._tokens.count, [asked, said])
        total = prompt + completion
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}


def _event(made: dict[str, Any]) -> str:
    return f"data: {json.dumps(made)}\n\n"


def _cited(citations: Iterable[Citation]) -> list[dict[str, Any]]:
    return [{**asdict(each), "url": each.url} for each in citations]
