"""Lets in whoever signs in as the settings say, and tells the routes who asks.

It stands before every route, Gradio's too: one that is added can't be forgotten.
"""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.errors import NotSignedIn, TooOften, UnknownKey
from qa.identity import SOCKET, Asker, Identify
from qa.web.problems import crowded, problem
from qa.web.rates import Rates

# The widget's own files hold nothing of anybody's; it signs in when it asks.
OPEN = ("/widget/", "/embed")
# A token is the widget's and programs' way in. The chat's pages can't send one.
WITH_TOKEN = ("/api/v1/", "/v1/", "/mcp", "/source/")
# What is of who asks, and no cache's business.
PERSONAL = (*WITH_TOKEN, "/documents", "/gradio_api/queue", "/config")


class SignIn:
    """Wraps an app; who asks is `scope["asker"]`, and who doesn't sign in gets a 401.

    `rates` are of all that somebody asks for, questions or not. With `tokens` there is only what
    people or programs with one can use: the rest is a 404.
    """

    def __init__(
        self, app: ASGIApp, identify: Identify, tokens: bool, rates: Rates | None = None
    ) -> None:
        self.app, self.identify, self.tokens, self.rates = app, identify, tokens, rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"].startswith(OPEN):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        peer = _peer(scope)
        try:
            try:
                asker = self.identify(headers.getlist, peer, False)
            except UnknownKey:
                asker = await to_thread.run_sync(self.identify, headers.getlist, peer, True)
            if self.rates and asker.user:
                self.rates.spend(asker.user)
        except TooOften as error:
            await crowded(error, scope["path"])(scope, receive, send)
            return
        except NotSignedIn as error:
            asks = {"WWW-Authenticate": "Bearer"}
            await problem(str(error), 401, scope["path"], asks)(scope, receive, send)
            return
        if self.tokens and not scope["path"].startswith(WITH_TOKEN):
            await problem("not found", 404)(scope, receive, send)
            return
        scope["asker"] = asker

        async def private(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
            await send(message)

        mine = scope["path"].startswith(PERSONAL)
        await self.app(scope, receive, private if mine else send)


def _peer(scope: Scope) -> str:
    """The address of whoever connected. One on a unix socket has none, where its file's mode says
    who may connect; nor has one who has hung up meanwhile, who is nobody."""
    if client := scope.get("client"):
        return str(client[0])
    server = scope.get("server")
    return SOCKET if server and str(server[0]).startswith("/") else "gone"


def asker(request: Request, _: Annotated[object, Depends(HTTPBearer(auto_error=False))]) -> Asker:
    """Who asks, for routes; the second parameter only tells readers of the API of tokens."""
    found: Asker = request.scope["asker"]
    return found


WhoAsks = Annotated[Asker, Depends(asker)]
