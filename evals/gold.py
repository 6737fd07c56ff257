"""Gold sets: questions with the exact words of the documents that a right answer rests on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evals.errors import BrokenGold
from evals.measure import normalised
from qa.errors import UnfitQuestion
from qa.question import fit

# Half of a character: no UTF-8 file can hold it.
_SURROGATE = re.compile("[\ud800-\udfff]")
EXPECTED = ("off_topic", "not_said", "said_differently", "conflict")
_FIELDS = (
    *("id", "question", "answers", "answerable", "evidence"),
    *("tags", "history", "groups", "expect"),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Exact text of a document; `source` is its path below the indexed folder."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question; one that the documents don't answer isn't `answerable`.

    `groups` are those of the asker. `expect` is a kind of abstention, or "conflict": an answer that
    cites all of the evidence. `where` is the file and line it stands in.
    """

    id: str
    question: str
    answerable: bool
    evidence: tuple[Evidence, ...]
    tags: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    groups: tuple[str, ...] = ()
    expect: str | None = None
    where: str = field(default="", compare=False)

    @property
    def hash(self) -> str:
        """Changes with anything that decides what a right answer is."""
        content = {name: value for name, value in asdict(self).items() if name != "where"}
        content.pop("tags")
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def read_all(paths: Sequence[Path]) -> list[Question]:
    """The questions of some gold files; raises BrokenGold with a line for each thing to mend."""
    found: list[Question] = []
    faults: list[str] = []
    first: dict[str, str] = {}
    for path in paths:
        try:
            questions = read(path)
        except BrokenGold as error:
            faults += str(error).splitlines()
            continue
        for each in questions:
            if each.id in first:
                faults.append(f"{each.where}: id {each.id!r} is also in {first[each.id]}")
            first.setdefault(each.id, each.where)
        found += questions
    if faults:
        raise BrokenGold("\n".join(faults))
    return found


def read(path: Path) -> list[Question]:
    """The questions of a `.yaml` list or of `.jsonl` lines.

    Raises BrokenGold with a line for each thing to mend, with its place in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenGold(f"{path}: can't be read ({error}); name a gold file") from None
    entries = list(_json_lines(path, text) if path.suffix == ".jsonl" else _yaml_list(path, text))
    if not entries:
        raise BrokenGold(f"{path}: holds no question; add one")
    faults: list[str] = []
    questions: list[Question] = []
    lines: dict[str, int] = {}
    for line, entry in entries:
        wrong = list(_faults(entry))
        name = entry.get("id") if isinstance(entry, dict) else None
        if not wrong and name in lines:
            wrong.append(f"id {name!r} is also in line {lines[name]}; ids are used once")
        faults += [f"{path}:{line}: {each}" for each in wrong]
        if not wrong:
            lines[entry["id"]] = line
            questions.append(_question(entry, f"{path}:{line}"))
    if faults:
        raise BrokenGold("\n".join(faults))
    return questions


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    # Not splitlines, which also splits at characters that JSON leaves unescaped.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line, object_pairs_hook=_once)
            except (ValueError, RecursionError) as error:
                raise BrokenGold(f"{path}:{number}: isn't JSON ({error}); mend the line") from None


def _yaml_list(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    line = 1
    try:
        root = loader.get_single_node()
        if root is None:
            return
        if not isinstance(root, yaml.SequenceNode):
            raise BrokenGold(f"{path}:1: isn't a list; begin each question with “- id: …”")
        for node in root.value:
            line = node.start_mark.line + 1
            _check_once(node)
            yield line, loader.construct_object(node, deep=True)
    except BrokenGold:
        raise
    # Odd tags make its constructors raise whatever they meet.
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
        TypeError,
        LookupError,
        AttributeError,
    ) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else line
        why = " ".join(str(getattr(error, "problem", None) or error).split())
        raise BrokenGold(f"{path}:{line}: isn't YAML ({why}); mend it there") from None
    finally:
        loader.dispose()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; raises ValueError for a key that is there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is there twice; keep one")
    return found


def _check_once(node: Any) -> None:
    """Raises ValueError if a mapping in it has a key twice."""
    for child in node.value if isinstance(node.value, list) else []:
        pair = child if isinstance(child, tuple) else (child,)
        for each in pair:
            _check_once(each)
    if node.tag.endswith(":map") and isinstance(node.value, list):
        keys = [str(key.value) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"{key} is there twice; keep one")


def _faults(entry: Any) -> Iterator[str]:
    """What is wrong with one question, and what to do."""
    if not isinstance(entry, dict):
        yield "isn't a question; give id, question, and evidence with source and quote"
        return
    for name in entry:
        if name not in _FIELDS and not (isinstance(name, str) and name.startswith("x_")):
            yield f"unknown field {name!r}; there are {', '.join(_FIELDS)}, and x_… for your own"
    for name in ("id", "question"):
        if name not in entry:
            yield f"{name} is missing; add it"
        elif not _is_text(entry[name]):
            yield f"{name} takes a text; put it in quotes"
    if _is_text(entry.get("question")):
        try:
            fit(entry["question"])
        except UnfitQuestion as error:
            yield str(error)
    if _are(entry.get("answers", []), _is_text):
        for answer in entry.get("answers", []):
            if not normalised(answer):
                yield f"answers: {answer!r} is only articles or punctuation; write it out"
    if not isinstance(entry.get("answerable", True), bool):
        yield "answerable takes true or false"
    for name in ("answers", "tags", "groups"):
        if not _are(entry.get(name, []), _is_text):
            yield f"{name} takes a list of texts; put each in quotes"
    for name, parts in (("evidence", ("source", "quote")), ("history", ("question", "answer"))):
        if not _are(entry.get(name, []), lambda each, parts=parts: _has(each, parts)):
            yield f"{name} takes a list of {' and '.join(parts)}, both texts"
    if entry.get("answerable", True) is True and not entry.get("evidence"):
        yield "evidence is missing; add source and quote, or say answerable: false"
    if entry.get("expect") not in (None, *EXPECTED):
        yield f"expect takes one of {', '.join(EXPECTED)}"
    elif (entry.get("expect") in EXPECTED[:3]) and entry.get("answerable", True) is True:
        yield f"expect: {entry['expect']} goes with answerable: false"
    elif entry.get("expect") == "conflict" and entry.get("answerable", True) is False:
        yield "expect: conflict goes with an answerable question, and the evidence of both sides"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not _SURROGATE.search(value)


def _has(value: Any, parts: Sequence[str]) -> bool:
    return (
        isinstance(value, dict) and set(value) == set(parts) and all(map(_is_text, value.values()))
    )


def _are(value: Any, what: Any) -> bool:
    return isinstance(value, list) and all(map(what, value))


def _question(entry: dict[str, Any], where: str) -> Question:
    return Question(
        id=entry["id"],
        question=entry["question"],
        answerable=entry.get("answerable", True),
        evidence=tuple(Evidence(**each) for each in entry.get("evidence", ())),
        tags=tuple(dict.fromkeys(entry.get("tags", ()))),
        answers=tuple(entry.get("answers", ())),
        history=tuple(Turn(**each) for each in entry.get("history", ())),
        groups=tuple(entry.get("groups", ())),
        expect=entry.get("expect"),
        where=where,
    )
