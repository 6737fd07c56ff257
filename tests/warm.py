"""Footnote's own processes, forked in tests from one that has imported what they import.

A reader, a command, and a process that writes or checks a view spend seconds on importing and a
tenth of one on their work, and tests start a thousand of them. So the process that runs tests
starts two that import and wait, one for the commands; they fork for each of them, and the fork
becomes a child of the one that asked, as if started by it: with its own arguments, files, folder,
environment and end. What differs is how it came to its modules, which tests that start them `cold`
hold, those of the README among them. Elsewhere than on Linux all are started as ever.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import inspect
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, NoReturn

OURS = ("index.parse", "index.vectors.child", "index.vectors.check")
COMMANDS = {"footnote": "qa.cli", "footnote-eval": "evals.cli"}
# What they import, now or in a function, but not they: they run as programs.
_READS = (
    *("chromadb", "chromadb.api.client", "chromadb.api.rust", "chromadb.telemetry.product.posthog"),
    *("index", "markdown_it", "nupunkt", "tiktoken", "tokenizers", "charset_normalizer"),
)
IMPORTED = {
    "readers": _READS,
    "commands": (
        *_READS,
        *("onnxruntime", "gradio", "llama_index.core", "qa.web.app", "qa.web.chat", "qa.web.serve"),
        *("qa.assistant", "evals.commands", "scipy.stats", "ir_measures", "rich.console"),
    ),
}
# A reader's libraries are to start no threads; a process with threads can't be forked, either.
ALONE = {
    "TOKENIZERS_PARALLELISM": "false",
    "RAYON_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    # As the commands set them, before the import that looks at them.
    "ORT_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
}
_ADOPTS = 36  # PR_SET_CHILD_SUBREAPER
_LONGEST = 1 << 17  # bytes of a job
# Who adopts is said of the whole process, so that one fork at a time is asked for.
_ASKING = Lock()
# Starts a process as ever.
AS_EVER = subprocess.Popen


class Popen(subprocess.Popen[Any]):
    """Forks what is ours, and starts everything else."""

    def _execute_child(self, *arguments: Any) -> None:
        start = super()._execute_child  # type: ignore[misc]
        given = inspect.signature(start).bind(*arguments).arguments
        kind, command = _ours(given["args"]) if not given["shell"] else ("", [])
        if not kind:
            start(*arguments)
            return
        ends = [given[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        job = {
            "command": command,
            "folder": os.fspath(given["cwd"] or os.getcwd()),
            "environment": dict(given["env"] or os.environ),
            "session": given["start_new_session"],
        }
        files = [own if end == -1 else end for own, end in enumerate(ends)]
        self.pid = _warm(kind).fork(json.dumps(job).encode(), files)
        self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(given[name] for name in pipes))  # type: ignore[attr-defined]


def _ours(given: Any) -> tuple[str, list[str]]:
    """What is to be forked for it, and the module and arguments to run there; or nothing."""
    command = [os.fspath(each) for each in given] if not isinstance(given, str) else [given]
    if command[:3] == [sys.executable, "-P", "-m"] and command[3] in OURS:
        return "readers", command[3:]
    folder, _, name = command[0].rpartition("/")
    if folder == os.path.dirname(sys.executable) and name in COMMANDS:
        return "commands", [COMMANDS[name], *command[1:]]
    return "", command


class _Warm:
    """A process that has imported, seen from the one that runs tests."""

    def __init__(self, kind: str) -> None:
        self._jobs, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with end:
            self._warm = subprocess.Popen(
                [sys.executable, "-P", __file__, str(end.fileno()), kind],
                env={**os.environ, **ALONE},
                pass_fds=[end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def fork(self, job: bytes, files: list[int]) -> int:
        """Starts a process with these as its standard files, and gives its number."""
        with _ASKING:
            # Adopts what the forked process leaves behind when it ends, which is at once.
            libc = ctypes.CDLL(None)
            libc.prctl(_ADOPTS, 1)
            try:
                socket.send_fds(self._jobs, [job], files)
                return int(self._jobs.recv(_LONGEST))
            finally:
                libc.prctl(_ADOPTS, 0)

    def end(self) -> None:
        self._jobs.close()
        self._warm.wait()


@cache
def _warm(kind: str) -> _Warm:
    made = _Warm(kind)
    atexit.register(made.end)
    return made


def install() -> None:
    """From now on this process forks what is ours."""
    if sys.platform == "linux" and hasattr(subprocess.Popen, "_execute_child"):
        subprocess.Popen = Popen  # type: ignore[misc]


@contextmanager
def cold() -> Iterator[None]:
    """Everything is started as ever while inside."""
    before = subprocess.Popen
    subprocess.Popen = AS_EVER  # type: ignore[misc]
    yield
    subprocess.Popen = before  # type: ignore[misc]


def main() -> None:
    """Imports, then forks for every job, until there is nobody who could send one."""
    jobs = socket.socket(fileno=int(sys.argv[1]))
    for name in IMPORTED[sys.argv[2]]:
        importlib.import_module(name)
    from index.tokens import tiktoken_count

    tiktoken_count()
    gc.collect()
    gc.freeze()
    while True:
        job, files, _, _ = socket.recv_fds(jobs, _LONGEST, 3)
        if not job:
            return
        ends, end = os.pipe()
        between = os.fork()
        if not between:
            between = os.getpid()
            if number := os.fork():
                os.write(end, str(number).encode())
                os._exit(0)
            for each in (ends, end):
                os.close(each)
            jobs.close()
            _become(json.loads(job), files, between)
        os.close(end)
        for each in files:
            os.close(each)
        os.waitpid(between, 0)
        jobs.send(os.read(ends, 20))
        os.close(ends)


def _become(job: dict[str, Any], files: list[int], parent: int) -> NoReturn:
    """Runs a program, as the child of whoever adopts this process."""
    while os.getppid() == parent:
        os.sched_yield()
    for own, each in enumerate(files):
        os.dup2(each, own)
    os.closerange(3, max(files) + 1)
    # Those of before looked at other files when they were made.
    sys.stdin, sys.stdout, sys.stderr = (
        open(own, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
        for own, mode in enumerate("rww")
    )
    if job["session"]:
        os.setsid()
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.argv = list(job["command"])
    ended: int | str | None = 0
    try:
        runpy.run_module(job["command"][0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        ended = end.code
    # To take apart all that was imported would cost as much as the work.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended if isinstance(ended, int) else int(ended is not None))


if __name__ == "__main__":
    main()
