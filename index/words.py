"""The words of texts and questions, for the full-text index.

Scripts that put no spaces between words are searched by pairs of characters, as most of their
words have two: "東京都" is found by "東京" and by "京都".
"""

from __future__ import annotations

import re
from functools import cache

import Stemmer

STOP_WORDS = frozenset(
    word
    for line in (
        "a about after again all also am an and any are as at be because been before being between",
        "both but by can could did do does doing done down during each few for from further had",
        "has have having he her here hers him his how i if in into is it its itself just me more",
        "most my no nor not now of off on once only or other our out over own please said same say",
        "says she should so some such tell than that the their them then there these they this",
        "those through to too under until up very was we were what when where which while who whom",
        "whose why will with would you your",
    )
    for word in line.split()
)

# Thai, Lao, Myanmar, Khmer, kana, Han, and their supplements.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f"
    "\U00020000-\U000323af"
)
_RUN = re.compile(f"[{_UNSPACED}]+")
_MARK = '"“”„«»'
_QUOTED = re.compile(f"[{_MARK}]([^{_MARK}]+)[{_MARK}]")


def content_words(text: str) -> list[str]:
    """The words of a text in lower case, once each, without stop words, or with if all are."""
    words = list(dict.fromkeys(re.findall(r"\w+", text.lower())))
    return [word for word in words if word not in STOP_WORDS] or words


@cache
def stemmer() -> Stemmer.Stemmer:
    """The stemmer of English words."""
    return Stemmer.Stemmer("english")


def grams(text: str) -> str:
    """The pairs of characters of all runs in scripts without spaces, with spaces between."""
    return " ".join(gram for run in _RUN.findall(text) for gram in _pairs(run))


def phrases(question: str) -> list[str]:
    """What a question puts in double quotes or guillemets: its words in lower case."""
    found = (" ".join(re.findall(r"\w+", each)) for each in _QUOTED.findall(question.lower()))
    return [each for each in dict.fromkeys(found) if len(each) > 1]


def query(question: str) -> str:
    """An FTS5 query that matches any content word of a question; empty if it has none."""
    words = [f'"{word}"' for word in content_words(_RUN.sub(" ", question))]
    pairs = dict.fromkeys(grams(question).split())
    return " OR ".join([*words, *(f'grams: "{pair}"' for pair in pairs)])


def verbatim(question: str) -> str:
    """An FTS5 query that matches any quoted phrase of a question; empty if it has none."""
    spaced = (each for each in phrases(question) if " " in each and not _RUN.search(each))
    return " OR ".join(f'"{each}"' for each in spaced)


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]
