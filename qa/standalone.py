"""A question that leans on what was said before is made to stand alone, by rules.

"And the year before?" asks the question before of another year; "who said that?" is searched with
the answer before, any other with words of the question before. What is asked for stays: when, who
or how many. The result is searched and compared with sentences; nobody reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import prompts
from index.words import STOP_WORDS
from qa.kinds import kind_of, spans
from qa.leaning import ASKS, AT, AUX, MARKS, core, is_fragment, leans
from qa.types import Turn

# Characters of the result; words of a question or answer before that are taken.
LONGEST, _WORDS = 2_000, 40
# Turns that are read; an answer of so many words is taken whole, of a longer one the names.
_TURNS, _SHORT = 8, 12

# What an answer says that only declines.
_DECLINING = ("not_said", "off_topic", "nothing_searched")

_AGAIN = re.compile(r"|more|(?:what|who|anything|anyone|where) else", re.I)
_IT = re.compile(r"\bits?\b", re.I)
_PERSON = re.compile(r"\b(?:he|him|his|she|hers?)\b", re.I)
# What points at the answer before as a whole, rather than at somebody or something in it.
_SAYING = re.compile(
    r"\b(?:(?:said|wrote|claims?|claimed|told|reported|announced|denied) (?:that|this|it|so)$"
    rf"|says who|to whom)$|^{AUX} (?:that|this|it) (?:true|confirmed|official|certain|right)\b",
    re.I,
)
# Not in capitals unless they come first: May and Will are names.
_ASKING = re.compile(
    r"(?i:\bhow (?:many|much|long|old|big|large|far|tall|often|high)\b)"
    rf"|^(?i:{ASKS}|{AUX})(?!\w)|\b(?:{ASKS}|{AUX})(?!\w)"
)
_NOUN = re.compile(
    rf"\b(?:the|an?|this|these|['’]s) ([a-z]\w*)|(?i:\bhow many|\bhow much|\bwhich|\bwhat)"
    rf" (?!{AUX} )((?:[a-z]\w+ )+?)(?={AUX} )"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_STEP = re.compile(r"\b(?:(before|earlier|previous)|after|later|following|next)\b", re.I)
_NTH = re.compile(r"\b(?:the )?(?:(first|former)|(second|latter)|third)(?: one)?$", re.I)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question, with what of the turns before it needs to be understood."""
    before, last = "", Turn("", "")
    for turn in history[-_TURNS:]:
        before = _resolved(turn.question, before, last)
        last = Turn(turn.question, _stated(turn.answer))
    return _resolved(question, before, last)


def _resolved(question: str, before: str, last: Turn) -> str:
    """The question after the last turn, whose question was made to stand alone as `before`."""
    if not before or not leans(question):
        return question
    asked, before = _nth(core(question), last.answer), _cut(before.rstrip(MARKS))
    if _AGAIN.fullmatch(asked):
        return f"{before}?"
    of_year = _of_year(asked, before)
    if is_fragment(asked):
        return f"{of_year}?" if of_year != before else _swapped(asked, before)
    if re.fullmatch("when|where", asked, re.I):
        asked += " was"
    return _joined(asked, _meant(asked, of_year, last))


def _meant(asked: str, before: str, last: Turn) -> str:
    """The words of the last turn that a question needs."""
    if _SAYING.search(asked):
        return f"{_cut(last.answer)} {_stripped(before)}"
    # A question with words of its own needs to know of what; "why?" needs all that was asked.
    about = _topic if set(_stripped(asked).lower().split()) - STOP_WORDS else _stripped
    if kind_of(before) in ("date", "number", "reason") or (_IT.search(asked) and _names(before)):
        return about(before)
    # The answer is what may be meant now, if it was a thing or somebody.
    names = _names(last.answer)[:3]
    if names and _PERSON.search(asked):
        # "Roald Stenmark, who came from Corran Line": the first. Of three, any may be meant.
        one = len(names) < 3
        return f"{names[0] if one else ' '.join(names)} {about(last.question if one else before)}"
    whole = len(last.answer.split()) <= _SHORT
    return f"{about(before)} {last.answer if whole else ' '.join(names)}"


def _nth(asked: str, answer: str) -> str:
    """ "The second one" as the second name in the answer."""
    nth, names = _NTH.search(asked), _names(answer)
    place = (0 if nth[1] else 1 if nth[2] else 2) if nth else 0
    return asked[: nth.start()] + names[place] if nth and place < len(names) > 1 else asked


def _of_year(asked: str, before: str) -> str:
    """The question before, of the year that is asked for now: 2022, or the year before."""
    years = list(_YEAR.finditer(before))
    own, step = _YEAR.search(asked), _STEP.search(asked)
    if not years or not (own or step):
        return before
    year = own[0] if own else str(int(years[-1][0]) + (-1 if step and step[1] else 1))
    return f"{before[: years[-1].start()]}{year}{before[years[-1].end() :]}"


def _swapped(asked: str, before: str) -> str:
    """The question before with "in Ostrey" in place of its "in Saltmere", or else behind it."""
    at = re.match(rf"({AT}) (.+)", asked, re.I)
    thing, names = at[2] if at else asked, _names(before)
    after = [n for n in names if at and re.search(rf"\b{at[1]} (?:the )?{re.escape(n)}", before)]
    if len(names := after or names) == 1 and thing[:1].isupper():
        return f"{before.replace(names[0], thing)}?"
    counted = re.match(r"(how (?:many|much) )\w+(.*)", before, re.I)
    if counted and re.fullmatch(r"\w+(?<!ed)", asked):
        return f"{counted[1]}{asked}{counted[2]}?"
    return f"{before} {asked}?"


def _joined(asked: str, meant: str) -> str:
    """Both, less words that would ask for another kind of answer."""
    joined = f"{asked}? {meant}".strip()
    if kind_of(joined) != kind_of(asked):
        words = re.findall(r"[\w'’-]+", meant)
        kept = (word for word in words if word.lower() not in STOP_WORDS | {"list"})
        joined = f"{asked}? {' '.join(kept)}"
    return joined[: max(LONGEST, len(asked))]


def _stripped(question: str) -> str:
    """What a question is about, without what it asks for."""
    return " ".join(_ASKING.sub(" ", question).split())


def _topic(question: str) -> str:
    """The names in a question and its plainest nouns; all that it is about if it has no names.

    What is said of them would find the answer before once more.
    """
    names = _names(question)
    nouns = [one or several.strip() for one, several in _NOUN.findall(question)]
    return " ".join([*names, *nouns]) if names else _stripped(question)


def _names(text: str) -> list[str]:
    """The names in a text, once each, without "'s"."""
    found = (re.sub(r"['’]s$", "", each.text) for each in spans("name", text))
    return list(dict.fromkeys(n for n in found if not re.fullmatch(f"{ASKS}|{AUX}", n, re.I)))


def _stated(answer: str) -> str:
    """The answer; nothing if it only said that there is none."""
    declined = (prompts.load(name).fill() for name in _DECLINING)
    return "" if answer in declined else answer.replace("…", " ").strip()


def _cut(text: str) -> str:
    return " ".join(text.split()[:_WORDS])[: LONGEST // 3]
