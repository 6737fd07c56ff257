"""What is refused: one line of JSON, which under /v1/ has the shape that OpenAI's clients read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

LIKE_OPENAI = "/v1/"
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


def failure(text: str, status: int) -> dict[str, Any]:
    kind, code = _KINDS.get(status, ("invalid_request_error", None))
    return {"error": {"message": text, "type": kind, "param": None, "code": code}}
