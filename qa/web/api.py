"""The HTTP API: /api/v1/ask, search and source, as JSON or, asked so, as a stream of events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from index import Within
from qa.errors import UNAVAILABLE, Absent, Crowded, UnfitQuestion
from qa.types import Answer, Growing, Turn, passage_as_json
from qa.web.answering import Answering
from qa.web.excerpt import excerpt
from qa.web.problems import problem
from qa.web.schema import (
    ABSENT,
    PROBLEMS,
    AnswerGiven,
    Ask,
    Found,
    Narrowed,
    Sought,
    SourceGiven,
)
from qa.web.signin import WhoAsks

EVENTS = "text/event-stream"


def router(answering: Answering) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", responses=PROBLEMS)
    streams: dict[int | str, dict[str, Any]] = {
        200: {"model": AnswerGiven, "content": {EVENTS: {"schema": {"type": "string"}}}}
    }

    @routes.post("/ask", responses=streams)
    async def ask(request: Request, asked: Ask, asker: WhoAsks) -> Response:
        """Answers a question: JSON, or, if `Accept` is text/event-stream, as it grows.

        Events are `growing` (`status`, `claims`, `citations`, and `draft`, the words of a sentence
        that isn't checked yet; each replaces the one before), then `answer` or `error`.
        """
        history = [Turn(each.question, each.answer) for each in asked.history]
        try:
            within = within_of(asked.within)
            steps = answering.stream(asker, asked.question, history, within)
            first = await anext(steps)  # what can't be asked is told by the status
            if EVENTS in request.headers.get("accept", ""):
                headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
                return StreamingResponse(_events(first, steps), media_type=EVENTS, headers=headers)
            async for step in steps:
                first = step
        except UnfitQuestion as error:
            return problem(str(error), 422)
        except UNAVAILABLE as error:
            return problem(str(error), 503)
        assert isinstance(first, Answer)  # noqa: S101 - a stream ends with its answer
        return JSONResponse(first.as_json())

    @routes.post("/search", response_model=Found)
    async def search(sought: Sought, asker: WhoAsks) -> Any:
        """The passages nearest to a question, without an answer."""
        try:
            index, found = await answering.find(
                asker, sought.question, within_of(sought.within), sought.limit
            )
        except UnfitQuestion as error:
            return problem(str(error), 422)
        except UNAVAILABLE as error:
            return problem(str(error), 503)
        return {"index": index, "passages": [passage_as_json(each) for each in found]}

    @routes.get("/source/{document}", response_model=SourceGiven, responses=ABSENT)
    def source(
        document: Annotated[str, Path(max_length=200)],
        asker: WhoAsks,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
        sha256: Annotated[str, Query(max_length=64)] = "",
        page: Annotated[int | None, Query(ge=1)] = None,
    ) -> Any:
        """The text around the characters `start` to `end`: their pages, or so much around them."""
        try:
            return excerpt(answering, asker, document, start, end, page, sha256)
        except Absent as error:
            return problem(str(error), 404)
        except UNAVAILABLE as error:
            return problem(str(error), 503)

    return routes


async def _events(
    step: Growing | Answer, steps: AsyncIterator[Growing | Answer]
) -> AsyncIterator[str]:
    yield _event(step)
    try:
        async for each in steps:
            yield _event(each)
    except (UnfitQuestion, Crowded, *UNAVAILABLE) as error:
        yield f"event: error\ndata: {json.dumps({'error': str(error)})}\n\n"


def _event(step: Growing | Answer) -> str:
    if isinstance(step, Answer):
        return f"event: answer\ndata: {json.dumps(step.as_json())}\n\n"
    grown = {
        "status": step.status,
        "claims": [asdict(each) for each in step.claims],
        "citations": [{**asdict(each), "url": each.url} for each in step.citations],
        "draft": step.draft,
    }
    return f"event: growing\ndata: {json.dumps(grown)}\n\n"


def within_of(narrowed: Narrowed | None) -> Within | None:
    """Raises UnfitQuestion for a day or a path that can't be meant."""
    if narrowed is None:
        return None
    try:
        return Within(tuple(narrowed.paths), narrowed.since, narrowed.until)
    except ValueError as error:
        raise UnfitQuestion(f"within: {error}") from None
