"""What kind of answer a question asks for, and which values of a sentence are of that kind.

Rules, not a model: they speak English, and find nothing to go by in other languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from qa.names import names
from qa.units import MONEY
from qa.values import Value, values

Kind = Literal["date", "number", "name", "list", "reason", "comparison", "other"]
Measures = frozenset[str]

_TIME = frozenset({"date", "time"})
# Nouns that are asked for by "what" or "which", by what an answer measures.
_NOUNS: Mapping[str, Measures] = {
    noun: of
    for line, of in (
        ("time hour", frozenset({"time"})),
        ("year date day night month decade century season weekday", frozenset({"date"})),
        ("morning afternoon evening", _TIME),
        ("percentage percent proportion share portion fraction turnout rate", frozenset({"share"})),
        ("price cost fine sum fare fee rent salary wage profit loss budget revenue", MONEY),
        ("income dividend debt turnover bill compensation ransom reward", MONEY),
        ("age", frozenset({"duration", "count"})),
        ("duration term sentence", frozenset({"duration"})),
        ("length distance height depth width size area", frozenset({"length", "area"})),
        ("temperature", frozenset({"celsius"})),
        ("speed", frozenset({"speed"})),
        ("weight mass", frozenset({"mass"})),
        ("attendance toll population majority", frozenset({"count"})),
        ("number amount total score figure magnitude capacity value quantity", frozenset()),
        (
            "person man woman king queen president minister artist author singer",
            frozenset({"person"}),
        ),
        (
            "player leader scientist engineer architect professor actor actress",
            frozenset({"person"}),
        ),
        (
            "emperor general bishop mayor judge director captain officer lawyer",
            frozenset({"person"}),
        ),
        ("writer composer painter driver doctor coach politician", frozenset({"person"})),
        ("individual alumni alumnus hero", frozenset({"person"})),
        ("country city town state nation place river island stadium county", frozenset({"place"})),
        ("province region district continent sea ocean mountain lake street", frozenset({"place"})),
        (
            "harbor harbour port village airport bridge location epicentre epicenter venue",
            frozenset({"place"}),
        ),
        ("neighborhood neighbourhood suburb park canal", frozenset({"place"})),
        ("company team organization organisation group band film movie book", frozenset()),
        ("language university school college party club league newspaper", frozenset()),
        ("magazine journal firm bank court hotel church museum war battle", frozenset()),
        ("treaty dynasty empire religion denomination era period epoch show", frozenset()),
        ("series album song agency department network channel award prize", frozenset()),
        ("border government army act law name community body house principle", frozenset()),
    )
    for noun in line.split()
}
_NUMBERS = frozenset(
    word
    for line in (
        "percentage percent proportion share portion fraction turnout rate price cost fine sum",
        "fare fee rent salary wage profit loss budget revenue income dividend debt turnover bill",
        "compensation ransom reward age duration length distance height depth width size area",
        "temperature speed weight mass number amount total score figure attendance toll magnitude",
        "population majority capacity value quantity term sentence",
    )
    for word in line.split()
)
_VERB = r"(?:did|do|does|is|was|are|were|will|would|can|could|has|have|had|should|may|might|must)"
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("date", rf"\b(when {_VERB}|(since|until|till) when|how long ago|what time)\b"),
    (
        "number",
        r"\bhow (many|much|long|old|large|big|far|tall|often|high|deep|fast|wide|heavy|few|full"
        r"|steep|thick|small|short|cheap|expensive|strong|loud|warm|hot|cold)\b"
        r"|\bwhat (did|does|do|is|was|are|will|would|should) .{0,60}"
        r"\b(cost|spend|pay|earn|charge|worth)\b",
    ),
    (
        "reason",
        r"\b(why|for what reason|what (caused|causes|led to|made|killed)|how come"
        r"|what (is|was) behind|what (is|was) the (reason|cause)"
        r"|^(the )?(reason|cause)s? (for|of))\b",
    ),
    (
        "comparison",
        r"\b(compared? (to|with)|than\b|difference between|(more|less|larger|smaller|older|longer"
        r"|higher|lower|bigger|steeper|better|worse) .{1,60}\bor\b)",
    ),
    (
        "list",
        r"\b(list|name (the|all|some|two|three|four|five)|(which|what) (two|three|four|five|six"
        r"|seven|are the|were the|(other )?(kinds|types|sorts|measures|steps|groups|countries"
        r"|companies|people|things|items|parties|names|reasons))|what (all|kinds? of|types? of"
        r"|sorts? of)|who (are|were) the|in what ways)\b",
    ),
    ("name", rf"\b(who|whom|whose|where {_VERB}|what .{{0,60}}((re)?named|called))\b"),
)
_ASKS = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)
# "Which old bridge", "what was the total number": the words among which the noun is.
_WHAT = re.compile(
    r"\b(?:what|which)(?: (?:is|was|are|were|will be|would be|has been|had been))?"
    r"(?: (?:the|a|an|his|her|its|their|this|that|of the))?((?: [\w'’-]+){1,3})"
)
# "turnout in the run-off": a question without a word that asks.
_ASKED = re.compile(rf"\b(?:what|which|who\w*|when|where|why|how)\b|^{_VERB}\b")
_KEYWORDS = re.compile(r"^(?:the )?((?:[\w'’-]+ ?){1,3})")
# What a question with "how" asks to have measured; the first that fits.
_HOWS: tuple[tuple[str, Measures], ...] = (
    (r"\bhow long\b.*\b(?:tunnel|bridge|road|river|wall|detour|route|line|ship|street|coast|border"
     r"|crossing|railway|track|path|canal)\b(?! (?:close|last|take|be))", frozenset({"length"})),
    (r"\bhow long\b", frozenset({"duration", "length", "date"})),
    (r"\bhow old\b", frozenset({"duration", "count"})),
    (r"\bhow (?:far|high|tall|deep|wide|thick)\b", frozenset({"length"})),
    (r"\bhow (?:hot|cold|warm)\b", frozenset({"celsius"})),
    (r"\bhow fast\b", frozenset({"speed"})),
    (r"\bhow heavy\b|\bhow much .*\bweigh", frozenset({"mass"})),
    (r"\bhow full\b", frozenset({"share"})),
    (r"\bhow many (?:years|months|weeks|days|hours|minutes|seconds|decades|nights)\b",
     frozenset({"duration"})),
    (r"\bhow many (?:miles|kilomet|met(?:re|er)s|feet)", frozenset({"length"})),
    (r"\bhow many (?:tons|tonnes|kilos|kilogram|grams|pounds of)", frozenset({"mass"})),
    (r"\bhow (?:many|often)\b", frozenset({"count"})),
    (r"\bhow much (?:rain|snow)", frozenset({"length"})),
    (r"\b(?:costs?|prices?|pays?|paid|spend|spent|worth|earn\w*|fine[ds]?|budget|profits?|revenues?"
     r"|rent|fees?|fares?|salary|wages?|dividends?|loss(?:es)?|income|debts?|donate[sd]?|raise[sd]?"
     r"|fund\w*|invest\w*|value[sd]?|turnover|charge[sd]?|money|penalty|ticket)\b", MONEY),
    (r"\bhow (?:big|large|small)\b", frozenset({"area", "length", "count", "volume", "mass"})),
)  # fmt: skip
_MEASURED = tuple((re.compile(pattern), of) for pattern, of in _HOWS)
# A figure without a currency that may be money: "savings of 65 million".
_MUCH = 1e5


def kind_of(question: str) -> Kind:
    """What kind of answer is asked for; the first that fits of those above."""
    asked = question.lower()
    for kind, pattern in _ASKS:
        if pattern.search(asked):
            return kind
    noun = _noun(asked)
    if noun is None:
        return "other"
    return "date" if _NOUNS[noun] & _TIME else "number" if noun in _NUMBERS else "name"


@lru_cache(maxsize=256)
def wants(question: str) -> Measures:
    """What the values that would answer measure: `Value.of`; empty where nothing tells."""
    asked, kind = question.lower(), kind_of(question)
    if kind not in ("date", "number", "name"):
        return frozenset()
    if kind == "name" and re.search(r"\bwho(m|se)?\b", asked):
        return frozenset({"person"})
    if kind == "name" and re.search(r"\bwhere\b", asked):
        return frozenset({"place"})
    if kind == "date":
        of = _NOUNS.get(_noun(asked) or "", _TIME)
        return frozenset({"time"}) if re.search(r"\bwhat time\b", asked) else of
    for pattern, measured in _MEASURED if kind == "number" and "how" in asked else ():
        if pattern.search(asked):
            return measured
    if kind == "number" and re.search(r"\b(cost|spend|pay|earn|charge|worth)\b", asked):
        return MONEY
    return _NOUNS.get(_noun(asked) or "", frozenset())


def fits(value: Value, wanted: Measures) -> bool:
    """Whether a value measures what is wanted; of money the currency may be left unsaid."""
    of = value.of.partition(" a ")[0]
    return of in wanted or (of == "count" and wanted == MONEY and value.parts[0][2] >= _MUCH)


def spans(kind: Kind, sentence: str) -> list[Value]:
    """The values of a sentence that are of that kind: dates, numbers or names; else none."""
    if kind == "name":
        return list(names(sentence))
    if kind == "date":
        return [each for each in values(sentence) if each.of in _TIME or each.of == "duration"]
    return [each for each in values(sentence) if each.of not in _TIME] if kind == "number" else []


def _noun(asked: str) -> str | None:
    """What "what" or "which" asks for: the last noun that is known among the next three words."""
    for match in (_WHAT if _ASKED.search(asked) else _KEYWORDS).finditer(asked):
        found = None
        for word in match[1].split():
            if re.fullmatch(rf"{_VERB}|of|in|on|for|from|to|by|that|who", word):
                break
            single = next((w for w in _singular(word) if w in _NOUNS), None)
            found = single or found
        if found:
            return found
    return None


def _singular(word: str) -> tuple[str, ...]:
    if word.endswith("ies"):
        return word, f"{word[:-3]}y"
    return (word, word[:-1]) if word.endswith("s") else (word,)
