"""The web app: chat at /, API and document pages, and the guards around them all."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from qa.assistant import Assistant
from qa.web import api, chat, documents, source, uploads
from qa.web.guard import Guard

STATIC = Path(__file__).parent / "static"


def app(assistant: Assistant, hosts: list[str]) -> FastAPI:
    """The app for one assistant; it answers requests to `hosts` only, "*" being any."""
    web = FastAPI(title="Footnote", docs_url=None, redoc_url=None)
    web.add_exception_handler(RequestValidationError, _unfit)
    web.include_router(api.router(assistant))
    web.include_router(source.router(assistant))
    web.include_router(documents.router(assistant))
    web.include_router(uploads.router(assistant))
    web.mount("/page", StaticFiles(directory=STATIC))
    chat.mount(web, assistant)
    # Gradio lets any origin in unless its parent has this; nobody is let in from elsewhere.
    web.add_middleware(CORSMiddleware, allow_origins=[])
    # A page elsewhere can point its own name at 127.0.0.1; it still sends that name.
    web.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    settings = assistant.settings
    web.add_middleware(
        Guard, longest_file=settings.upload_megabytes << 20 if settings.uploads else 0
    )
    return web


async def _unfit(request: Request, error: Exception) -> JSONResponse:
    """One line on the first thing wrong; what was sent isn't repeated, as it may not be text."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for the type checker
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or part.isascii())
    return JSONResponse({"error": f"{where[:100]}: {first['msg']}"[:300]}, 422)
