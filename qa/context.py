"""The passages as a model reads them: numbered, whole sentences, within a number of tokens.

The best come first and last, as models overlook what stands in the middle (Liu et al. 2023).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from index import Document, Passage

# What looks like one of our marks in a document mustn't be taken for one.
_MARK = re.compile(r"\[(\d[\d\s,;–-]*)\]")


@dataclass(frozen=True, slots=True)
class Context:
    """The text for the prompt, and the passages in it: mark [n] is `passages[n - 1]`."""

    text: str
    passages: tuple[Passage, ...]
    tokens: int


def numbered(
    passages: Sequence[Passage],
    documents: Mapping[str, Document],
    budget: int,
    count: Callable[[str], int],
) -> Context:
    """As many of the passages, best first, as fit into `budget` tokens by `count`; the last of
    them may lose sentences at its end."""
    taken: list[tuple[Passage, str]] = []
    left = budget
    for passage in passages:
        text = _fitting(passage, left - count(_head(passage, documents, 99)), count)
        if not text:
            break
        taken.append((passage, text))
        left -= count(f"{_head(passage, documents, 99)}\n{text}\n\n")
    ordered = taken[::2] + taken[1::2][::-1]
    parts = [
        f"{_head(passage, documents, number)}\n{text}"
        for number, (passage, text) in enumerate(ordered, start=1)
    ]
    whole = "\n\n".join(parts)
    return Context(whole, tuple(passage for passage, _ in ordered), count(whole))


def _head(passage: Passage, documents: Mapping[str, Document], number: int) -> str:
    document = documents.get(passage.document)
    dated = f", {document.date}" if document and document.date else ""
    return f"[{number}] {_plain(passage.title)}{dated}"


def _fitting(passage: Passage, budget: int, count: Callable[[str], int]) -> str:
    """The passage's whole sentences from its beginning that fit."""
    if count(passage.text) <= budget:
        return _plain(passage.text)
    end = passage.start
    for sentence in passage.sentences:
        if count(passage.text[: sentence.end - passage.start]) > budget:
            break
        end = sentence.end
    return _plain(passage.text[: end - passage.start])


def _plain(text: str) -> str:
    return _MARK.sub(r"(\1)", text).strip()
