"""Folders become an index: what changed is read and encoded, then made current all at once.

Until the last step readers see the generation before; a build that fails or is killed leaves it as
it was, and the next one goes on with the vectors already made.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import filelock

from index import load, vectors
from index.encode import Encoder
from index.errors import Busy, Damaged, NothingToIndex, Unreadable
from index.library import Library
from index.load import File, Skipped
from index.split import Splitter, tiktoken_count

SEEDS = Path(__file__).parent / "documents"
SEEDS_LABEL = "seeds"
# Vectors are kept in the library every so many chunks, so that a kill costs at most those.
_KEPT_EVERY = 512

# Told the stage ("reading", "encoding", "indexing"), how many are done, and of how many.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did: document counts, and the files left out with the reason."""

    added: int
    changed: int
    removed: int
    unchanged: int
    documents: int
    chunks: int
    skipped: tuple[Skipped, ...]


def build(home: Path, paths: Sequence[Path] = (), progress: Progress = lambda *_: None) -> Report:
    """Brings the index in `home` up to date with the remembered paths and `paths`.

    With no paths at all, the seed documents are indexed. Raises NothingToIndex for a path that
    doesn't exist or has nothing readable in it, Busy while another build runs, Unusable or Damaged
    where the index can't be written; the index that was there is still there then.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(home / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise Busy(f"{home}: another process is indexing; wait for it to end") from None
    with lock:
        library = Library(home / "library.db", create=True)
        try:
            with library.guarded():
                return _Build(home, library, progress).run([_real(path) for path in paths])
        finally:
            library.close()


def _real(path: Path) -> Path:
    # Not Path.resolve, which raises for links that go in a circle.
    return Path(os.path.realpath(path))


class _Build:
    def __init__(self, home: Path, library: Library, progress: Progress) -> None:
        self.home, self.library, self.progress = home, library, progress
        self.encoder = Encoder()
        self.splitter = Splitter(tiktoken_count(), self.encoder.pieces, self.encoder.window)
        library.undo_unfinished()
        self.before = library.generation()
        self.after = self.before + 1
        self.skipped: list[Skipped] = []
        self.counts = {"added": 0, "changed": 0, "unchanged": 0}

    def run(self, paths: list[Path]) -> Report:
        remembered = {label: Path(path) for path, label in self.library.paths().items()}
        roots = _roots(remembered, paths)
        found = {label: self._find(path, path in paths) for label, path in roots.items()}
        for path in set(paths) - set(roots.values()):
            # Inside an indexed folder, so it isn't indexed by itself; but it must be fit to be.
            if not load.find(path)[0]:
                raise NothingToIndex(f"{path}: no document in it that can be read")
        with self.library.transaction():
            removed = self._read(found)
            for label in set(remembered) - set(roots):
                self.library.forget(label)
            for label, path in roots.items():
                if path != SEEDS:
                    self.library.remember(str(path), label)
        self._encode()
        if self._changed(removed):
            self._publish()
        documents, chunks = self.library.count(self.library.generation())
        return Report(
            **self.counts,
            removed=removed,
            documents=documents,
            chunks=chunks,
            skipped=tuple(self.skipped),
        )

    def _find(self, path: Path, must: bool) -> list[File]:
        if not must and not path.exists():
            raise NothingToIndex(
                f"{path}: was indexed before and is gone; put it back, or start over: stop the "
                f"server and delete {self.home}"
            )
        files, skipped = load.find(path)
        self.skipped += skipped
        if must and not files:
            reasons = f" ({skipped[0].source}: {skipped[0].reason})" if skipped else ""
            raise NothingToIndex(f"{path}: no document in it that can be read{reasons}")
        return files

    def _read(self, found: dict[str, list[File]]) -> int:
        """Reads the files that are new or changed; returns how many documents were removed."""
        old = {(each.label, each.source): each for each in self.library.entries(self.before)}
        same_splitter = self.library.state("splitter") == self.splitter.identity
        total, done = sum(map(len, found.values())), 0
        kept: set[tuple[str, str]] = set()
        for label, files in found.items():
            readable = 0
            for file in files:
                known = old.get((label, file.source))
                done += 1
                self.progress("reading", done, total)
                try:
                    content = load.read(file)
                    digest = hashlib.sha256(content).hexdigest()
                    if known and known.file_sha256 == digest and same_splitter:
                        self.counts["unchanged"] += 1
                    else:
                        self._take(label, file, content, digest, known is not None)
                except Unreadable as error:
                    self.skipped.append(Skipped(file.source, str(error)))
                    continue
                kept.add((label, file.source))
                readable += 1
            if files and not readable:
                reason = self.skipped[-1]
                raise NothingToIndex(
                    f"{label}: no document in it that can be read "
                    f"({reason.source}: {reason.reason})"
                )
        gone = [entry for name, entry in old.items() if name not in kept]
        for entry in gone:
            self.library.retire(entry.document, self.after)
        return len(gone)

    def _take(self, label: str, file: File, content: bytes, digest: str, known: bool) -> None:
        document = load.document(file, content, label)
        chunks = self.splitter.split(document)
        if known:
            self.library.retire(document.id, self.after)
        self.library.add(document, chunks, label, digest, self.after)
        self.counts["changed" if known else "added"] += 1

    def _encode(self) -> None:
        chunks = self.library.without_vectors(self.after, self.encoder.identity)
        made = []
        for done, chunk in enumerate(chunks, start=1):
            made.append((chunk, *self.encoder.chunk(chunk)))
            if len(made) == _KEPT_EVERY or done == len(chunks):
                self.library.keep_vectors(self.encoder.identity, made)
                made = []
            self.progress("encoding", done, len(chunks))

    def _changed(self, removed: int) -> bool:
        return bool(
            removed
            or self.counts["added"]
            or self.counts["changed"]
            or self.library.state("encoder") != self.encoder.identity
            or not self._view_is_sound()
        )

    def _view_is_sound(self) -> bool:
        try:
            vectors.guard(vectors.folder_of(self.home, self.before))
        except Damaged:
            return False
        return True

    def _publish(self) -> None:
        _, chunks = self.library.count(self.after)
        vectors.write(
            self.home,
            self.after,
            self.encoder.identity,
            lambda done: self.progress("indexing", done, chunks),
        )
        with self.library.transaction():
            self.library.publish(
                self.after,
                encoder=self.encoder.identity,
                splitter=self.splitter.identity,
                chunks=str(chunks),
            )
        self.library.drop_unused_vectors()
        # The view before may still be open in a server; older ones aren't asked any more.
        vectors.remove_all_but(self.home, {self.before, self.after})


def _roots(remembered: dict[str, Path], paths: list[Path]) -> dict[str, Path]:
    """Label to path of all that is to be indexed: a folder stands for those inside it."""
    roots = dict(remembered)
    for path in paths:
        if not any(path.is_relative_to(root) for root in roots.values()):
            roots = {name: root for name, root in roots.items() if not root.is_relative_to(path)}
            names = [path.name, *(f"{path.name}-{n}" for n in range(2, len(roots) + 3))]
            roots[next(name for name in names if name not in roots)] = path
    return roots or {SEEDS_LABEL: SEEDS}
