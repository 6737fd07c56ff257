"""Damaged files of every kind: each is read or refused with one line, and nothing hangs.

FUZZ_FILES says how many of each kind (50), FUZZ_SEED which ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import samples

from index import Unreadable
from index.workers import Workers

FILES = int(os.environ.get("FUZZ_FILES", "50"))
SEED = os.environ.get("FUZZ_SEED", "1")
# What parsers stumble over: edges of numbers, and words of the formats themselves.
WORDS = (
    *(b"\0", b"\xff\xff\xff\xff", b"\x80", b"<", b"&#x110000;", b"]]>", b"%s%n", b"\xed\xa0\x80"),
    *(b"99999999999", b"-1", b"obj", b"endstream", b"<<", b"\r", b'"', b"{", b"--B\n", b"../"),
)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers("local", 200, 50, count=2, seconds=60, megabytes=1024) as made:
        yield made


def damaged(content: bytes, random: Random) -> bytes:
    """The content with a few bytes changed, cut out, doubled or put in."""
    made = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        at = random.randrange(len(made) + 1)
        upto = min(len(made), at + random.choice((1, 4, 64, 1024)))
        match random.randrange(6):
            case 0 if at < len(made):
                made[at] ^= 1 << random.randrange(8)
            case 1:
                made[at:upto] = random.randbytes(upto - at)
            case 2:
                del made[at:upto]
            case 3:
                made[at:at] = made[at:upto] * random.choice((1, 2, 50))
            case 4:
                made[at:at] = random.choice(WORDS)
            case 5 if random.random() < 0.3:
                del made[at:]
    return bytes(made)


def mutations(ending: str) -> Iterator[bytes]:
    """Half of them damaged inside the archive, where there is one: else all fail at its door."""
    random = Random(f"{SEED}{ending}")  # noqa: S311 - repeatable is what it must be
    whole = samples.SAMPLES[ending]
    for number in range(FILES):
        if whole.startswith(b"PK") and number % 2:
            members = samples.members(whole)
            name = random.choice(sorted(members))
            yield samples.archive({**members, name: damaged(members[name], random)})
        elif ending == ".pdf" and number % 2:
            pages = [damaged(page.encode(), random) for page in samples.PDF_PAGES]
            yield samples.pdf([page.decode("latin-1") for page in pages])
        else:
            yield damaged(whole, random)


@pytest.mark.parametrize("ending", samples.SAMPLES)
def test_a_damaged_file_is_read_or_refused_with_one_line(
    workers: Workers, tmp_path: Path, ending: str
) -> None:
    def jobs() -> Iterator[tuple[Path, str, str]]:
        for number, content in enumerate(mutations(ending)):
            path = tmp_path / f"{number}{ending}"
            path.write_bytes(content)
            yield path, path.name, "folder"

    count = 0
    for _, outcome in workers.parse(jobs()):
        count += 1
        if isinstance(outcome, Unreadable):
            reason = str(outcome)
            assert reason, count
            assert reason.isprintable(), reason
            assert not reason.startswith(("crashed", "took", "needed")), (count, reason)
            continue
        document = outcome.document
        assert "\0" not in document.text or ending in (".md", ".txt")
        for chunk in outcome.chunks:
            assert document.text[chunk.start : chunk.end] == chunk.text
            for start, end in chunk.sentences:
                assert chunk.start <= start < end <= chunk.end
        for heading in document.headings:
            assert 0 <= heading.start < heading.end <= len(document.text)
        for page in document.pages:
            assert 0 <= page.start < page.end <= len(document.text)
    assert count == FILES
