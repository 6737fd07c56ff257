"""Builds are killed at every stage: what was in stays in, and the next build goes on.

KILLS in the environment says how many (10 unless told); half of them are aimed at the flush of the
graph, the check of the view and its renaming. The command runs as users run it; where it was when
it was killed is read from what it left on disk.
"""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import warm
from cheap import Answer, answer, size
from conftest import FOOTNOTE

from index import Search, build, verify
from index.encode import LocalEncoder
from index.library import Library
from index.library.sums import COPY, LIBRARY, known

KILLS = int(os.environ.get("KILLS", "10"))
# So many hit each stage, however short; where fewer hit is chance.
MANY = 100
# What a build does, in this order.
STAGES = tuple(
    "scanning reading encoding part flush closed check rename publish copy sums".split()  # noqa: SIM905
)
HALF = ("flush", "check", "rename")
REST = ("scanning", "reading", "encoding", "part", "publish", "copy", "anywhere")
QUESTIONS = ("What colour is box 3?", "Which crates are red?", "What is new in the store?")
# A graph of over a thousand vectors is longer, one of less is kept at this or below.
SMALL_GRAPH = 400_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What an index says and takes on the disk: its generation apart from `disk` in bytes."""

    answers: tuple[Answer, ...]
    names: frozenset[tuple[str, str]]
    faults: tuple[str, ...]
    disk: int


@dataclass(slots=True)
class Store:
    """A folder of documents that changes, and its index."""

    place: Path
    random: random.Random
    crates: int
    encoder: LocalEncoder
    round: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    most: float = 0

    @property
    def home(self) -> Path:
        return self.place / ".footnote"

    @property
    def files(self) -> Path:
        return self.place / "files"

    def prepare(self) -> None:
        (self.place / "tmp").mkdir(parents=True)
        self.files.mkdir()
        # Texts of some length: of an index below a megabyte most is what every view takes.
        for number in range(60):
            lines = [f"On shelf {each} of box {number} lie {each * 7} nuts." for each in range(12)]
            self.write(f"box-{number}", f"The box numbered {number} is blue. {' '.join(lines)}")
        build(self.home, [self.files], encoder=self.encoder)

    def write(self, name: str, text: str) -> None:
        (self.files / f"{name}.md").write_text(f"# {name}\n\n{text}\n")

    def change(self) -> None:
        """The next change: each is of one kind, so that there is nothing between old and new."""
        self.round += 1
        crates, moved = self.files / "crates", self.files / "moved"
        kind = self.round % 4
        if kind == 1:
            crates.mkdir()
            for number in range(self.crates):
                text = f"Crate {number} of round {self.round} is red."
                (crates / f"{number}.md").write_text(text)
        elif kind == 2:
            crates.rename(moved)
        elif kind == 3:
            self.write("box-3", f"The box numbered 3 is green since round {self.round}.")
            self.write("box-5", f"New in the store: a lamp of round {self.round}.")
        else:
            for path in moved.iterdir():
                path.unlink()
            moved.rmdir()

    def run(self, kills: int) -> None:
        """Kills builds, a few a change, and lets the one after them end."""
        aims = self.aims()
        left = kills
        while left:
            before = self.look()
            self.change()
            seen: list[tuple[str, Seen]] = []
            for _ in range(min(left, self.random.randint(3, 6))):
                stage = self.kill(next(aims))
                if stage is None:
                    self.missed += 1
                    break
                self.stages[stage] += 1
                seen.append((stage, self.look()))
                left -= 1
            else:
                with self.start() as process:
                    assert process.wait(120) == 0, self.said()
            after = self.look()
            self.judge(before, seen, after)
            assert self.missed < kills + 10

    def aims(self) -> Iterator[str]:
        while True:
            yield from (each for aim in HALF for each in (aim, self.random.choice(REST)))

    def start(self) -> subprocess.Popen[bytes]:
        names = {name: each for name, each in os.environ.items() if name[:9] != "FOOTNOTE_"}
        with (self.place / "said").open("wb") as said:
            # Forked, it would be so early at its lock that it met the look at that.
            return warm.AS_EVER(
                [FOOTNOTE, "index", "--prune"],
                cwd=self.place,
                env={**names, "TMPDIR": str(self.place / "tmp")},
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )

    def said(self) -> str:
        return (self.place / "said").read_text()

    def kill(self, aim: str) -> str | None:
        """Kills a build when it has come as far as `aim`; None if it ended before."""
        library = Library(self.home / LIBRARY)
        generation = library.generation()
        library.close()
        with self.start() as process:
            goal = STAGES.index("scanning" if aim == "anywhere" else aim)
            log = 0
            while process.poll() is None:
                at = self.stage(generation)
                if at == STAGES.index("rename") and not log:
                    log = self.log_size()
                if at >= goal and (aim != "publish" or self.log_size() != log or at > goal):
                    break
                _pause(process, 0.001)
            longest = 3.0 if aim == "anywhere" else 0.02
            if self.random.random() < 0.7:
                _pause(process, self.random.uniform(0, longest))
            family = [process.pid, *_below(process.pid)]
            if process.poll() is not None or not self.is_locked():
                assert process.wait(60) == 0, self.said()
                return None
            if self.random.random() < 0.7:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                os.kill(process.pid, signal.SIGKILL)
            assert process.wait(60) == -signal.SIGKILL, "it was at work, and died of this"
        assert _end(family), f"a process outlives its build, killed at {aim}"
        reached = self.stage(generation)
        if reached == STAGES.index("rename") and self.generation() > generation:
            reached = STAGES.index("publish")
        return STAGES[reached]

    def generation(self) -> int:
        library = Library(self.home / LIBRARY)
        try:
            return library.generation()
        finally:
            library.close()

    def is_locked(self) -> bool:
        with (self.home / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def log_size(self) -> int:
        try:
            return (self.home / f"{LIBRARY}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def stage(self, generation: int) -> int:
        """How far a build has come that makes the next generation, by what is on the disk."""
        if (self.home / f"{COPY}.part").exists():
            return STAGES.index("copy")
        if (self.home / "vectors" / str(generation + 1)).is_dir():
            return STAGES.index("sums" if known(self.home) else "rename")
        for part in (self.home / "vectors").glob(f"{generation + 1}.part-*"):
            try:
                return STAGES.index(self.stage_of_part(part, generation))
            except FileNotFoundError:  # the build has gone on meanwhile
                return STAGES.index("part")
        said = self.said()
        return max((at for at, name in enumerate(STAGES[:3]) if f"{name} " in said), default=-1)

    def stage_of_part(self, part: Path, generation: int) -> str:
        if any(part.glob("footnote-*")):
            return "check"
        try:
            graph = max(each.stat().st_size for each in part.glob("view/*/data_level0.bin"))
            held = (part / "view" / "ids.npy").stat().st_mtime_ns
            before = (self.home / "vectors" / str(generation) / "ids.npy").stat().st_mtime_ns
        except (ValueError, FileNotFoundError):
            return "flush" if any(part.glob("view/*/link_lists.bin")) else "part"
        if held > before and (part / "view" / "chroma.sqlite3").exists() and self.closed(part):
            return "closed"
        base = (self.home / "vectors" / str(generation)).glob("*/data_level0.bin")
        grown = graph > max((each.stat().st_size for each in base), default=0)
        return "flush" if grown else "part"

    def closed(self, part: Path) -> bool:
        """Whether the view's ids were written after its graph and database."""
        ids = (part / "view" / "ids.npy").stat().st_mtime_ns
        others = [path for path in part.rglob("*") if path.is_file() and path.name != "ids.npy"]
        return all(path.stat().st_mtime_ns <= ids for path in others)

    def look(self) -> Seen:
        disk = size(self.home) + size(self.place / "tmp")
        search = Search(self.home, view=False, encoder=self.encoder)
        answers = tuple(answer(search, question) for question in QUESTIONS)
        with search.reading() as at:
            names = frozenset((each.label, each.source) for each in at.entries)
        search.library.close()
        return Seen(answers, names, tuple(verify(self.home)), disk)

    def judge(self, before: Seen, seen: list[tuple[str, Seen]], after: Seen) -> None:
        assert before.faults == after.faults == ()
        assert before.answers != after.answers
        finished = max(before.disk, after.disk)
        for stage, each in seen:
            assert each.faults == (), stage
            assert each.answers in (before.answers, after.answers), stage
            assert each.names >= before.names & after.names, stage
            assert each.disk <= 2 * finished, (stage, each.disk, finished)
            self.most = max(self.most, each.disk / finished)


