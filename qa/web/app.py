"""The web app: chat at /, API and document pages, and the headers and limits around them all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from qa.assistant import Assistant
from qa.web import api, chat, source

STATIC = Path(__file__).parent / "static"
LONGEST_BODY = 256 * 1024

# What Gradio's page needs: inline scripts and styles, and data: images. No other host at all.
CHAT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)


def app(assistant: Assistant, public: bool = False) -> FastAPI:
    """The app for one assistant; unless `public`, only requests to this machine are answered."""
    web = FastAPI(title="Footnote", docs_url=None, redoc_url=None)
    web.include_router(api.router(assistant))
    web.include_router(source.router(assistant))
    web.mount("/page", StaticFiles(directory=STATIC))
    chat.mount(web, assistant)
    web.middleware("http")(_guard)
    # Gradio lets any origin in unless its parent has this; nobody is let in from elsewhere.
    web.add_middleware(CORSMiddleware, allow_origins=[])
    if not public:
        # A page elsewhere can point its own name at 127.0.0.1; it still sends that name.
        web.add_middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]"])
    return web


async def _guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LONGEST_BODY:
        text = f"the request is too long; send at most {LONGEST_BODY:,} bytes"
        return JSONResponse({"error": text}, 413)
    response = await answer(request)
    response.headers.setdefault("Content-Security-Policy", CHAT_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
