"""The HTTP API: POST /api/v1/ask, and whether the server is well."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from index import Within
from qa.assistant import Assistant
from qa.errors import UNAVAILABLE, UnfitQuestion


class Narrowed(BaseModel):
    """What a question is narrowed to, as `index.Within` has it; other fields are refused."""

    model_config = ConfigDict(extra="forbid")

    paths: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None


class Ask(BaseModel):
    """A question, and what it is narrowed to; other fields are refused."""

    model_config = ConfigDict(extra="forbid")

    question: str
    within: Narrowed | None = None


def router(assistant: Assistant) -> APIRouter:
    routes = APIRouter()

    # A plain function: FastAPI runs it in a thread, so that one question doesn't hold up another.
    @routes.post("/api/v1/ask")
    def ask(asked: Ask) -> Any:
        """Answers a question; 422 with one line for a question that can't be asked."""
        try:
            return assistant.ask(asked.question, within=_within(asked)).as_json()
        except UnfitQuestion as error:
            return JSONResponse({"error": str(error)}, 422)
        except UNAVAILABLE as error:
            return JSONResponse({"error": str(error)}, 503)

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        """Says that the server runs."""
        return {"status": "ok"}

    return routes


def _within(asked: Ask) -> Within | None:
    """Raises UnfitQuestion for a day or a path that can't be meant."""
    if asked.within is None:
        return None
    try:
        return Within(asked.within.paths, asked.within.since, asked.within.until)
    except ValueError as error:
        raise UnfitQuestion(f"within: {error}") from None
