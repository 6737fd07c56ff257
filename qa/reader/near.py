"""Near misses: questions that a passage almost answers, and what looks like one and is answered.

A name, number or word of the question gives way to another one of the passage, which then has no
answer; or the two change places in the passage, and it has none to the question as it was; or both,
and the answer is there again. So neither a question nor a passage that reads oddly tells anything:
what counts is whether the one fits the other. Besides, the answer's sentence left out, the passage
beside, and the passage of all that has most of the question's rare words.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import log

from cut import SENTENCE, cut
from row import Row

# Of a file's answerable rows the shares that are changed, of those the ones whose passage or whose
# question and passage are; and the shares that get other passages.
CHANGED, PASSAGE_CHANGED, BOTH_CHANGED = 0.5, 0.2, 0.3
WITHOUT, BESIDE, SEARCHED = 0.1, 0.06, 0.45
# Among so many of the passages found is the one drawn.
FOUND = 3

NAME = re.compile(r"(?<=[\w,;:)] )[A-ZÀ-ÖØ-Þ][\w'’-]+(?: [A-ZÀ-ÖØ-Þ][\w'’-]+)*")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*\d|(?<![\w.,])\d(?![\w])")
_WORD = re.compile(r"(?<![\w'-])[a-z]{4,}(?![\w'-])")
_STOP_WORDS = (
    "what when where which whose while with from that this these those they them their there then "
    "than have been were does did will would could should must about into onto over under after "
    "many much some most more less name kind type during between because being also only other "
    "before"
)
_STOP = frozenset(_STOP_WORDS.split())
_OPPOSITES = (
    "first/last most/least largest/smallest highest/lowest before/after more/fewer oldest/newest "
    "increase/decrease increased/decreased north/south east/west northern/southern won/lost "
    "eastern/western started/ended began/ended begin/end start/stop allowed/forbidden best/worst "
    "can/cannot male/female men/women father/mother son/daughter brother/sister public/private "
    "early/late earliest/latest above/below higher/lower larger/smaller rejected/accepted "
    "supported/opposed common/rare positive/negative bought/sold include/exclude win/lose "
    "minimum/maximum internal/external major/minor ancient/modern urban/rural rich/poor "
    "always/never older/younger husband/wife king/queen open/close opened/closed former/current "
    "longest/shortest strong/weak success/failure gained/lost upper/lower similar/different"
)
_OPPOSITE = {
    one: other
    for pair in _OPPOSITES.split()
    for one, other in (pair.split("/"), pair.split("/")[::-1])
}

# One thing of a question, where it stands, and what it gives way to.
Change = tuple[re.Match[str], str]


def near_misses(own: Sequence[Row], chance: random.Random) -> Iterator[Row]:
    """Of the answerable ones among `own`, which are one file's; not all of them are misses."""
    order = list(dict.fromkeys(each.passage for each in own))
    place = {passage: number for number, passage in enumerate(order)}
    for row in own:
        answer = row.answer
        if not answer:
            continue
        if chance.random() < CHANGED and (changed := _changed(cut(row, chance), answer, chance)):
            yield changed
        if chance.random() < WITHOUT and (rest := _without(row, answer)):
            yield cut(rest, chance)
        if chance.random() < BESIDE:
            near = order[max(0, place[row.passage] - 2) : place[row.passage] + 3]
            if others := [each for each in near if answer.lower() not in each.lower()]:
                yield cut(nowhere(row, "beside", passage=chance.choice(others)), chance)


def searched(own: Sequence[Row], chance: random.Random) -> Iterator[Row]:
    """Passages of all of `own` that share the question's rare words but don't hold the answer."""
    passages = list(dict.fromkeys(each.passage for each in own))
    holding: dict[str, list[int]] = defaultdict(list)
    for number, passage in enumerate(passages):
        for word in set(_words(passage)):
            holding[word].append(number)
    for row in own:
        if not row.answer or chance.random() >= SEARCHED:
            continue
        score: Counter[int] = Counter()
        for word in set(_words(row.asked)):
            for number in holding.get(word, ()):
                score[number] += log(len(passages) / len(holding[word]))  # type: ignore[assignment]
        found = [
            passages[number]
            for number, _ in score.most_common(FOUND + 3)
            if row.answer.lower() not in passages[number].lower()
        ][:FOUND]
        if found:
            yield cut(nowhere(row, "searched", passage=chance.choice(found)), chance)


