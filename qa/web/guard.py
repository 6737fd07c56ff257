"""What stands before every route: headers, and limits on what is sent.

Plain ASGI, so that a body is counted as it comes in, whatever its headers say, and streams aren't
held up.
"""

from __future__ import annotations

from asyncio import timeout
from collections.abc import Iterable
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.web.problems import problem

LONGEST_BODY = 256 * 1024
# Seconds for which a body may stop coming.
PAUSE = 10.0
# Where files are added, if they may be; see `uploads`.
ADDING = "/api/v1/documents/"
# What of Gradio would keep files on the disk.
KEEPING = ("/gradio_api/upload", "/gradio_api/deep_link", "/gradio_api/process_recording")

# Where there is no page but what sets its own: nothing may be loaded, or run.
STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'"
# What Gradio's page needs: inline scripts and styles, and data: images. No other host at all.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'"
)


# What still comes of it isn't read.
_LAST = {"Connection": "close"}


class _Unfit(Exception):
    """A body of more bytes than its route takes, or that stops coming."""


class Guard:
    """Wraps an app; what it refuses is one line of JSON.

    `longest_file` is how many bytes a file that is added may have, 0 if none may be added.
    `portals` are the sites that may show our pages in a frame, `policy` is what pages may load.
    """

    pause = PAUSE

    def __init__(
        self, app: ASGIApp, longest_file: int = 0, portals: Iterable[str] = (), policy: str = POLICY
    ) -> None:
        self.app, self.longest_file, self.policy = app, longest_file, policy
        self.framed = "frame-ancestors " + " ".join(["'self'", *portals])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = whole = False
        taken, most = 0, self._most(scope)
        fault: JSONResponse | None = None

        async def counted() -> Message:
            nonlocal taken, whole, fault
            try:
                # Once it is whole, what is waited for is that who asked goes away.
                async with timeout(None if whole else self.pause):
                    message = await receive()
            except TimeoutError:
                fault = problem(
                    "the request stopped coming; send it anew", 408, scope["path"], _LAST
                )
                raise _Unfit from None
            whole = whole or not message.get("more_body", False)
            taken += len(message.get("body", b""))
            if taken > most:
                fault = _too_long(most, scope)
                raise _Unfit
            return message

        async def marked(message: Message) -> None:
            nonlocal started
            if fault and not started:
                return  # what the app makes of the body that it didn't get
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                policy = headers.setdefault("Content-Security-Policy", self.policy)
                headers["Content-Security-Policy"] = f"{policy}; {self.framed}"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            await send(message)

        refused = _refused(scope, most)
        with suppress(_Unfit):
            await (refused or self.app)(scope, counted, marked)
        if fault and not started:
            last, fault = fault, None
            await last(scope, receive, marked)

    def _most(self, scope: Scope) -> int:
        """How many bytes the body may have."""
        adds = scope["method"] == "PUT" and scope["path"].startswith(ADDING)
        return self.longest_file if adds and self.longest_file else LONGEST_BODY


def _refused(scope: Scope, most: int) -> JSONResponse | None:
    """Why this request isn't passed on; None if it is."""
    headers = Headers(scope=scope)
    if scope["path"].startswith(KEEPING):
        return JSONResponse({"error": "files are not taken here"}, 404)
    length = headers.get("content-length", "0")
    return _too_long(most, scope) if not length.isdigit() or int(length) > most else None


def _too_long(most: int, scope: Scope) -> JSONResponse:
    return problem(
        f"the request is too long; send at most {most:,} bytes", 413, scope["path"], _LAST
    )
