"""Folders become an index: what changed is read and encoded, then made current all at once.

Until the last step readers see the generation before; a build that fails or is killed leaves it as
it was, and the next one goes on with what was read and encoded. Only what is gone from the folders
is taken from the readers earlier: as soon as that is known.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from index.access import Rule
from index.encode import LOCAL, Encoder, named
from index.errors import Damaged, IndexFault, NoIndex, Unreadable
from index.library import Library
from index.library.copies import copy
from index.library.migrate import migrate
from index.library.sums import COPY, LIBRARY, check_library, known, remove_sums, write_sums
from index.lock import writing
from index.publish import Progress, Publisher
from index.roots import SEEDS_LABEL, check_readable, roots_of, with_seeds
from index.scan import Change, Name, ReadBy, Scan, check_vanished, scan, still_has
from index.split import CHUNK_TOKENS, OVERLAP_TOKENS
from index.vectors import Place
from index.verify import is_begun_only, library_faults
from index.workers import Parsed, Workers

# Documents are kept in the library every so many, so that a kill costs at most those.
_KEPT_EVERY = 128
# Files for which a second reader process is started.
_WORTH_ANOTHER = 8


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did: `changes` by file, and how much there is now.

    `encoded` counts the chunks whose vectors were not there yet; `notes` say what of documents that
    are in could not be read.
    """

    changes: tuple[Change, ...]
    unchanged: int
    encoded: int
    documents: int
    chunks: int
    notes: tuple[str, ...]
    names: tuple[Name, ...]

    def count(self, what: str) -> int:
        return sum(change.what == what for change in self.changes)

    def reach(self, rule: Rule) -> int:
        """How many documents the rule speaks of."""
        return sum(rule.matches(*name) for name in self.names)


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take."""

    seconds: float = 60
    megabytes: int = 1024


def build(
    home: Path,
    paths: Sequence[Path] = (),
    progress: Progress = lambda *_: None,
    *,
    forget: Sequence[Path] = (),
    prune: bool = False,
    limits: Limits = Limits(),
    encoder: Encoder | str = LOCAL,
    chroma: str = "",
) -> Report:
    """Brings the index in `home` up to date with the remembered paths and `paths`.

    With no paths at all, the seed documents are indexed. `forget` are remembered paths to be left
    out from now on; `prune` says that documents may vanish, however many; `chroma` is the address
    of the Chroma server that keeps the view of the vectors, "" for a folder. Raises NothingToIndex
    for a path that doesn't exist or has nothing readable in it, Vanished if over half of the
    documents are gone, NoEncoder where the encoder (or the one of that name) can't be used, Busy
    while another build runs, Unusable or Damaged where the index can't be written; the index that
    was there is still there then.
    """
    with writing(home):
        if known(home):
            check_library(home)
        migrate(home)
        if not known(home):
            _check_before(home)
        copied = _is_copied(home)
        remove_sums(home)
        library = Library(home / LIBRARY, "make")
        try:
            with library.guarded():
                publisher = Publisher(Place(home, chroma), library, progress, named(encoder))
                run = _Build(library, progress, prune, limits, publisher)
                report = run.run([_real(path) for path in paths], [_real(each) for each in forget])
                library.tidy()
                if run.changed or run.remembers_others or not copied:
                    copy(library, home / COPY)
                    copied = True
            return report
        finally:
            _close(home, library, copied)


def _check_before(home: Path) -> None:
    """Raises Damaged if the library isn't sound: what is built on it would pass for sound."""
    if not is_begun_only(home):
        # Another release's says so itself.
        with contextlib.suppress(NoIndex):
            Library(home / LIBRARY).close()
        for fault in library_faults(home):
            raise Damaged(fault if "run: " in fault else f"{fault}; run: footnote repair")


def _is_copied(home: Path) -> bool:
    """Whether the library's copy is there, byte for byte as it was written."""
    try:
        check_library(home, COPY)
    except Damaged:
        return False
    return known(home, COPY)


def _close(home: Path, library: Library, copied: bool) -> None:
    """Puts the sums back, unless the library can't even be closed in order.

    A copy that isn't known to be sound gets none: its sum would say that it is.
    """
    with contextlib.suppress(IndexFault, OSError):
        whole = library.tidy()
        library.close()
        if whole:
            write_sums(home, (LIBRARY, COPY) if copied else (LIBRARY,))


def _real(path: Path) -> Path:
    # Not Path.resolve, which raises for links that go in a circle.
    return Path(os.path.realpath(path))


