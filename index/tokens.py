"""Counts tokens without the network."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

Count = Callable[[Sequence[str]], list[int]]


def tiktoken_count() -> Count:
    """Counts tokens by tiktoken's cl100k_base."""
    encoding = _encoding()

    def count(texts: Sequence[str]) -> list[int]:
        # One by one: a batch starts threads, which costs more than sentences take to encode. And
        # nothing is special here: a document may hold "<|endoftext|>".
        return [len(encoding.encode_ordinary(text)) for text in texts]

    return count


def tiktoken_cut(most: int) -> Callable[[str], int]:
    """How many characters of a text its first `most` tokens are, by the same."""
    encoding = _encoding()

    def cut(text: str) -> int:
        tokens = encoding.encode_ordinary(text)
        if len(tokens) <= most:
            return len(text)
        _, starts = encoding.decode_with_offsets(tokens)
        return int(starts[most])

    return cut


def _encoding() -> Any:
    """With the vocabulary that llama-index-core ships, as tiktoken downloads it otherwise."""
    core = find_spec("llama_index.core")
    if core is None or core.submodule_search_locations is None:
        raise RuntimeError("llama-index-core is not installed; install footnote-qa again")
    shipped = os.path.join(core.submodule_search_locations[0], "_static", "tiktoken_cache")
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", shipped)
    import tiktoken

    return tiktoken.get_encoding("cl100k_base")
