"""Lets in whoever signs in as the settings say, and tells the routes who asks.

It stands before every route, Gradio's too: one that is added can't be forgotten.
"""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.errors import NotSignedIn, UnknownKey
from qa.identity import Asker, Identify
from qa.web.problems import problem

# The widget's own files hold nothing of anybody's; it signs in when it asks.
OPEN = ("/widget/", "/embed")
# A token is the widget's and programs' way in. The chat's pages can't send one.
WITH_TOKEN = ("/api/v1/", "/v1/", "/mcp", "/source/")


class SignIn:
    """Wraps an app; who asks is `scope["asker"]`, and who doesn't sign in gets a 401.

    With `tokens` there is only what people or programs with one can use: the rest is a 404.
    """

    def __init__(self, app: ASGIApp, identify: Identify, tokens: bool) -> None:
        self.app, self.identify, self.tokens = app, identify, tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"].startswith(OPEN):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # On a unix socket there is no address, and its file's mode decides who may connect.
        peer = (scope.get("client") or ("", 0))[0]
        try:
            try:
                asker = self.identify(headers.getlist, peer, False)
            except UnknownKey:
                asker = await to_thread.run_sync(self.identify, headers.getlist, peer, True)
        except NotSignedIn as error:
            asks = {"WWW-Authenticate": "Bearer"}
            await problem(str(error), 401, scope["path"], asks)(scope, receive, send)
            return
        if self.tokens and not scope["path"].startswith(WITH_TOKEN):
            await problem("not found", 404)(scope, receive, send)
            return
        scope["asker"] = asker
        await self.app(scope, receive, send)


def asker(request: Request, _: Annotated[object, Depends(HTTPBearer(auto_error=False))]) -> Asker:
    """Who asks, for routes; the second parameter only tells readers of the API of tokens."""
    found: Asker = request.scope["asker"]
    return found


WhoAsks = Annotated[Asker, Depends(asker)]
