"""Reading in processes: limits hold, what kills a reader costs one line, and none outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import samples
import warm

from index import IndexFault, Unreadable
from index.encode import tokenizer
from index.formats import document_of
from index.split import Splitter
from index.tokens import tiktoken_count
from index.workers import Parsed, Workers

Outcome = Parsed | Unreadable


@pytest.fixture(scope="module", autouse=True)
def cold() -> Iterator[None]:
    """How readers start and end is what is tested here: so they are started, not forked."""
    with warm.cold():
        yield


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers("local", 200, 50, count=2, seconds=60, megabytes=512) as made:
        yield made


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], tuple[Path, str, str]]:
    """Writes a file and makes the job to read it."""

    def job(name: str, content: bytes) -> tuple[Path, str, str]:
        path = tmp_path / name
        path.write_bytes(content)
        return path, name, "folder"

    return job


Write = Callable[[str, bytes], tuple[Path, str, str]]


def outcomes(workers: Workers, *jobs: tuple[Path, str, str]) -> list[Outcome]:
    found = list(workers.parse(jobs))
    assert [number for number, _ in found] == list(range(len(jobs)))
    return [outcome for _, outcome in found]


def children(of: int | None = None) -> set[int]:
    """The processes that this or another one started, by their numbers."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == (of or os.getpid()) and state != "Z":
            found.add(int(entry.parent.name))
    return found


@pytest.mark.parametrize("ending", samples.SAMPLES)
def test_a_process_reads_what_would_be_read_here(
    workers: Workers, write: Write, ending: str
) -> None:
    job = write(f"a{ending}", samples.SAMPLES[ending])
    (outcome,) = outcomes(workers, job)
    assert isinstance(outcome, Parsed)
    document, notes = document_of(f"a{ending}", samples.SAMPLES[ending], "folder")
    assert (outcome.document, outcome.notes) == (document, notes)
    splitter = Splitter(tiktoken_count(), *tokenizer(), 200, 50)
    assert list(outcome.chunks) == splitter.split(document)


def test_what_comes_of_files_is_told_in_their_order(workers: Workers, write: Write) -> None:
    jobs = [write("long.txt", b"Many words stand here. " * 20_000)]
    jobs += [write(f"{number}.txt", b"Words %d." % number) for number in range(20)]
    jobs.insert(10, write("bad.pdf", b"no pdf"))
    found = outcomes(workers, *jobs)
    assert isinstance(found[10], Unreadable)
    texts = [each.document.text for each in found if isinstance(each, Parsed)]
    assert texts[1:] == [f"Words {number}." for number in range(20)]


def test_only_a_bounded_number_of_jobs_is_taken_ahead(workers: Workers, write: Write) -> None:
    job, taken = write("a.txt", b"Words."), []

    def jobs() -> Iterator[tuple[Path, str, str]]:
        for number in range(100):
            taken.append(number)
            yield job

    results = workers.parse(jobs())
    next(results)
    assert len(taken) <= 8
    results.close()  # type: ignore[attr-defined]
    (outcome,) = outcomes(workers, job)
    assert isinstance(outcome, Parsed)


def test_processes_are_started_as_needed_and_used_again(write: Write) -> None:
    before = children()
    with Workers("local", 200, 50, count=3) as workers:
        assert children() == before
        outcomes(workers, write("a.txt", b"Words."))
        first = children() - before
        outcomes(workers, write("b.txt", b"Words."))
        assert children() - before == first
        assert len(first) == 1
    assert children() == before


def bomb(size: int) -> bytes:
    """Zeros beyond a gigabyte, packed small."""
    packer = zlib.compressobj(9)
    zeros = bytes(1 << 20)
    return b"".join([*(packer.compress(zeros) for _ in range(size >> 20)), packer.flush()])


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("bomb.docx", "word/document.xml"),
        ("bomb.xlsx", "xl/worksheets/a.xml"),
        ("bomb.pptx", "ppt/slides/slide1.xml"),
        ("bomb.epub", "OEBPS/c 0.xhtml"),
    ],
)
def test_a_zip_bomb_costs_one_line(workers: Workers, write: Write, name: str, member: str) -> None:
    members = samples.members(samples.SAMPLES[Path(name).suffix])
    content = samples.archive({**members, member: bytes(513 << 20)})
    good = write("good.txt", b"Words.")
    bad, after = outcomes(workers, write(name, content), good)
    assert "unpacks to 513 MB (at most 512 are read)" in str(bad)
    assert isinstance(after, Parsed)


