"""A follow-up as a language model rewrites it to stand alone, if it adds nothing of its own.

A rewritten question is what is searched for: a name or number that nobody mentioned would find
another answer. Then, as when the model fails, the rules' version is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.features import numbers, stems
from qa.kinds import spans
from qa.leaning import leans
from qa.types import Turn

# Turns that the model reads, and words of each answer.
TURNS, WORDS = 3, 60
LONGEST = 400
# Words of its own that a rewritten question may have, as "How" or "happened".
OWN = 2


def may_lean(question: str, history: Sequence[Turn]) -> bool:
    """Whether there is anything to rewrite."""
    return bool(history) and leans(question)


def conversation(history: Sequence[Turn]) -> str:
    """What was said last, as the prompt shows it."""
    return "\n".join(
        f"Question: {' '.join(turn.question.split())}\n"
        f"Answer: {' '.join(turn.answer.split()[:WORDS])}"
        for turn in history[-TURNS:]
    )


def rephrased(said: str, question: str, history: Sequence[Turn], by_rules: str) -> str:
    """What the model said, if it is a question and of words that were there; else `by_rules`."""
    lines = [line.strip(' "“”*') for line in said.strip().splitlines() if line.strip()]
    first = lines[0] if len(lines) == 1 else ""
    known = " ".join([conversation(history), question, by_rules])
    if not first.endswith(("?", "？", "؟")) or len(first) > LONGEST:
        return by_rules
    names = {word for each in spans("name", first) for word in stems(each.text)}
    new = stems(first) - stems(known)
    return by_rules if numbers(first) - numbers(known) or names & new or len(new) > OWN else first
