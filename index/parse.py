"""A reader process: takes files one by one, answers with their documents in chunks.

Started by index.workers as `python -P -m index.parse`; the parsers of hostile files run in here,
within a limit of memory, and what kills them kills no more than this process.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from index import load
from index.encode import tokenizer
from index.errors import Unreadable
from index.formats import document_of
from index.load import File
from index.split import Splitter
from index.tokens import tiktoken_count
from index.wire import OUT_OF_MEMORY, READY, Parsed, answer_line, job_of

# The parent ends a process that takes too long; this ends it when there is no parent any more.
_GRACE = 10


def main() -> None:
    """The arguments: encoder, chunk tokens, overlap tokens, seconds and megabytes for a file."""
    encoder, chunk_tokens, overlap_tokens, seconds, megabytes = sys.argv[1:]
    answers = _own_output()
    _die_with_parent()
    splitter = _splitter(encoder, int(chunk_tokens), int(overlap_tokens))
    _limit_memory(int(megabytes))
    answers.write(READY)
    answers.flush()
    for line in sys.stdin.buffer:
        _alarm(int(float(seconds)) + _GRACE)
        try:
            answer = answer_line(_read(splitter, *job_of(line)))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        answers.write(answer)
        answers.flush()
        _alarm(0)


def _read(splitter: Splitter, path: Path, source: str, label: str) -> Parsed | Unreadable:
    try:
        content = load.read(File(path, source))
        document, notes = document_of(source, content, label)
        chunks = tuple(splitter.split(document))
        return Parsed(document, chunks, hashlib.sha256(content).hexdigest(), notes)
    except Unreadable as error:
        return error


def _splitter(encoder: str, chunk_tokens: int, overlap_tokens: int) -> Splitter:
    pieces, window = tokenizer(encoder)
    return Splitter(tiktoken_count(), pieces, window, chunk_tokens, overlap_tokens)


def _own_output() -> BinaryIO:
    """Standard output for the answers alone: what libraries print there goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def _die_with_parent() -> None:
    """On Linux the kernel kills this process when its parent dies, even while it is busy."""
    if sys.platform != "linux":
        return
    import ctypes

    death_signal = 1
    ctypes.CDLL(None).prctl(death_signal, signal.SIGKILL)


def _limit_memory(megabytes: int) -> None:
    """Address space beyond what the process has before its first file; only where Linux counts it.

    Libraries reserve more than they use, but of that little: their threads are limited.
    """
    counts = Path("/proc/self/statm")
    if not counts.exists():
        return
    import resource

    taken = int(counts.read_text().split()[0]) * resource.getpagesize()
    limit = taken + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _alarm(seconds: int) -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


if __name__ == "__main__":
    main()
