"""A question that leans on what was said before is made to stand alone, by rules.

"And the year before?" is searched together with the question that it follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.types import Turn

_LEANS = re.compile(
    r"^(and|but|so|or|also|what about|how about|why|how come|how so|who else|what else|which one"
    r"|when was that|where was that|says who)\b"
    r"|\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|that|those|these|this|there|then"
    r"|same|former|latter|else|more|previous|earlier)\b",
    re.IGNORECASE,
)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question, with the one before where it needs that to be understood."""
    if not history or not _LEANS.search(question):
        return question
    return f"{question} {history[-1].question}"
