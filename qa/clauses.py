"""Which words of a plain English statement the rules that ask about it understand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from qa.verbs import AUXILIARIES

Template = Literal["when", "how many", "how much", "why", "who", "what", "said"]

WORD = re.compile(r"[\w’'-]+")
# What no statement can hold if the rules are to understand it, and what none can end in.
UNCLEAR = frozenset(
    word
    for line in (
        "i you he she it we they him her us them his its our their my your this these those that",
        "who which whom whose what when where while if because although though than not no never",
        "neither nor only also here there today yesterday tomorrow ago now then so far later",
        "earlier again however therefore said says told both either",
    )
    for word in line.split()
)
NOT_LAST = frozenset(
    ("of", "in", "on", "at", "for", "from", "by", "with", "to", "and", "or", "the", "a", "an")
) | {"as", "into", "about", "over"}
_ENDS = re.compile(r"[,;:—–()\"“”]| - ")


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, and the value of the sentence that answers it, "" if the whole of it does."""

    question: str
    template: Template
    value: str = ""


def clause(text: str) -> str:
    """As far as the first comma or the like, without a full stop."""
    cut = re.search(r",(?!\d)|[;:—–()]| - ", text)
    return (text[: cut.start()] if cut else text).rstrip(". ")


def clear(text: str, verbs: bool = False) -> bool:
    """Whether the rules understand it: one statement, about nothing that was said before."""
    words = [word.lower() for word in WORD.findall(text)]
    found = sum(word in AUXILIARIES for word in words)
    if _ENDS.search(re.sub(r"(?<=\d),(?=\d)", "", text)) or (words and words[-1] in NOT_LAST):
        return False
    return not UNCLEAR & set(words) and found <= (1 if verbs else 0)
