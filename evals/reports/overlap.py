"""Which part of a quote lies in other quotes of the same document."""

from __future__ import annotations

from collections.abc import Sequence

from evals.report import Cited


def parts(quote: Cited, others: Sequence[Cited]) -> list[tuple[str, bool]]:
    """The quote in parts, in order; True for those that at least one of the others holds too.

    A quote that isn't as long as its place says is left whole: where its words stand isn't known.
    """
    if len(quote.quote) != quote.end - quote.start:
        return [(quote.quote, False)]
    found: list[tuple[str, bool]] = []
    reached = quote.start
    for start, end in sorted(
        (each.start, each.end) for each in others if each.source == quote.source
    ):
        start, end = max(start, reached), min(end, quote.end)
        if start >= end:
            continue
        _add(found, quote.quote[reached - quote.start : start - quote.start], False)
        _add(found, quote.quote[start - quote.start : end - quote.start], True)
        reached = end
    _add(found, quote.quote[reached - quote.start :], False)
    return found


def _add(found: list[tuple[str, bool]], text: str, shared: bool) -> None:
    if text and found and found[-1][1] == shared:
        found[-1] = (found[-1][0] + text, shared)
    elif text:
        found.append((text, shared))
