"""The list of documents, as a page and as JSON: what the asker may read, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, JSONResponse

from index.formats import ENDINGS
from qa.errors import UNAVAILABLE
from qa.listing import Listed, Listing
from qa.web import words
from qa.web.answering import Answering
from qa.web.schema import PROBLEMS, DocumentsGiven
from qa.web.signin import WhoAsks

EACH = 50
MOST = 500
LONGEST_QUERY = 200

# Scripts only where files can be added, which takes one.
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'"
_ADDING_POLICY = f"{_POLICY}; script-src 'self'; connect-src 'self'"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{words.DOCUMENTS}</title>
<link rel="stylesheet" href="/page/source.css">
<link rel="stylesheet" href="/page/documents.css">{script}
</head>
<body>
<header>
<h1>{words.DOCUMENTS}</h1>
<form action="/documents" role="search">
<label for="q">{words.TITLE_OR_FILE}</label>
<input type="search" id="q" name="q" value="{query}" maxlength="{longest}" dir="auto">
<button>{words.SEARCH}</button>
</form>
</header>
<main class="list">
{adding}<section id="documents" aria-label="{words.LIST}">
{listed}
</section>
</main>
</body>
</html>
"""
_SCRIPT = '\n<script src="/page/documents.js" defer></script>'
_ADDING = """<section id="adding" aria-labelledby="adding-title" data-most="{most}"
 data-words="{told}" hidden>
<h2 id="adding-title">{words.ADD}</h2>
<label id="drop" for="files">{words.DROP}
<input type="file" id="files" multiple accept="{endings}" aria-describedby="adding-limits"></label>
<p id="adding-limits" class="facts">{at_most} {words.WHO_READS}</p>
<ul id="added"></ul>
<div id="adding-said" class="hidden" role="log" aria-live="polite" aria-label="{words.ADDED}"></div>
</section>
"""


def router(answering: Answering) -> APIRouter:
    routes, assistant = APIRouter(), answering.assistant
    can_add = bool(assistant.settings.uploads)

    @routes.get("/documents", response_class=HTMLResponse, include_in_schema=False)
    def documents(
        asker: WhoAsks,
        q: Annotated[str, Query(max_length=LONGEST_QUERY)] = "",
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> HTMLResponse:
        """The documents whose title and path hold the words of `q`, fifty a page."""
        try:
            found = assistant.listing(q, (page - 1) * EACH, EACH, asker.groups)
            last = max(1, -(-found.total // EACH))
            if page > last:
                page, found = last, assistant.listing(q, (last - 1) * EACH, EACH, asker.groups)
            answering.listed(asker, len(found.documents))
            listed, status = _listed(found, q, page, last), 200
        except UNAVAILABLE as error:
            listed, status = f'<p role="alert">{escape(str(error))}</p>', 503
        most = assistant.settings.upload_megabytes
        adding = _ADDING.format(
            most=most,
            at_most=words.AT_MOST.format(most=most),
            endings=",".join(sorted(ENDINGS)),
            told=escape(json.dumps(words.FOR_ADDING)),
            words=words,
        )
        made = _PAGE.format(
            words=words,
            query=_exact(q),
            longest=LONGEST_QUERY,
            script=_SCRIPT if can_add else "",
            adding=adding if can_add else "",
            listed=listed,
        )
        policy = _ADDING_POLICY if can_add else _POLICY
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return HTMLResponse(made, status, headers=headers)

    @routes.get("/api/v1/documents", response_model=DocumentsGiven, responses=PROBLEMS)
    def listing(
        asker: WhoAsks,
        q: Annotated[str, Query(max_length=LONGEST_QUERY)] = "",
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = EACH,
    ) -> Any:
        """The same as JSON, from `offset` on, `limit` of them."""
        try:
            found = assistant.listing(q, offset, limit, asker.groups)
            answering.listed(asker, len(found.documents))
            return found.as_json()
        except UNAVAILABLE as error:
            return JSONResponse({"error": str(error)}, 503)

    return routes


def _listed(found: Listing, query: str, page: int, last: int) -> str:
    one = found.total == 1
    count = words.ONE_DOCUMENT if one else words.SOME_DOCUMENTS.format(count=found.total)
    sought = words.WITH_WORDS if query.strip() else ""
    as_of = f" · {words.LOOKED_THROUGH} {_time(found.indexed)}" if found.indexed else ""
    lines = "\n".join(_line(each, found.indexed) for each in found.documents)
    ways = []
    if page > 1:
        ways.append(_way(query, page - 1, words.PREVIOUS_PAGE, "prev"))
    if last > 1:
        ways.append(f"<span>{words.PAGE_OF_LIST.format(page=page, last=last)}</span>")
    if page < last:
        ways.append(_way(query, page + 1, words.NEXT_PAGE, "next"))
    nav = f'\n<nav aria-label="{words.PAGES_OF_LIST}">{" ".join(ways)}</nav>' if ways else ""
    return f'<p class="facts" role="status">{count}{sought}{as_of}</p>\n<ol>\n{lines}\n</ol>{nav}'


def _line(each: Listed, indexed: datetime | None) -> str:
    length = words.CHARACTERS.format(count=each.characters)
    if each.pages:
        one = each.pages == 1
        length = words.ONE_PAGE if one else words.SOME_PAGES.format(count=each.pages)
    facts = [f'<time datetime="{each.date}">{each.date}</time>'] if each.date else []
    facts += [length, _freshness(each, indexed), f"{words.READ_BY} {_readers(each.groups)}"]
    return (
        f'<li><h2><a href="{escape(each.url)}"><bdi>{_exact(each.title)}</bdi></a></h2>'
        f'<p class="file"><bdi>{_exact(each.source)}</bdi></p>'
        f'<p class="facts">{" · ".join(facts)}</p></li>'
    )


def _freshness(each: Listed, indexed: datetime | None) -> str:
    if each.changed is None:
        return words.FILE_GONE
    later = indexed is not None and each.changed > indexed
    return f"{words.FILE_OF} {_time(each.changed)}{words.FILE_NEWER if later else ''}"


def _time(moment: datetime) -> str:
    exact = moment.isoformat(timespec="seconds")
    return f'<time datetime="{exact}">{moment:%Y-%m-%d %H:%M} UTC</time>'


def _readers(groups: Sequence[Sequence[str]]) -> str:
    """Who may read it: one of the groups of each rule."""
    if not groups:
        return words.EVERYONE
    return words.AND_ALSO.join(
        words.OR.join(f"<bdi>{_exact(name)}</bdi>" for name in each) for each in groups
    )


def _way(query: str, page: int, said: str, kind: str) -> str:
    asked = {"q": query, "page": page} if query else {"page": page}
    return f'<a href="/documents?{escape(urlencode(asked))}" rel="{kind}">{said}</a>'


def _exact(text: str) -> str:
    """Escaped so that what is shown is what was meant: HTML would turn CR into LF."""
    return escape(text).replace("\r", "&#13;")