def test_a_file_that_needs_more_memory_than_it_may_have_is_named(write: Write) -> None:
    many = write("many.json", b"[%s1]" % (b"1," * 4_000_000))
    with Workers("local", 200, 50, count=1, megabytes=64) as workers:
        bad, after = outcomes(workers, many, write("a.txt", b"Words."))
    assert str(bad).startswith("needed more than 64 MB of memory to read")
    assert isinstance(after, Parsed)


def test_a_pdf_bomb_costs_one_line(workers: Workers, write: Write) -> None:
    packed = bomb(1 << 30)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
    content = samples.pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            page,
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        ]
    )
    bad, after = outcomes(workers, write("a.pdf", content), write("b.txt", b"Words."))
    assert isinstance(bad, Unreadable)
    assert "\n" not in str(bad)
    assert isinstance(after, Parsed)


def test_a_sheet_that_says_it_is_endless_costs_one_line(workers: Workers, write: Write) -> None:
    cells = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    (outcome,) = outcomes(workers, write("a.xlsx", samples.xlsx(cells=cells)))
    assert isinstance(outcome, Parsed) or "\n" not in str(outcome)


def test_what_takes_too_long_is_ended_and_the_others_go_on(write: Write) -> None:
    long = write("long.txt", b"Many words stand here, and more of them. " * 400_000)
    with Workers("local", 200, 50, count=1, seconds=0.5) as workers:
        late, after = outcomes(workers, long, write("a.txt", b"Words."))
        assert str(late) == "took longer than 0.5 s to read; split it into smaller files"
        assert isinstance(after, Parsed)


def test_a_reader_that_is_killed_at_work_costs_one_line(write: Write) -> None:
    long = write("long.txt", b"Many words stand here, and more of them. " * 400_000)
    before = children()
    with Workers("local", 200, 50, count=1) as workers:
        outcomes(workers, write("a.txt", b"Words."))
        (child,) = children() - before
        # While it works: nothing but the long file takes a second.
        killer = threading.Timer(0.5, os.kill, (child, signal.SIGSEGV))
        killer.start()
        bad, after = outcomes(workers, long, write("b.txt", b"Words."))
        assert "crashed the reader (signal 11" in str(bad)
        assert isinstance(after, Parsed)


def test_a_reader_that_died_idle_is_replaced(write: Write) -> None:
    before = children()
    with Workers("local", 200, 50, count=1) as workers:
        outcomes(workers, write("a.txt", b"Words."))
        (child,) = children() - before
        os.kill(child, signal.SIGKILL)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        (outcome,) = outcomes(workers, write("b.txt", b"Words."))
        assert isinstance(outcome, Parsed)


def test_a_pool_that_is_closed_at_work_leaves_no_process(write: Write) -> None:
    long = write("long.txt", b"Many words stand here, and more of them. " * 400_000)
    before = children()
    with Workers("local", 200, 50, count=2) as workers:
        results = workers.parse([write("a.txt", b"Words."), long, long])
        next(results)
    assert children() == before
    with pytest.raises(IndexFault):
        list(workers.parse([long]))


def test_readers_at_work_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_bytes(b"Many words stand here, and more of them. " * 2_000_000)
    (tmp_path / "a.txt").write_bytes(b"Words.")
    code = (
        "import sys; from pathlib import Path; from index.workers import Workers\n"
        "with Workers('local', 200, 50, count=1) as workers:\n"
        "    jobs = [(Path(sys.argv[1], n), n, 'x') for n in ('a.txt', 'long.txt')]\n"
        "    for each in workers.parse(jobs): print('one', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == "one\n"
        (child,) = children(parent.pid)
        watch = os.pidfd_open(child)
        parent.kill()
    # The parent is gone; its child ends without being told, long before the file is read.
    import select

    assert select.select([watch], [], [], 30)[0]
    os.close(watch)


def test_a_reader_that_cannot_start_is_a_fault_not_an_unreadable_file(write: Write) -> None:
    with (
        Workers("no such encoder", 200, 50) as workers,
        pytest.raises(IndexFault, match="can't be started"),
    ):
        list(workers.parse([write("a.txt", b"Words.")]))


def test_a_file_that_is_gone_or_a_pipe_is_refused(workers: Workers, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    names = ("gone.txt", "pipe.txt")
    gone, pipe = outcomes(workers, *((tmp_path / name, name, "folder") for name in names))
    assert "can't be opened" in str(gone)
    assert "not a regular file" in str(pipe)
