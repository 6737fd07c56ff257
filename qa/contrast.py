"""Whether two statements are of the same matter and can't both be true, by rules of English.

Values that may both be true (rounded, in another unit, more precise) don't differ, and neither do
those said of another year, period, place or thing, or so much later that the first was overtaken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from index.types import Span
from qa.features import Candidate, stems
from qa.kinds import fits, kind_of, wants
from qa.marks import answering
from qa.names import names, same
from qa.values import Value, agree, values

# When documents were published, YYYY-MM-DD, by their ids.
Dates = Mapping[str, str | None]

# An amount that is more times another is of something else.
TIMES = 20
# Reports so many days apart may both have been right when they were written.
SAME_TIME = 3

_YES_OR_NO = re.compile(
    r"^(?:did|does|do|is|was|are|were|has|have|had|will|would|can|could|should)\b"
    r"|^how did .* (?:plead|vote|decide|rule|react|respond)",
    re.IGNORECASE,
)
# Words that say no to what their opposites say yes to.
_NO = re.compile(
    r"\b(?:not|no|nor|never|nobody|none|neither|without|refus\w+|reject\w+|den(?:y|ies|ied)"
    r"|declin\w+|fail\w*|threw out|thrown out|turn(?:ed|s)? down|voted down|sat out|miss(?:ed|es)"
    r"|against|block\w*|ruled? out|dismiss\w*|cancel\w*|stopp?\w*|unable|un(?:hurt|harmed|injured)"
    r"|escap\w+|banned|halt\w*|withdr[ae]w\w*|abandon\w*|scrap\w*|call(?:ed)? off|drop(?:ped)?"
    r"|closed|shut|lost|acquitted|innocent|oppos\w+|left out|absent|defeated|overturned|vetoed)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:caus\w+|due to|blam\w+|because|reasons?|result(?:ed)?|trigger\w*|led to|behind|after"
    r"|brought (?:down|on|about)|killed|responsible|trac(?:es?|ed) (?:back )?to|owing to|down to"
    r"|attribut\w+|found that"
    r"|made|makes|fault|failure|cracked|burst|broken|faulty|sparked|set off)\b",
    re.IGNORECASE,
)
_VAGUE = stems("technical fault problem error failure defect accident unknown human mistake")
_OVERTAKEN = re.compile(
    r"\b(?:(?:has|have|had|since)(?: since)? (?:risen|grown|climbed|gone up|increased|fallen"
    r"|gone down)"
    r"|(?:rose|grew|climbed|increased|went up|fell|went down) (?:from|to)|revised"
    r"|corrected|originally|initially|at first|since then|had been put at|until then|now stands"
    r"|up from|down from|previously|earlier (?:figure|estimate|report|count)s?)\b",
    re.IGNORECASE,
)
# What is easily taken for one another and isn't the same: a question that has a word of one side
# isn't answered by a sentence with one of the other side only.
_CONTRASTS = tuple(
    tuple(frozenset(stems(side)) for side in line.split("|"))
    for line in (
        "killed dead died deaths death kill die fatal|injured hurt wounded injuries injure",
        "adult adults grown|child children under-12s pupils students concession",
        "man men male|woman women female girls",
        "chairman chairwoman chair board|executive",
        "profit profits earnings earned|sales revenue turnover loss losses",
        "gross|net",
        "crew|passengers researchers guests",
        "average mean median|record maximum peak",
        "arrested arrest caught seized|charged convicted sentenced",
        "built build construction|bought opened closed",
        "import imports imported|export exports exported",
        "buy bought purchase|sell sold sale",
        "birth births born|death deaths died",
        "arrive arrival arrived|depart departure left",
    )
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, its chance to answer, and the words of it that do; `value` if those compare."""

    candidate: Candidate
    chance: float
    value: Value

    @property
    def marks(self) -> tuple[Span, ...]:
        """Where the value stands; nowhere if it is all of the sentence."""
        at = (self.value.start, self.value.end)
        return () if at == (0, len(self.candidate.sentence.text)) else (at,)


def stated_value(question: str, sentence: str) -> Value | None:
    """What a sentence gives for an answer, in a form that compares; None if nothing."""
    kind, wanted = kind_of(question), wants(question)
    if kind in ("date", "number", "name"):
        value = answering(question, sentence)
        # Of a wrong kind it would be compared with what it isn't.
        right = value and (not wanted or value.of == "name" or fits(value, wanted))
        return value if value and right and not _starts(value, sentence) else None
    if _YES_OR_NO.match(question):
        no = _NO.search(sentence)
        at = no.span() if no else (0, len(sentence))
        return Value(*at, sentence[slice(*at)], "no" if no else "yes")
    if kind == "reason":
        return Value(0, len(sentence), sentence, "cause") if _CAUSE.search(sentence) else None
    return answering(question, sentence)


