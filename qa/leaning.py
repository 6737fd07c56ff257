"""Tells whether a question needs what was said before it to be understood.

The rules are English. In other languages only the shortest questions are taken to lean.
"""

from __future__ import annotations

import re
from math import ceil

from index import content_words
from index.words import STOP_WORDS, grams

ASKS = r"(?:who|whom|whose|what|when|where|why|which|how)"
AUX = (
    r"(?:do|does|did|is|are|was|were|has|have|had|will|would|can|could|should|may|might|must|'s|’s)"
)
AT = r"(?:in|at|on|for|from|by|to|with|under|near|during|of|about|against|since|after|before)"
_EMPTY_WORDS = STOP_WORDS | {"many", "much", "tell"}
MARKS = " ?!.…？！。؟"
# A question with more content words than this says itself what it is about.
_MOST = 8

_AND = re.compile(r"^(?:(?:and|but|so|or|also|then|ok|okay|well)\b[\s,]*)+", re.I)
_ABOUT = re.compile(r"^(?:what|how) about\s+", re.I)
_CLAUSE = re.compile(rf"\b{ASKS}\b|^{AUX}\b|^(?:tell|say|show|list|name|give|explain)\b", re.I)
_TIME = r"(?:year|month|week|day|morning|time|season)"
# "It" and "that" that stand for nothing: "was it announced that", "does it take to", "this year".
_EMPTY = re.compile(
    r"\bit (?:\w+ ){0,2}\w+ (?:that|if|whether) |\bit (?:take|took|cost|possible|legal|illegal|safe"
    rf"|necessary|important|hard|easy) to\b|\bthis {_TIME}\b|\b(?:those|that) who\b",
    re.I,
)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|theirs?|he|him|his|she|hers?)\b", re.I)
# One that ends the question can't be what its subject is: "why did Norgrid sell it?"
_LAST = re.compile(r"\b(?:it|them|him|her)\W*(?:now|then|today|again|there)?\W*$", re.I)
_POINTS = re.compile(
    r"\b(?:that|this|those|these|there|then|more|else|not|come|former|latter)\W*$"
    rf"|\b(?:{AUX}|{AT}) (?:that|those|these|this)\b|\bthat \w+\W*$"
    r"|\b(?:that|this|which|another|other|last|\w+(?:st|nd|rd|th)) ones?\b"
    rf"|\bthe {_TIME} (?:before|after|earlier|later)\b|\b(?:previous|following) {_TIME}\b"
    r"|\btell me more\b|\b(?:says|of|to) wh(?:o|om)\W*$",
    re.I,
)
_OTHER = re.compile(r"\b(?:others?|another|the rest|the same)\b", re.I)
# "The mayor", "who is thane": named well enough to be asked about alone.
_NAMED = re.compile(rf"\b(?:the|an?|my|your) |^wh(?:o|at)(?: ?{AUX}) \w+$", re.I)
_NAME = re.compile(r"(?<=\S )(?!I\b)[A-ZÀ-ÖØ-Þ]\w|[\"“«]")
# "Did the mayor say why she", "what can china do": a subject of the question's own.
_SUBJECT = re.compile(
    r"(?<!who )\b(?:do|does|did|has|have|had|will|would|can|could) (?:the |an? )?(\w{3,}) ", re.I
)


def core(question: str) -> str:
    """The question without "and" or "what about" before it, and the marks behind."""
    return _ABOUT.sub("", _AND.sub("", question)).rstrip(MARKS)


def is_fragment(asked: str) -> bool:
    """Whether this is only a part of a question, to be put into the one before: "in Ostrey"."""
    return not _CLAUSE.search(asked)


def leans(question: str) -> bool:
    """Whether it needs what was said before."""
    asked = core(question)
    words = [w for w in content_words(asked) if w not in _EMPTY_WORDS and not grams(w)]
    # Where words aren't spaced, two characters are taken for one.
    size = len(words) + ceil(len(grams(asked).split()) / 2)
    if size > _MOST:
        return False
    plain = _EMPTY.sub(" ", asked)
    if not size or _POINTS.search(plain) or _LAST.search(plain):
        return True
    own = [each.start() for each in _NAME.finditer(asked)]
    own += [s.start() for s in _SUBJECT.finditer(asked) if s[1].lower() not in STOP_WORDS]
    pronoun = _PRONOUN.search(plain)
    if pronoun and not (own and min(own) < pronoun.start()):
        return True
    opened = asked != question.rstrip(MARKS)
    if is_fragment(asked):
        questioned = question.rstrip().endswith(("?", "？", "؟")) or re.match(
            rf"{AT} ", asked, re.I
        )
        return size <= 4 if opened else bool(questioned) and size <= 2
    if opened and size <= 2:
        return True
    return not own and (
        (size <= 3 and bool(_OTHER.search(asked))) or (size <= 2 and not _NAMED.search(asked))
    )
