"""Questions while generations change: each answer is whole, of the one before or the one after.

QUERIES and SWAPS in the environment say how many (300 and 3 unless told).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from cheap import Hashes, answer, ask

from index import Search, build, verify

QUERIES, SWAPS = int(os.environ.get("QUERIES", "300")), int(os.environ.get("SWAPS", "3"))
BUILD = "from cheap import Hashes; from index import build; from pathlib import Path; import sys; "
BUILD += "build(Path(sys.argv[1]), encoder=Hashes())"


def build_elsewhere(home: Path) -> None:
    """A build in another process, with the same cheap encoder."""
    here = str(Path(__file__).parent)
    paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
    subprocess.run(
        [sys.executable, "-c", BUILD, str(home)],
        check=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": paths},
    )


def test_an_open_search_follows_other_processes_after_its_own_has_built_and_verified(
    tmp_path: Path,
) -> None:
    home, notes = tmp_path / "home", tmp_path / "notes"
    notes.mkdir()
    (notes / "a.md").write_text("The door is locked at nine.")
    build(home, [notes], encoder=Hashes())
    search = Search(home, view=False, encoder=Hashes())
    answer(search, "When is the door locked?")
    build(home, encoder=Hashes())
    assert list(verify(home)) == []
    for hour in ("ten", "eleven", "noon"):
        (notes / "a.md").write_text(f"The door is locked at {hour}.")
        build_elsewhere(home)
        found = answer(search, "When is the door locked?")
        assert found == ask(home, "When is the door locked?")
        assert [text for _, text in found[1]] == [f"The door is locked at {hour}."]


def test_questions_during_swaps_are_answered_from_before_or_after(tmp_path: Path) -> None:
    home, notes = tmp_path / "home", tmp_path / "notes"
    notes.mkdir()
    for number in range(40):
        (notes / f"{number}.md").write_text(f"Shelf {number} holds {number * 7} nuts.")
    (notes / "door.md").write_text("The door is locked at hour 0.")
    build(home, [notes], encoder=Hashes())
    search = Search(home, encoder=Hashes())
    question = "When is the door locked?"
    # The newest generation that has begun, and the newest that had ended before a question.
    begun = ended = 0
    texts = [answer(search, question)[1]]
    stop, asked, faults = Event(), Counter[int](), list[str]()

    def ask_on(share: int) -> None:
        while asked[share] < QUERIES // 4 or not stop.is_set():
            oldest = ended
            _, found = answer(search, question)
            doors = [text for source, text in found if source == "door.md"]
            hours = [int(text.split()[-1].rstrip(".")) for text in doors]
            if len(found) != 8 or len(hours) != 1 or not oldest <= hours[0] <= begun:
                faults.append(f"{found} at {oldest} to {begun}")
            asked[share] += 1

    with ThreadPoolExecutor(4) as threads:
        runs = [threads.submit(ask_on, share) for share in range(4)]
        try:
            for hour in range(1, SWAPS + 1):
                begun = hour
                (notes / "door.md").write_text(f"The door is locked at hour {hour}.")
                assert build(home, encoder=Hashes()).count("changed") == 1
                ended = hour
                texts.append(answer(search, question)[1])
                if hour == 2:
                    open_then, memory_then = _open_files(), _memory()
        finally:
            stop.set()
        for run in runs:
            run.result()
    assert faults == []
    assert len(set(texts)) == SWAPS + 1
    assert list(verify(home)) == []
    print(
        f"\n{asked.total()} questions over {SWAPS} swaps; open files {open_then} to "
        f"{_open_files()}, memory {memory_then >> 20} to {_memory() >> 20} MB"
    )
    assert asked.total() >= QUERIES
    assert _open_files() <= open_then + 20
    assert _memory() <= memory_then + (200 << 20)


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _memory() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