def _starts(value: Value, sentence: str) -> bool:
    """Whether it is one word that has its capital for beginning a sentence, and may be no name."""
    before = sentence[: value.start].rstrip()
    begins = not before or before[-1] in '.!?:—–“"('
    return value.of == "name" and begins and " " not in value.text


def differ(question: str, one: Statement, other: Statement) -> bool:
    """Whether their values can't both be true of the same thing."""
    a, b = one.value, other.value
    if {a.of, b.of} == {"yes", "no"}:
        return True
    if a.of == b.of == "cause":
        asked = stems(question)
        mine, theirs = stems(a.text) - asked, stems(b.text) - asked
        return not (mine | theirs) & _VAGUE and len(mine - theirs) > 0 and len(theirs - mine) > 0
    if a.parts and _unlike(a, b):
        return False
    if a.parts:
        # What says both values says how they came about.
        return agree(a, b) is False and not any(
            agree(value, each)
            for value, text in ((a, other), (b, one))
            for each in values(text.candidate.sentence.text)
        )
    if b.parts or same(a.text, b.text):
        return False
    # Whom the other report names as well, it would name if it meant the same.
    return a.text not in other.candidate.passage.text and b.text not in one.candidate.passage.text


def _unlike(one: Value, other: Value) -> bool:
    """Whether one amount is so many times the other that they can't be of the same thing."""
    amounts = [
        abs(low + high)
        for each in (one, other)
        for name, low, high in each.parts
        if name == "value"
    ]
    return len(amounts) == 2 and max(amounts) > TIMES * min(amounts)


def same_matter(question: str, one: Statement, other: Statement, dates: Dates) -> bool:
    """Whether both speak of the same year, period, place and thing, at about the same time."""
    a, b = one.candidate, other.candidate
    if _apart(dates.get(a.passage.document), dates.get(b.passage.document)):
        return False
    texts = [each.candidate.sentence.text for each in (one, other)]
    if _OVERTAKEN.search(texts[0]) or _OVERTAKEN.search(texts[1]):
        return False
    if _other_thing(question, *texts):
        return False
    years = [
        _years(text) - _years(each.value.text)
        for text, each in zip(texts, (one, other), strict=True)
    ]
    asked = _years(question)
    if years[0] and years[1] and not years[0] & years[1]:
        return False
    if any(each and asked and not each & asked for each in years):
        return False
    if kind_of(question) == "number" and _periods_differ(one, other):
        return False
    return wants(question) == frozenset({"place"}) or not _places_differ(question, a, b)


def _other_thing(question: str, one: str, other: str) -> bool:
    """Whether they speak of two things that are told apart, such as the killed and the injured."""
    asked, mine, theirs = stems(question), stems(one), stems(other)
    return any(
        (mine & this and theirs & that and not theirs & this and not mine & that)
        or (
            asked & this
            and not asked & that
            and any(said & that and not said & this for said in (mine, theirs))
        )
        for sides in _CONTRASTS
        for this, that in (sides, sides[::-1])
    )


def _periods_differ(one: Statement, other: Statement) -> bool:
    """Whether one speaks of a whole year and the other of a month of one."""
    said = [
        {
            name
            for each in values(s.candidate.sentence.text)
            if each.of == "date"
            for name, *_ in each.parts
        }
        for s in (one, other)
    ]
    return any(
        "year" in mine and "month" not in mine and theirs - {"weekday", "day"} == {"month"}
        for mine, theirs in (said, said[::-1])
    )


def _places_differ(question: str, a: Candidate, b: Candidate) -> bool:
    """Whether each names a place that the other's passage doesn't, or one the place asked about."""
    known = stems(question)
    mine, theirs = (_places(each.sentence.text) for each in (a, b))
    asked = [{p for p in some if stems(p) <= known} for some in (mine, theirs)]
    new = [
        {p for p in some if not stems(p) <= known and not _in(p, there)}
        for some, there in ((mine, b), (theirs, a))
    ]
    return bool(
        (new[0] and new[1])
        or (asked[0] and not asked[1] and theirs)
        or (asked[1] and not asked[0] and mine)
    )


def _apart(one: str | None, other: str | None) -> bool:
    if not one or not other:
        return False
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days) > SAME_TIME


def _years(text: str) -> set[int]:
    return {
        int(low)
        for each in values(text)
        if each.of == "date"
        for name, low, high in each.parts
        if name == "year" and low == high
    }


def _places(text: str) -> set[str]:
    return {each.text for each in names(text) if each.of == "place"}


def _in(place: str, candidate: Candidate) -> bool:
    return place in candidate.passage.text or place in candidate.passage.context


def comparable(one: Statement, other: Statement) -> bool:
    """Whether their values are of a kind."""
    a, b = one.value, other.value
    if a.parts or b.parts:
        return agree(a, b) is not None
    return {a.of, b.of} <= {"yes", "no"} or a.of == b.of or "name" in (a.of, b.of)
