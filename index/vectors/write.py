"""Writing a generation's view, in a child process, from the one before where there is one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.errors import Damaged
from index.vectors.folders import VIEW, Sums, folder_of, part_of, remove_all_but


@dataclass(frozen=True, slots=True)
class Written:
    """A view that is whole: the hashes of its files, and how many vectors it holds."""

    sums: Sums
    count: int

    def as_state(self) -> str:
        return json.dumps({"sums": dict(self.sums), "count": self.count})

    @classmethod
    def from_state(cls, state: str | None) -> Written:
        """What a state says; raises Damaged if it says nothing of a view."""
        try:
            said = json.loads(state or "")
            return cls(said["sums"], said["count"])
        except (ValueError, KeyError, TypeError):
            raise Damaged("there is no view of the vectors; run: footnote repair") from None


def write(
    home: Path,
    generation: int,
    encoder: str,
    keep: int,
    progress: Callable[[int, int], None],
) -> Written:
    """Writes and checks the view of the next generation, and gives it its place.

    First it removes what builds that were killed have left, all but the view of the generation
    `keep`, which is current: so the disk doesn't fill with it.
    Raises Damaged if it can't be written. `progress` is given how many changes are in, of how many.
    """
    part = part_of(home, generation, os.getpid())
    remove_all_but(home, keep)
    shutil.rmtree(part, ignore_errors=True)
    try:
        written = _child(home, generation, encoder, part, progress)
        folder = folder_of(home, generation)
        shutil.rmtree(folder, ignore_errors=True)
        (part / VIEW).rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return written


def _child(
    home: Path, generation: int, encoder: str, part: Path, progress: Callable[[int, int], None]
) -> Written:
    # -P: a file of the user's in the working directory must not be taken for one of ours.
    command = [sys.executable, "-P", "-m", "index.vectors.child"]
    command += [str(home), str(generation), encoder, str(part), str(os.getpid())]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as child,
    ):
        written = None
        try:
            for line in child.stdout or ():
                said = json.loads(line)
                if "done" in said:
                    progress(said["done"], said["total"])
                else:
                    written = Written(said["sums"], said["count"])
        finally:
            if written is None:
                child.kill()
        code = child.wait()
        errors.seek(0)
        lines = errors.read().strip().splitlines()
    if code or written is None:
        why = lines[-1] if lines else f"exit code {code}"
        raise Damaged(f"{part}: the vector index could not be written ({why}); run: footnote index")
    return written
