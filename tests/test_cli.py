"""The command, as people run it: what it prints, how it ends, and what it leaves alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from conftest import FOOTNOTE, Command

VISIT = "Russian President Vladimir Putin is set to visit North Korea on June 18-19, 2023"


def one_line(stderr: str) -> str:
    """The only line of an error, which says what to do and shows no traceback."""
    assert stderr.startswith("footnote: ")
    assert stderr.count("\n") == 1
    return stderr


def test_a_first_question_indexes_the_seed_documents_and_is_answered(
    footnote: Command, tmp_path: Path
) -> None:
    asked = footnote("ask", "When is Putin set to visit North Korea?")
    assert asked.returncode == 0
    assert "According to “Putin's Visit to North Korea" in asked.stdout
    assert f"“{VISIT}" in asked.stdout
    assert "[1] 000_924f90b5c4940c45.txt, characters 92–222" in asked.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == [".footnote"]


def test_a_declined_question_shows_the_nearest_passages(
    footnote: Command, seed_folder: Path
) -> None:
    asked = footnote("ask", "Who won the 2022 World Cup?", cwd=seed_folder)
    assert asked.returncode == 0
    assert asked.stdout.startswith("Not in these documents")
    assert "000_924f90b5c4940c45.txt, characters" in asked.stdout


def test_json_is_one_object_and_nothing_else(footnote: Command, seed_folder: Path) -> None:
    asked = footnote("ask", "--json", "When is Putin set to visit North Korea?", cwd=seed_folder)
    answer = json.loads(asked.stdout)
    assert answer["citations"][0]["quote"].startswith(VISIT)
    assert asked.stderr == ""


def test_indexing_says_what_happened_and_names_what_was_left_out(
    footnote: Command, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "a.txt").write_text("The office opens at nine.")
    (notes / "b.txt").write_bytes(b"\0\1")
    (notes / "c.zip").write_bytes(b"PK")
    indexed = footnote("index", "notes")
    assert indexed.returncode == 0
    said = "1 document in 1 chunk; 1 chunk encoded\n    added       1  a.txt\n"
    assert indexed.stdout == said
    assert "left out: b.txt: it isn't text" in indexed.stderr
    assert "left out: c.zip: .zip: not a format" in indexed.stderr
    assert "scanning 2\nreading 2\nencoding 1\nindexing 1\n" in indexed.stderr
    again = footnote("index")
    assert again.stdout == "1 document in 1 chunk; 0 chunks encoded\nunchanged       1\n"
    assert "left out: b.txt: it isn't text" in again.stderr


def test_a_bad_path_is_one_line_and_the_index_still_answers(
    footnote: Command, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "a.txt").write_bytes(b"\0\1")
    (tmp_path / "good.txt").write_text("The café serves soup on Tuesdays.")
    assert footnote("index", "good.txt").returncode == 0
    for name, says in (("nowhere", "no such file"), ("empty", "no doc"), ("binary", "no doc")):
        bad = footnote("index", name)
        assert bad.returncode == 2
        assert says in bad.stderr.splitlines()[-1]
        assert "Traceback" not in bad.stderr
    assert "serves soup" in footnote("ask", "What does the café serve?").stdout


@pytest.mark.parametrize("question", ["", "   ", "\x07\x1b", "x" * 100_000])
def test_a_question_that_cannot_be_asked_is_one_line(
    footnote: Command, seed_folder: Path, question: str
) -> None:
    asked = footnote("ask", question, cwd=seed_folder)
    assert asked.returncode == 2
    assert "question" in one_line(asked.stderr)


def test_a_port_in_use_is_one_line(footnote: Command, seed_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        served = footnote("serve", "--port", port, cwd=seed_folder)
    assert served.returncode == 2
    assert f"port {port}" in one_line(served.stderr)
    assert "--port" in served.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - that it is refused
def test_a_host_that_others_reach_is_refused_without_the_switch(
    footnote: Command, seed_folder: Path, host: str
) -> None:
    served = footnote("serve", "--host", host, cwd=seed_folder)
    assert served.returncode == 2
    assert "nobody signs in" in one_line(served.stderr)
    assert "--public" in served.stderr


@pytest.mark.parametrize("arguments", [["--host", "no such host"], ["--port", "99999"]])
def test_an_address_that_does_not_exist_is_one_line(
    footnote: Command, seed_folder: Path, arguments: list[str]
) -> None:
    served = footnote("serve", *arguments, cwd=seed_folder)
    assert served.returncode == 2
    one_line(served.stderr)


def test_an_unknown_setting_is_refused(footnote: Command, tmp_path: Path) -> None:
    (tmp_path / "footnote.toml").write_text("pasages = 3\n")
    asked = footnote("ask", "When?")
    assert asked.returncode == 2
    assert "footnote.toml: pasages: no such setting" in one_line(asked.stderr)


def test_a_damaged_library_is_one_line_and_says_what_to_do(
    footnote: Command, tmp_path: Path
) -> None:
    (tmp_path / ".footnote").mkdir()
    (tmp_path / ".footnote" / "library.db").write_bytes(b"not a database" * 100)
    asked = footnote("ask", "When is the visit?")
    assert asked.returncode == 3
    assert "run: footnote repair" in one_line(asked.stderr)


@pytest.mark.parametrize("home", ["a_file", "a_file/below", "/proc/no", "x" * 300, ""])
def test_a_home_that_cannot_be_used_is_one_line(
    footnote: Command, tmp_path: Path, home: str
) -> None:
    (tmp_path / "a_file").write_text("")
    (tmp_path / "footnote.toml").write_text(f'home = "{home}"\n')
    indexed = footnote("index")
    assert indexed.returncode == 2
    one_line(indexed.stderr)


def test_output_that_nobody_reads_is_no_error(seed_folder: Path) -> None:
    for option in ("", "--json"):
        pipe = f"set -o pipefail; '{FOOTNOTE}' ask {option} 'What can China do?' | true"
        ran = subprocess.run(["bash", "-c", pipe], cwd=seed_folder, capture_output=True, text=True)
        assert (ran.returncode, ran.stderr) == (0, "")


def test_terminal_codes_in_a_document_never_reach_the_terminal(
    footnote: Command, tmp_path: Path
) -> None:
    text = "The café\x1b]0;evil\x07 \x9b2J serves \u202e10\u00a0€ \x7fsoup on Tuesdays."
    name = "a\x1b[2J\nleft out: all.txt"
    (tmp_path / name).write_text(text)
    (tmp_path / f"{name}.zip").write_text(text)
    indexed = footnote("index", ".")
    assert len([line for line in indexed.stderr.splitlines() if line.startswith("left out")]) == 2
    as_text = footnote("ask", "What does the café serve?").stdout
    as_json = footnote("ask", "--json", "What does the café serve?").stdout
    assert "10\u00a0€" in as_text
    assert "soup on Tuesdays" in as_text
    for char in "\x1b\x07\x9b\x7f\u202e":
        assert char not in as_text + as_json + indexed.stderr
    assert json.loads(as_json)["claims"][0]["text"] == text


def test_files_of_the_user_that_have_our_modules_names_do_no_harm(
    footnote: Command, tmp_path: Path
) -> None:
    for name in ("index", "qa", "prompts", "chromadb", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    (tmp_path / "index.txt").write_text("The café serves soup on Tuesdays.")
    with warm.cold():
        assert footnote("index", "index.txt").returncode == 0
        assert "soup" in footnote("ask", "What does the café serve?").stdout


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['footnote', '--help']\n"
        "from qa.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'rich', 'gradio', 'chromadb', 'llama_index.core', 'fastapi',"
        " 'onnxruntime'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_one_question_imports_neither_chroma_nor_llamaindex_nor_gradio(seed_folder: Path) -> None:
    code = (
        "import sys; from qa.cli import main\n"
        "assert main(['ask', 'What can China do?']) == 0\n"
        "print(sorted({'gradio', 'chromadb', 'llama_index.core', 'fastapi'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=seed_folder, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[-1] == "[]"


def test_progress_on_a_terminal_is_drawn_and_ends(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The office opens at nine.")
    leader, follower = os.openpty()
    with subprocess.Popen(
        [FOOTNOTE, "index", "a.txt"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=follower
    ) as child:
        os.close(follower)
        drawn = b"".join(iter(lambda: _read(leader), b""))
        assert child.stdout
        assert b"1 document " in child.stdout.read()
    os.close(leader)
    assert child.returncode == 0
    assert b"encoding" in drawn
    assert b"1/1" in drawn


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux's way of saying that the other end is closed
        return b""
