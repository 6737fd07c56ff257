"""One writer at a time: the lock of an index."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import filelock

from index.errors import Busy


@contextlib.contextmanager
def writing(home: Path) -> Iterator[None]:
    """Keeps every other writer out of the index in `home`; raises Busy if one is there."""
    # What is in it may be more than all may read.
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = filelock.FileLock(home / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise Busy(f"{home}: another process is at work on it; wait for it to end") from None
    with lock:
        yield
