"""Claims made of questions and their answers: "Who sings it?" and "Milira" make "Milira sings it."

What a passage is asked to bear out, when answers are checked, is a sentence like that; inference
data has hardly any that speak of named people, dates and numbers.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from cut import cut
from row import Row

_AUXILIARY = "is|are|was|were|did|does|do|had|has|have|can|could|will|would|should|may|might|must"
_PAST = "wrote|won|led|made|became|began|gave|took|held|built|came|left|found|went|sang|ran|said"
_SUBJECT = re.compile(
    rf"(?:Who (?P<who>\w+.*)|(?:What|Which(?: \w+)?) (?P<what>(?:(?!(?:{_AUXILIARY})\b)\w+(?:s|ed)"
    rf"|{_PAST}|(?:is|was|are|were) (?:the|a|an|\w+ed)\b)\b.*))\?$"
)
_INVERTED = re.compile(r"\b(?:did|does|do)\b")
# As many of the wrong ones have another answer; the others have another passage.
OTHER_ANSWER = 0.7


def claims(own: Sequence[Row], chance: random.Random) -> Iterator[Row]:
    """One of each question that can be turned into a claim, half of them not borne out."""
    answers: dict[str, list[str]] = defaultdict(list)
    for row in own:
        if row.answer:
            answers[row.passage].append(row.answer)
    passages = list(answers)
    for row in own:
        said = _said(row.asked) if row.answer else None
        if said is None:
            continue
        answer, read, label = row.answer, row, int(chance.random() < 0.5)
        if not label and chance.random() < OTHER_ANSWER:
            others = [
                each
                for each in answers[row.passage]
                if each.lower() not in answer.lower() and answer.lower() not in each.lower()
            ]
            if not others:
                continue
            answer = chance.choice(others)
        elif not label:
            at = passages.index(row.passage)
            near = passages[max(0, at - 2) : at] + passages[at + 1 : at + 3]
            near = [each for each in near if answer.lower() not in each.lower()]
            if not near:
                continue
            read = Row("span", row.asked, chance.choice(near), 0)
        shown = cut(read, chance)
        yield Row("entailment", f"{answer} {said}.", shown.passage, label, of="claims")


def _said(asked: str) -> str | None:
    """What is said of the answer, where the question asks for its own subject."""
    found = _SUBJECT.match(asked)
    said = found and (found["who"] or found["what"])
    return said if said and not _INVERTED.search(said) else None
