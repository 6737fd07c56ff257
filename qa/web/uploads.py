"""PUT /api/v1/documents/{name}: a file comes in as a stream, and how it fares goes out as lines.

The body is written to the disk as it comes; `guard` counts it, and cuts it off at its limit.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import ClientDisconnect

from qa.adding import Adding, fit
from qa.errors import UNAVAILABLE, CannotAdd
from qa.web.answering import Answering
from qa.web.schema import PROBLEMS, Problem
from qa.web.signin import WhoAsks

_OFF = "no documents are added here; whoever runs this can allow it with the setting uploads"
_CLOSED = "the rules of access would keep what is so called from you; choose another name"
_THERE = "there is a file of this name; to replace it add ?replace=true"


class _Anything(Convertor[str]):
    """A name that may hold anything, so that what isn't a name is refused and not overlooked."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())

_LINES = "application/x-ndjson"
_BODY = {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    **PROBLEMS,
    **{status: {"model": Problem} for status in (404, 409, 507)},
    200: {"content": {_LINES: {"schema": {"type": "string"}}}},
}

Line = dict[str, Any] | None


def router(answering: Answering) -> APIRouter:
    routes, assistant = APIRouter(), answering.assistant
    adding = Adding(assistant) if assistant.settings.uploads else None

    @routes.put(
        "/api/v1/documents/{name:anything}",
        responses=_RESPONSES,
        openapi_extra={"requestBody": _BODY},
    )
    async def add(request: Request, name: str, asker: WhoAsks, replace: bool = False) -> Response:
        """Adds a file: lines of JSON say how far it is, the last {"added": …} or {"error": …}."""
        if adding is None:
            return await _refused(request, 404, _OFF)
        try:
            name = fit(name)
            if not await run_in_threadpool(adding.may, name, asker.groups):
                return await _refused(request, 403, _CLOSED)
        except CannotAdd as error:
            return await _refused(request, 422, str(error))
        except UNAVAILABLE as error:
            return await _refused(request, 503, str(error))
        if adding.is_there(name) and not replace:
            return await _refused(request, 409, _THERE)
        part = adding.part()
        try:
            # Counted as a question is, and held up like one.
            with answering.admission.place(asker):
                answering.added(asker, name, "replaces" if replace else "adds")
                await _kept(request, part)
        except OSError as error:
            part.unlink(missing_ok=True)
            return await _refused(request, 507, f"it can't be kept ({error.strerror})")
        except ClientDisconnect:
            part.unlink(missing_ok=True)
            return JSONResponse({"error": "it broke off"}, 400)
        except BaseException:  # the guard has cut it off
            part.unlink(missing_ok=True)
            raise
        lines = _fares(adding, part, name, replace)
        return StreamingResponse(lines, media_type=_LINES)

    return routes


async def _kept(request: Request, part: Path) -> None:
    with part.open("xb") as file:
        async for block in request.stream():
            await run_in_threadpool(file.write, block)
        file.flush()
        await run_in_threadpool(os.fsync, file.fileno())


async def _refused(request: Request, status: int, why: str) -> Response:
    """Takes the body first, as far as the guard lets it: who is still sending reads no answer."""
    with suppress(ClientDisconnect):
        async for _ in request.stream():
            pass
    return JSONResponse({"error": why}, status)


def _fares(adding: Adding, part: Path, name: str, replace: bool) -> AsyncIterator[str]:
    """How adding it goes. It goes on if nobody listens any more: half of it would be worse."""
    lines: asyncio.Queue[Line] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def say(line: Line) -> None:
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(lines.put_nowait, line)

    def told(stage: str, done: int, total: int) -> None:
        say({"stage": stage, "done": done, "total": total})

    def add() -> None:
        try:
            say({"added": adding.add(part, name, replace, told)})
        except (CannotAdd, *UNAVAILABLE) as error:
            say({"error": str(error)})
        except OSError as error:
            say({"error": f"it can't be kept ({error.strerror}); nothing was changed"})
        finally:
            part.unlink(missing_ok=True)
            say(None)

    # Not when the first line is asked for: who has gone away asks for none.
    Thread(target=add, daemon=True).start()
    return _as_text(lines)


async def _as_text(lines: asyncio.Queue[Line]) -> AsyncIterator[str]:
    while (line := await lines.get()) is not None:
        yield json.dumps(line, ensure_ascii=False) + "\n"
