"""Questions that people marked bad become draft gold questions, to be reviewed by hand.

Feedback is `feedback.jsonl` in the index's folder, a JSON object a line: `question`, `verdict`
("up" or "down"), and perhaps `reason`, `answer` (what the reader says is right), `groups`,
`history`, and `cited`, a list of {source, quote} that the answer rested on. `qa.feedback` writes
it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from evals.errors import BrokenGold
from qa.assistant import Assistant
from qa.errors import UnfitQuestion
from qa.question import fit

FEEDBACK = "feedback.jsonl"
_DRAFT = "x_review"


def marked_bad(path: Path) -> list[dict[str, Any]]:
    """The feedback that says an answer was bad; raises BrokenGold if it can't be read."""
    try:
        content = path.read_bytes()
        whole, end, last = content.rpartition(b"\n")
        if not _is_json(last):
            # Whoever wrote it was killed, or is about to write the rest.
            content = whole + end
        lines = content.decode().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it isn't UTF-8"
        raise BrokenGold(f"{path}: {why}; name a file of feedback with --feedback") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if not isinstance(entry.get("answer") or "", str):
                raise TypeError("answer takes a text")
            if entry["verdict"] == "down":
                found.append({**entry, "question": fit(entry["question"])})
        except (ValueError, KeyError, TypeError, AttributeError, UnfitQuestion) as error:
            raise BrokenGold(f"{path}:{number}: isn't feedback ({error}); take it out") from None
    return found


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def drafts(
    feedback: Iterable[dict[str, Any]], assistant: Assistant, known: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """A draft of each question once, unless a gold set asks it already (`known`).

    With a right answer its evidence is the first found sentence that holds it; without one it is
    what was cited, which is what to look at first.
    """
    seen = {question.casefold() for question in known}
    for each in feedback:
        question = each["question"]
        if question.casefold() in seen:
            continue
        seen.add(question.casefold())
        groups = each.get("groups") or []
        right = (each.get("answer") or "").strip()
        evidence = _holding(question, right, groups, assistant) if right else []
        draft: dict[str, Any] = {
            "id": f"feedback-{hashlib.sha256(question.encode()).hexdigest()[:8]}",
            "question": question,
            "answers": [right] if right else [],
            "answerable": True,
            "evidence": evidence or list(each.get("cited") or []),
            "tags": ["feedback"],
        }
        draft |= {name: each[name] for name in ("history", "groups") if each.get(name)}
        why = f" The reader says: {each['reason']}" if each.get("reason") else ""
        draft[_DRAFT] = (
            "Look at answers and evidence, mend them, then take this line out; "
            f"if the documents don't say, answerable: false and no evidence.{why}"
        )
        yield draft


def _holding(
    question: str, right: str, groups: Sequence[str], assistant: Assistant
) -> list[dict[str, str]]:
    for passage in assistant.ask(f"{question} {right}"[:2000], groups).passages:
        for sentence in passage.sentences:
            if right.casefold() in sentence.text.casefold():
                return [{"source": passage.source, "quote": sentence.text}]
    return []


def as_yaml(entries: Sequence[dict[str, Any]]) -> str:
    """A gold file of these, in the order of its fields."""
    import yaml

    return yaml.safe_dump(list(entries), allow_unicode=True, sort_keys=False, width=100)
