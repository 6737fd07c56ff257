"""Who says what: whether the passage has the one say it whom the claim has say it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.names import names, same
from qa.values import Value
from qa.wording import Aligned, Sentence

# The share of a claim's telling words that a sentence must have to be of what is said.
ABOUT = 0.5
_SAY = (
    r"(?:said|says|told|tells|added|adds|argued|argues|warned|warns|claimed|claims|announced"
    r"|wrote|writes|explained|explains|stated|states|insisted|insists|suggested|noted|notes"
    r"|admitted|admits|promised|complained|called|described|replied|recalled|conceded)"
)
# "X said", "X, the mayor, told", "said X".
_AFTER_NAME = re.compile(
    rf"^(?:,[^,.;“”\"]{{1,60}},)?\s(?:also\s|later\s|has\s|had\s|then\s)?{_SAY}\b", re.IGNORECASE
)
_BEFORE_NAME = re.compile(
    rf"\b(?:{_SAY}\s(?:(?!that\b)[a-z]+\s){{0,4}}|according to\s(?:the\s)?(?:[a-z]+\s){{0,3}})$",
    re.IGNORECASE,
)
_TOLD = re.compile(r"\b(?:told|tells|called|described)\s(?:[a-z]+\s){0,4}$", re.IGNORECASE)
_COMMON = re.compile(r"\b(?:of|from|for|at|in|by|to|on|with)\s(?:the\s)?$", re.IGNORECASE)


def wrong_speaker(
    claim: Sentence, near: Sequence[Aligned], cited: Sequence[Sentence]
) -> str | None:
    """A reason if another is named as saying what the claim has somebody say."""
    mine = speakers(claim.text)
    if not mine:
        return None
    for each in near:
        if each.share < ABOUT:
            break
        theirs = speakers(each.sentence.text)
        if not theirs:
            # "He said": it is the one named last before.
            place = next((n for n, one in enumerate(cited) if one is each.sentence), 0)
            theirs = speakers(cited[place - 1].text) if place else []
        if theirs:
            known = any(same(a.text, b.text) for a in mine for b in theirs)
            wrong = (
                None if known else f"the passage has {theirs[0].text} say it, not {mine[0].text}"
            )
            return wrong
    return None


def speakers(text: str) -> list[Value]:
    """The names of those who say something in a sentence."""
    found = []
    for name in names(text):
        before, after = text[: name.start], text[name.end :]
        if _COMMON.search(before) and not before.lower().rstrip().endswith("according to"):
            continue
        is_told = _TOLD.search(before) is not None
        if _AFTER_NAME.match(after) or (_BEFORE_NAME.search(before) and not is_told):
            found.append(name)
    return found
