"""Encoders: unit vectors in order, the same whatever stands beside; failures are one line.

The cassettes are of llama.cpp's server (xllamacpp 2026.10) with SmolLM2-135M-Instruct in Q4_1, mean
pooling, on 127.0.0.1:8817, for which a key was wanted. The failures come from a server in here.
"""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Command, serving

from index import Chunk, Mismatch, NoEncoder, Search, build
from index.encode import LocalEncoder, encoder, tokenizer
from index.library.rows import checksum, sentence_vectors_of
from index.remote import LlamaIndexEncoder

RECORDED = "http://127.0.0.1:8817/v1"
KEY = "sk-not-a-real-key"


def chunk(*sentences: str, context: str = "Animals") -> Chunk:
    text, spans, start = " ".join(sentences), [], 10
    for sentence in sentences:
        spans.append((start, start + len(sentence)))
        start += len(sentence) + 1
    return Chunk("d", 10, 10 + len(text), text, context, tuple(spans))


SOME = [
    chunk("Rabbits eat grass.", "They live in burrows."),
    chunk("The bridge reopens on Monday.", context="News"),
    chunk(context="A heading alone"),
    *(chunk(f"Line {n} of {n * 7} has {'many ' * (n % 40)}words.") for n in range(150)),
]


@cache
def local() -> LocalEncoder:
    return LocalEncoder()


def test_local_vectors_come_in_order_and_have_length_one() -> None:
    made = list(local().chunks(SOME))
    assert len(made) == len(SOME)
    for each, (whole, sentences) in zip(SOME, made, strict=True):
        assert whole.shape == (local().dimension,)
        assert sentences.shape == (len(each.sentences), local().dimension)
        assert np.linalg.norm([whole, *sentences], axis=1) == pytest.approx(1, abs=1e-5)
    asked = local().question("What do rabbits eat?")
    assert asked.shape == (local().dimension,)
    assert int(np.argmax([whole @ asked for whole, _ in made])) == 0


