"""A language model whose calls are kept as files, so that they can be replayed without it.

DIR/<sha256>.json holds one call, readable: what was asked, and what was answered. The name is the
hash of the whole request: kind of call, messages or prompt, arguments, the model's name and
parameters, and an identity given by whoever asks, such as the index's. Keys, headers, times and ids
aren't kept, so that the same calls make the same bytes. Answers are kept as text, without tools.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

# TID253: whoever imports this module wants LlamaIndex.
from llama_index.core.base.llms.types import (  # noqa: TID253
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.bridge.pydantic import Field, PrivateAttr  # noqa: TID253
from llama_index.core.llms import LLM, CustomLLM  # noqa: TID253

from qa import models
from qa.errors import NoModel, QaFault, RecordingMissing

Mode = Literal["record", "replay"]
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
# They go to the model and may hold keys; no answer depends on them.
_UNKEPT = ("api_key", "extra_headers", "headers", "timeout")


def recorded(
    name: str,
    url: str,
    folder: Path,
    mode: Mode,
    identity: str = "",
    longest: int = models.LONGEST,
) -> Recorded:
    """The model of `qa.models.model` with its calls kept in `folder`, or only those kept there.

    Raises NoModel when recording; to replay, neither the model nor its extra or key is needed.
    """
    llm = models.model(name, url, longest) if mode == "record" else None
    parameters = {"temperature": models.TEMPERATURE, "max_tokens": longest}
    return Recorded(folder, mode, name, llm, identity=identity, parameters=parameters)


class Recorded(CustomLLM):
    """In mode "record" calls go to `llm` and are written; in "replay" they come from the files.

    In "replay" a call that isn't there raises RecordingMissing; nothing is ever sent. Both modes
    answer the same, out of what is kept. A call made twice is kept once, as it was last answered;
    a stream that broke off, or that nobody read to its end, breaks off there again.
    """

    folder: Path
    mode: Mode
    name: str
    identity: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    _llm: LLM | None = PrivateAttr()

    def __init__(
        self,
        folder: Path,
        mode: Mode,
        name: str,
        llm: LLM | None = None,
        *,
        identity: str = "",
        parameters: dict[str, Any],
    ) -> None:
        """`parameters` are those that `llm` was made with."""
        super().__init__(
            folder=folder, mode=mode, name=name, identity=identity, parameters=parameters
        )
        if mode == "record" and llm is None:
            raise ValueError("to record, a model is needed")
        self._llm = llm if mode == "record" else None

    @classmethod
    def class_name(cls) -> str:
        return "Recorded"

    @property
    def metadata(self) -> LLMMetadata:
        """The same in both modes, as LlamaIndex cuts what it sends by it."""
        return LLMMetadata(
            context_window=models.WINDOW,
            num_output=models.LONGEST,
            is_chat_model=True,
            model_name=self.name,
        )

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        request = self._request("chat", _plain(messages), kwargs)
        if self._llm is None:
            return _chat_response(self._kept(request))
        answer = self._llm.chat(messages, **kwargs)
        return _chat_response(self._keep(request, [answer.message.content or ""], answer))

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        request = self._request("complete", prompt, {"formatted": formatted, **kwargs})
        if self._llm is None:
            return _completion_response(self._kept(request))
        answer = self._llm.complete(prompt, formatted=formatted, **kwargs)
        return _completion_response(self._keep(request, [answer.text], answer))

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        request = self._request("stream_chat", _plain(messages), kwargs)
        if self._llm is None:
            # At once, not when the first piece is asked for.
            return _chat_pieces(self._again(self._kept(request)))
        ask = partial(self._llm.stream_chat, messages, **kwargs)
        return _chat_pieces(self._pieces(request, ask))

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        request = self._request("stream_complete", prompt, {"formatted": formatted, **kwargs})
        if self._llm is None:
            return _completion_pieces(self._again(self._kept(request)))
        ask = partial(self._llm.stream_complete, prompt, formatted=formatted, **kwargs)
        return _completion_pieces(self._pieces(request, ask))

    def _pieces(
        self, request: str, ask: Callable[[], Iterator[ChatResponse | CompletionResponse]]
    ) -> Iterator[str]:
        pieces: list[str] = []
        whole = False
        try:
            for each in ask():
                if each.delta:
                    pieces.append(each.delta)
                    yield each.delta
            whole = True
        finally:
            self._keep(request, pieces, whole=whole)

    def _again(self, answered: dict[str, Any]) -> Iterator[str]:
        yield from answered["pieces"]
        if not answered.get("whole", True):
            raise NoModel(f"llm {self.name}: broke off when it was recorded")

    def _request(self, kind: str, asked: Any, arguments: dict[str, Any]) -> str:
        """The whole request, one text for one request."""
        return _as_text(
            {
                "kind": kind,
                "llm": self.name,
                "parameters": self.parameters,
                "identity": self.identity,
                "arguments": {k: v for k, v in arguments.items() if k not in _UNKEPT},
                "asked": asked,
            }
        )

    def _path(self, request: str) -> Path:
        return self.folder / f"{hashlib.sha256(request.encode()).hexdigest()}.json"

    def _kept(self, request: str) -> dict[str, Any]:
        path = self._path(request)
        try:
            answered: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["answered"]
            _ = [*answered["pieces"]], dict(answered["tokens"])
            return answered
        except FileNotFoundError:
            raise RecordingMissing(
                f"{path}: there is no recording of this call to {self.name}; record anew"
            ) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise RecordingMissing(f"{path}: can't be read as a recording; record anew") from None

    def _keep(
        self,
        request: str,
        pieces: list[str],
        answer: ChatResponse | CompletionResponse | None = None,
        whole: bool = True,
    ) -> dict[str, Any]:
        """Writes the call, whole or not at all; gives what was written of the answer."""
        told = answer.additional_kwargs if answer else {}
        tokens = {name: told[name] for name in _COUNTS if isinstance(told.get(name), int)}
        answered: dict[str, Any] = {"pieces": pieces, "tokens": tokens}
        if not whole:
            answered["whole"] = False
        content = _as_text({"asked": json.loads(request), "answered": answered})
        try:
            _write(self._path(request), content)
        except OSError as error:
            raise QaFault(
                f"{self.folder}: recordings can't be written there ({error.strerror}); mend that"
            ) from None
        return answered


def _write(path: Path, content: str) -> None:
    """Under a name of its own first, so that nobody finds half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="ascii") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _as_text(content: Any) -> str:
    """JSON, the same text for the same content; raises TypeError for what JSON doesn't know."""
    # Escaped beyond ASCII: a model may answer with half of a character, which UTF-8 can't hold.
    return json.dumps(content, sort_keys=True, indent=1) + "\n"


def _plain(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """Ours, not LlamaIndex's form of a message, which its releases may change."""
    for message in messages:
        if any(block.block_type != "text" for block in message.blocks):
            raise TypeError("only messages of text can be recorded")
    return [
        {"role": each.role.value, "content": each.content, "more": each.additional_kwargs}
        for each in messages
    ]


def _message(text: str) -> ChatMessage:
    return ChatMessage(role=MessageRole.ASSISTANT, content=text)


def _chat_response(answered: dict[str, Any]) -> ChatResponse:
    text = "".join(answered["pieces"])
    return ChatResponse(message=_message(text), additional_kwargs=dict(answered["tokens"]))


def _completion_response(answered: dict[str, Any]) -> CompletionResponse:
    text = "".join(answered["pieces"])
    return CompletionResponse(text=text, additional_kwargs=dict(answered["tokens"]))


def _chat_pieces(pieces: Iterator[str]) -> ChatResponseGen:
    text = ""
    for piece in pieces:
        text += piece
        yield ChatResponse(message=_message(text), delta=piece)


def _completion_pieces(pieces: Iterator[str]) -> CompletionResponseGen:
    text = ""
    for piece in pieces:
        text += piece
        yield CompletionResponse(text=text, delta=piece)
