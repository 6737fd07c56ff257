"""True sentences with one thing changed by rule, to see whether checking them tells.

The sentences are those that the gold questions of this repository rest on, each citing itself and
its neighbours. What is put in place of a number, date or name is another one of the same document
where it has one. The other way round, `harmless` says the same in slightly other words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from evals.gold import read
from index.words import STOP_WORDS
from qa.names import names
from qa.values import Value, agree, values
from qa.wording import sentences

GOLD = Path(__file__).parent / "gold"
SETS = (
    (GOLD / "newsroom" / "gold.yaml", GOLD / "newsroom" / "documents"),
    (GOLD / "seed.yaml", Path(__file__).parent.parent / "index" / "documents"),
)
# Words a sentence has at least, and the share of stop words that tells English.
SHORTEST, ENGLISH = 6, 0.2
_HELPER = re.compile(
    r"\b(?:is|was|are|were|will|would|has|have|had|can|could|may|might|must|should)\b(?! not\b)"
)
_NO = re.compile(r"\b(?:not|never) |n['’]t\b")
_UNITS = {
    **{"km": "miles", "kilometres": "miles", "miles": "kilometres", "metres": "feet"},
    **{"metre": "mile", "feet": "metres", "hours": "days", "hour": "day", "minutes": "hours"},
    **{"days": "weeks", "weeks": "months", "months": "years", "years": "months", "nights": "weeks"},
    **{"decades": "years", "crowns": "euros", "dollars": "euros", "euros": "dollars"},
    **{"tonnes": "kilos", "kilos": "tonnes", "hectares": "acres", "acres": "hectares"},
    **{"litres": "gallons", "million": "billion", "per cent": "points", "knots": "kilometres"},
    **{"week": "month", "year": "month", "month": "year", "kg": "tonnes", "megawatts": "gigawatts"},
}
_UNIT = re.compile(
    rf"(?<=\d )(?:{'|'.join(_UNITS)})\b|\b(?:an?|per|each|every) (?:week|year|month)\b"
    rf"|(?<=\w[eynrwt] )(?:{'|'.join(u for u in _UNITS if u.endswith('s'))})\b"
)
_TAG = re.compile(r"<[^<>]{1,200}>")
_WORDS = (
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a document, and the text that it cites: itself and its neighbours."""

    sentence: str
    cited: str
    document: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A claim made of a sentence by a change of that kind."""

    kind: str
    claim: str
    said: Said


def evidence() -> list[Said]:
    """The English sentences that gold questions rest on, once each, in the gold files' order."""
    found: dict[str, Said] = {}
    for gold, folder in SETS:
        for question in read(gold):
            for each in question.evidence:
                text = _TAG.sub("", (folder / each.source).read_text(encoding="utf-8"))
                for said in _sentences(text, each.quote):
                    found.setdefault(said.sentence, said)
    return [each for each in found.values() if _is_english(each.sentence)]


def corrupted(said: Sequence[Said], most: int = 200) -> list[Changed]:
    """Sentences with one thing changed each, the kinds in turn, each once a sentence at most."""
    kinds = {kind: list(_changed(kind, change, said)) for kind, change in CHANGES.items()}
    found: list[Changed] = []
    while len(found) < most and any(kinds.values()):
        found += [some.pop(0) for some in kinds.values() if some]
    return found[:most]


def harmless(said: Sequence[Said]) -> list[Changed]:
    """Sentences said a little differently, which remain true."""
    return [
        Changed(kind, claim, each)
        for each in said
        for kind, change in HARMLESS.items()
        if (claim := change(each.sentence)) != each.sentence
    ]


def _changed(
    kind: str, change: Callable[[Said], str | None], said: Sequence[Said]
) -> Iterator[Changed]:
    # In an order of their own, so that the kinds aren't all of the first documents.
    for each in sorted(said, key=lambda one: crc32(f"{kind} {one.sentence}".encode())):
        claim = change(each)
        if claim and claim not in each.document:
            yield Changed(kind, claim, each)


def _number(said: Said) -> str | None:
    return _other_value(said, lambda each: each.of not in ("date", "time"))


def _date(said: Said) -> str | None:
    return _other_value(said, lambda each: each.of in ("date", "time") and each.text[-1:] != "g")


def _other_value(said: Said, fits: Callable[[Value], bool]) -> str | None:
    """With the first value that fits exchanged for the document's first that disagrees."""
    there = [each for each in values(said.document) if fits(each)]
    for value in values(said.sentence):
        if not fits(value) or value.text.lower() in ("one", "a", "an", "half"):
            continue
        others = [each for each in there if agree(value, each) is False]
        # Figures for figures and words for words, where there are such.
        like = [each for each in others if each.text[:1].isdigit() == value.text[:1].isdigit()]
        for other in (*like, *others):
            return _put(said.sentence, value, other.text)
        if figure := re.search(r"\d+", value.text):
            more = str(int(figure[0]) + 3)
            text = value.text[: figure.start()] + more + value.text[figure.end() :]
            return _put(said.sentence, value, text)
    return None


