"""The document pages: a document as text, with the cited words highlighted and in view.

One that has pages opens at the page that holds those words. Everything from a document is escaped,
and the page may run no script and load nothing but its own style sheet, so that a document is only
ever text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import IO, Annotated
from urllib.parse import quote as in_url

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from index import Document
from index.types import Span
from qa.errors import UNAVAILABLE
from qa.types import source_url
from qa.web import words
from qa.web.answering import Answering
from qa.web.paged import Part, part
from qa.web.signin import WhoAsks

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"

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
{skip}<h1><bdi>{title}</bdi></h1>
<p id="place"><bdi>{source}</bdi>{where}</p>
{links}</header>
{notice}<main dir="auto" tabindex="0" aria-label="{label}" aria-describedby="place">{text}</main>
</body>
</html>
"""
_SKIP = f'<a class="skip" href="#cited">{words.GO_TO_CITED}</a>\n'
_CHANGED = f'<p class="notice" id="cited" role="alert">{words.CHANGED_SINCE_CITED}</p>\n'


def router(answering: Answering) -> APIRouter:
    routes = APIRouter()

    @routes.get("/source/{document}", response_class=HTMLResponse, include_in_schema=False)
    def source(
        document: str,
        asker: WhoAsks,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
        sha256: str = "",
        page: Annotated[int | None, Query(ge=1)] = None,
        whole: bool = False,
    ) -> HTMLResponse:
        """The document with its characters `start` to `end` marked; 404 if there is none.

        One with pages opens at those that hold them, or at `page`, unless the `whole` is wanted.
        """
        try:
            found = answering.document(asker, document)
            has_file = answering.assistant.original(document, asker.groups) is not None
        except UNAVAILABLE as error:
            return _plain(str(error), 503)
        if found is None:
            return _plain(words.NO_DOCUMENT, 404)
        if not start <= end <= len(found.text):
            return _plain(words.NOT_SO_LONG.format(count=len(found.text)), 404)
        changed = bool(sha256) and sha256 != found.sha256
        cited = (0, 0) if changed else (start, end)
        shown = part(found, *cited, page, whole)
        if shown is None:
            return _plain(words.NO_SUCH_PAGE, 404)
        return HTMLResponse(_shown(found, cited, shown, changed, has_file), headers=_headers())

    @routes.get("/source/{document}/original", include_in_schema=False)
    def original(document: str, asker: WhoAsks) -> Response:
        """The file as it was indexed, to be kept; 404 if it isn't there as it was any more."""
        try:
            found = answering.original(asker, document)
            content = found.opened() if found else None
        except UNAVAILABLE as error:
            return _plain(str(error), 503)
        except OSError as error:
            return _plain(words.ORIGINAL_UNREADABLE.format(why=error.strerror), 503)
        if found is None or content is None:
            return _plain(words.NO_ORIGINAL, 404)
        return StreamingResponse(
            _blocks(content),
            media_type="application/octet-stream",
            headers={**_headers(), "Content-Disposition": _attached(found.path.name)},
        )

    return routes


def _shown(document: Document, cited: Span, shown: Part, changed: bool, has_file: bool) -> str:
    """A part of a document; what changed since it was cited is not marked, but said."""
    start, end = cited
    where = ""
    if start < end:
        heading, number = document.heading_at(start), document.page_at(start)
        where = f" · {words.PLACE_PAGE.format(page=number)}" if number else ""
        where += f" · {words.PLACE_CHARACTERS.format(start=start, end=end)}"
        where += f" · {words.PLACE_UNDER} <bdi>{escape(heading)}</bdi>" if heading else ""
    # A page beside the cited words shows none of them, or what of them stands on it.
    first, last = max(start, shown.start), min(end, shown.end)
    is_marked = first < last
    return _PAGE.format(
        title=_exact(document.title),
        source=_exact(document.source),
        where=where,
        skip=_SKIP if is_marked else "",
        links=_links(document, cited, shown, is_marked, has_file),
        notice=_CHANGED if changed else "",
        label=f"{words.TEXT_OF}{f', {shown.name}' if shown.name else ''}",
        text=_text(document, shown, (first, last) if is_marked else (shown.end, shown.end)),
    )


