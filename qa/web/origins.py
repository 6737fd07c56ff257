"""Whose pages may ask: this server's own, and on the routes meant for them the listed portals'.

A browser says in `Origin` whose page sends a request; whoever isn't a browser says none, and has
to sign in like anyone else.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.web.problems import problem

# What portals' pages ask of: nothing here is signed in by a cookie.
FOR_PORTALS = ("/api/v1/", "/v1/", "/mcp", "/widget/")


class Origins:
    """Wraps an app; other sites' pages get a 403 of one line, whatever they ask."""

    def __init__(self, app: ASGIApp, portals: Iterable[str]) -> None:
        self.app, self.portals = app, frozenset(portals)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not self._may(scope):
            refused = problem("another site's page may not ask here", 403, scope["path"])
            await refused(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _may(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        if not origins:
            return True
        if len(origins) > 1:
            return False
        path: str = scope["path"]
        if origins[0] in self.portals:
            return path.startswith(FOR_PORTALS)
        # Whether TLS ends here or at a proxy isn't known; pages of apps and extensions aren't ours.
        host = headers.get("host", "")
        return bool(host) and origins[0] in (f"http://{host}", f"https://{host}")
