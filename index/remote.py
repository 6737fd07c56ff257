"""Encoders of others, through LlamaIndex: a provider's, a model server's, one of a model hub.

Every text goes through one door, `_asked`, which tries again where that can help, and turns
whatever the adapters raise into one line without keys.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from index.errors import NoEncoder
from index.servers import host, may_pass, patiently
from index.tokens import tiktoken_count
from index.types import Chunk

if TYPE_CHECKING:
    from index.encode import Vectors

T = TypeVar("T")

# Provider to the extra that its adapter is in ("" where it comes with Footnote), the variable that
# its key is in, whether it must be there, and where its server is ("" where there is none).
_PROVIDERS = {
    "openai": ("", "OPENAI_API_KEY", True, "https://api.openai.com/v1"),
    # A key of its own: OpenAI's mustn't go to whatever server the URL names.
    "openai-like": ("openai", "OPENAI_LIKE_API_KEY", False, None),
    "ollama": ("ollama", "", False, "http://localhost:11434"),
    "huggingface": ("huggingface", "", False, ""),
}
# What models want before a question and before a text, by a part of their names.
_PREFIXES = {
    "e5-": ("query: ", "passage: "),
    "nomic-embed": ("search_query: ", "search_document: "),
}
_BATCH = 64
_TRIES = 5
_SECONDS = 60.0
# Vectors of texts kept in case the texts come again: sentences shared by chunks, lines repeated.
_KEPT = 4096


def parts(name: str) -> tuple[str, str]:
    """Provider and model of an encoder's name; raises NoEncoder where it isn't one."""
    provider, _, model = name.partition("/")
    if provider not in _PROVIDERS or not model:
        known = ", ".join(f"{each}/MODEL" for each in _PROVIDERS)
        raise NoEncoder(f"encoder {name!r}: there is none of that name; take local, {known}")
    return provider, model


class LlamaIndexEncoder:
    """The encoder PROVIDER/MODEL, whose server is at `url`; see `index.encode.Encoder`.

    Before the second try to reach it `waits` seconds go by, before the next twice that, and so on.
    """

    window = 512

    def __init__(self, name: str, url: str | None = None, waits: float = 1.0) -> None:
        self.name, self._waits = name, waits
        self._server, self._key, self._model = _adapter(name, url)
        reads = getattr(self._model, "max_length", self.window)
        if reads < self.window:
            raise NoEncoder(
                f"encoder {name}: reads {reads} tokens of a text and would cut the rest; "
                f"take one that reads {self.window}"
            )

    @cached_property
    def pieces(self) -> Callable[[Sequence[str]], list[int]]:
        """Tokens of each text, by a count that stands in for the model's own."""
        return tiktoken_count()

    @cached_property
    def dimension(self) -> int:
        """Found by asking for a vector, once."""
        return len(self._vectors(["dimension"], None)[0])

    @property
    def identity(self) -> str:
        return " ".join(filter(None, (self.name, self._server, str(self.dimension), "unit")))

    def question(self, text: str) -> Vectors:
        """The unit vector of a question, shape (dimension,)."""
        found = self._asked(lambda: [self._model.get_query_embedding(text)])
        vector: Vectors = self._checked(found, 1, self.dimension)[0]
        return vector

    def chunks(self, chunks: Sequence[Chunk]) -> Iterator[tuple[Vectors, Vectors]]:
        """For each chunk, in order, its unit vector (dimension,) and its sentences' (n, dimension).

        A batch is asked for when it is full, and what it completes comes before the next.
        """
        known: dict[str, Vectors] = {}
        wanted: dict[str, None] = {}
        waiting: deque[Chunk] = deque()
        for place, chunk in enumerate(chunks, start=1):
            waiting.append(chunk)
            wanted |= {text: None for text in _texts(chunk) if text not in known}
            while len(wanted) >= _BATCH or (wanted and place == len(chunks)):
                batch = list(wanted)[:_BATCH]
                known |= zip(batch, self._vectors(batch, self.dimension), strict=True)
                wanted = {text: None for text in wanted if text not in known}
            while waiting and all(text in known for text in _texts(waiting[0])):
                whole, *sentences = (known[text] for text in _texts(waiting.popleft()))
                yield whole, np.array(sentences, np.float32).reshape(-1, self.dimension)
            _forget(known, waiting)

    def _vectors(self, texts: list[str], dimension: int | None) -> Vectors:
        found = self._asked(lambda: self._model.get_text_embedding_batch(texts))
        return self._checked(found, len(texts), dimension)

    def _asked(self, ask: Callable[[], T]) -> T:
        """What the adapter answers, in the end; else NoEncoder.

        Adapters raise what their clients, servers and libraries do, so this catches anything.
        """
        try:
            return patiently(ask, _TRIES, self._waits)
        except Exception as error:
            said = _why(error, self._server, self._key)
        # Out here, so that no traceback leads to a request and its headers.
        raise NoEncoder(f"encoder {self.name}: {said}")

    def _checked(self, found: Any, count: int, dimension: int | None) -> Vectors:
        """The vectors at unit length; NoEncoder if they aren't `count` of that dimension."""
        if len(found) != count:
            self._refuse(f"{len(found)} vectors for {count} texts")
        lengths = {len(vector) for vector in found}
        if len(lengths) != 1 or lengths == {0} or lengths != {dimension or max(lengths)}:
            expected = f", not {dimension}" if dimension else ""
            self._refuse(f"vectors of {' and '.join(map(str, sorted(lengths)))} numbers{expected}")
        vectors = np.array(found, dtype=np.float64)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or not norms.all():
            self._refuse("a vector without a direction (all zero, infinite or not a number)")
        unit: Vectors = (vectors / norms).astype(np.float32)
        return unit

    def _refuse(self, what: str) -> None:
        raise NoEncoder(
            f"encoder {self.name}: answered with {what}; check that this model makes embeddings"
        )


