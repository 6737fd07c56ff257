"""A sample portal: it signs people in, and shows Footnote to them in both ways there are.

Its pages run under a strict policy of their own: no inline script or style, and of other sites
Footnote alone. All that it needs to know of Footnote is `token`, which the README has too.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import ECKey

from qa.assistant import Assistant
from qa.settings import load
from qa.web.app import app

ISSUER, AUDIENCE = "https://portal.example", "footnote"
PEOPLE: Mapping[str, list[str]] = {"ann": ["hr"], "bob": ["sales"], "cid": []}
LIFE = 300  # seconds

SETTINGS = """
identity = "token"
token_keys = "{keys}"
token_issuer = "{issuer}"
token_audience = "{audience}"
portals = ["{portal}"]
"""
Made = TypeVar("Made", bound=Assistant)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The portal</title>
<link rel="stylesheet" href="/portal.css">
</head>
<body>
<header><p>Harbour Portal</p><p>{person}</p></header>
<main>
<h1>Hello, {person}</h1>
<p>News, forms, and answers from our own documents.</p>
{shown}
</main>
</body>
</html>
"""
WIDGET = """<footnote-chat server="{server}" token-url="/my-portal/footnote-token" mode="{mode}"
 title="Ask our documents"{theme}></footnote-chat>
<script src="{server}/widget/footnote.js"></script>"""
FRAME = """<iframe src="{server}/embed" title="Ask our documents" allow="clipboard-write"></iframe>
<script src="/frame.js" data-server="{server}"></script>"""
# The page around a frame gives the token to Footnote's page in it, and to no other.
FRAME_SCRIPT = """
const frame = document.querySelector("iframe"), { server } = document.currentScript.dataset;
addEventListener("message", async ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== server) return;
  if (data.type !== "footnote-ready" && data.type !== "footnote-token-wanted") return;
  const { token } = await (await fetch("/my-portal/footnote-token", { method: "POST" })).json();
  source.postMessage({ type: "footnote-token", token }, server);
});
"""
STYLE = """
:root { color-scheme: light dark; --desk: light-dark(#eef2f4, #12181b); }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: var(--desk); }
header { display: flex; justify-content: space-between; padding: .9rem 1.5rem; color: #fff;
  background: #14505c; font-weight: 600; }
header p { margin: 0; }
main { max-width: 66rem; margin: 0 auto; padding: 1rem 1.5rem; }
h1 { font-size: 1.5rem; margin: .6rem 0 0; }
main > p { margin: .2rem 0 1.2rem; }
iframe { width: 100%; height: 40rem; border: 0; }
footnote-chat { --footnote-accent: light-dark(#14505c, #8fd0dd); --footnote-height: 33rem;
  --footnote-background: light-dark(#fff, #191f22);
  --footnote-border: light-dark(#d5dde1, #333d42); }
"""


class Portal:
    """One portal, for the Footnote at `server`; `web` is its app, `issued` all tokens it gave."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.key = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
        self.issued: list[str] = []
        # By how many seconds the clock is wrong for the next tokens; the last one stays.
        self.late = [0]
        self._sessions: dict[str, str] = {}
        self.web = self._app()

    @property
    def keys(self) -> dict[str, Any]:
        """What Footnote has to know: the public key, as a JWKS."""
        return {"keys": [self.key.as_dict(private=False)]}

    def token(self, person: str) -> str:
        """What says to Footnote, for five minutes, who asks and what groups he is in."""
        now = int(time.time()) - (self.late.pop(0) if len(self.late) > 1 else self.late[0])
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": person,
            "groups": PEOPLE[person],
            "iat": now,
            "nbf": now,
            "exp": now + LIFE,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"alg": "ES256", "kid": self.key.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self.key)

    def _person(self, request: Request) -> str | None:
        return self._sessions.get(request.cookies.get("session", ""))

    def _app(self) -> FastAPI:
        web = FastAPI()

        @web.get("/sign-in/{person}")
        def sign_in(person: str) -> Response:
            session = secrets.token_urlsafe(16)
            self._sessions[session] = person
            there = RedirectResponse("/")
            there.set_cookie("session", session, httponly=True, samesite="lax")
            return there

        @web.post("/my-portal/footnote-token")
        def footnote_token(request: Request) -> JSONResponse:
            person = self._person(request)
            if person is None:
                return JSONResponse({"error": "sign in first"}, 401)
            self.issued.append(self.token(person))
            return JSONResponse({"token": self.issued[-1]}, headers={"Cache-Control": "no-store"})

        @web.get("/")
        def page(request: Request, mode: str = "inline", theme: str = "") -> HTMLResponse:
            themed = f' theme="{escape(theme)}"' if theme else ""
            shown = WIDGET.format(server=self.server, mode=escape(mode), theme=themed)
            return self._page(request, shown, f"script-src {self.server}")

        @web.get("/framed")
        def framed(request: Request) -> HTMLResponse:
            return self._page(request, FRAME.format(server=self.server), "script-src 'self'")

        web.get("/portal.css")(lambda: Response(STYLE, media_type="text/css"))
        web.get("/frame.js")(lambda: Response(FRAME_SCRIPT, media_type="text/javascript"))
        return web

    def _page(self, request: Request, shown: str, scripts: str) -> HTMLResponse:
        policy = (
            f"default-src 'none'; {scripts}; style-src 'self'; connect-src 'self' {self.server}; "
            f"frame-src {self.server}; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'"
        )
        content = PAGE.format(person=escape((self._person(request) or "you").title()), shown=shown)
        return HTMLResponse(content, headers={"Content-Security-Policy": policy})


@contextmanager
def served(web: FastAPI, listening: socket.socket) -> Iterator[None]:
    """Serves in a thread of its own while inside."""
    server = uvicorn.Server(
        uvicorn.Config(web, log_level="warning", timeout_graceful_shutdown=1, lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def standing(folder: Path, rules: str, kind: type[Made]) -> Iterator[tuple[Portal, Made, str]]:
    """A portal, the Footnote of the index in `folder` on another site, and where the portal is."""
    ours, theirs = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    at = f"http://localhost:{theirs.getsockname()[1]}"
    portal = Portal(f"http://127.0.0.1:{ours.getsockname()[1]}")
    keys = folder / "keys.json"
    keys.write_text(json.dumps(portal.keys))
    toml = SETTINGS.format(keys=keys, issuer=ISSUER, audience=AUDIENCE, portal=at)
    (folder / "footnote.toml").write_text(toml + rules)
    settings = load(folder, {"FOOTNOTE_HOME": str(folder / ".footnote")})
    assistant = kind(settings, view=False, folder=folder)
    with served(portal.web, theirs), served(app(assistant, ["127.0.0.1"]), ours):
        yield portal, assistant, at
