"""`footnote-eval bench model`: what answering adds to the time that a language model takes.

The model is a server in here that says 300 tokens, one every 20 ms, out of the passages it is
given, each sentence with a mark; it notes when it was asked, began and ended.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path

from evals.bench.measure import Figure, load, p50, timed
from evals.bench.table import table
from evals.gold import read
from index import build
from index.roots import SEEDS
from qa.assistant import Assistant
from qa.settings import Settings
from qa.types import Growing

_SEED_GOLD = Path(__file__).parent.parent / "gold" / "seed.yaml"
TOKENS, PAUSE = 300, 0.02
# Milliseconds: of the first word, after the model's; of all else, beside the model's own time.
_FIRST, _ELSE = 50.0, 300.0


@dataclass(slots=True)
class _Said:
    """When the model was asked, said its first token and ended, by `time.perf_counter`."""

    asked: float = 0.0
    began: float = 0.0
    ended: float = 0.0
    first: bool = field(default=True)


def bench(questions: int, tokens: int = TOKENS, file: Path | None = None) -> bool:
    """Prints the figures; whether both limits are kept, which speak of 300 tokens."""
    return table(_figures(questions, tokens), file)


def _figures(questions: int, tokens: int) -> Iterator[Figure]:
    asked = [each for each in read(_SEED_GOLD) if each.answerable and not each.history]
    with tempfile.TemporaryDirectory() as folder, _model(tokens) as (url, said):
        home = Path(folder) / "home"
        build(home, [SEEDS])
        settings = Settings(home=home, llm="openai-like/steady", llm_url=url)
        assistant = Assistant(settings, folder=home)
        # Adapters and the tokenizer are read once.
        assistant.ask(asked[0].question)
        firsts, rests, whole = [], [], []
        for question in asked[:questions]:
            said.began = 0.0
            took, first = timed(_first, assistant, question.question)
            if not said.began:
                continue
            firsts.append(1000 * (first - said.began))
            rests.append(1000 * (took - (said.ended - said.asked)))
            whole.append(took)
    held = tokens == TOKENS
    note = f"{len(whole)} answers of {tokens} tokens, {p50(whole):.2f} s each; load {load()}"
    yield Figure(
        "first word after the model's first token",
        p50(firsts),
        "ms",
        note,
        _FIRST if held else None,
    )
    yield Figure("all else beside the model", p50(rests), "ms", note, _ELSE if held else None)


def _first(assistant: Assistant, question: str) -> float:
    """When the first word of the answer was there; the rest of it is waited for."""
    first = 0.0
    for step in assistant.stream(question):
        if not first and isinstance(step, Growing) and (step.draft or step.claims):
            first = time.perf_counter()
    return first or time.perf_counter()


@contextmanager
def _model(tokens: int) -> Iterator[tuple[str, _Said]]:
    said = _Said()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said.asked = time.perf_counter()
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            # Whoever has heard that it is done may hang up before it is said again.
            with suppress(ConnectionError):
                for number, word in enumerate(_words(asked["messages"][-1]["content"], tokens)):
                    time.sleep(PAUSE)
                    if not number:
                        said.began = time.perf_counter()
                    self._event({"delta": {"content": word}, "index": 0, "finish_reason": None})
                self._event({"delta": {}, "index": 0, "finish_reason": "stop"})
                self.wfile.write(b"data: [DONE]\n\n")
            said.ended = time.perf_counter()

        def _event(self, choice: dict[str, object]) -> None:
            piece = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "steady"}
            self.wfile.write(f"data: {json.dumps({**piece, 'choices': [choice]})}\n\n".encode())
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Nothing: the table is all that is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", said
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _words(prompt: str, tokens: int) -> Sequence[str]:
    """So many tokens of four characters, of long sentences: the first passage's two by two, with
    their mark, again and again. (A model that goes on and on isn't listened to for so long.)"""
    passage = prompt.partition("[1] ")[2].partition("\n")[2].partition("\n\n[2]")[0]
    said = cycle(" ".join(each.rstrip(".").split()) for each in passage.split(". ") if each)
    text = ""
    while len(text) < 4 * tokens:
        text += f"{next(said)}; {next(said)}. [1] "
    return [text[at : at + 4] for at in range(0, 4 * tokens, 4)]
