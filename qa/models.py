"""Language models, by LlamaIndex's adapters: the name and address in the settings → a model.

The only file here that names providers. Keys come from the environment and go nowhere but to the
server: whatever an adapter raises leaves `call` as one line without them.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from index.servers import host, may_pass, patiently
from qa.errors import NoModel, QaFault

if TYPE_CHECKING:
    import ssl

    import httpx
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.llms import LLM

T = TypeVar("T")

# Provider to the extra that its adapter is in ("" where it comes with Footnote), the variable that
# its key is in, whether it must be there, and where its server is (None where that must be set).
_PROVIDERS = {
    "ollama": ("ollama", "", False, "http://localhost:11434"),
    "openai": ("", "OPENAI_API_KEY", True, "https://api.openai.com/v1"),
    "anthropic": ("anthropic", "ANTHROPIC_API_KEY", True, "https://api.anthropic.com"),
    # A key of its own: OpenAI's mustn't go to whatever server the address names.
    "openai-like": ("openai", "FOOTNOTE_LLM_KEY", False, None),
}
# Those whose server may be anywhere, as llm_url says.
_ANYWHERE = ("ollama", "openai-like")
# What every model is asked with; in tokens, the most that it reads and that it says.
TEMPERATURE = 0.0
WINDOW = 8_192
LONGEST = 1_024
_TRIES = 3
_SECONDS = 120.0


def reachable(name: str, url: str = "", seconds: float = 1.0) -> bool:
    """Whether somebody listens where the model's server should be; nothing is sent."""
    at = urlsplit(url or _PROVIDERS[_parts(name)[0]][3] or "")
    try:
        port = at.port or (443 if at.scheme == "https" else 80)
        with socket.create_connection((at.hostname or "", port), seconds):
            return True
    except (OSError, ValueError):
        return False


def model(name: str, url: str = "", longest: int = LONGEST) -> LLM:
    """The language model PROVIDER/MODEL, whose server is at `url` if it isn't the usual one.

    It says `longest` tokens at most. (Adapters ignore another number given with a call.) Nothing is
    sent yet. Raises NoModel if there is none of that name, or if its extra, its key or
    its server's address is missing.
    """
    provider, id_ = _parts(name)
    extra, variable, must, usual = _PROVIDERS[provider]
    if url and provider not in _ANYWHERE:
        raise NoModel(f"llm {name}: takes no llm_url; remove it, or choose openai-like/…")
    base = url or usual
    if base is None:
        raise NoModel(f"llm {name}: needs its server's address; set llm_url")
    if not host(base):
        raise NoModel(f"llm {name}: llm_url is no web address; it takes http://HOST/v1")
    key = _key(name)
    if must and not key:
        raise NoModel(f"llm {name}: needs a key; set {variable} in the environment")
    try:
        return _load(provider, id_, base, key, longest)
    except ImportError:
        what = f"'.[{extra}]'" if extra else "."
        raise NoModel(
            f"llm {name}: needs an extra; in Footnote's repository run: pip install {what}"
        ) from None


def call(name: str, url: str, ask: Callable[[], T], waits: float = 1.0) -> T:
    """What `ask` gets from the model; up to three tries where a failure may pass, else NoModel.

    Before the second try `waits` seconds go by, before the third twice that. Adapters raise what
    their clients and libraries do, so this catches anything; QaFaults go through as they are.
    """
    try:
        return patiently(ask, _TRIES, waits)
    except QaFault:
        raise
    except Exception as error:
        failure = failed(name, url, error, _TRIES)
    # Out here, so that no traceback leads to a request and its headers.
    raise failure


def failed(name: str, url: str, error: Exception, tries: int = 1) -> NoModel:
    """What an adapter raised, as one line without the key; to be raised where it isn't handled any
    more, so that it leads to no request."""
    failure = NoModel(f"llm {name}: {_why(error, _parts(name)[0], url, _key(name), tries)}")
    failure.rest = _rest(error)
    return failure


def messages(system: str, user: str) -> list[ChatMessage]:
    """A chat of what the system says, if it says anything, and what the user asks."""
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    asked = ChatMessage(role=MessageRole.USER, content=user)
    return [ChatMessage(role=MessageRole.SYSTEM, content=system), asked] if system else [asked]


