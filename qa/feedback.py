"""What readers say of answers, a JSON object a line in the index's folder, and nowhere else.

`footnote-eval propose` makes draft gold questions of the lines with the verdict "down". Several
processes may write; a process that is killed while it does leaves half a line at the very end at
most, which the next writer takes away.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

import filelock

from qa.errors import NotKept
from qa.question import fit
from qa.types import Answer, Turn

FILE = "feedback.jsonl"
Opinion = Literal["up", "down"]
Why = Literal["wrong", "incomplete", "not what I asked", "should have answered", "other"]
# What is kept at most: characters of what the reader says, of a quote and of an answer before,
# quotes, and turns before.
SAID, QUOTED, ANSWERED, CITED, TURNS = 2_000, 10_000, 10_000, 50, 50
# Bytes of all feedback together: whoever may say something could say it for ever.
MOST = 100_000_000
# Seconds that a writer waits for others: each takes some milliseconds.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Cited:
    """Words that the answer rested on, and the path of their document."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader says of an answer; `answer` is what he says is right, `groups` are his.

    `index` and `model` are those of the answer's receipt. Raises UnfitQuestion if the question
    can't be asked; what is longer than may be kept is cut.
    """

    question: str
    verdict: Opinion
    reason: Why | None = None
    answer: str = ""
    cited: tuple[Cited, ...] = ()
    groups: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    index: str = ""
    model: str = ""

    def __post_init__(self) -> None:
        cited = tuple(each for each in self.cited[:CITED] if len(each.quote) <= QUOTED)
        turns = tuple(Turn(t.question[:SAID], t.answer[:ANSWERED]) for t in self.history[-TURNS:])
        for name, value in (
            ("question", fit(self.question)),
            ("answer", self.answer.strip()[:SAID]),
            ("cited", cited),
            ("history", turns),
        ):
            object.__setattr__(self, name, value)


def of(
    answer: Answer,
    verdict: Opinion,
    reason: Why | None = None,
    right: str = "",
    groups: Sequence[str] = (),
    history: Sequence[Turn] = (),
) -> Feedback:
    """Feedback on an answer; `right` is what the reader says is right."""
    return Feedback(
        question=answer.question,
        verdict=verdict,
        reason=reason,
        answer=right,
        cited=tuple(Cited(each.source, each.quote) for each in answer.citations),
        groups=tuple(groups),
        history=tuple(history),
        index=answer.receipt.index,
        model=answer.receipt.model,
    )


def keep(home: Path, feedback: Feedback) -> None:
    """Appends it to the feedback of the index in `home`; raises NotKept if it can't be written."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    # Line separators of other kinds than \n stay: whoever reads splits at \n alone.
    line = json.dumps({**asdict(feedback), "time": now}, ensure_ascii=False)
    content = line.encode("utf-8", "replace") + b"\n"
    path = home / FILE
    try:
        # Another than the index's own, which a build holds for long.
        with filelock.FileLock(home / "feedback.lock", timeout=_PATIENCE):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                if file.seek(0, os.SEEK_END) + len(content) > MOST:
                    raise NotKept(
                        f"{path}: holds {MOST // 1_000_000} MB already; move it away to keep more"
                    )
                end = _end(file)
                try:
                    _write(file, content)
                except OSError:
                    file.truncate(end)
                    raise
    except filelock.Timeout:
        raise NotKept(f"{path}: others keep writing to it; try again") from None
    except OSError as error:
        why = error.strerror or str(error)
        raise NotKept(f"{path}: can't be written ({why}); make room there, or allow it") from None


def _end(file: BinaryIO) -> int:
    """Leaves the file at the end of its last whole line, and takes away half a one behind it."""
    size = file.seek(0, os.SEEK_END)
    start, tail = size, b""
    while start and b"\n" not in tail:
        start = max(0, start - 65_536)
        file.seek(start)
        tail = file.read(size - start)
    whole = start + tail.rfind(b"\n") + 1
    last = tail[whole - start :]
    if last and _is_whole(last):
        # Somebody wrote it by hand, without an end.
        file.seek(size)
        _write(file, b"\n")
        return size + 1
    file.truncate(whole)
    return file.seek(whole)


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _write(file: BinaryIO, content: bytes) -> None:
    while content:
        content = content[file.write(content) :]
    os.fsync(file.fileno())
