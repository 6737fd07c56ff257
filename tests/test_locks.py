"""What a process reads of the library stays whole, whatever else opens and closes the file."""

from __future__ import annotations

from pathlib import Path

from index import Search
from tests.conftest import Command


def test_a_reader_sees_a_build_of_another_process_though_its_own_opened_the_index_twice(
    tmp_path: Path, footnote: Command
) -> None:
    # Closing the file anywhere in a process used to give up SQLite's locks on it; the build then
    # took the log away from under the reader, who saw the old index from then on, or damage.
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "ferry.txt").write_text("The ferry leaves at noon.\n")
    assert footnote("index", "documents").returncode == 0
    first = Search(tmp_path / ".footnote", view=False)
    Search(tmp_path / ".footnote", view=False)
    (documents / "lamp.txt").write_text("The lamp burns whale oil.\n")
    assert footnote("index").returncode == 0
    with first.reading() as at:
        passages = first.find("What does the lamp burn?", 8, at)
    assert passages[0].source == "lamp.txt"
