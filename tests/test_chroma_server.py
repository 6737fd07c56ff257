"""A view in a Chroma server: a real one, on loopback, that is killed and started again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings as Chroma

from index import Damaged, Search, Unusable, backup, build, repair, restore, verify
from index.library import Library
from index.vectors import Patient, folder_of
from index.vectors import server as chroma_server
from index.vectors.any_view import AnyView
from index.vectors.exact import Nearest
from index.vectors.patient import REST
from qa import BadSetting
from qa.cli import main
from qa.settings import load

# Chroma's own command, which is written in Rust; its server in Python is never started.
CHROMA = str(Path(sys.executable).with_name("chroma"))
README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
QUESTION = "What does the café serve?"


class Server:
    """`chroma run` on a port that stays its own, with what it keeps in `folder`."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.url = folder, f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process:
            return
        self._process = subprocess.Popen(
            self._command(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)

    def _command(self) -> list[str]:
        """What the README says, at another port and folder."""
        (line,) = (each for each in README.splitlines() if each.startswith(".venv/bin/chroma"))
        for written, meant in (
            (".venv/bin/chroma", CHROMA),
            ("chroma/", str(self.folder)),
            ("8000", str(self.port)),
        ):
            line = line.replace(f"{written} ", f"{meant} ").replace(f" {written}", f" {meant}")
        return line.split()

    def freeze(self) -> None:
        """Whoever asks from now on gets no answer, until `thaw`."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=5).close()  # noqa: S310
        except OSError:
            return False
        return True

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def collections(self) -> dict[str, int]:
        """Names and counts of all that the server holds."""
        client = self.client()
        found = {each.name: each.count() for each in client.list_collections()}
        client.close()
        return found

    def client(self) -> chromadb.ClientAPI:
        return chromadb.HttpClient(
            "127.0.0.1", self.port, settings=Chroma(anonymized_telemetry=False)
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("chroma"))
    yield server
    server.stop()


@pytest.fixture
def server(running: Server) -> Server:
    running.start()
    return running


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "office.txt").write_text("The office in Lisbon opens at nine in the morning.")
    (folder / "cafe.md").write_text("# Café\n\nThe café serves soup on Tuesdays.")
    (folder / "bridge.txt").write_text("The bridge reopens on Monday, 3 May.")
    return folder


def ranks(search: Search, question: str = QUESTION) -> list[tuple[str, object, object]]:
    with search.reading() as at:
        found = search.find(question, 8, at)
    return [(each.text, each.why["vector_rank"], each.why["similarity"]) for each in found]


def uses_server(search: Search) -> bool:
    with search.reading() as at:
        view = search._current_view(at)
        asked = search.encoder.question(QUESTION)
        return (
            isinstance(view, Patient) and view.nearest(asked, at.readable, at.chunks, 2) is not None
        )


def prefix(home: Path) -> str:
    return f"footnote-{Library(home / 'library.db').state('index_id')}-"


def ours(server: Server, home: Path) -> dict[str, int]:
    return {name: n for name, n in server.collections().items() if name.startswith(prefix(home))}


def test_the_server_finds_what_a_folder_finds_before_and_after_a_change(
    tmp_path: Path, notes: Path, server: Server
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    build(here, [notes])
    build(there, [notes], chroma=server.url)
    folder, served = Search(here), Search(there, chroma=server.url)
    assert uses_server(served)
    assert ranks(served) == ranks(folder)
    assert ours(server, there) == {f"{prefix(there)}1": 3}
    (notes / "cafe.md").write_text("# Café\n\nThe café serves fish on Fridays.")
    (notes / "office.txt").unlink()
    build(here)
    build(there, chroma=server.url)
    assert ranks(served) == ranks(folder)
    assert "fish" in ranks(served)[0][0]
    assert uses_server(served)
    assert ours(server, there) == {f"{prefix(there)}2": 2}
    assert not any((there / "vectors").glob("*"))
    assert build(there, chroma=server.url).unchanged == 2
    assert list(verify(there, server.url)) == []
    assert ours(server, there) == {f"{prefix(there)}2": 2}


def test_a_server_holds_no_text(tmp_path: Path, notes: Path, server: Server) -> None:
    home = tmp_path / "home"
    build(home, [notes], chroma=server.url)
    (name,) = ours(server, home)
    held = server.client().get_collection(name, embedding_function=None).get()
    assert len(held["ids"]) == 3
    assert not any(held["documents"] or [])
    assert not any(held["metadatas"] or [])


def test_without_its_server_questions_are_answered_and_with_it_again_it_is_used(
    tmp_path: Path, notes: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.vectors.patient.REST", 0.0)
    home = tmp_path / "home"
    build(home, [notes], chroma=server.url)
    search = Search(home, chroma=server.url)
    expected = ranks(search)
    server.stop()
    assert ranks(search) == expected
    assert not uses_server(search)
    late = Search(home, chroma=server.url)
    assert ranks(late) == expected
    server.start()
    assert uses_server(search)
    assert uses_server(late)
    assert ranks(search) == ranks(late) == expected


class _Nobody(AnyView):
    """Counts how often it is asked, and fails."""

    where, count = "nowhere", 1

    def __init__(self) -> None:
        self.asked = 0

    def _query(self, question: object, limit: int) -> Nearest:
        self.asked += 1
        raise Damaged("away")

    def close(self) -> None: ...


def test_a_server_that_failed_is_left_alone_for_a_while_and_then_asked_again() -> None:
    now, view = [100.0], _Nobody()
    patient = Patient(lambda: view, 1, clock=lambda: now[0])
    ask = np.ones(1, dtype=np.float32), np.ones(1, dtype=bool), 1, 1
    assert [patient.nearest(*ask) for _ in range(3)] == [None] * 3
    assert view.asked == 1
    now[0] += REST
    assert [patient.nearest(*ask) for _ in range(3)] == [None] * 3
    assert view.asked == 2


def test_a_server_that_hangs_holds_a_question_up_for_about_a_second(
    tmp_path: Path, notes: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    build(home, [notes], chroma=server.url)
    search = Search(home, chroma=server.url)
    expected = ranks(search)
    server.freeze()
    try:
        # The first is already connected, the second comes now.
        started = time.monotonic()
        assert [ranks(search) for _ in range(3)] == [expected] * 3
        assert [ranks(Search(home, chroma=server.url)) for _ in range(2)] == [expected] * 2
        assert time.monotonic() - started < 20
    finally:
        server.thaw()
    monkeypatch.setattr("index.vectors.patient.REST", 0.0)
    late = Search(home, chroma=server.url)
    assert uses_server(late)


def test_a_build_without_its_server_says_so_and_loses_nothing(
    tmp_path: Path,
    notes: Path,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / ".footnote"
    build(home, [notes], chroma=server.url)
    search = Search(home, chroma=server.url)
    (notes / "cafe.md").write_text("# Café\n\nThe café serves fish on Fridays.")
    server.stop()
    with pytest.raises(Unusable, match="can't be used") as error:
        build(home, chroma=server.url)
    assert "\n" not in str(error.value)
    assert "soup" in ranks(search)[0][0]
    (fault,) = verify(home, server.url)
    assert server.url in fault
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOOTNOTE_CHROMA", server.url)
    assert main(["index"]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith(f"footnote: {server.url}: ")
    assert main(["verify"]) == 3
    server.start()
    assert main(["index"]) == 0
    assert main(["verify"]) == 0
    assert "fish" in ranks(search)[0][0]


def test_another_index_in_the_server_and_what_others_keep_there_are_left_alone(
    tmp_path: Path, notes: Path, server: Server
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    client = server.client()
    client.get_or_create_collection("footnote-of-mine", embedding_function=None)
    build(one, [notes], chroma=server.url)
    build(two, [notes], chroma=server.url)
    before = ours(server, one)
    for text in ("Fish.", "Rice."):
        (notes / "cafe.md").write_text(text)
        build(two, chroma=server.url)
    assert ours(server, one) == before
    assert "footnote-of-mine" in server.collections()
    assert uses_server(Search(one, chroma=server.url))
    assert ours(server, two) == {f"{prefix(two)}3": 3}


def test_what_a_killed_build_left_in_the_server_is_removed_by_the_next(
    tmp_path: Path, notes: Path, server: Server
) -> None:
    home = tmp_path / "home"
    build(home, [notes], chroma=server.url)
    for number in range(8):
        (notes / f"{number}.txt").write_text(f"Note {number} is about boat {number}.")

    def fail(stage: str, done: int, total: int) -> None:
        if stage == "indexing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(home, progress=fail, chroma=server.url)
    assert set(ours(server, home)) == {f"{prefix(home)}1", f"{prefix(home)}2"}
    assert uses_server(Search(home, chroma=server.url))
    build(home, chroma=server.url)
    assert ours(server, home) == {f"{prefix(home)}2": 11}


@pytest.mark.parametrize("damage", ["gone", "fewer", "another"])
def test_a_collection_that_is_not_what_was_written_is_not_used_and_is_mended(
    tmp_path: Path, notes: Path, server: Server, damage: str
) -> None:
    home = tmp_path / "home"
    build(home, [notes], chroma=server.url)
    expected = ranks(Search(home, chroma=server.url))
    client = server.client()
    (name,) = ours(server, home)
    old = client.get_collection(name, embedding_function=None)
    if damage == "fewer":
        old.delete(ids=old.get()["ids"][:1])
    else:
        client.delete_collection(name)
    if damage == "another":
        new = client.create_collection(name, embedding_function=None)
        new.add(ids=["1", "2", "3"], embeddings=np.eye(3, 384, dtype=np.float32))
    search = Search(home, chroma=server.url)
    assert not uses_server(search)
    assert ranks(search) == expected
    (fault,) = verify(home, server.url)
    assert "footnote repair" in fault
    repaired = repair(home, chroma=server.url)
    assert "view" in repaired.done[0]
    assert repaired.encoded == 0
    assert list(verify(home, server.url)) == []
    assert uses_server(search)
    assert ranks(search) == expected


def test_vectors_that_are_not_the_librarys_are_found_by_verify(
    tmp_path: Path, notes: Path, server: Server
) -> None:
    home = tmp_path / "home"
    build(home, [notes], chroma=server.url)
    (name,) = ours(server, home)
    held = server.client().get_collection(name, embedding_function=None)
    held.update(ids=held.get()["ids"][:1], embeddings=-np.ones((1, 384), dtype=np.float32))
    (fault,) = verify(home, server.url)
    assert "isn't found by itself" in fault


def test_the_view_moves_when_the_setting_does_and_leaves_nothing_behind(
    tmp_path: Path, notes: Path, server: Server
) -> None:
    home = tmp_path / "home"
    build(home, [notes])
    assert folder_of(home, 1).is_dir()
    # Until the next build the view is where it was.
    assert ranks(Search(home, chroma=server.url)) == ranks(Search(home))
    assert build(home, chroma=server.url).unchanged == 3
    assert not folder_of(home, 1).exists()
    assert uses_server(Search(home, chroma=server.url))
    # Without the setting no server is asked.
    assert ranks(Search(home)) == ranks(Search(home, chroma=server.url))
    (fault,) = verify(home)
    assert "footnote index" in fault
    assert build(home).unchanged == 3
    assert folder_of(home, 3).is_dir()
    assert ours(server, home) == {}
    assert list(verify(home)) == []


def test_an_index_and_one_restored_from_its_backup_elsewhere_keep_apart(
    tmp_path: Path, notes: Path, server: Server
) -> None:
    home, other, file = tmp_path / "home", tmp_path / "other", tmp_path / "backup"
    build(home, [notes], chroma=server.url)
    backup(home, file)
    restore(other, file, chroma=server.url)
    assert prefix(home) != prefix(other)
    for each in (home, other):
        assert list(verify(each, server.url)) == []
        assert uses_server(Search(each, chroma=server.url))
    (notes / "office.txt").unlink()
    build(home, chroma=server.url)
    restore(home, file, chroma=server.url)
    assert list(ours(server, home).values()) == [3]
    assert list(verify(other, server.url)) == []


def test_copies_made_by_hand_never_answer_from_each_others_vectors(
    tmp_path: Path, notes: Path, server: Server
) -> None:
    home, copied = tmp_path / "home", tmp_path / "copied"
    build(home, [notes], chroma=server.url)
    shutil.copytree(home, copied)
    (notes / "cafe.md").write_text("# Café\n\nThe café serves fish on Fridays.")
    build(home, chroma=server.url)
    (notes / "cafe.md").write_text("# Café\n\nThe café serves rice on Sundays.")
    build(copied, chroma=server.url)
    search = Search(home, chroma=server.url)
    assert not uses_server(search)
    assert "fish" in ranks(search)[0][0]
    assert uses_server(Search(copied, chroma=server.url))


def test_ids_beyond_all_that_may_be_found_are_passed_over() -> None:
    class Held(_Nobody):
        count = 3

        def _query(self, question: object, limit: int) -> Nearest:
            return [(9, 1.0), (2, 0.5), (1, 0.2)][:limit]

    readable = np.array([False, True, True])
    assert Held().nearest(np.ones(1, dtype=np.float32), readable, 2, 1) == [(2, 0.5)]


def test_the_token_is_sent_as_a_header_and_told_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOOTNOTE_CHROMA_TOKEN", "secret-7")
    assert main(["config"]) == 0
    assert "secret-7" not in capsys.readouterr().out
    with socket.create_server(("127.0.0.1", 0)) as gateway:
        url = f"http://127.0.0.1:{gateway.getsockname()[1]}"
        child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import qa.cli; raise SystemExit(qa.cli.main(['index']))",
            ],
            env={**os.environ, "FOOTNOTE_CHROMA": url},
            stderr=subprocess.PIPE,
            text=True,
        )
        gateway.settimeout(60)
        connection, _ = gateway.accept()
        with connection:
            heard = connection.recv(65536).decode()
            body = json.dumps({"error": "refused Bearer secret-7"})
            connection.sendall(
                f"HTTP/1.1 401 Unauthorized\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            _, said = child.communicate(timeout=60)
    assert "authorization: bearer secret-7" in heard.lower()
    assert child.returncode == 2
    assert "[token]" in said.splitlines()[-1]
    assert "secret-7" not in said


def test_a_token_that_no_header_can_hold_is_not_told_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_CHROMA_TOKEN", "secret\n7")
    with pytest.raises(Unusable, match="FOOTNOTE_CHROMA_TOKEN isn't") as error:
        build(tmp_path / "home", chroma="http://127.0.0.1:9")
    assert "secret" not in str(error.value)


def test_an_address_may_leave_out_the_port(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"http://127\.0\.0\.1: ") as error:
        build(tmp_path / "home", chroma="http://127.0.0.1")
    assert "config" not in str(error.value)


def test_a_token_belongs_in_the_environment_only(tmp_path: Path) -> None:
    (tmp_path / "footnote.toml").write_text('chroma_token = "x"')
    with pytest.raises(BadSetting, match="no such setting"):
        load(tmp_path, {})
    assert load(tmp_path / "none", {chroma_server.TOKEN: "x"}).chroma == ""


@pytest.mark.parametrize(
    "address",
    ["localhost:8000", "ftp://a", "http://", "http://a:x", "http://me:pw@a", "http://a/?b", "http"],
)
def test_an_address_that_is_none_is_refused_in_one_line(tmp_path: Path, address: str) -> None:
    with pytest.raises(BadSetting, match="it takes http://HOST:PORT") as error:
        load(tmp_path, {"FOOTNOTE_CHROMA": address})
    assert "\n" not in str(error.value)
    assert "pw" not in str(error.value)
