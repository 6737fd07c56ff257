"""What the reader learns from: rows of public data, and near misses and claims made of them.

`rows(data)` reads the folders `spans`, `sentences` and `entailment`, JSON lines; everything drawn
is drawn by the seed. Of each file of spans about a tenth, by whole passages in their order, is held
back, and no row that shares a question or a passage with it is learned from.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from claims import claims
from cut import cut
from near import NAME, near_misses, searched
from row import Row

# The shares of each file's passages, in their order, between which they are held back. Of the only
# file with questions that people asked to have no answer, that is one whole article of two.
HELD_BACK = {"squad2_train_10articles": (0.4495, 0.55)}
LAST_TENTH = (0.9, 1.0)
# Of each file of spans, the share that is learned from, at first and in the second half.
SPANS = {
    "squad2_train_10articles": (1.0, 1.0),
    "squad11_train_4articles": (1.0, 1.0),
    "squad_flan_eval_subset": (1.0, 1.0),
    "squadshifts_new_wiki": (1.0, 1.0),
    "squadshifts_amazon_reviews": (0.25, 0.1),
    "squadshifts_reddit": (0.4, 0.25),
    "qamr_sentence": (0.4, 0.12),
    "policyqa": (0.4, 0.12),
    "subjqa": (0.1, 0.04),
    "friendsqa": (0.2, 0.1),
    "covidqa_window1500": (0.4, 0.3),
    "synthetic_unanswerable_shifts": (0.25, 0.08),
    "synthetic_unanswerable_squad": (0.6, 0.2),
}
# Those whose questions are turned into near misses, and whose passages have a subject.
NEAR = (
    "squad2_train_10articles",
    "squad11_train_4articles",
    "squad_flan_eval_subset",
    "squadshifts_new_wiki",
)
# How often each question is read that people asked to have no answer.
REAL = 3
ENTAILMENT = {
    "nli_fever_athnlp": (1.0, 0.5),
    "nli_fever_symmetric": (1.0, 1.0),
    "nli_conjnli": (0.5, 0.25),
    "nli_mnli_dev": (0.6, 0.4),
    "nli_snli_counterfactual": (0.5, 0.25),
    "nli_snli_dev_test": (0.15, 0.1),
}
NOT_RIGHT_SENTENCES = 3  # for each right one
SENTENCES = (1.0, 0.5)
LABELS = {"entailment": 1, "neutral": 0, "contradiction": 0}


def rows(data: Path, seed: int, half: int = 0) -> tuple[list[Row], list[Row]]:
    """What is learned from, in no order, and what is held back, as it is in the files."""
    chance = random.Random(seed + half)
    files = {name: list(_spans(data / "spans" / f"{name}.jsonl")) for name in SPANS}
    held: list[Row] = []
    for name, found in files.items():
        passages = list(dict.fromkeys(each.passage for each in found))
        first, last = (int(len(passages) * s) for s in HELD_BACK.get(name, LAST_TENTH))
        apart = set(passages[first:last])
        held += [each for each in found if each.passage in apart]
    asked, read = {each.asked for each in held}, {each.passage for each in held}
    kept: list[Row] = []
    near: list[Row] = []
    subjects: dict[str, str] = {}
    for name, found in files.items():
        own = [each for each in found if each.asked not in asked and each.passage not in read]
        if name in NEAR:
            subjects |= _subjects([each.passage for each in own])
            kept += [*near_misses(own, chance), *claims(own, chance)]
            near += own
        for each in own:
            real = not each.label and name == "squad2_train_10articles"
            if chance.random() < SPANS[name][half]:
                kept += [cut(each, chance)] * (REAL if real else 1)
    kept += searched(near, chance)
    kept = [_titled(each, subjects, chance) for each in kept]
    kept += _sentences(data / "sentences" / "selqa_sents.jsonl", chance, SENTENCES[half])
    for name, shares in ENTAILMENT.items():
        pairs = _entailment(data / "entailment" / f"{name}.jsonl")
        kept += [each for each in pairs if chance.random() < shares[half]]
    return kept, held


def _json(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _spans(file: Path) -> Iterator[Row]:
    for each in _json(file):
        passage, answer = each["context"], each["answer"]
        if not passage.strip():
            continue
        if answer is None:
            yield Row("span", each["question"], passage, 0, of=file.stem)
        elif answer.strip():
            start = int(each["answer_start"])
            yield Row("span", each["question"], passage, 1, start, start + len(answer), file.stem)


def _sentences(file: Path, chance: random.Random, share: float) -> list[Row]:
    found = [
        Row("sentence", each["question"], each["sentence"], int(each["label"]), of="selqa")
        for each in _json(file)
        if chance.random() < share
    ]
    right = [each for each in found if each.label]
    wrong = [each for each in found if not each.label]
    return right + chance.sample(wrong, min(len(wrong), NOT_RIGHT_SENTENCES * len(right)))


def _entailment(file: Path) -> Iterator[Row]:
    for each in _json(file):
        label = LABELS[each["label"]]
        yield Row("entailment", each["hypothesis"], each["premise"], label, of=file.stem)


def _subjects(passages: Sequence[str]) -> dict[str, str]:
    """By the first words of each passage, the name that it and its neighbours have most often."""
    order = list(dict.fromkeys(passages))
    found = {}
    for place, passage in enumerate(order):
        names: dict[str, int] = {}
        for near in order[max(0, place - 3) : place + 4]:
            for name in NAME.findall(near):
                names[name] = names.get(name, 0) + 1
        if names:
            found[_first(passage)] = max(names, key=lambda name: names[name])
    return found


def _first(passage: str) -> str:
    return passage[:40]


def _titled(row: Row, subjects: dict[str, str], chance: random.Random) -> Row:
    """Half of the passages begin with a title, as those of the index do."""
    title = subjects.get(_first(row.passage))
    if not title or chance.random() < 0.5:
        return row
    ahead = f"{title}\n"
    if row.start is None or row.end is None:
        return replace(row, passage=ahead + row.passage)
    shift = len(ahead)
    return replace(row, passage=ahead + row.passage, start=row.start + shift, end=row.end + shift)
