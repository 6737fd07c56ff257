"""The audit log: who asked, what was decided, and which documents were shown, a line of JSON each.

Lines are only ever added. A question is kept as an HMAC, which tells equal ones from others and
nothing else, unless the settings say that it is to be readable.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from qa.errors import NotKept
from qa.identity import Asker
from qa.permalink import Kept
from qa.reopen import Reopened
from qa.types import Answer

FILE, KEY = "audit.jsonl", "audit.key"
_KEY_BYTES = 32


class Audit:
    """Adds to `audit.jsonl` in `home`; several threads and processes may at once.

    At `longest` bytes the file gets the time as its name, and another begins. `key` is what HMACs
    are made with, by default one of its own in `audit.key`. `readable` keeps questions as they are.
    """

    def __init__(self, home: Path, longest: int, readable: bool = False, key: str = "") -> None:
        self._path, self._longest, self._readable = home / FILE, longest, readable
        self._key = key.encode() or _key(home / KEY)

    def answered(self, asker: Asker, question: str, answer: Answer) -> None:
        """What was answered; raises NotKept if that can't be written."""
        shown = [each.document for each in answer.citations]
        shown += [each.document for each in answer.passages]
        decision = answer.abstained.kind if answer.abstained else "answered"
        self.add(asker, "ask", decision, shown, question, answer.receipt.index)

    def opened(self, asker: Asker, kept: Kept, again: Reopened) -> None:
        """The same of a link: with what stands now where the link's words stood."""
        answer = again.answer
        shown = [each.document for each in answer.citations]
        shown += [each.document for each in answer.passages]
        changed = {each.number for each in again.changed if each.kind != "gone"}
        numbered = enumerate(kept.citations, start=1)
        shown += [each.document for number, each in numbered if number in changed]
        decision = answer.abstained.kind if answer.abstained else "answered"
        self.add(asker, "link", decision, shown, answer.question, answer.receipt.index)

    def add(
        self,
        asker: Asker,
        did: str,
        decision: str,
        shown: Iterable[str] = (),
        question: str | None = None,
        index: str | None = None,
    ) -> None:
        """Adds a line; raises NotKept if it can't be written: then nothing may be shown."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": asker.user,
            "groups": sorted(asker.groups),
            "token": asker.token or None,
            "did": did,
            "decision": decision,
            "documents": list(dict.fromkeys(shown)),
            "question": None if question is None else self._kept(question),
            "index": index,
        }
        content = (json.dumps(line) + "\n").encode()
        try:
            self._write(content)
        except OSError as error:
            raise NotKept(f"{self._path}: can't be written ({error.strerror})") from None

    def _kept(self, question: str) -> str:
        if self._readable:
            return question
        given = question.encode("utf-8", "replace")
        return f"hmac-sha256:{hmac.digest(self._key, given, 'sha256').hex()}"

    def _write(self, content: bytes) -> None:
        """Whole lines, whoever else writes; a file that is full is put aside by whoever notices."""
        while True:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                at = os.fstat(file)
                # Put aside by another process while this one waited.
                with suppress(FileNotFoundError):
                    if os.stat(self._path).st_ino == at.st_ino:
                        if not at.st_size or at.st_size + len(content) <= self._longest:
                            _all(file, content, at.st_size)
                            return
                        self._put_aside()
            finally:
                os.close(file)

    def _put_aside(self) -> None:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        self._path.rename(self._path.with_name(f"audit-{moment}.jsonl"))


def _all(file: int, content: bytes, before: int) -> None:
    """Writes all of it or nothing."""
    try:
        written = os.write(file, content)
        if written < len(content):
            raise OSError(28, os.strerror(28))
    except OSError:
        os.ftruncate(file, before)
        raise


def _key(path: Path) -> bytes:
    """The key in the file, which is made if there is none yet."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(_KEY_BYTES))
        try:
            os.link(part, path)  # whoever is first made it, whole
        except FileExistsError:
            pass
        finally:
            part.unlink()
        return path.read_bytes()
    except OSError as error:
        raise NotKept(f"{path}: can't be kept ({error.strerror})") from None
