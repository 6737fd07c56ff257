"""The newsroom, indexed once, from which sound and broken assistants are made for the self-test."""

from __future__ import annotations

import dataclasses
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.gold import Question
from evals.prepare import Prepared
from evals.run import Ask, ask
from index import Search, build
from qa.assistant import Assistant


@dataclass(frozen=True, slots=True)
class Trial:
    """An assistant to be measured: how it is asked, what, and how many questions at a time."""

    assistant: Assistant
    asked: Ask = ask
    questions: Sequence[Question] | None = None
    jobs: int = 1


@dataclass(slots=True)
class World:
    """`sound` is what is measured against; `scratch` a folder for other indexes."""

    documents: Path
    questions: Sequence[Question]
    sound: Prepared
    scratch: Path
    _made: int = field(default=0, init=False)

    def assistant(self, view: bool = True, **changes: Any) -> Assistant:
        """One with other settings, over the same index."""
        settings = dataclasses.replace(self.sound.settings, **changes)
        return Assistant(settings, view, self.sound.folder)

    def assistant_with(self, search: type[Search]) -> Assistant:
        """One with another way to search, over the same index."""
        assistant = self.assistant()
        assistant.search = search(
            self.sound.settings.home, True, assistant.search.encoder, self.sound.settings.chroma
        )
        return assistant

    def most_asked(self) -> str:
        """The document that the most questions rest on."""
        named = Counter(each.source for q in self.questions for each in q.evidence)
        return named.most_common(1)[0][0]

    def indexed_without(self, source: str) -> Assistant:
        folder = self._copy()
        (folder / source).unlink()
        return self.indexed(folder)

    def indexed_with(self, texts: dict[str, str]) -> Assistant:
        """With more documents, by source."""
        folder = self._copy()
        for source, text in texts.items():
            path = folder / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self.indexed(folder)

    def indexed_in_parts(self, seed: int) -> Assistant:
        """File by file in any order, a third of them each time."""
        chance = random.Random(seed)  # noqa: S311 - no secret
        folder = self._copy()
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        chance.shuffle(files)
        kept = {path: path.read_bytes() for path in files}
        for path in files:
            path.unlink()
        home = self._home()
        third = -(-len(files) // 3)
        for first in range(0, len(files), third):
            for path in files[first : first + third]:
                path.write_bytes(kept[path])
            build(home, [folder], encoder=self.sound.assistant.search.encoder)
        return self._over(home)

    def indexed(self, folder: Path, anew: bool = False) -> Assistant:
        """Over this folder; `anew` from nothing, else from what is indexed already."""
        home = self._home()
        if not anew:
            shutil.copytree(self.sound.settings.home, home)
        build(
            home,
            [folder],
            forget=[] if anew else [self.documents],
            prune=True,
            encoder=self.sound.assistant.search.encoder,
        )
        return self._over(home)

    def _copy(self) -> Path:
        """The documents once more, in a folder of the same name."""
        self._made += 1
        return Path(
            shutil.copytree(self.documents, self.scratch / str(self._made) / self.documents.name)
        )

    def _home(self) -> Path:
        self._made += 1
        return self.scratch / f"home-{self._made}"

    def _over(self, home: Path) -> Assistant:
        return self.assistant(home=home)
