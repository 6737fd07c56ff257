"""Every route that an app has, those of the chat that it mounts too, as one would ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount

from qa.web.signin import OPEN

# Whether they are there or not.
ALSO = (
    *(("GET", path) for path in ("/", "/documents", "/config", "/x", "/source/x", "/mcp")),
    *(("GET", path) for path in ("/page/chat.js", "/gradio_api/file=x", "/gradio_api/info")),
    *(("POST", path) for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/api/v1/x")),
    ("GET", "/gradio_api/queue/data"),
    ("GET", "/v1/x"),
)


def routes_of(web: FastAPI) -> list[tuple[str, str]]:
    """Methods and paths; what stands for names in paths is "x"."""
    return sorted({*_walk(web.routes, ""), *ALSO})


def closed_routes_of(web: FastAPI) -> list[tuple[str, str]]:
    """Those for which one has to sign in."""
    return [(method, path) for method, path in routes_of(web) if not path.startswith(OPEN)]


def _walk(routes: Iterable[BaseRoute], before: str) -> Iterator[tuple[str, str]]:
    for each in routes:
        path = getattr(each, "path", "")
        included = getattr(each, "original_router", None)
        if included is not None:
            yield from _walk(included.routes, before + each.include_context.prefix)  # type: ignore[attr-defined]
        elif isinstance(each, Mount):
            yield from _walk(each.routes or (), before + path)
            yield "GET", f"{before}{path}/x"
        elif path:
            for method in getattr(each, "methods", None) or ():
                yield method, re.sub(r"\{[^}]*\}", "x", before + path)
