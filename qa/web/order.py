"""What the chat's script sends, as far as it makes sense: anything else is taken for nothing."""

from __future__ import annotations

from typing import Any

from index import Within
from qa.errors import UnfitQuestion

# Turns of a conversation that are kept.
KEPT_TURNS = 50


class Order:
    """A question, answers to open again, or both; all its words are text that can be sent back.

    `keep` is how many turns stay before the question, None for all; `links` are answers to open
    again; `shown` is how many turns the page shows.
    """

    def __init__(self, data: Any) -> None:
        order = data.get("order") if isinstance(data, dict) else None
        given: dict[str, Any] = order if isinstance(order, dict) else {}
        keep, shown = given.get("keep"), given.get("shown")
        self.question = _text(given.get("question"))
        self.keep: int | None = keep if type(keep) is int and keep >= 0 else None
        self.shown: int = shown if type(shown) is int else 0
        links = given["links"] if isinstance(given.get("links"), list) else []
        self.links = [each for each in links if isinstance(each, str)][:KEPT_TURNS]
        self.place, self.since, self.until = (
            _text(given.get(name)) or None for name in ("place", "since", "until")
        )

    @property
    def within(self) -> Within:
        """Raises UnfitQuestion for a day or a path that can't be meant."""
        try:
            return Within((self.place,) if self.place else (), self.since, self.until)
        except ValueError as error:
            raise UnfitQuestion(str(error)) from None


def _text(value: Any) -> str:
    """Half a surrogate pair can't be sent back: it becomes a question mark."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
