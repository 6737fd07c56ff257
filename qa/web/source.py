"""The document pages: a whole document, as text, with the cited words highlighted and in view.

Everything from a document is escaped, and the page may run no script and load nothing but its own
style sheet, so that a document is only ever text.
"""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from index import Document
from qa.assistant import Assistant
from qa.errors import UNAVAILABLE

POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/page/source.css">
</head>
<body>
<header>
<h1><bdi>{title}</bdi></h1>
<p><bdi>{source}</bdi>{where}</p>
</header>
{notice}<main dir="auto" tabindex="0" aria-label="Text of the document">{text}</main>
</body>
</html>
"""


def router(assistant: Assistant) -> APIRouter:
    routes = APIRouter()

    @routes.get("/source/{document}", response_class=HTMLResponse)
    def source(
        document: str,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
        sha256: str = "",
    ) -> HTMLResponse:
        """The document with its characters `start` to `end` marked; 404 if there is none."""
        try:
            found = assistant.document(document)
        except UNAVAILABLE as error:
            return _plain(str(error), 503)
        if found is None:
            return _plain("There is no such document here, or not any more.", 404)
        if not start <= end <= len(found.text):
            return _plain(f"The document has only {len(found.text):,} characters.", 404)
        changed = bool(sha256) and sha256 != found.sha256
        return HTMLResponse(page(found, start, end, changed), headers=_headers())

    return routes


def page(document: Document, start: int, end: int, changed: bool) -> str:
    """The document's page; what changed since it was cited is not marked, but said."""
    notice = where = ""
    if changed:
        notice = (
            '<p class="notice" id="cited" role="alert">This document has changed since it was '
            "cited, so the words can't be marked.</p>\n"
        )
        start = end = 0
    if start < end:
        heading, number = document.heading_at(start), document.page_at(start)
        where = f" · page {number}" if number else ""
        where += f" · characters {start}–{end}" + (
            f" · under <bdi>{escape(heading)}</bdi>" if heading else ""
        )
    text = document.text
    marked = f'<mark id="cited">{_exact(text[start:end])}</mark>' if start < end else ""
    return _PAGE.format(
        title=_exact(document.title),
        source=_exact(document.source),
        where=where,
        notice=notice,
        text=_exact(text[:start]) + marked + _exact(text[end:]),
    )


def _exact(text: str) -> str:
    """Escaped so that the page's text is the document's: HTML would turn CR into LF."""
    return escape(text).replace("\r", "&#13;")


def _plain(text: str, status: int) -> HTMLResponse:
    body = _PAGE.format(title="Footnote", source="", where="", notice="", text=escape(text))
    return HTMLResponse(body, status, headers=_headers())


def _headers() -> dict[str, str]:
    return {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
