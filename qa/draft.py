"""What a model writes, sentence by sentence as it comes, with the marks that each ends in.

Markup, links and pictures are taken out: a model has no business with them, and one that obeys a
document would use them to send words elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_MARKS = r"(?:\s*\[\d+(?:\s*[,;]\s*\d+)*\])*"
# A sentence's end with its marks: before a blank, so that more marks can't follow unseen.
_END = re.compile(rf"[.!?…。！？]+[\"”’»)*_]*{_MARKS}(?=\s+[^\s\[]|\s*\n)|\n")
_MARK = re.compile(r"\[(\d+(?:\s*[,;]\s*\d+)*)\]")
_NO_END = re.compile(
    r"(?:^|[\s(\"“])(?:Mrs?|Ms|Dr|St|Prof|Gen|Sen|Rep|Gov|No|vs|[A-Z])\.$|(?:^|\n)\s*\d{1,2}\.$"
)
_PICTURE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)?)?")
_LINK = re.compile(r"\[([^\]\d][^\]]*)\]\([^)]*\)?|\[([^\]]*)\]\((?:[a-z]+:|/)[^)]*\)?", re.I)
_TAG = re.compile(r"</?[a-zA-Z!][^>]*>?")
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.|(?:data|javascript|mailto):)\S*", re.I)
_MARKUP = re.compile(r"^\s*(?:#{1,6}\s+|[-*+•]\s+|>\s+|\d+\.\s+)|\*\*|__|`+|\|", re.M)
# Characters that show nothing, or turn the direction of what follows.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A sentence that a model wrote, without its marks, and the numbers of these.

    `length` is how many characters came for it, whatever was taken out.
    """

    text: str
    marks: tuple[int, ...]
    length: int


@dataclass(slots=True)
class Drafting:
    """Takes what comes, in pieces of any size, and gives the sentences that are complete.

    `dropped` counts links, pictures and the like.
    """

    dropped: int = 0
    _open: str = field(default="")

    def add(self, piece: str) -> list[Drafted]:
        """The sentences that this completes."""
        self._open += piece
        return list(self._complete())

    def rest(self) -> list[Drafted]:
        """What is left when nothing more comes, ended or not."""
        found = [*self._complete(), self._drafted(self._open)]
        self._open = ""
        return [each for each in found if each]

    @property
    def waiting(self) -> int:
        """How many characters have come of the sentence that isn't complete."""
        return len(self._open)

    @property
    def open(self) -> str:
        """What has come of the sentence that isn't complete, as it may be shown."""
        return self._cleaned(_MARK.sub("", self._open.partition("[")[0]))[0]

    def _complete(self) -> Iterator[Drafted]:
        start = 0
        while match := _END.search(self._open, start):
            start = match.end()
            if _NO_END.search(self._open[: match.start() + 1]):
                continue
            drafted = self._drafted(self._open[: match.end()])
            self._open, start = self._open[match.end() :], 0
            if drafted:
                yield drafted

    def _drafted(self, text: str) -> Drafted | None:
        cleaned, dropped = self._cleaned(text)
        self.dropped += dropped
        marks = [int(n) for each in _MARK.findall(cleaned) for n in re.findall(r"\d{1,6}", each)]
        said = " ".join(_MARK.sub("", cleaned).split())
        said = re.sub(r"\s+([.,;:!?])", r"\1", said)
        if not re.search(r"\w", said):
            return None
        return Drafted(said, tuple(dict.fromkeys(marks)), len(text.strip()))

    def _cleaned(self, text: str) -> tuple[str, int]:
        """The text without markup, and how many links and the like were taken out."""
        text, dropped = _UNSEEN.sub("", text), 0
        for pattern, instead in ((_PICTURE, ""), (_LINK, r"\1\2"), (_TAG, ""), (_ADDRESS, "")):
            text, found = pattern.subn(instead, text)
            dropped += found
        return _MARKUP.sub(" ", text), dropped
