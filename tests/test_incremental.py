"""An index that grew by changes equals one that is built from the same folder at once."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from cheap import Hashes, ask, holding

from index import Search, build, verify
from index.library import Library
from index.library.sums import LIBRARY

STEPS = int(os.environ.get("STEPS", "4"))
QUESTIONS = ("Which word is rare?", "What stands under the heading?", "shelf")
Content = tuple[object, ...]


def content(home: Path) -> list[Content]:
    """Every document with all of its chunks and their vectors, bit for bit."""
    library = Library(home / LIBRARY)
    encoder = Hashes.identity
    with library.reading():
        at = library.generation()
        entries = library.entries(at)
        places = library.places(at).tolist()
        stored = library.stored([chunk for chunk, _ in places], encoder)
        chunks: dict[int, list[Content]] = {each.row: [] for each in entries}
        for chunk, row in places:
            each = stored[chunk]
            held = (each.vector.tobytes(), each.sentence_vectors.tobytes(), each.sha256)
            chunks[row].append((each.chunk, each.source, each.title, *held))
        found = [
            (
                *(each.document, each.label, each.source, each.title, each.date),
                *(each.file_sha256, each.sha256, library.document(each.document, at)),
                sorted(chunks[each.row], key=repr),
            )
            for each in entries
        ]
    library.close()
    assert {len(chunks[each.row]) for each in entries} != {0}
    return found


class Folder:
    """A folder that changes by chance, and the words that are in it no more."""

    def __init__(self, place: Path, seed: int) -> None:
        self.place, self.random = place, random.Random(seed)  # noqa: S311
        self.words: dict[Path, set[str]] = {}
        self.gone: set[str] = set()
        self.number = 0
        place.mkdir()
        for _ in range(6):
            self.add()

    def text(self, path: Path) -> str:
        self.number += 1
        words = {f"rare{self.number}q{each}z" for each in range(self.random.randint(1, 4))}
        self.words[path] = words
        parts = [f"## Heading {word}\n\nOn a shelf stands {word}.\n" for word in sorted(words)]
        title = self.random.choice(["", "# A title\n\n"])
        return title + "\n".join(parts)

    def add(self) -> None:
        path = self.place / self.random.choice(["", "below"]) / f"{self.number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(self.text(path))

    def change(self) -> None:
        path = self.any()
        self.gone |= self.words.pop(path)
        path.write_text(self.text(path))

    def remove(self) -> None:
        path = self.any()
        self.gone |= self.words.pop(path)
        path.unlink()

    def move(self) -> None:
        path = self.any()
        self.number += 1
        to = path.with_name(f"moved{self.number}.md")
        path.rename(to)
        self.words[to] = self.words.pop(path)

    def any(self) -> Path:
        return self.random.choice(sorted(self.words))

    def step(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            may = [self.add, self.change, self.move, self.remove]
            self.random.choice(may[: 4 if len(self.words) > 4 else 1])()


def interrupt(home: Path, at: int) -> None:
    """A build that is stopped when it says something for the `at`-th time, if it says so much."""
    said = 0

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal said
        said += 1
        if said == at:
            raise KeyboardInterrupt

    try:
        build(home, progress=progress, prune=True, encoder=Hashes())
    except KeyboardInterrupt:
        assert list(verify(home)) == []


@pytest.mark.parametrize("seed", [int(os.environ.get("SEED", "1"))])
def test_an_index_that_grew_equals_one_built_at_once(tmp_path: Path, seed: int) -> None:
    folder, home = Folder(tmp_path / "notes", seed), tmp_path / "home"
    build(home, [folder.place], encoder=Hashes())
    for _ in range(STEPS):
        folder.step()
        if folder.random.random() < 0.5:
            interrupt(home, folder.random.randint(1, 20))
            folder.step()
        build(home, prune=True, encoder=Hashes())
        assert holding(home, *folder.gone) == []
        listed = {each[2] for each in content(home)}
        assert listed == {path.relative_to(folder.place).as_posix() for path in folder.words}
    build(tmp_path / "anew", [folder.place], encoder=Hashes())
    assert content(home) == content(tmp_path / "anew")
    questions = [*QUESTIONS, *sorted(folder.gone)[:3], *sorted(set.union(*folder.words.values()))]
    for question in questions:
        assert ask(home, question) == ask(tmp_path / "anew", question)
    search = Search(home, encoder=Hashes())
    with search.reading() as at:
        found = search.find("rare shelf heading", 50, at)
    assert not any(word in each.text + each.context for each in found for word in folder.gone)
