"""POST /api/v1/feedback: what a reader says of an answer is kept with the index, for its owner."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from qa.errors import NotKept, UnfitQuestion
from qa.feedback import ANSWERED, CITED, QUOTED, SAID, TURNS, Cited, Feedback, Opinion, Why, keep
from qa.types import Turn
from qa.web.answering import Answering
from qa.web.problems import problem
from qa.web.schema import ABSENT, PROBLEMS, Given
from qa.web.signin import WhoAsks


class Before(Given):
    """An earlier question of the conversation, and what was answered."""

    question: Annotated[str, Field(max_length=SAID)]
    answer: Annotated[str, Field(max_length=ANSWERED)]


class Rested(Given):
    """Words that the answer rested on."""

    source: Annotated[str, Field(max_length=SAID)]
    quote: Annotated[str, Field(max_length=QUOTED)]


class Opined(Given):
    """What a reader says of an answer; other fields are refused."""

    question: str
    verdict: Opinion
    reason: Why | None = None
    answer: Annotated[str, Field(max_length=SAID)] = ""
    cited: Annotated[tuple[Rested, ...], Field(max_length=CITED)] = ()
    history: Annotated[tuple[Before, ...], Field(max_length=TURNS)] = ()
    index: Annotated[str, Field(max_length=64)] = ""
    model: Annotated[str, Field(max_length=200)] = ""


def router(answering: Answering) -> APIRouter:
    routes, assistant = APIRouter(), answering.assistant
    if not assistant.settings.feedback:

        @routes.post("/api/v1/feedback", status_code=204, responses={**PROBLEMS, **ABSENT})
        def refused() -> JSONResponse:
            """No feedback is kept here: 404."""
            return problem("no feedback is kept here", 404)

        return routes

    @routes.post("/api/v1/feedback", status_code=204, responses={**PROBLEMS, **ABSENT})
    async def feedback(opined: Opined, asker: WhoAsks) -> Response:
        """Keeps it: 204; 422 with one line for what isn't feedback, 503 if it can't be kept."""
        try:
            kept = Feedback(
                question=opined.question,
                verdict=opined.verdict,
                reason=opined.reason,
                answer=opined.answer,
                cited=tuple(Cited(each.source, each.quote) for each in opined.cited),
                # Not from outside: who is in which group isn't for the reader to say.
                groups=tuple(sorted(asker.groups)),
                history=tuple(Turn(each.question, each.answer) for each in opined.history),
                index=opined.index,
                model=opined.model,
            )
            # Counted as a question is: whoever says very much has to wait.
            with answering.admission.place(asker):
                await to_thread.run_sync(keep, assistant.settings.home, kept)
        except UnfitQuestion as error:
            return problem(str(error), 422)
        except NotKept as error:
            return problem(str(error), 503)
        return Response(status_code=204)

    return routes