def _name(said: Said) -> str | None:
    """With a name exchanged for one of the same kind that the document has first."""
    there = [each for each in names(said.document) if not _begins(said.document, each)]
    for name in names(said.sentence):
        if _begins(said.sentence, name):
            continue
        mine = set(name.text.lower().split())
        for other in there:
            theirs = set(other.text.lower().split())
            if other.of == name.of and not re.search(r"\n|\.\s", other.text) and not mine & theirs:
                return _put(said.sentence, name, other.text)
    return None


def _negation(said: Said) -> str | None:
    """With its first "not" taken out, or with one put in."""
    text = said.sentence
    if no := _NO.search(text):
        return f"{text[: no.start()]}{text[no.end() :]}"
    helper = _HELPER.search(text)
    return f"{text[: helper.end()]} not{text[helper.end() :]}" if helper else None


def _unit(said: Said) -> str | None:
    """With its first unit exchanged for another of the same kind."""
    unit = _UNIT.search(said.sentence)
    if unit is None:
        return None
    words = unit[0].split(" ")
    new = _UNITS.get(unit[0]) or f"{words[0]} {_UNITS[words[-1]]}"
    return f"{said.sentence[: unit.start()]}{new}{said.sentence[unit.end() :]}"


CHANGES: dict[str, Callable[[Said], str | None]] = {
    "number": _number,
    "date": _date,
    "name": _name,
    "negation": _negation,
    "unit": _unit,
}


def _in_figures(text: str) -> str:
    """With small numbers in figures, and millions written out."""
    text = re.sub(
        rf"(?<![\w-])({'|'.join(_WORDS)})(?= [a-z]+s\b)",
        lambda m: str(_WORDS.index(m[1]) + 2),
        text,
    )
    return re.sub(r"(?<![\d.,])(\d{1,3}) million\b", r"\1,000,000", text).replace(" per cent", "%")


def _contracted(text: str) -> str:
    text = text.replace("will not ", "won't ").replace("cannot ", "can't ")
    return re.sub(r"\b(did|was|is|were|has|had|would|could|does) not\b", r"\1n't", text)


def _turned_date(text: str) -> str:
    """ "18 June" and "June 18" for each other."""
    months = "January|February|March|April|May|June|July|August|September|October|November|December"
    turned = re.sub(rf"\b(\d{{1,2}}) ({months})\b", r"\2 \1", text)
    return turned if turned != text else re.sub(rf"\b({months}) (\d{{1,2}})\b", r"\2 \1", text)


HARMLESS: dict[str, Callable[[str], str]] = {
    "reported": lambda text: (
        f"According to the report, {text[:1].lower()}{text[1:]}"
        if re.match(r"(?:The|A|An|It|In|On|At|About|But|He|She|They)\b", text)
        else text
    ),
    "figures": _in_figures,
    "contracted": _contracted,
    "date": _turned_date,
    "says": lambda text: re.sub(r"\bsaid\b", "says", text),
    "without the end": lambda text: re.sub(
        r", (?:which|who|marking|ending|including)\b[^,]*\.$", ".", text
    ),
    "without an aside": lambda text: re.sub(
        r"(?<=[a-z]), (?:a|an|the|who|which) [^,.]*,(?= )", "", text, count=1
    ),
    "synonyms": lambda text: re.sub(
        r"\b(because|also|about|began|big|more than|nearly|buy|help|near)\b",
        lambda m: {
            "because": "since",
            "also": "too",
            "about": "around",
            "began": "started",
            "big": "large",
            "more than": "over",
            "nearly": "almost",
            "buy": "purchase",
            "help": "assist",
            "near": "close to",
        }[m[1]],
        text,
    ),
    "turned round": lambda text: re.sub(
        r"^(On \w+day|In \w+|Last \w+|At \w+),? ((?:the|a|an) [^,]*)\.$",
        lambda m: f"{m[2][:1].upper()}{m[2][1:]} {m[1][:1].lower()}{m[1][1:]}.",
        text,
    ),
}


def _sentences(text: str, quote: str) -> Iterator[Said]:
    """The sentences of a document that a quote touches, with their neighbours."""
    all_of = [each.text for each in sentences(text)]
    for place, each in enumerate(all_of):
        if (each in quote or quote in each) and len(each.split()) >= SHORTEST:
            yield Said(each, "\n".join(all_of[max(0, place - 1) : place + 2]), text)


def _is_english(text: str) -> bool:
    words = re.findall(r"\w+", text.lower())
    return sum(word in STOP_WORDS for word in words) >= ENGLISH * len(words)


def _begins(text: str, name: Value) -> bool:
    before = text[: name.start].rstrip(" \"'“‘(*#")
    return " " not in name.text and (not before or before[-1] in ".!?:—–\n")


def _put(text: str, value: Value, new: str) -> str:
    return f"{text[: value.start]}{new}{text[value.end :]}"