def test_local_vectors_are_the_same_whatever_the_neighbours_and_threads() -> None:
    alone = LocalEncoder()
    alone._threads = 1
    together = list(local().chunks(SOME))
    backwards = list(alone.chunks(SOME[::-1]))[::-1]
    (single,) = alone.chunks(SOME[:1])
    assert all(np.array_equal(a, b) for a, b in zip(together[0], single, strict=True))
    for one, other in zip(together, backwards, strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


def test_a_local_chunk_beyond_the_window_is_refused_not_cut() -> None:
    with pytest.raises(ValueError, match="301 word pieces would be embedded cut"):
        list(local().chunks([chunk("word " * 299, context="")]))


def test_tokenizers_count_as_their_encoders_do() -> None:
    pieces, window = tokenizer()
    assert (pieces(["Rabbits eat.", ""]), window) == ([5, 2], local().window)
    assert pieces(["Rabbits eat."]) == local().pieces(["Rabbits eat."])
    tokens, window = tokenizer("openai/text-embedding-3-small")
    assert (tokens(["Rabbits eat.", ""]), window) == ([5, 0], 512)


def test_no_sentences_are_read_back_as_no_sentences() -> None:
    assert sentence_vectors_of(checksum(b""), b"", 0, 8).shape == (0, 8)


@pytest.mark.vcr
def test_a_model_server_embeds_chunks_and_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_LIKE_API_KEY", "not-a-real-key")
    it = encoder("openai-like/smollm2", RECORDED)
    assert it.identity == "openai-like/smollm2 127.0.0.1:8817 576 unit"
    made = list(it.chunks(SOME[:2]))
    assert [sentences.shape for _, sentences in made] == [(2, 576), (1, 576)]
    for whole, sentences in made:
        assert np.linalg.norm([whole, *sentences], axis=1) == pytest.approx(1, abs=1e-5)
        assert whole.dtype == sentences.dtype == np.float32
    asked = it.question("What do rabbits eat?")
    assert made[0][0] @ asked > made[1][0] @ asked
    assert it.pieces(["Rabbits eat."]) == tokenizer("openai-like/smollm2")[0](["Rabbits eat."])


@pytest.mark.vcr
def test_a_model_server_that_refuses_the_key_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_LIKE_API_KEY", raising=False)
    with pytest.raises(NoEncoder, match=r"127\.0\.0\.1:8817 refuses the key; set the right one"):
        encoder("openai-like/smollm2", RECORDED).question("Hello?")


Answer = Callable[[list[str]], tuple[int, Any]]


class Server:
    """Answers as OpenAI's API does, one way after the other, the last from then on."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [vectors()]
        self.asked: list[list[str]] = []
        self.keys: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                texts = asked["input"]
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                outer.asked.append(texts)
                outer.keys.append(self.headers["Authorization"])
                status, body = answer(texts)
                content = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                kind = "text/html" if isinstance(body, str) else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def encoder(self) -> LlamaIndexEncoder:
        return LlamaIndexEncoder("openai-like/hash", self.url, waits=0)


def vectors(dimension: int = 8, extra: int = 0, value: float | None = None) -> Answer:
    """Vectors from hashes of the texts, as many as asked for and `extra`, or all of one value."""

    def answer(texts: list[str]) -> tuple[int, Any]:
        data = []
        for place, text in enumerate([*texts, *texts][: len(texts) + extra]):
            numbers = [byte + 1.0 for byte in hashlib.sha256(text.encode()).digest()[:dimension]]
            numbers = numbers if value is None else [value] * dimension
            data.append({"object": "embedding", "index": place, "embedding": numbers})
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return 200, {"object": "list", "model": "hash", "data": data, "usage": usage}

    return answer


def failing(status: int, said: str = "no") -> Answer:
    return lambda _: (status, {"error": {"message": said}})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("OPENAI_LIKE_API_KEY", KEY)
    it = Server()
    with serving(it.http):
        yield it


def test_each_text_is_sent_once_in_full_batches_and_answered_as_they_come(server: Server) -> None:
    made = server.encoder().chunks(SOME + SOME)
    next(made)
    assert len(server.asked) == 2  # the dimension, then one batch
    rest = list(made)
    assert len(rest) == 2 * len(SOME) - 1
    sent = [text for texts in server.asked[1:] for text in texts]
    assert len(sent) == len(set(sent)) == 3 + 3 + 2 * 150
    assert {len(texts) for texts in server.asked[1:-1]} == {64}
    assert np.array_equal(rest[len(SOME) - 2][0], rest[-1][0])


def test_vectors_do_not_depend_on_the_batch_and_none_are_for_no_sentences(server: Server) -> None:
    it = server.encoder()
    for each, (whole, sentences) in zip(SOME, it.chunks(SOME), strict=True):
        assert sentences.shape == (len(each.sentences), 8)
        ((alone, _),) = it.chunks([each])
        assert np.array_equal(whole, alone)
    assert list(it.chunks([])) == []


def test_what_passes_is_tried_again(server: Server) -> None:
    server.answers = [failing(429), failing(503), vectors()]
    assert server.encoder().dimension == 8
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("answer", "tries", "says"),
    [
        (failing(500), 5, r"failed 5 times \(HTTP 500\); try again later"),
        (failing(429), 5, r"failed 5 times \(HTTP 429\)"),
        (failing(404, "no model"), 1, "refuses the request .*no model.*check the model's name"),
        (failing(400, f"bad {KEY} \n two"), 1, r"refuses the request .*\[key\]"),
        (failing(401, f"bad key {KEY}"), 1, "refuses the key; set the right one"),
        (vectors(value=math.nan), 1, "a vector without a direction"),
        (vectors(value=0.0), 1, "a vector without a direction"),
        (vectors(dimension=0), 1, "vectors of 0 numbers"),
        (vectors(extra=-1), 1, "check encoder_url"),
        (lambda _: (200, {"object": "list", "data": []}), 1, "check encoder_url"),
        (lambda _: (200, "<html>Hello</html>"), 1, "check encoder_url"),
    ],
)
def test_a_server_that_fails_is_one_line_without_the_key(
    server: Server, answer: Answer, tries: int, says: str
) -> None:
    server.answers = [answer]
    with pytest.raises(NoEncoder, match=says) as error:
        _ = server.encoder().dimension
    assert len(server.asked) == tries
    assert "\n" not in str(error.value)
    assert KEY not in str(error.value)
    assert error.value.__cause__ is error.value.__context__ is None
    assert server.keys[0] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (vectors(extra=-1), "63 vectors for 64 texts"),
        (vectors(dimension=9), "vectors of 9 numbers, not 8"),
        (failing(500), "failed 5 times"),
    ],
)
def test_what_came_before_a_failure_is_given(server: Server, answer: Answer, says: str) -> None:
    it = server.encoder()
    server.answers = [vectors(), vectors(), answer]
    made = it.chunks(SOME)
    assert len([next(made) for _ in range(10)]) == 10
    with pytest.raises(NoEncoder, match=says):
        list(made)


def test_a_question_of_another_dimension_is_refused(server: Server) -> None:
    server.answers = [vectors(), vectors(dimension=9)]
    it = server.encoder()
    assert it.dimension == 8
    with pytest.raises(NoEncoder, match="vectors of 9 numbers, not 8; check that this model"):
        it.question("Hello?")


def test_no_key_is_shown(server: Server) -> None:
    it = server.encoder()
    assert KEY not in repr(it) + str(it) + it.identity
    assert it.identity == f"openai-like/hash {server.url[7:-3]} 8 unit"


def test_credentials_in_an_address_are_not_shown(server: Server) -> None:
    it = LlamaIndexEncoder("openai-like/hash", server.url.replace("//", "//me:secret@"), waits=0)
    assert "secret" not in it.identity
    server.answers = [failing(500)]
    with pytest.raises(NoEncoder) as error:
        it.question("Hello?")
    assert "secret" not in str(error.value)


def test_nobody_there_is_one_line(server: Server) -> None:
    server.http.server_close()
    with pytest.raises(NoEncoder, match=r"no server answers at 127\.0\.0\.1:\d+; start it"):
        server.encoder().question("Hello?")


@pytest.mark.parametrize(
    ("name", "url", "says"),
    [
        ("locl", None, "'locl': there is none of that name; take local, openai/MODEL"),
        ("openai/", None, "there is none of that name"),
        ("openai/x", None, "needs a key; set OPENAI_API_KEY"),
        ("openai/x", "http://127.0.0.1/v1", "takes no encoder_url"),
        ("openai-like/x", None, "needs its server's address; set encoder_url"),
        ("openai-like/x", "127.0.0.1:80", "encoder_url is no web address"),
        ("openai-like/x", "http://[1", "encoder_url is no web address"),
    ],
)
def test_an_encoder_that_cannot_be_is_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str | None, says: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(NoEncoder, match=says):
        encoder(name, url)


@pytest.mark.parametrize("extra", ["huggingface", "ollama"])
def test_a_missing_extra_says_how_to_get_it(extra: str) -> None:
    assert find_spec(f"llama_index.embeddings.{extra}") is None
    says = rf"encoder {extra}/x: needs an extra; in .* run: pip install '\.\[{extra}\]'"
    with pytest.raises(NoEncoder, match=says):
        encoder(f"{extra}/x")


def test_an_index_is_made_and_searched_by_one_encoder(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Rabbits eat grass. They live in burrows.")
    home = tmp_path / "home"
    build(home, [tmp_path / "a.txt"], encoder=server.encoder())
    search = Search(home, view=False, encoder=server.encoder())
    found = search.find("What do rabbits eat?", 8, search.snapshot())
    assert [len(passage.sentences) for passage in found] == [2]
    with pytest.raises(Mismatch, match="run: footnote index"):
        Search(home, view=False)
    assert build(home).unchanged == 0
    search = Search(home, view=False)
    assert search.find("What do rabbits eat?", 8, search.snapshot())


def test_the_command_says_in_one_line_what_the_encoder_needs(
    footnote: Command, tmp_path: Path
) -> None:
    (tmp_path / "footnote.toml").write_text('encoder = "huggingface/x"\n')
    ran = footnote("index")
    assert ran.returncode == 2
    assert ran.stderr.startswith("footnote: encoder huggingface/x: needs an extra; in")
    assert ran.stderr.count("\n") == 1


def test_the_model_writes_nothing_into_the_users_folders_and_starts_no_thread_that_sends(
    tmp_path: Path,
) -> None:
    code = (
        "import os; from index.encode import encoder\n"
        "encoder().question('What can China do?')\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"HOME": str(tmp_path), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert list(tmp_path.iterdir()) == []
    assert ran.stdout == "1\n"