def nowhere(row: Row, of: str, **other: str) -> Row:
    """The row with another question or passage, which has no answer to it."""
    return replace(row, label=0, start=None, end=None, of=of, **other)  # type: ignore[arg-type]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower()) if word not in _STOP]


def _changed(row: Row, answer: str, chance: random.Random) -> Row | None:
    """The row with one thing changed: in its question, in its passage or in both."""
    ways: list[Callable[[Row, str, random.Random], Change | None]]
    ways = [_other_name, _other_name, _other_number, _other_word, _opposite]
    chance.shuffle(ways)
    for way in ways:
        found = way(row, answer, chance)
        if found is None or found[0][0] == found[1]:
            continue
        asked = row.asked[: found[0].start()] + found[1] + row.asked[found[0].end() :]
        turned = _turned(row, answer, found[0][0], found[1])
        drawn = chance.random()
        if turned and drawn < BOTH_CHANGED:
            return replace(turned, asked=asked, of="both changed")
        if turned and drawn < BOTH_CHANGED + PASSAGE_CHANGED:
            return nowhere(turned, "passage changed")
        return nowhere(row, "near", asked=asked)
    denied = re.sub(
        r"\b(did|does|do|was|were|is|are|has|had|can|could)\b (?!not)",
        r"\1 not ",
        row.asked,
        count=1,
    )
    return nowhere(row, "near", asked=denied) if denied != row.asked else None


def _turned(row: Row, answer: str, one: str, other: str) -> Row | None:
    """The row with the two exchanged throughout its passage, if the first is there."""
    if row.start is None or row.end is None or one in answer or other in answer:
        return None
    either = re.compile(rf"(?<!\w)(?:{re.escape(one)}|{re.escape(other)})(?!\w)")

    def exchanged(text: str) -> str:
        return either.sub(lambda found: other if found[0] == one else one, text)

    before, after = exchanged(row.passage[: row.start]), exchanged(row.passage[row.end :])
    passage = before + answer + after
    if passage == row.passage or other not in passage:
        return None
    return replace(row, passage=passage, start=len(before), end=len(before) + len(answer))


def _other_name(row: Row, answer: str, chance: random.Random) -> Change | None:
    mine = list(NAME.finditer(row.asked))
    theirs = sorted(
        {
            each
            for each in NAME.findall(row.passage)
            if each not in row.asked and each not in answer and answer not in each
        }
    )
    if not mine or not theirs:
        return None
    found, other = chance.choice(mine), chance.choice(theirs)
    words = found[0].split()
    if len(words) > 1 and chance.random() < 0.3:
        words[chance.randrange(len(words))] = chance.choice(other.split())
        other = " ".join(words)
    return found, other


def _other_number(row: Row, answer: str, chance: random.Random) -> Change | None:
    mine = list(_NUMBER.finditer(row.asked))
    if not mine:
        return None
    found = chance.choice(mine)
    theirs = {each for each in _NUMBER.findall(row.passage) if each not in answer}
    same = sorted(each for each in theirs if len(each) == len(found[0]) and each != found[0])
    if same and chance.random() < 0.6:
        return found, chance.choice(same)
    digits = list(found[0])
    at = max(i for i, digit in enumerate(digits) if digit.isdigit())
    digits[at] = str((int(digits[at]) + chance.randrange(1, 9)) % 10)
    return found, "".join(digits)


def _other_word(row: Row, answer: str, chance: random.Random) -> Change | None:
    """A word that the passage has too gives way to another of its words, of the same form."""
    read = row.passage.lower()
    mine = [m for m in _WORD.finditer(row.asked) if m[0] not in _STOP and m[0][:5] in read]
    if not mine:
        return None
    found = chance.choice(mine)
    ending = found[0][-2:]
    known = row.asked.lower() + answer.lower()
    theirs = sorted(
        {
            each
            for each in _WORD.findall(row.passage)
            if each.endswith(ending) and each not in _STOP and each[:5] not in known
        }
    )
    return (found, chance.choice(theirs)) if theirs else None


def _opposite(row: Row, answer: str, chance: random.Random) -> Change | None:
    mine = [m for m in re.finditer(r"[a-z]+", row.asked) if m[0] in _OPPOSITE]
    if not mine:
        return None
    found = chance.choice(mine)
    return found, _OPPOSITE[found[0]]


def _without(row: Row, answer: str) -> Row | None:
    parts = SENTENCE.split(row.passage)
    rest = [each for each in parts if answer.lower() not in each.lower()]
    if not rest or len(rest) == len(parts):
        return None
    return nowhere(row, "without", passage=" ".join(rest))
