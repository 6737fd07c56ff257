"""The web app: chat at /, API and document pages, and the guards around them all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Event

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from qa.assistant import Assistant
from qa.errors import Crowded
from qa.identity import identify
from qa.web import api, chat, completions, documents, embedding, feedback, source, uploads
from qa.web.admission import Turnstile
from qa.web.answering import Answering
from qa.web.described import Described
from qa.web.guard import POLICY, STRICT, Guard
from qa.web.health import Health
from qa.web.mcp import Mcp
from qa.web.observing import Observing
from qa.web.origins import Origins
from qa.web.problems import Nowhere, crowded, problem
from qa.web.signin import SignIn
from qa.web.tracing import Tracing, tracer

STATIC = Path(__file__).parent / "static"
_SENT = ["Authorization", "Content-Type", "Accept"]
_SHOWN = ["Retry-After"]


def app(
    assistant: Assistant,
    hosts: Sequence[str],
    answering: Answering | None = None,
    stopping: Event | None = None,
) -> FastAPI:
    """The app for one assistant; it answers requests to `hosts` only, "*" being any.

    `answering` is how it answers, by default with neither rates nor an audit log. Once `stopping`
    is set it says that it isn't ready any more. Raises BadSetting if the settings don't suffice
    for signing in.
    """
    settings, answering = assistant.settings, answering or Answering(assistant)
    observed, who = answering.observed, identify(settings)
    mcp = Mcp(answering)
    with_tokens = settings.identity == "token"
    web = Described(
        with_tokens,
        title="Footnote",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=mcp.running,
    )
    web.add_exception_handler(RequestValidationError, _unfit)
    web.add_exception_handler(HTTPException, _refused)
    web.add_exception_handler(Crowded, _crowded)
    web.include_router(api.router(answering))
    web.include_router(completions.router(answering))
    web.include_router(feedback.router(answering))
    web.include_router(source.router(answering))
    web.include_router(documents.router(answering))
    web.include_router(uploads.router(answering))
    web.include_router(embedding.router(settings))
    web.router.routes.append(Route("/mcp", mcp, methods=["POST"], include_in_schema=False))
    web.router.routes.append(Nowhere(web.router.routes))
    if not with_tokens:
        web.mount("/page", StaticFiles(directory=STATIC))
        chat.mount(web, answering)
    # From the inside out: whoever comes passes the last one first.
    web.add_middleware(SignIn, identify=who, tokens=with_tokens, rates=answering.admission.requests)
    web.add_middleware(Turnstile, admission=answering.admission)
    # Gradio lets any origin in unless its parent has this.
    web.add_middleware(
        CORSMiddleware,
        allow_origins=settings.portals,
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=_SENT,
        expose_headers=_SHOWN,
        allow_private_network=True,
    )
    web.add_middleware(Origins, portals=settings.portals)
    # A page elsewhere can point its own name at 127.0.0.1; it still sends that name.
    web.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    web.add_middleware(
        Health,
        assistant=assistant,
        observed=observed,
        identify=who,
        stopping=stopping or Event(),
    )
    longest = settings.upload_megabytes << 20 if settings.uploads else 0
    policy = STRICT if with_tokens else POLICY
    web.add_middleware(Guard, longest_file=longest, portals=settings.portals, policy=policy)
    web.add_middleware(Observing, observed=observed, logs=settings.logs == "json")
    if settings.tracing:
        web.add_middleware(Tracing, tracer=tracer())
    return web


async def _unfit(request: Request, error: Exception) -> JSONResponse:
    """One line on the first thing wrong; what was sent isn't repeated, as it may not be text."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - for the type checker
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or part.isascii())
    return problem(f"{where[:100]}: {first['msg']}"[:300], 422, request.url.path)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    """What isn't there, or not for that method, in the one shape that all errors have."""
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    return problem(str(error.detail).lower(), error.status_code, request.url.path, error.headers)


async def _crowded(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Crowded)  # noqa: S101 - for the type checker
    return crowded(error, request.url.path)
