"""`footnote serve` as a portal runs it, in processes of its own: for `footnote-eval bench load`.

It signs people's tokens with a key that is made for the run, and looks at what the server takes of
the machine, as Linux tells it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evals.errors import EvalFault
from qa.settings import PREFIX

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

_MINUTES = 10
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Portal:
    """A server, and the key of the portal that it trusts."""

    port: int
    process: int
    key: ECKey

    def token(self, name: str) -> str:
        """For ten minutes, the longest that one may live."""
        from joserfc import jwt

        now = int(time.time())
        claims = {"iss": "portal", "aud": "footnote", "sub": name, "groups": [], "jti": name}
        times = {"iat": now, "nbf": now, "exp": now + 60 * _MINUTES}
        return jwt.encode({"alg": "ES256", "kid": "bench"}, {**claims, **times}, self.key)

    def processes(self) -> list[int]:
        """The server's own, and those that it started."""
        mine = [self.process]
        for each in Path("/proc").glob("[0-9]*"):
            if _stat(each)[1:2] == [str(self.process)]:
                mine.append(int(each.name))
        return mine

    def cpu(self) -> float:
        """Seconds that all of them have taken."""
        found = (_stat(Path(f"/proc/{each}")) for each in self.processes())
        return sum(int(each[11]) + int(each[12]) for each in found if each) / _TICKS

    def memory(self) -> float:
        """What all of them hold for themselves now, in MB."""
        kilobytes = 0
        for each in self.processes():
            for line in _lines(Path(f"/proc/{each}/smaps_rollup")):
                if line.startswith(("Private_Clean", "Private_Dirty")):
                    kilobytes += int(line.split()[1])
        return kilobytes / 1024

    def handles(self) -> int:
        """How many files, sockets and pipes all of them have open."""
        return sum(len(os.listdir(f"/proc/{each}/fd")) for each in self.processes())


def _stat(process: Path) -> list[str]:
    """What stands after its name, of which "3" is the first; nothing if it has ended."""
    text = "".join(_lines(process / "stat"))
    return text.rpartition(")")[2].split()


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


@contextmanager
def served(home: Path, workers: int, **settings: str) -> Iterator[Portal]:
    """Serves the index in `home` to whoever has a token; `settings` beside those of signing in."""
    from joserfc import jwk

    key = jwk.ECKey.generate_key("P-256")
    keys = home / "bench-keys.json"
    keys.write_text(json.dumps({"keys": [{**key.as_dict(private=False), "kid": "bench"}]}))
    given = {
        "identity": "token",
        "token_keys": str(keys.resolve()),
        "token_issuer": "portal",
        "token_audience": "footnote",
        "workers": str(workers),
        "rate": "0",
        # Reading takes the same time whoever waits; what is measured is all else.
        "read": "off",
        **settings,
    }
    try:
        with started(home, **given) as (url, process):
            yield Portal(int(url.rpartition(":")[2]), process, key)
    finally:
        keys.unlink(missing_ok=True)


@contextmanager
def started(home: Path, **settings: str) -> Iterator[tuple[str, int]]:
    """`footnote serve` in a process of its own, as people run it: its address and its number."""
    given = {"home": str(home.resolve()), **settings}
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    with subprocess.Popen(
        [sys.executable, "-m", "qa.cli", "serve", "--port", "0"],
        # Its own folder: the rules of the working directory aren't for these documents.
        cwd=home,
        env={**others, **{f"{PREFIX}{name.upper()}": value for name, value in given.items()}},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            if " at http" not in line:
                raise EvalFault(f"footnote serve said {line!r} and no address; try it by hand")
            yield line.split()[3], server.pid
        finally:
            server.terminate()


@contextmanager
def second_long_model() -> Iterator[str]:
    """A language model's server that takes a second, in a process of its own; gives its address."""
    command = [sys.executable, "-m", "evals.bench.steady"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as model:  # noqa: S603 - ours
        try:
            yield model.stdout.readline().strip() if model.stdout else ""
        finally:
            model.kill()
