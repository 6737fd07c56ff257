"""GET /healthz and /readyz: for whatever watches over the server, which has no name and no token.

They say nothing of documents. They answer under any host name, as they are asked by address.
"""

from __future__ import annotations

from anyio import to_thread
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.assistant import Assistant
from qa.errors import UNAVAILABLE


class Health:
    """Wraps an app; `stopping` is set when the server is to end, and soon takes no more."""

    def __init__(self, app: ASGIApp, assistant: Assistant) -> None:
        self.app, self.assistant = app, assistant

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            if scope["path"] == "/healthz":
                await JSONResponse({"status": "ok"})(scope, receive, send)
                return
            if scope["path"] == "/readyz":
                why = await to_thread.run_sync(self._why_not)
                said = {"status": "not ready", "why": why} if why else {"status": "ready"}
                await JSONResponse(said, 503 if why else 200)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _why_not(self) -> str:
        """What keeps questions from being answered; "" if nothing does."""
        try:
            self.assistant.documents(())
        except UNAVAILABLE:
            return "there is no sound index"
        return ""
