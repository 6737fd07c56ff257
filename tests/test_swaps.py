"""Questions while generations change: each answer is whole, of the one before or the one after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cheap import Hashes, answer, ask

from index import Search, build, verify

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