def _links(document: Document, cited: Span, shown: Part, is_marked: bool, has_file: bool) -> str:
    """What is shown, and the ways to what isn't; the cited words stay known on each."""
    has_cited = cited[0] < cited[1]
    opens = source_url(document.id, *cited, document.sha256) if has_cited else ""
    base = opens.removesuffix("#cited") or f"/source/{in_url(document.id)}"
    joint = "&" if has_cited else "?"
    made = []
    if shown.pages:
        if shown.before:
            made.append(_link(f"{base}{joint}page={shown.before}", words.PREVIOUS_PAGE, "prev"))
        made.append(f"<h2>{shown.name}</h2>")
        if shown.after:
            made.append(_link(f"{base}{joint}page={shown.after}", words.NEXT_PAGE, "next"))
        anchor = "#cited" if has_cited else ""
        made.append(_link(f"{base}{joint}whole=true{anchor}", words.WHOLE))
    elif document.pages:
        made.append(_link(opens or base, words.PAGE_BY_PAGE))
    if has_cited and not is_marked:
        made.append(_link(opens, words.BACK_TO_CITED))
    if has_file:
        made.append(_link(f"/source/{in_url(document.id)}/original", words.ORIGINAL))
    made.append(_link("/documents", words.ALL_DOCUMENTS))
    return f'<nav aria-label="{words.THIS_DOCUMENT}">{" ".join(made)}</nav>\n'


def _link(url: str, said: str, kind: str = "") -> str:
    rel = f' rel="{kind}"' if kind else ""
    return f'<a href="{escape(url)}"{rel}>{said}</a>'


def _text(document: Document, shown: Part, cited: Span) -> str:
    """The part's text, character by character, with its headings and the cited words set off.

    Where a page begins in the whole of a document is told by CSS, which adds nothing to the text.
    """
    text, (start, end) = document.text, cited
    pages = {} if shown.pages else {each.start: each.number for each in document.pages}
    cuts = {shown.start, shown.end, start, end, *pages}
    cuts |= {edge for each in document.headings for edge in (each.start, each.end)}
    parts = []
    for at, to in pairwise(sorted(cut for cut in cuts if shown.start <= cut <= shown.end)):
        if at in pages:
            parts.append(
                f'<i class="page" data-page="{words.ON_ITS_PAGE.format(page=pages[at])}"></i>'
            )
        if at == start < end:
            parts.append('<mark id="cited">')
        said = _exact(text[at:to])
        parts.append(_heading(document, at, said) if document.is_heading(at) else said)
        if to == end > start:
            parts.append("</mark>")
    return "".join(parts)


def _heading(document: Document, at: int, said: str) -> str:
    level = min(2 + (document.heading_at(at) or "").count(" › "), 6)
    return f'<b role="heading" aria-level="{level}">{said}</b>'


def _exact(text: str) -> str:
    """Escaped so that the page's text is the document's: HTML would turn CR into LF."""
    return escape(text).replace("\r", "&#13;")


def _attached(name: str) -> str:
    """Has a browser keep what is sent under the file's own name (RFC 6266), and never open it."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name).lstrip(". ") or "document"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{in_url(name, safe='')}"


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        while block := content.read(1 << 16):
            yield block


def _plain(text: str, status: int) -> HTMLResponse:
    body = _PAGE.format(
        title=words.TITLE,
        source="",
        where="",
        skip="",
        links="",
        notice="",
        label=words.WRONG,
        text=escape(text),
    )
    return HTMLResponse(body, status, headers=_headers())


def _headers() -> dict[str, str]:
    return {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
