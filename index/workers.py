"""Files are read in processes of their own, with a limit of time and of memory for each file.

A file that exceeds one, or crashes its reader, costs one line and one process; the others go on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from types import TracebackType
from typing import IO, cast

from index.errors import IndexFault, Unreadable
from index.wire import OUT_OF_MEMORY, READY, Parsed, answer_of, job_line

__all__ = ["Parsed", "Workers"]

# A process has this long to get ready, on however busy a machine.
_START_SECONDS = 120.0
# Jobs taken from the caller before the first answer is waited for, for each process.
_AHEAD = 4
# One thread each: more would count against the limit of memory, and there are other processes.
_ENVIRONMENT = {
    "TOKENIZERS_PARALLELISM": "false",
    "RAYON_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
# How a program ends itself that can't get memory.
_ABORTS = {"SIGABRT", "SIGTRAP", "SIGILL", "SIGSEGV", "SIGBUS"}


class Workers:
    """Up to `count` reader processes, started as they are needed and kept until the end.

    `encoder` names the one whose word pieces are counted ("local"). `seconds` and `megabytes` are
    for one file; the latter holds on Linux only. Not for use from several threads.
    """

    def __init__(
        self,
        encoder: str,
        chunk_tokens: int,
        overlap_tokens: int,
        count: int = 2,
        seconds: float = 60,
        megabytes: int = 1024,
    ) -> None:
        numbers = (chunk_tokens, overlap_tokens, seconds, megabytes)
        self._command = [sys.executable, "-P", "-m", "index.parse", encoder, *map(str, numbers)]
        self._count, self._seconds, self._megabytes = count, seconds, megabytes
        # A process dies with the thread that started it, and these live as long as this does.
        self._threads = ThreadPoolExecutor(count)
        self._lock = Lock()
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._closed = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends all processes, whatever they are doing."""
        with self._lock:
            self._closed = True
            processes = list(self._all)
        for process in processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in processes:
            process.end()

    def parse(
        self, jobs: Iterable[tuple[Path, str, str]]
    ) -> Iterator[tuple[int, Parsed | Unreadable]]:
        """Each job is (path, source, label); yields its number and what came of it, in order.

        `Unreadable` is yielded, not raised. Reads ahead a bounded number of jobs. Raises
        IndexFault when no process can be started.
        """
        if self._closed:
            raise IndexFault("the readers have been closed")
        waiting: deque[Future[Parsed | Unreadable]] = deque()
        number = 0
        try:
            for job in jobs:
                waiting.append(self._threads.submit(self._one, *job))
                while waiting and (waiting[0].done() or len(waiting) >= _AHEAD * self._count):
                    yield number, waiting.popleft().result()
                    number += 1
            while waiting:
                yield number, waiting.popleft().result()
                number += 1
        finally:
            for future in waiting:
                future.cancel()

    def _one(self, path: Path, source: str, label: str) -> Parsed | Unreadable:
        process = self._take()
        line = process.ask(job_line(path.absolute(), source, label), self._seconds)
        if process.is_well():
            with self._lock:
                self._idle.append(process)
        else:
            process.end()
            with self._lock:
                self._all.discard(process)
        if not line.endswith(b"\n"):
            return Unreadable(self._fate(process))
        try:
            return answer_of(line)
        except Unreadable as error:
            return error
        except (ValueError, KeyError, TypeError, RecursionError):
            return Unreadable("crashed the reader (its answer made no sense)")

    def _take(self) -> _Process:
        with self._lock:
            while self._idle:
                process = self._idle.pop()
                if process.is_well():
                    return process
                self._all.discard(process)
            if self._closed:
                raise IndexFault("the readers have been closed")
            process = _Process(self._command, self._megabytes << 20)
            self._all.add(process)
        process.wait_until_ready()
        return process

    def _fate(self, process: _Process) -> str:
        if process.late:
            return f"took longer than {self._seconds:g} s to read; split it into smaller files"
        status = process.end()
        if status == OUT_OF_MEMORY:
            return (
                f"needed more than {self._megabytes:,} MB of memory to read; "
                "split it into smaller files"
            )
        if status >= 0:
            return f"crashed the reader (exit status {status})"
        name = signal.Signals(-status).name
        perhaps = f"; it may need more than {self._megabytes:,} MB" if name in _ABORTS else ""
        return f"crashed the reader (signal {-status}{perhaps})"


class _Process:
    """One reader process, and the pipe to it."""

    def __init__(self, command: list[str], longest_answer: int) -> None:
        self.late = False
        self.longest_answer = longest_answer
        self.process = subprocess.Popen(  # noqa: S603 - this Python and our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT},
            # A group of its own: killed as a whole, and not by Ctrl-C in the terminal.
            start_new_session=True,
        )
        self.jobs = cast(IO[bytes], self.process.stdin)
        self.answers = cast(IO[bytes], self.process.stdout)

    def wait_until_ready(self) -> None:
        if self._say(b"", _START_SECONDS) != READY:
            self.kill()
            raise IndexFault(
                f"a reader process can't be started (exit status {self.end()}); "
                "install footnote-qa again"
            )

    def ask(self, line: bytes, seconds: float) -> bytes:
        """The process's answer to a line; without a line end if it died before it was whole."""
        return self._say(line, seconds)

    def _say(self, line: bytes, seconds: float) -> bytes:
        timer = Timer(seconds, self._overdue)
        timer.daemon = True
        timer.start()
        try:
            self.jobs.write(line)
            self.jobs.flush()
            answer = self.answers.readline(self.longest_answer)
        except OSError:
            answer = b""
        finally:
            timer.cancel()
            timer.join()
        if not answer.endswith(b"\n"):
            self.kill()
        return answer

    def _overdue(self) -> None:
        self.late = True
        self.kill()

    def is_well(self) -> bool:
        return not self.late and self.process.poll() is None

    def kill(self) -> None:
        if self.process.poll() is None:
            if hasattr(os, "killpg"):
                with suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def end(self) -> int:
        """Waits for the process, which has been killed or is dying; its exit status."""
        with suppress(OSError):  # what was still to be written to a dead process
            self.jobs.close()
        self.answers.close()
        return self.process.wait()
