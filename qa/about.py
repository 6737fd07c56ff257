"""Tells questions about Footnote and its documents from questions to the documents.

Only a question wholly of this kind counts: "hello, when is the visit?" is for the documents.
"""

from __future__ import annotations

import re
from typing import Literal

About = Literal["greeting", "thanks", "topic", "documents"]

_THESE = r"(?:these|those|the|your|my|our|all|all the|all your)"
_PAPERS = r"(?:documents?|docs?|files?|sources?|texts?|articles?|reports?)"
_HERE = (
    r"(?:there|here|indexed|in here|in the index|available|loaded|(?:do )?you (?:have|know|use))"
)
_PATTERNS: tuple[tuple[About, str], ...] = (
    (
        "greeting",
        r"(?:hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day))"
        r"(?: there| footnote)?",
    ),
    ("thanks", r"(?:thanks|thank you|thx|cheers|great|ok|okay)(?: a lot| very much| so much)?"),
    (
        "topic",
        rf"what(?:'s| is|s) (?:this|it|this (?:site|page|chat|tool|thing|{_PAPERS}))"
        r"(?: all)?(?: about)?"
        rf"|what (?:are|is) {_THESE} {_PAPERS} (?:all )?about"
        r"|who are you|what are you|what do you (?:do|know|know about)|what can you (?:do|tell me)"
        r"|what can i ask(?: you)?(?: about)?|help|how does this work"
        rf"|(?:summari[sz]e|describe) (?:{_THESE} )?{_PAPERS}",
    ),
    (
        "documents",
        rf"(?:which|what) {_PAPERS} (?:are {_HERE}|do you (?:have|know|use)|have you(?: got)?"
        rf"|can you (?:see|read|use|search))"
        rf"|how many {_PAPERS}(?: are {_HERE}| do you (?:have|know|use))?"
        rf"|(?:list|show|show me|name|what are) (?:{_THESE} )?{_PAPERS}",
    ),
)


def about(question: str) -> About | None:
    """What the question asks of Footnote itself; None if it is for the documents."""
    plain = " ".join(re.sub(r"[^\w' ]+", " ", question.lower().replace("’", "'")).split())
    plain = plain.removesuffix(" please")
    return next((kind for kind, pattern in _PATTERNS if re.fullmatch(pattern, plain)), None)
