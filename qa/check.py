"""Whether a sentence is supported by the text it cites, without a model: rules, then a regression.

Rules find what can't be: values and names that aren't there, a "not" too many or too few, "all"
for "some", another speaker. What passes them is judged by how much of it the text says, with
weights that `evals/checking.py` fitted to what people said of claims.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from qa.named import wrong_name
from qa.overlap import OVERLAP, SIMILAR, overlap
from qa.polarity import contradicts, overstates
from qa.saying import wrong_speaker
from qa.stands import wrong_value
from qa.types import Verdict
from qa.values import values
from qa.weights import fitted
from qa.wording import Aligned, Sentence, aligned, sentence, sentences, unmarked

# Unit vectors of texts, shape (texts, dimension).
Similar = Callable[[list[str]], npt.NDArray[np.float32]]
# What a reader says of a claim and each text, see `qa.read.Reader.weigh`.
Weigh = Callable[[str, Sequence[str]], list[tuple[float, float, float]]]

# Chances from which a claim is partly and wholly supported.
PARTLY, SUPPORTED = 0.3, 0.5
# Sentences whose vectors are compared, those with most of the claim's words; and of those, the
# nearest so many count together.
COMPARED, FEW = 8, 3
# Parts of the text that are read with the claim, at most; characters of each, and of the text's
# beginning before it.
PARTS, LONGEST = 4, 900
HEAD = 120
WEIGHED = (*SIMILAR, "follows", "is answered", "is found")
# Which regression judges so many features.
REGRESSIONS = {
    len(names): (name, names)
    for name, names in (
        ("support", OVERLAP),
        ("support with vectors", SIMILAR),
        ("support read", WEIGHED),
    )
}
_BLANKS = re.compile(r"\s+")
_QUOTES = str.maketrans("“”„«»’‘", '"""""\'\'')
_START = re.compile(r"(?:^|[.!?…。！？:;]|\n)[\"')\]*\s]*$")
_STOP = ".!?…。！？"


def check(
    claim: str,
    cited: Sequence[str],
    similar: Similar | None = None,
    weigh: Weigh | None = None,
) -> Verdict:
    """Checks a claim against the texts it cites; raises nothing, whatever they hold.

    `similar` makes vectors of sentences; it takes some milliseconds a sentence, of at most nine.
    `weigh` reads parts of the texts with it, at most four; it is used beside `similar`.
    """
    said = unmarked(_sound(claim))
    text = "\n\n".join(_sound(each) for each in cited)
    if not said or not text.strip():
        return Verdict("unsupported", "nothing is cited" if said else None, 0.0)
    same = _plain(_sound(claim))
    if is_quoted(said, text) or any(_plain(_sound(each)) == same for each in cited):
        return Verdict("supported")
    mine, theirs = sentence(said), sentences(text)
    near = aligned(mine, theirs)
    if reason := fault(mine, text, theirs, near):
        return Verdict("unsupported", reason, 0.0)
    row = features(mine, theirs, similar)
    chance = fitted(*REGRESSIONS[len(row)], row)
    # Reading lifts nothing that words and vectors call unsupported, so that isn't read.
    if similar and weigh and chance >= PARTLY:
        row = (*row, *_weighed(mine, theirs, weigh))
        chance = fitted(*REGRESSIONS[len(row)], row)
    if chance >= SUPPORTED:
        return Verdict("supported", chance=chance)
    if chance >= PARTLY:
        return Verdict("partly", "the passage says only part of it", chance)
    return Verdict("unsupported", "the passage doesn't say this", chance)


def is_quoted(claim: str, text: str) -> bool:
    """Whether a claim is one sentence of a text or several in a row, word for word.

    Part of one isn't enough: "nobody thinks that the bridge is safe" ends in the opposite.
    """
    plain, whole = (_plain(each) for each in (claim, text))
    plain = plain.strip('" ')
    place = whole.find(plain)
    while plain and place >= 0:
        end = place + len(plain)
        ends = plain[-1] in _STOP or not whole[end:].lstrip("\"' )")[:1] or whole[end] in _STOP
        if ends and _START.search(whole[:place][-8:]):
            return True
        place = whole.find(plain, place + 1)
    return False


def fault(
    claim: Sentence, text: str, cited: Sequence[Sentence], near: Sequence[Aligned]
) -> str | None:
    """What can't be right about a claim, in a phrase; None if the rules find nothing."""
    return (
        wrong_value(claim, text, near)
        or wrong_speaker(claim, near, cited)
        or contradicts(claim, near)
        or overstates(claim, near)
        or wrong_name(claim, text, near)
    )


def features(
    claim: Sentence,
    cited: Sequence[Sentence],
    similar: Similar | None = None,
    weigh: Weigh | None = None,
) -> tuple[float, ...]:
    """What the regression looks at, in the order of OVERLAP, of SIMILAR with vectors, of WEIGHED
    if it is read besides."""
    row = overlap(_apart_from_values(claim, cited), cited)
    if similar is None:
        return row
    ranked = sorted(cited, key=lambda each: -len(claim.stems & each.stems))[:COMPARED]
    vectors = similar([claim.text, *(each.text for each in ranked)])
    nearness = sorted((float(each) for each in vectors[1:] @ vectors[0]), reverse=True)
    row = (*row, nearness[0], sum(nearness[:FEW]) / len(nearness[:FEW]))
    return (*row, *_weighed(claim, cited, weigh)) if weigh else row


def _weighed(claim: Sentence, cited: Sequence[Sentence], weigh: Weigh) -> tuple[float, ...]:
    """The most that the reader finds in any part, in the order of what WEIGHED adds."""
    found = weigh(claim.text, _parts(claim, cited))
    return tuple(max(each) for each in zip(*found, strict=True))


def _parts(claim: Sentence, cited: Sequence[Sentence]) -> list[str]:
    """The sentences with most of the claim's words, each among those around it, after the text's
    beginning, which says what it is about."""
    by_words = sorted(range(len(cited)), key=lambda n: -len(claim.stems & cited[n].stems))
    parts, within = list[str](), set[int]()
    for number in by_words:
        if number in within or len(parts) == PARTS:
            continue
        first, last = _around(number, [len(each.text) + 1 for each in cited])
        within |= set(range(first, last + 1))
        part = " ".join(each.text for each in cited[first : last + 1])[:LONGEST]
        parts.append(part if first == 0 else f"{cited[0].text[:HEAD]}\n{part}")
    return parts


def _around(number: int, lengths: Sequence[int]) -> tuple[int, int]:
    """The first and last of as many as there is room for, before and behind by turns."""
    first = last = number
    while True:
        grown = [(first - 1, last)] * (first > 0) + [(first, last + 1)] * (last + 1 < len(lengths))
        grown = [(a, b) for a, b in grown if sum(lengths[a : b + 1]) <= LONGEST]
        if not grown:
            return first, last
        first, last = min(grown, key=lambda each: abs(sum(each) - 2 * number))


def _apart_from_values(claim: Sentence, cited: Sequence[Sentence]) -> Sentence:
    """The claim without the values that are written otherwise there, which the rules looked at."""
    whole = {word.said for each in cited for word in each.words}
    text = claim.text
    for value in reversed(values(text)):
        if not all(word.said in whole for word in sentence(value.text).words):
            text = text[: value.start] + text[value.end :]
    return sentence(text)


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text.translate(_QUOTES)).strip()


def _sound(text: str) -> str:
    """The text without halves of characters, which no word can be made of."""
    return text.encode("utf-8", "replace").decode()
