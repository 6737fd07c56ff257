"""The web app with an OpenAPI file that is true of it, where FastAPI's own isn't."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from qa.web.problems import LIKE_OPENAI


class Described(FastAPI):
    """The file says that a token is to be sent only where one is: with `tokens`."""

    def __init__(self, tokens: bool, **more: Any) -> None:
        super().__init__(**more)
        self._tokens = tokens

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema:
            return self.openapi_schema
        made = super().openapi()
        if not self._tokens:
            made["components"].pop("securitySchemes", None)
        for path, operations in made["paths"].items():
            for operation in operations.values():
                if not self._tokens:
                    operation.pop("security", None)
                if path.startswith(LIKE_OPENAI):
                    # FastAPI takes it that what doesn't fit is a 422; here it is a 400.
                    operation["responses"].pop("422", None)
        for unused in ("HTTPValidationError", "ValidationError"):
            made["components"]["schemas"].pop(unused, None)
        return made
