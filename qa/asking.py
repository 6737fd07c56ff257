"""Turns a plain sentence into questions that it answers, by rules of English; no model.

Only of sentences whose parts can be told for certain, which are few: of a bad question nobody has
anything. `qa.suggest` asks each before it is offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.apposition import said, what, who, without_apposition
from qa.clauses import NOT_LAST, UNCLEAR, WORD, Asking
from qa.statement import counted, of_statement

# Words of a question, and the share of the four commonest English words in English, at least.
SHORTEST, LONGEST = 3, 16
ENGLISH = 0.04
_DEICTIC = re.compile(
    r"\b(?:last|next|past|coming|previous|following|same)\s(?:night|day|week|weekend|month|year"
    r"|spring|summer|autumn|winter|season|\w+day)\b",
    re.IGNORECASE,
)


def askings(sentence: str, around: str) -> Iterator[Asking]:
    """Questions that the sentence answers, the plainest first; `around` is the text it is from.

    None for what isn't a plain English sentence.
    """
    sentence = " ".join(sentence.split())
    if not _is_plain(sentence) or not _is_english(around):
        return
    for asking in (*who(sentence), *what(sentence), *said(sentence, around)):
        yield from _fit(asking)
    plain = without_apposition(sentence)
    for asking in (*counted(plain), *of_statement(plain, around)):
        yield from _fit(asking)


def _is_plain(sentence: str) -> bool:
    words = sentence.split()
    return (
        4 <= len(words) <= 45
        and sentence.endswith(".")
        and sentence[0].isupper() | sentence[0].isdigit()
        and not re.search(r"[\"“”„«»?!\[\]|{}<>*_=\\…]|\.\s", sentence[:-1])
        and sentence.isascii() | (sum(char.isascii() for char in sentence) > 0.95 * len(sentence))
    )


def _is_english(text: str) -> bool:
    """Whether the commonest words of English make up as much of a text as they do in English."""
    words = WORD.findall(text.lower())
    return sum(word in ("the", "of", "and", "to") for word in words) >= ENGLISH * len(words)


def _fit(asking: Asking) -> Iterator[Asking]:
    """The asking, if its question is one that could be shown to anybody."""
    words = [word.lower() for word in WORD.findall(asking.question)]
    if (
        SHORTEST <= len(words) <= LONGEST
        and not UNCLEAR & set(words[1:])
        and not _DEICTIC.search(asking.question)
        and words[-1] not in NOT_LAST
        and (not asking.value or asking.value.lower() not in asking.question.lower())
        and not re.search(r",(?!\d)|[;:()]|\b(\w+) \1\b", asking.question)
    ):
        yield asking
