"""Whether a claim says the opposite of the sentence it rests on, or more than that says.

Looked at word by word: what "not" and its like stand before here and don't there, verbs and their
opposites, and "all" where the sentence says "some".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from qa.wording import COPY, Aligned, Sentence

OPPOSITE = "the passage says the opposite"
# The share of a claim's telling words that a sentence must have to be about the same.
ABOUT = 0.6
# The share of words in order above which hardly anything is changed.
CLOSE_COPY = 0.85
# Telling words after "not" that it may be said of.
_REACH = 3


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


_NOT = _words(
    "not no never nobody none nothing neither nor without cannot hardly barely unable denied"
    " denies deny denying refused refuses refuse refusing rejected rejects reject rejecting"
    " declined declines failed fails fail failing lacks lack lacked"
)
# Those say no in passing, which another sentence may say in other words.
_PLAIN = _words("not no never nobody none nothing neither nor without cannot")
# Words that are changed at most, where a "not" that comes or goes turns the sense.
_FEW = 3
# What only looks like a no.
_NO_NOT = re.compile(
    r"\b(?:not only|not just|not least|no doubt|no wonder|not to mention|nothing but|no sooner"
    r"|no later than|no fewer than|no less than|no more than|whether or not|if not)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[.;:!?()—–]|,\s(?:and|but|while|who|which|because|so|as|though)\b")
# Words with no meaning of their own, between "not" and what it is said of.
_HELPERS = _words(
    "be been being is are was were am do does did have has had will would shall"
    " should can could may might must the a an any to yet ever even"
)
_OPPOSITES = (
    "rise rises rose risen rising|fall falls fell fallen falling drop drops dropped declined",
    "increase increases increased increasing grow grew grown growing|decrease decreases decreased"
    " decreasing shrink shrank shrunk shrinking fall fell fallen drop dropped decline declined",
    "gain gains gained|lose loses lost",
    "win wins won winning|lose loses lost losing",
    "approve approves approved approval|reject rejects rejected rejection",
    "accept accepts accepted|reject rejects rejected refuse refused decline declined",
    "open opens opened opening reopened reopens reopen|close closes closed closing shut shuts",
    "support supports supported supporting back backed backs|oppose opposes opposed opposing",
    "allow allows allowed permit permits permitted|ban bans banned forbid forbids forbade"
    " forbidden prohibit prohibits prohibited",
    "pass passed passes|fail failed fails",
    "begin begins began begun start starts started|end ends ended stop stops stopped finished",
    "buy buys bought|sell sells sold",
    "arrive arrives arrived|leave leaves left depart departs departed",
    "guilty convicted|innocent acquitted",
    "confirm confirms confirmed|deny denies denied",
    "for|against",
    "more|less fewer",
    "most|least fewest",
    "higher|lower",
    "above|below",
    "before|after",
    "largest biggest|smallest",
    "highest|lowest",
    "first|last",
    "early earlier|late later",
    "up|down",
    "north northern|south southern",
    "east eastern|west western",
    "better|worse",
    "best|worst",
    "safe|unsafe dangerous",
    "legal|illegal",
    "possible|impossible",
    "likely|unlikely",
    "able|unable",
    "include includes included including|exclude excludes excluded excluding",
    "male men man|female women woman",
    "survive survived survives|die died dies",
    "hire hired hires|fire fired dismissed sacked",
    "build built|demolish demolished",
    "agree agreed agrees|disagree disagreed refuse refused",
    "raise raised raises|cut cuts lower lowered lowers",
    "strengthen strengthened|weaken weakened",
    "succeed succeeded succeeds|fail failed fails",
    "import imports imported|export exports exported",
    "cause causes caused|prevent prevents prevented",
    "positive|negative",
    "day|night",
)
_UNIVERSAL = _words("all every each always entire whole everyone everybody")
_SOME = _words("some several many most few half various often sometimes usually partly mostly")
_MOST = frozenset({"most", "mostly", "majority"})
_ONLY = _words("only just solely alone sole exclusively merely simply single purely unique except")


def contradicts(claim: Sentence, near: Sequence[Aligned]) -> str | None:
    """A reason if the claim says no to what the nearest sentences affirm, or the other way."""
    about = [each for each in near if each.share >= ABOUT or each.in_order >= ABOUT]
    verdicts = [_opposed(claim, each) for each in about]
    # Two sentences may say both: "didn't open on Monday" and "opened on Tuesday".
    return OPPOSITE if verdicts and verdicts[0] else None


def overstates(claim: Sentence, near: Sequence[Aligned]) -> str | None:
    """A reason if the claim says of all, or only of these, what a sentence says of some."""
    for each in near[:1]:
        if each.share < ABOUT and each.in_order < ABOUT:
            continue
        theirs = {word.said for word in each.sentence.words}
        copy = each.in_order >= CLOSE_COPY
        for place, word in enumerate(claim.words):
            if word.said in _UNIVERSAL and not theirs & _UNIVERSAL:
                weaker = theirs & _SOME and _before_same(claim, place, each.sentence, _SOME)
                if weaker or (copy and _is_new(place, each)):
                    return f"“{word.said}” is more than the passage says"
            most = word.said in _MOST and not theirs & _MOST and theirs & {"some", "few"}
            if most and _before_same(claim, place, each.sentence, _SOME):
                return f"“{word.said}” is more than the passage says"
            if word.said == "only" and not theirs & _ONLY and copy and _is_new(place, each):
                return "“only” is more than the passage says"
    return None


def _is_new(place: int, near: Aligned) -> bool:
    return any(first <= place < last for (first, last), _ in near.changed)


def _before_same(claim: Sentence, place: int, other: Sentence, those: frozenset[str]) -> bool:
    """Whether the other says one of those words of what the claim says its word of."""
    targets = {word.stem for word in claim.words[place + 1 : place + 5] if word.tells}
    return any(
        word.said in those and targets & {each.stem for each in other.words[at + 1 : at + 5]}
        for at, word in enumerate(other.words)
    )


def _opposed(claim: Sentence, near: Aligned) -> bool:
    other = near.sentence
    mine, theirs = _denied(claim), _denied(other)
    if near.in_order >= COPY and _no_is_put_in(claim, near):
        return True
    for one, of, their_own, beside in (
        (mine, claim, theirs, other),
        (theirs, other, mine, claim),
    ):
        for plain, targets in one:
            if not plain and near.in_order < COPY:
                continue
            first = targets[0]
            affirmed = _times(first, of) > sum(first in each for _, each in one)
            if _times(first, beside) and not affirmed and not any(first in t for _, t in their_own):
                return True
    return bool(not mine and not theirs and _turned(claim, near))


def _turned(claim: Sentence, near: Aligned) -> bool:
    """Whether a word of the claim has its opposite in its place in the sentence."""
    mine = {word.said for word in claim.words}
    theirs = {word.said for word in near.sentence.words}
    for (a, b), (c, d) in near.changed:
        for word in claim.words[a:b]:
            for other in _opposites().get(word.said, frozenset()):
                there = {each.said for each in near.sentence.words[c:d]}
                if other in there and word.said not in theirs and other not in mine:
                    return True
    return False


def _no_is_put_in(claim: Sentence, near: Aligned) -> bool:
    """Whether a few words that are changed hold a "not" on one side only; a longer stretch that
    was left out has its own."""
    return any(
        b - a <= _FEW and d - c <= _FEW and _noes(claim, a, b) != _noes(near.sentence, c, d)
        for (a, b), (c, d) in near.changed
    )


def _noes(of: Sentence, first: int, last: int) -> int:
    masked = [match.span() for match in _NO_NOT.finditer(of.text)]
    return sum(
        word.said in _PLAIN and not any(start <= word.start < end for start, end in masked)
        for word in of.words[first:last]
    )


def _times(stem: str, of: Sentence) -> int:
    return sum(word.stem == stem for word in of.words)


def _denied(of: Sentence) -> list[tuple[bool, list[str]]]:
    """The stems that each "not" of a sentence may be said of, the nearest first, and whether it is
    a plain no, not a verb such as "refused"."""
    masked = [match.span() for match in _NO_NOT.finditer(of.text)]
    found = []
    for place, word in enumerate(of.words):
        if word.said in _NOT and not any(start <= word.start < end for start, end in masked):
            targets = list(_after(of, place))
            if targets:
                found.append((word.said in _PLAIN, targets))
    return found


def _after(of: Sentence, place: int) -> Iterator[str]:
    stop = _CLAUSE_END.search(of.text, of.words[place].end)
    end = stop.start() if stop else len(of.text)
    after = [
        word
        for word in of.words[place + 1 :]
        if word.start < end and word.said not in _HELPERS and word.said not in _NOT
    ]
    telling = (word.stem for word in [each for each in after if each.tells] or after)
    for _, stem in zip(range(_REACH), telling, strict=False):
        yield stem


@cache
def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in _OPPOSITES:
        one, other = (frozenset(side.split()) for side in line.split("|"))
        for these, those in ((one, other), (other, one)):
            for word in these:
                found[word] = found.get(word, frozenset()) | those
    return found
