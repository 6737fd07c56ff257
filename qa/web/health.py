"""GET /healthz, /readyz and /metrics: for what watches over the server, and has no name or token.

They say nothing of documents or people, and answer under any host name, being asked by address.
"""

from __future__ import annotations

import ipaddress
import time
from threading import Event, Lock

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.assistant import Assistant
from qa.errors import UNAVAILABLE
from qa.identity import Identify
from qa.web.observing import Observed

# Whoever asks through a proxy isn't who connects.
_THROUGH = ("forwarded", "x-forwarded-for", "x-real-ip")
_LOOPBACK = ("127.0.0.0/8", "::1/128")
# Seconds for which whether the model's server can be reached is taken as it was.
_LASTS = 5.0


class Health:
    """Wraps an app; once `stopping` is set the server isn't ready, and soon takes nothing more.

    /metrics is a 404 for all but the setting's `watchers`. Behind a proxy on this machine everybody
    comes from it, so that by default there are none where people sign in.
    """

    def __init__(
        self,
        app: ASGIApp,
        assistant: Assistant,
        observed: Observed,
        identify: Identify,
        stopping: Event,
    ) -> None:
        self.app, self.assistant, self.observed = app, assistant, observed
        settings = assistant.settings
        watchers = settings.watchers or (_LOOPBACK if settings.identity == "none" else ())
        self.watchers, self.identify = [ipaddress.ip_network(each) for each in watchers], identify
        self.stopping = stopping
        self._known, self._asked, self._lock = "", float("-inf"), Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answers = {"/healthz": self._healthy, "/readyz": self._ready, "/metrics": self._counts}
        if scope["type"] == "http" and scope["path"] in answers:
            if scope["method"] in ("GET", "HEAD"):
                response = await answers[scope["path"]](scope)
            else:
                response = JSONResponse({"error": "method not allowed"}, 405, {"Allow": "GET"})
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _healthy(self, scope: Scope) -> Response:
        return JSONResponse({"status": "ok"})

    async def _ready(self, scope: Scope) -> Response:
        """Without its model the server still answers, by quoting: only `?model=required` minds."""
        why = "it is being stopped" if self.stopping.is_set() else ""
        why = why or await to_thread.run_sync(self._index)
        model = await to_thread.run_sync(self._model)
        if not why and model == "unreachable" and scope["query_string"] == b"model=required":
            why = "the language model can't be reached"
        said = {"status": "not ready" if why else "ready", "model": model}
        return JSONResponse({**said, "why": why} if why else said, 503 if why else 200)

    async def _counts(self, scope: Scope) -> Response:
        if not self._is_watcher(scope):
            return JSONResponse({"error": "not found"}, 404)
        content, kind = await to_thread.run_sync(self.observed.as_text)
        return Response(content, media_type=kind)

    def _is_watcher(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if any(name in headers for name in _THROUGH):
            return False
        try:
            peer = ipaddress.ip_address((scope.get("client") or ("", 0))[0])
        except ValueError:
            return False  # a unix socket, behind which a proxy is
        return any(peer in each for each in self.watchers)

    def _index(self) -> str:
        """What keeps questions from being answered; "" if nothing does."""
        try:
            self.assistant.documents(())
        except UNAVAILABLE:
            return "there is no sound index"
        return "" if self.identify.is_ready else "there are no keys that tokens are verified with"

    def _model(self) -> str:
        with self._lock:
            if time.monotonic() - self._asked > _LASTS:
                self._known, self._asked = self.assistant.model(), time.monotonic()
            return self._known
