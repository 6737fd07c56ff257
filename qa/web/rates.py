"""How often somebody may ask, counted across all workers of a server.

One moment a person is all that is kept (the generic cell rate algorithm, ITU-T I.371): when he
will have paid for what he asked so far. Workers share a file of such moments in memory.
"""

from __future__ import annotations

import fcntl
import math
import mmap
import secrets
import struct
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from qa.errors import TooOften

# Moments in the file. People whose names fall on the same one share it, which is rare.
_SLOTS = 1 << 16
_MOMENT = struct.Struct("<d")
_SALT = 16
# So many minutes' worth may be asked at once.
BURST = 1 / 3


class Rates:
    """`per_minute` questions a person, 0 for any number; not for several threads at once.

    `path` is the file that all workers share; whoever comes first makes it.
    """

    def __init__(
        self, path: Path, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._each = 60 / per_minute if per_minute else 0.0
        self._ahead = 60 * BURST
        # Since the machine started, so that it is one clock for all its processes.
        self._clock = clock
        self._file = path.open("a+b")
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            self._file.seek(0, 2)
            if not self._file.tell():
                # Nobody can choose a name that shares another's moment.
                self._file.write(secrets.token_bytes(_SALT))
                self._file.truncate(_SALT + _SLOTS * _MOMENT.size)
                self._file.flush()
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
        self._map = mmap.mmap(self._file.fileno(), 0)
        self._salt = self._map[:_SALT]

    def wait(self, user: str) -> float:
        """0.0 if he may ask now, which is counted; else the seconds until he may."""
        if not self._each:
            return 0.0
        name = blake2b(user.encode("utf-8", "replace"), key=self._salt, digest_size=8).digest()
        at = _SALT + int.from_bytes(name, "little") % _SLOTS * _MOMENT.size
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            now = self._clock()
            kept: float = _MOMENT.unpack_from(self._map, at)[0]
            paid = max(now, kept)
            # A moment from before the machine started anew.
            if paid > now + self._ahead + self._each:
                paid = now
            if (over := paid - now - self._ahead) > 0:
                return over
            _MOMENT.pack_into(self._map, at, paid + self._each)
            return 0.0
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def spend(self, user: str) -> None:
        """Counts what he asks now; raises TooOften, with the seconds, if he may not yet."""
        if wait := self.wait(user):
            seconds = math.ceil(wait)
            raise TooOften(f"you have asked very often; try again in {seconds} s", seconds)

    def close(self) -> None:
        self._map.close()
        self._file.close()
