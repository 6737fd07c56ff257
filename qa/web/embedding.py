"""What portals show of Footnote: the component that they load, or the page that they frame.

Neither holds anything of anybody's: whoever asks through them says so with a token, as `signin` has
it, which the portal gives to the component, or in a message to the page in its frame.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from html import escape
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from qa.settings import Settings

FILES = Path(__file__).parent / "widget"
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
# A day: no version is named, and whoever comes after that asks whether there is another.
KEPT = "public, max-age=86400"
# What frames it, `guard` adds.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="footnote-portals" content="{portals}">
<title>Footnote</title>
<link rel="stylesheet" href="widget/embed.css">
<script src="widget/footnote.js" defer></script>
{tokens}</head>
<body><footnote-chat></footnote-chat></body>
</html>
"""
_TOKENS = '<script src="widget/embed.js" defer></script>\n'


def router(settings: Settings) -> APIRouter:
    """GET /widget/… and, where there are portals, /embed."""
    routes = APIRouter(include_in_schema=False)
    for path in sorted(FILES.iterdir()):
        if path.suffix in _KINDS:
            routes.add_api_route(f"/widget/{path.name}", _file(path), methods=["GET", "HEAD"])
    if settings.portals:
        tokens = _TOKENS if settings.identity == "token" else ""
        page = _PAGE.format(portals=escape(json.dumps(settings.portals)), tokens=tokens)

        @routes.get("/embed")
        def embed() -> HTMLResponse:
            headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
            return HTMLResponse(page, headers=headers)

    else:

        @routes.get("/embed")
        def nowhere() -> JSONResponse:
            return JSONResponse({"error": "no portal may show this in a frame"}, 404)

    return routes


def _file(path: Path) -> Callable[[Request], Response]:
    """The route of one file, which is read once."""
    content = path.read_bytes()
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": mark,
        "Cache-Control": KEPT,
        # A portal's page is of another site, and may ask for scripts that say so only.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }

    def file(request: Request) -> Response:
        known = request.headers.get("if-none-match", "").replace("W/", "").split(",")
        if mark in (each.strip() for each in known):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=_KINDS[path.suffix], headers=headers)

    return file
