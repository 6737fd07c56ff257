"""What asking other people's servers has in common, for encoders and for language models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")


def patiently(ask: Callable[[], T], tries: int, waits: float) -> T:
    """What `ask` gets; again where a failure may pass, `tries` times in all, else what it raised.

    Before the second try `waits` seconds go by, before the next twice that, and so on.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

    trying = Retrying(
        retry=retry_if_exception(may_pass),
        stop=stop_after_attempt(tries),
        wait=wait_exponential(waits),
        reraise=True,
    )
    return trying(ask)


def may_pass(error: BaseException) -> bool:
    """Whether to ask again: a timeout, too many requests, a server's own failure.

    Each client has classes of its own for these; what they share is a status and a name.
    """
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in (408, 429) or status >= 500
    return "timeout" in type(error).__name__.lower()


def host(url: str) -> str:
    """Host and port, without what may be secret in a URL; "" if it is no web address."""
    try:
        seen = urlsplit(url)
        name, port = seen.hostname, seen.port
    except ValueError:
        return ""
    if not name or seen.scheme not in ("http", "https"):
        return ""
    return f"{name}:{port}" if port else name