def _texts(chunk: Chunk) -> list[str]:
    """What is embedded of a chunk: all of it, then its sentences."""
    first = chunk.start
    return [
        chunk.embedded,
        *(chunk.text[start - first : end - first] for start, end in chunk.sentences),
    ]


def _forget(known: dict[str, Vectors], waiting: Sequence[Chunk]) -> None:
    """Drops the oldest vectors that are too many, but none that a chunk waits for."""
    if len(known) > _KEPT:
        needed = {text for chunk in waiting for text in _texts(chunk)}
        for text in list(known)[: len(known) - _KEPT // 2]:
            if text not in needed:
                del known[text]


def _adapter(name: str, url: str | None) -> tuple[str, str, Any]:
    """Host and port of the server, the key, and LlamaIndex's embedding."""
    provider, model = parts(name)
    extra, variable, must, usual = _PROVIDERS[provider]
    if url and provider in ("openai", "huggingface"):
        raise NoEncoder(f"encoder {name}: takes no encoder_url; remove it, or choose openai-like/…")
    base = url or usual
    if base is None:
        raise NoEncoder(f"encoder {name}: needs its server's address; set encoder_url")
    key = os.environ.get(variable, "") if variable else ""
    if must and not key:
        raise NoEncoder(f"encoder {name}: needs a key; set {variable} in the environment")
    server = _host(name, base) if base else ""
    try:
        return server, key, _load(provider, model, base, key)
    except ImportError:
        what = f"'.[{extra}]'" if extra else "."
        raise NoEncoder(
            f"encoder {name}: needs an extra; in Footnote's repository run: pip install {what}"
        ) from None
    except Exception as error:
        # Adapters load models and check what they are given with errors of their own.
        said = _why(error, server, key)
    raise NoEncoder(f"encoder {name}: {said}")


def _load(provider: str, model: str, base: str, key: str) -> Any:
    before, between = next(
        (both for part, both in _PREFIXES.items() if part in model.lower()), (None, None)
    )
    # Tries are counted here alone: neither the adapters nor their clients are to add their own.
    openai: dict[str, Any] = {
        "model_name": model,
        "api_base": base,
        "embed_batch_size": _BATCH,
        "max_retries": 0,
        "timeout": _SECONDS,
    }
    if provider == "openai":
        from llama_index.embeddings.openai import OpenAIEmbedding

        return OpenAIEmbedding(api_key=key, **openai)
    if provider == "openai-like":
        from llama_index.embeddings.openai_like import OpenAILikeEmbedding

        return OpenAILikeEmbedding(api_key=key or "none", **openai)
    prefixes = {"query_instruction": before, "text_instruction": between}
    if provider == "ollama":
        from llama_index.embeddings.ollama import OllamaEmbedding

        waiting = {"timeout": _SECONDS}
        return OllamaEmbedding(
            model, base, embed_batch_size=_BATCH, client_kwargs=waiting, **prefixes
        )
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(model, embed_batch_size=_BATCH, **prefixes)


def _host(name: str, url: str) -> str:
    if not (seen := host(url)):
        raise NoEncoder(f"encoder {name}: encoder_url is no web address; it takes http://HOST/v1")
    return seen


def _why(error: Exception, server: str, key: str) -> str:
    """What went wrong and what to do, on one line without the key.

    What a server says when it refuses a key is left out: some repeat most of it.
    """
    status = getattr(error, "status_code", None)
    told = str(error).replace(key, "[key]") if key else str(error)
    said = " ".join(told.split())[:200] or type(error).__name__
    if status in (401, 403):
        return f"{server} refuses the key; set the right one in the environment"
    if may_pass(error):
        what = f"HTTP {status}" if isinstance(status, int) else "no answer in time"
        return f"{server} failed {_TRIES} times ({what}); try again later"
    if isinstance(status, int):
        return f"{server} refuses the request ({said}); check the model's name and encoder_url"
    if "connect" in type(error).__name__.lower():
        return f"no server answers at {server}; start it, or set encoder_url"
    if server:
        return f"{server} doesn't answer as an embeddings server does ({said}); check encoder_url"
    return f"can't be used ({said}); check the model's name"