def _pause(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Waits for the process to end, but no longer."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _below(process: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(each) for each in path.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_below(child)]
    return found


def _end(family: list[int]) -> bool:
    """Whether all of these end: a kill takes a moment, and who is adopted is reaped later."""
    with subprocess.Popen(["tail", "-f", "/dev/null"]) as clock:
        for _ in range(500):
            if not any(_runs(each) for each in family):
                break
            _pause(clock, 0.02)
        clock.kill()
    return not any(_runs(each) for each in family)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_killed_builds_lose_nothing_and_leave_nothing(tmp_path: Path) -> None:
    encoder = LocalEncoder()
    small = Store(tmp_path / "small", random.Random(1), 5, encoder)  # noqa: S311
    large = Store(tmp_path / "large", random.Random(2), 1040, encoder)  # noqa: S311
    many = KILLS * 3 // 5
    with ThreadPoolExecutor(2) as threads:
        threads.submit(small.prepare).result()
        threads.submit(large.prepare).result()
        runs = [threads.submit(small.run, many), threads.submit(large.run, KILLS - many)]
        for run in runs:
            run.result()
    stages = small.stages + large.stages
    print(
        f"\n{stages.total()} kills: {dict(stages)}; missed {small.missed + large.missed}; "
        f"disk at most {max(small.most, large.most):.2f} of an index"
    )
    assert stages.total() == KILLS
    if KILLS >= MANY:
        assert large.stages["flush"]
        assert stages["check"]
        assert stages["rename"] + stages["publish"]
    for store in (small, large):
        build(store.place / "anew", [store.files], encoder=encoder)
        anew = Search(store.place / "anew", view=False, encoder=encoder)
        mine = Search(store.home, view=False, encoder=encoder)
        for question in QUESTIONS:
            assert answer(mine, question) == answer(anew, question)
