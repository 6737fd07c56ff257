"""What somebody types becomes a question, or one line on why it can't be asked."""

from __future__ import annotations

import unicodedata

from qa.errors import UnfitQuestion

LONGEST_QUESTION = 2_000


def fit(question: str) -> str:
    """The question with blanks and control characters reduced to single spaces.

    Raises UnfitQuestion if that leaves nothing, too much, or what isn't text.
    """
    if len(question) > LONGEST_QUESTION:
        raise UnfitQuestion(
            f"the question has {len(question):,} characters; ask in at most {LONGEST_QUESTION:,}"
        )
    if any("\ud800" <= char <= "\udfff" for char in question):
        raise UnfitQuestion(
            "the question isn't text (it holds half a surrogate pair); type it anew"
        )
    seen = "".join(" " if unicodedata.category(char) == "Cc" else char for char in question)
    words = " ".join(seen.split())
    if not any(unicodedata.category(char)[0] in "LNS" for char in words):
        raise UnfitQuestion("the question is empty; ask something")
    return words
