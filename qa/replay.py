"""An answer that `footnote ask --json` printed, with its evidence as it stands now.

What the file says is looked up again like a link: nothing is shown because the file says it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.assistant import Assistant
from qa.errors import UnfitLink
from qa.permalink import Kept, unpacked
from qa.reopen import Reopened
from qa.types import Extent

# Passages that a receipt may name: as many as the settings let a question have.
MOST = 50


@dataclass(frozen=True, slots=True)
class Read:
    """A passage that was read for an answer; `text` is None if its document has changed since, or
    is gone, or may not be read."""

    extent: Extent
    source: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """The answer as its documents stand now, and the passages that were read for it."""

    reopened: Reopened
    passages: tuple[Read, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain dicts and lists, for JSON: the answer, what changed, and the passages."""
        changed = [
            {name: getattr(each, name) for name in ("number", "source", "kind", "before", "now")}
            for each in self.reopened.changed
        ]
        read = [
            {
                "document": each.extent.document,
                "source": each.source,
                "start": each.extent.start,
                "end": each.extent.end,
                "text": each.text,
            }
            for each in self.passages
        ]
        return {**self.reopened.answer.as_json(), "changed": changed, "passages": read}


def replayed(assistant: Assistant, path: Path) -> Replayed:
    """The answer in the file, looked up again; raises UnfitLink with one line if it holds none."""
    kept, extents = _read(path)
    return Replayed(assistant.reopen(kept), tuple(_found(assistant, extents)))


def _found(assistant: Assistant, extents: Sequence[Extent]) -> list[Read]:
    found = []
    for each in extents:
        document = assistant.document(each.document)
        same = document is not None and document.sha256 == each.sha256
        text = document.text[each.start : each.end] if document and same else None
        found.append(Read(each, document.source if document else "", text))
    return found


def _read(path: Path) -> tuple[Kept, list[Extent]]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        citations = [
            [each[n] for n in ("document", "source", "title", "start", "end", "sha256", "quote")]
            for each in said["citations"]
        ]
        claims = [[each[n] for n in ("text", "marks", "citations")] for each in said["claims"]]
        abstained = said["abstained"] and said["abstained"]["kind"]
        kept = unpacked([said["question"], abstained, claims, citations])
        extents = [_extent(each) for each in said["receipt"]["passages"][:MOST]]
    except OSError as error:
        raise UnfitLink(
            f"{path}: can't be read ({error.strerror}); name a file of footnote ask --json"
        ) from None
    except (ValueError, TypeError, KeyError, RecursionError, UnfitLink):
        raise UnfitLink(
            f"{path}: isn't an answer as footnote ask --json prints one; save it again"
        ) from None
    return kept, extents


def _extent(said: dict[str, Any]) -> Extent:
    extent = Extent(**said)
    if not all(isinstance(each, str) for each in (extent.document, extent.sha256)):
        raise TypeError
    if not all(type(each) is int for each in (extent.start, extent.end)):
        raise TypeError
    return extent
