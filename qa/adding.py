"""A file that somebody adds: kept in one folder and indexed, or not there at all.

It is read once before it takes its place, so that nothing that can't be read ever stands there; if
it can't be indexed then, what was there before is put back.
"""

from __future__ import annotations

import os
import shutil
import time
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from uuid import uuid4

import filelock

from index import Busy, IndexFault, Report, Unreadable, build
from index.build import Limits
from index.formats import ENDINGS
from index.publish import Progress
from index.split import CHUNK_TOKENS, OVERLAP_TOKENS
from index.workers import Workers
from qa.assistant import Assistant
from qa.errors import CannotAdd

# A file on its way, or what it replaces until it is indexed; hidden, so that nobody indexes it.
_BEGINS, _ENDS = ".footnote-", ".part"
# Another process may be building just now; seconds.
_PATIENCE, _PAUSE = 120.0, 0.2
# After so long nobody is sending it any more; seconds.
_ABANDONED = 3_600
_LONGEST = 255
_STEERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Adding:
    """Adds files to the folder of the setting `uploads`; safe to use from several threads.

    The folder is made at once, and among the indexed paths from the first file on.
    """

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.settings = assistant, assistant.settings
        self.folder = Path(os.path.realpath(self.settings.uploads))
        self.folder.mkdir(parents=True, exist_ok=True)
        # Of all processes that add to it.
        self._one_at_a_time = filelock.FileLock(self.settings.home / "adding.lock")
        # Not those that another process is at.
        for left in self.folder.glob(f"{_BEGINS}*{_ENDS}"):
            if left.stat().st_mtime < time.time() - _ABANDONED:
                left.unlink(missing_ok=True)

    def part(self) -> Path:
        """A new place for a file on its way."""
        return self.folder / f"{_BEGINS}{uuid4().hex}{_ENDS}"

    def is_there(self, name: str) -> bool:
        return os.path.lexists(self.folder / name)

    def may(self, name: str, groups: Iterable[str]) -> bool:
        """Whether whoever adds it could read it then: else he could replace what he can't see."""
        root = self._root()
        return self.assistant.may_read(root.name, self._source(root, name), groups)

    def add(self, part: Path, name: str, replace: bool, told: Progress) -> str:
        """Moves the file to its place and indexes it; gives its source.

        Raises CannotAdd for what can't be read, or is there and not to be replaced, and an
        IndexFault or OSError if it couldn't be indexed; nothing has changed then.
        """
        with self._one_at_a_time:
            digest = self._read(part, name, told)
            if self.is_there(name) and not replace:
                raise CannotAdd("it is there already; say that it is to be replaced")
            if (self.folder / name).is_symlink() or (self.folder / name).is_dir():
                raise CannotAdd("what is so called is no file; choose another name")
            target, is_new = self.folder / name, self._root() not in self._roots()
            before = self._kept(target)
            try:
                part.replace(target)
                self._index(name, digest, told)
            except BaseException:
                self._put_back(target, before, is_new)
                raise
            if before:
                before.unlink(missing_ok=True)
            return self._source(self._root(), name)

    def _read(self, part: Path, name: str, told: Progress) -> str:
        """The file's hash; raises CannotAdd if no document can be made of it."""
        told("checking", 0, 1)
        seconds, megabytes = self.settings.file_seconds, self.settings.file_megabytes
        encoder = self.assistant.search.encoder.name
        with Workers(encoder, CHUNK_TOKENS, OVERLAP_TOKENS, 1, seconds, megabytes) as workers:
            ((_, found),) = workers.parse([(part, name, "")])
        if isinstance(found, Unreadable):
            raise CannotAdd(str(found))
        told("checking", 1, 1)
        return found.file_sha256

    def _index(self, name: str, digest: str, told: Progress) -> None:
        report = self._build(told)
        root, search = self._root(), self.assistant.search
        source = self._source(root, name)
        labels = {path: label for label, path in search.roots().items()}
        with search.library.reading():
            entries = search.library.entries(search.library.generation())
        if (labels.get(root), source, digest) in {
            (each.label, each.source, each.file_sha256) for each in entries
        }:
            return
        left_out = (each for each in report.changes if each.what == "left out")
        why = next((each.why for each in left_out if each.source == source), "")
        raise CannotAdd(f"it wasn't indexed ({why or 'it was changed meanwhile'}); try again")

    def _build(self, told: Progress, forget: Sequence[Path] = ()) -> Report:
        """Builds once nobody else does; raises Busy if somebody goes on for long."""
        settings, until = self.settings, time.monotonic() + _PATIENCE
        new = [] if forget or self._root() in self._roots() else [self.folder]
        while True:
            try:
                return build(
                    settings.home,
                    new,
                    told,
                    forget=forget,
                    limits=Limits(settings.file_seconds, settings.file_megabytes),
                    encoder=self.assistant.search.encoder,
                    chroma=settings.chroma,
                )
            except Busy:
                if time.monotonic() > until:
                    raise
                told("waiting", 0, 1)
                time.sleep(_PAUSE)

    def _kept(self, target: Path) -> Path | None:
        """What is there now under another name, until it is known whether it is replaced."""
        if not target.is_file():
            return None
        before = self.part()
        try:
            before.hardlink_to(target)
        except OSError:  # a file system without links
            shutil.copy2(target, before)
        return before

    def _put_back(self, target: Path, before: Path | None, is_new: bool) -> None:
        """Folder and index as they were; `is_new` says that the folder wasn't indexed."""
        if before:
            before.replace(target)
            before.unlink(missing_ok=True)  # two names of one file: replacing does nothing
        else:
            target.unlink(missing_ok=True)
        # A build may have taken in the other file, or out what is gone. If this one fails too, what
        # made the first one fail is what is told.
        with suppress(IndexFault, OSError):
            if self._root() in self._roots():
                self._build(lambda *_: None, [self.folder] if is_new else [])

    def _roots(self) -> Collection[Path]:
        return self.assistant.search.roots().values()

    def _root(self) -> Path:
        """The indexed path that the folder is in, or itself."""
        inside = (each for each in self._roots() if self.folder.is_relative_to(each))
        return next(inside, self.folder)

    def _source(self, root: Path, name: str) -> str:
        return (self.folder / name).relative_to(root).as_posix()


def fit(name: str) -> str:
    """The name, accents in one form; raises CannotAdd unless it is a plain one that can be read."""
    name = unicodedata.normalize("NFC", name)
    steers = any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in name)
    if not name or steers or not _STEERING.isdisjoint(name) or set("/\\") & set(name):
        raise CannotAdd("that is no plain file name; name it without folders and control signs")
    if name.startswith(".") or name != name.strip():
        raise CannotAdd("a file name here begins with no dot, and has no blanks around it")
    # The temporary name's length counts too, but is less.
    if len(name.encode()) > _LONGEST:
        raise CannotAdd(f"the file name is longer than {_LONGEST} bytes; shorten it")
    if (ending := PurePosixPath(name).suffix.lower()) not in ENDINGS:
        known = " ".join(sorted(ENDINGS))
        raise CannotAdd(f"{ending or 'no ending'}: not a format that is read; these are: {known}")
    return name
