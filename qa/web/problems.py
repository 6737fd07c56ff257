"""What is refused: one line of JSON, which under /v1/ has the shape that OpenAI's clients read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from qa.errors import Crowded, TooOften

LIKE_OPENAI = "/v1/"
_FOR_PROGRAMS = ("/api/", LIKE_OPENAI, "/mcp")
_KINDS = {
    401: ("authentication_error", "invalid_api_key"),
    403: ("permission_error", None),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("server_error", "service_unavailable"),
}


def problem(
    text: str, status: int, path: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer to a request of that path; what can't be asked is a 400 where it is OpenAI's."""
    if not path.startswith(LIKE_OPENAI):
        return JSONResponse({"error": text}, status, headers)
    status = 400 if status == 422 else status
    return JSONResponse(failure(text, status), status, headers)


def crowded(error: Crowded, path: str) -> JSONResponse:
    """When to try again, to whoever asks too often (429) or finds no room (503)."""
    status = 429 if isinstance(error, TooOften) else 503
    return problem(str(error), status, path, {"Retry-After": str(error.seconds)})


def failure(text: str, status: int) -> dict[str, Any]:
    kind, code = _KINDS.get(status, ("invalid_request_error", None))
    return {"error": {"message": text, "type": kind, "param": None, "code": code}}


class Nowhere(BaseRoute):
    """Programs' paths that no route takes, or none of that method, and what is no path of anything.

    It stands behind those `routes`: else the chat's page, which takes any path, would answer, and
    fails on control characters.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = tuple(routes)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope.get("path", "")
        ours = path.startswith(_FOR_PROGRAMS) or not path.isprintable()
        return (Match.FULL if ours and scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        for route in self._routes:
            match, more = route.matches(scope)
            if match is Match.PARTIAL:
                # It says which methods it takes.
                scope.update(more)
                await route.handle(scope, receive, send)
                return
        raise HTTPException(404)
