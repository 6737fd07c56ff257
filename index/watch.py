"""Keeps an index up to date: builds again whenever something below the indexed paths changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from index.errors import IndexFault
from index.library import Library
from index.library.sums import LIBRARY

# Not every file system tells of changes; the folders are looked through at least this often.
_EVERY_MS = 300_000


def watch(
    home: Path,
    build: Callable[[], None],
    failed: Callable[[Exception], None],
    stop: threading.Event | None = None,
) -> None:
    """Calls `build` after every change, until `stop` is set; what it raises goes to `failed`.

    Where a folder isn't there just now, or another process is building, it is tried again.
    """
    from watchfiles import watch as changes

    stop = stop or threading.Event()
    while not stop.is_set():
        there = _there(home)
        if not there:
            stop.wait(_EVERY_MS / 1000)
        # One round of changes: the next may find other paths remembered.
        try:
            for _ in changes(
                *there, stop_event=stop, rust_timeout=_EVERY_MS, yield_on_timeout=True, debounce=800
            ):
                break
            if not stop.is_set():
                build()
        except (IndexFault, OSError) as error:
            failed(error)
            stop.wait(1)


def _there(home: Path) -> list[str]:
    """The indexed paths that exist just now."""
    try:
        return [path for path in Library(home / LIBRARY).paths() if Path(path).exists()]
    except IndexFault:
        return []