def ended(name: str, raw: Any) -> bool | None:
    """Whether the last piece of a stream says that it is the last; None if that can't be told.

    A stream that is cut off ends like any other, but for this; one that ends because the model may
    say no more is cut off too.
    """
    provider = _parts(name)[0]
    if provider == "ollama":
        if not isinstance(raw, dict):
            return None
        return bool(raw.get("done")) and raw.get("done_reason") != "length"
    if provider in ("openai", "openai-like") and raw is not None:
        reasons = [each.finish_reason for each in getattr(raw, "choices", ())]
        return any(reason and reason != "length" for reason in reasons)
    return None


def _parts(name: str) -> tuple[str, str]:
    provider, _, id_ = name.partition("/")
    if provider not in _PROVIDERS or not id_:
        known = ", ".join(f"{each}/MODEL" for each in _PROVIDERS)
        raise NoModel(f"llm {name!r}: there is none of that name; set llm to one of {known}")
    return provider, id_


def _key(name: str) -> str:
    variable = _PROVIDERS[_parts(name)[0]][1]
    return os.environ.get(variable, "") if variable else ""


def _load(provider: str, id_: str, base: str, key: str, longest: int) -> LLM:
    # Tries are counted in `call` alone: neither adapters nor their clients are to add their own.
    common: dict[str, Any] = {"model": id_, "temperature": TEMPERATURE}
    client: dict[str, Any] = {"max_tokens": longest, "max_retries": 0, "timeout": _SECONDS}
    made: LLM
    if provider == "openai":
        from llama_index.llms.openai import OpenAI

        asking = _client()
        made = OpenAI(api_key=key, api_base=base, async_http_client=asking, **common, **client)
    elif provider == "openai-like":
        from llama_index.llms.openai_like import OpenAILike

        chat: dict[str, Any] = {"is_chat_model": True, "context_window": WINDOW}
        chat["async_http_client"] = _client()
        made = OpenAILike(api_key=key or "none", api_base=base, **chat, **common, **client)
    elif provider == "anthropic":
        from llama_index.llms.anthropic import Anthropic

        made = Anthropic(api_key=key, base_url=base, **common, **client)
    else:
        from llama_index.llms.ollama import Ollama
        from ollama import AsyncClient

        made = Ollama(
            base_url=base,
            async_client=AsyncClient(base, timeout=_SECONDS, verify=_trusted()),
            context_window=WINDOW,
            request_timeout=_SECONDS,
            additional_kwargs={"num_predict": longest},
            **common,
        )
    return made


def _client() -> httpx.AsyncClient:
    """For one question, whose event loop it belongs to."""
    import httpx

    return httpx.AsyncClient(verify=_trusted(), timeout=_SECONDS, follow_redirects=True)


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates count. Read once, as reading them takes longer than all else of asking."""
    import httpx

    return httpx.create_ssl_context()


def _rest(error: Exception) -> float:
    """How many seconds a server that refused a request asks to be left alone: Retry-After."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    try:
        asked = str(headers.get("retry-after", "")) if headers else ""
        if asked.isdigit():
            return float(asked)
        return parsedate_to_datetime(asked).timestamp() - time.time() if asked else 0.0
    except (AttributeError, TypeError, ValueError, OverflowError):
        return 0.0


def _why(error: Exception, provider: str, url: str, key: str, tries: int) -> str:
    """What went wrong and what to do, on one line without the key.

    What a server says when it refuses a key is left out: some repeat most of it.
    """
    base = url or _PROVIDERS[provider][3] or ""
    status, server = getattr(error, "status_code", None), host(base)
    check = "llm and llm_url" if provider in _ANYWHERE else "llm"
    told = str(error).replace(base, server)
    said = " ".join((told.replace(key, "[key]") if key else told).split())[:200]
    if status in (401, 403):
        return f"{server} refuses the key; set the right one in the environment"
    if may_pass(error):
        what = f"HTTP {status}" if isinstance(status, int) else "no answer in time"
        often = f" {tries} times" if tries > 1 else ""
        return f"{server} failed{often} ({what}); try again later"
    if isinstance(status, int) and status > 0:
        return f"{server} refuses the request ({said}); check {check}"
    if "connect" in type(error).__name__.lower():
        do = "start it, or set llm_url" if provider in _ANYWHERE else "look at the network"
        return f"no server answers at {server}; {do}"
    what = said or type(error).__name__
    return f"{server} doesn't answer as a language model's server does ({what}); check {check}"