class _Build:
    def __init__(
        self,
        library: Library,
        progress: Progress,
        prune: bool,
        limits: Limits,
        publisher: Publisher,
    ) -> None:
        self.library, self.progress = library, progress
        self.prune, self.limits = prune, limits
        self.publisher = publisher
        self.rules = publisher.rules
        # A file that took too long may be read within other limits.
        self.read_by = ReadBy(self.rules, f"{limits.seconds:g} s {limits.megabytes} MB")
        self.before = library.generation()
        self.after = self.before + 1
        self.unfinished = {(each.label, each.source): each for each in library.resume(self.rules)}
        self.known = {(each.label, each.source): each for each in library.entries(self.before)}
        self.changes: list[Change] = []
        self.notes: list[str] = []
        self.changed = self.remembers_others = False

    def run(self, paths: list[Path], forget: list[Path]) -> Report:
        remembered = {label: Path(path) for path, label in self.library.paths().items()}
        roots = roots_of(remembered, paths, forget)
        if self.prune:
            roots = with_seeds({name: path for name, path in roots.items() if path.exists()})
        found = scan(self.library, roots, self.read_by, self._stage("scanning"))
        forgotten = {name for name in self.known if name[0] not in roots}
        self._check_vanished(found, set(found.read), forgotten)
        self.remembers_others = roots != remembered
        self._remember(roots)
        try:
            taken = self._read(found)
            self._check_vanished(found, set(taken), forgotten)
            check_readable(paths, roots, found, set(taken))
        except IndexFault:
            self._remember(remembered)
            raise
        self._take_away(found, taken)
        encoded = self.publisher.encode(self.after)
        self.changed = bool(self.changes) or self.publisher.must_publish()
        if self.changed:
            self.publisher.publish(self.rules)
        documents, chunks = self.library.count(self.library.generation())
        return Report(
            changes=(*self.changes, *found.left_out),
            unchanged=len(found.kept),
            encoded=encoded,
            documents=documents,
            chunks=chunks,
            notes=tuple(self.notes),
            names=tuple(
                (roots[label].name, source) for label, source in sorted({*found.kept, *taken})
            ),
        )

    def _remember(self, roots: dict[str, Path]) -> None:
        """Now, and not at the end: a build that is stopped goes on with the same paths."""
        with self.library.transaction():
            self.library.set_paths({n: path for n, path in roots.items() if n != SEEDS_LABEL})

    def _stage(self, name: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(name, done, total)

    def _read(self, found: Scan) -> dict[Name, str]:
        """Reads what is new or changed into the library; gives the hash of each one's file."""
        taken = {
            name: digest
            for name, digest in found.hashes.items()
            if (begun := self.unfinished.get(name)) and begun.file_sha256 == digest
        }
        with self.library.transaction():
            of_old = (each.row for name, each in self.unfinished.items() if name not in taken)
            self.library.remove(of_old)
        names = [name for name in found.read if name not in taken]
        jobs = [(found.read[name].path, name[1], name[0]) for name in names]
        show, done = self._stage("reading"), 0
        limits = (self.limits.seconds, self.limits.megabytes)
        # A reader takes half a second to start, in which it could have read some files.
        readers = 2 if len(jobs) >= _WORTH_ANOTHER else 1
        encoder = self.publisher.encoder.name
        with Workers(encoder, CHUNK_TOKENS, OVERLAP_TOKENS, readers, *limits) as workers:
            parsed = zip(names, (each for _, each in workers.parse(jobs)), strict=True)
            while batch := list(islice(parsed, _KEPT_EVERY)):
                with self.library.transaction():
                    for name, each in batch:
                        self._take(name, each, found, taken)
                done += len(batch)
                show(done, len(names))
        return taken

    def _check_vanished(self, found: Scan, read: set[Name], forgotten: set[Name]) -> None:
        if self.prune:
            return
        # What has only moved is still there.
        there = {found.hashes[name] for name in read}
        gone = set(self.known) - found.kept - read - forgotten
        gone = {name for name in gone if self.known[name].file_sha256 not in there}
        check_vanished(len(self.known), len(gone))

    def _take(
        self, name: Name, parsed: Parsed | Unreadable, found: Scan, taken: dict[Name, str]
    ) -> None:
        label, source = name
        if isinstance(parsed, Unreadable):
            why = str(parsed)
            # Not if it has been written to meanwhile: what was read isn't what had that hash.
            if still_has(found.read[name], found.hashes[name]):
                self.library.refuse(label, source, found.hashes[name], self.read_by.all, why)
            found.left_out.append(Change("left out", source, why))
            return
        self.library.accept(label, source)
        digest = parsed.file_sha256
        self.library.add(parsed.document, parsed.chunks, label, digest, self.after, parsed.notes)
        self.notes += [f"{source}: {note}" for note in parsed.notes]
        taken[name] = digest

    def _take_away(self, found: Scan, taken: dict[Name, str]) -> None:
        """Sorts out what became of each document; what is gone is taken from readers at once."""
        gone = {
            name: each
            for name, each in self.known.items()
            if name not in found.kept and name not in taken
        }
        by_hash = {each.file_sha256: name for name, each in gone.items()}
        moved: set[Name] = set()
        for name, digest in sorted(taken.items()):
            if name in self.known:
                self.changes.append(Change("changed", name[1]))
            elif (old := by_hash.get(digest)) and old not in moved:
                moved.add(old)
                self.changes.append(Change("moved", name[1], f"was {old[1]}"))
            else:
                self.changes.append(Change("added", name[1]))
        refused = {each.source for each in found.left_out}
        for name in sorted(set(gone) - moved):
            why = "can't be read any more" if name[1] in refused else ""
            self.changes.append(Change("removed", name[1], why))
        with self.library.transaction():
            self.library.remove(gone[name].row for name in gone if name not in moved)
            replaced = {name for name in self.known if name in taken} | moved
            self.library.retire((self.known[name].row for name in replaced), self.after)
