"""Who is asking: nobody who signs in, whoever a signed token names, or whom a trusted proxy names.

What a browser claims by itself counts for nothing. Groups decide what may be read; without any,
only what is open to all.
"""

from __future__ import annotations

import ipaddress
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from qa.errors import BadSetting, NotSignedIn
from qa.keys import Keys
from qa.settings import Settings

# Seconds: the longest a token may live, and by how much clocks may differ.
LONGEST_LIFE, SKEW = 600, 30
LONGEST_TOKEN = 8 * 1024
LONGEST_NAME, MOST_GROUPS = 256, 500
_CLAIMS = ("iss", "aud", "sub", "groups", "iat", "nbf", "exp", "jti")
# How whatever listens on a unix socket sees who connects: there, the file's mode decides.
SOCKET = ""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever asks: `user` is empty if nobody signed in, `token` the jti of a signed token.

    `until` is when that token ends, in seconds since 1970.
    """

    user: str
    groups: frozenset[str]
    token: str = ""
    until: float = float("inf")


# All values of a header, by its name in lower case.
Values = Callable[[str], Sequence[str]]


class Identify(Protocol):
    """How a server tells who asks."""

    def __call__(self, values: Values, peer: str, look: bool = True) -> Asker:
        """Whoever sent these headers from that address, SOCKET for a unix socket.

        Raises NotSignedIn, and UnknownKey if he can't be told without asking the portal for a key,
        which takes time, and it may not `look`.
        """

    @property
    def is_ready(self) -> bool:
        """Whether anybody could be told now."""


def identify(settings: Settings) -> Identify:
    """Raises BadSetting if the settings don't suffice for it."""
    ways: dict[str, Callable[[Settings], Identify]]
    ways = {"none": _Nobody, "token": _Signed, "proxy": _Proxied}
    return ways[settings.identity](settings)


class _Nobody:
    """All are in the groups of the settings."""

    is_ready = True

    def __init__(self, settings: Settings) -> None:
        self._anybody = Asker("", _groups(settings.groups))

    def __call__(self, values: Values, peer: str, look: bool = True) -> Asker:
        return self._anybody


class _Proxied:
    """Whom headers name, if the proxy that is trusted sent them."""

    is_ready = True

    def __init__(self, settings: Settings) -> None:
        self._networks = [ipaddress.ip_network(each) for each in settings.proxy_networks]
        self._user, self._groups = settings.proxy_user, settings.proxy_groups

    def __call__(self, values: Values, peer: str, look: bool = True) -> Asker:
        if peer != SOCKET and not _inside(peer, self._networks):
            raise NotSignedIn("only the proxy that signs people in may ask here")
        users, groups = values(self._user.lower()), values(self._groups.lower())
        # Two of a header: the proxy added its own to what a browser sent.
        if len(users) != 1 or len(groups) > 1:
            raise NotSignedIn(f"sign in first: the proxy sends no one {self._user}")
        names = [each.strip() for each in ",".join(map(_text, groups)).split(",")]
        return Asker(_name(_text(users[0]).strip()), _groups([each for each in names if each]))


def _text(value: str) -> str:
    """A header's bytes, which come as Latin-1 whatever they are, as the UTF-8 that proxies send."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        raise NotSignedIn("the proxy sends a name that isn't UTF-8") from None


def _inside(peer: str, networks: Sequence[Any]) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in each for each in networks)


class _Signed:
    """Whom a token of the portal names."""

    def __init__(self, settings: Settings) -> None:
        must = ("token_keys", "token_issuer", "token_audience")
        if missing := [name for name in must if not getattr(settings, name)]:
            raise BadSetting(f'{", ".join(missing)}: must be set for identity = "token"')
        self._keys = Keys(settings.token_keys, settings.token_algorithm)
        self._issuer, self._audience = settings.token_issuer, settings.token_audience

    @property
    def is_ready(self) -> bool:
        return self._keys.are_there

    def __call__(self, values: Values, peer: str, look: bool = True) -> Asker:
        sent = values("authorization")
        scheme, _, token = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotSignedIn("sign in first: send a token as Authorization: Bearer …")
        claims = self._keys.verified(token.strip(), LONGEST_TOKEN, look)
        try:
            return _named(claims, self._issuer, self._audience, time.time())
        except OverflowError:
            raise NotSignedIn("the token's times aren't any") from None


def _named(claims: Mapping[str, Any], issuer: str, audience: str, now: float) -> Asker:
    """Whom a token names whose signature is right; raises NotSignedIn if it isn't for us, now."""
    missing = [name for name in _CLAIMS if name not in claims]
    if missing:
        raise NotSignedIn(f"the token lacks {', '.join(missing)}")
    aud = claims["aud"]
    if claims["iss"] != issuer or audience not in (aud if isinstance(aud, list) else [aud]):
        raise NotSignedIn("the token is of another issuer, or for somebody else")
    moments = [claims[name] for name in ("iat", "nbf", "exp")]
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in moments):
        raise NotSignedIn("the token's times aren't numbers")
    issued, begins, ends = moments
    # Compared so that a time that is no number (nan) fails.
    if not (issued <= now + SKEW and begins <= now + SKEW and now - SKEW < ends):
        raise NotSignedIn("the token has ended, or not begun; ask the portal for another")
    if not 0 < ends - issued <= LONGEST_LIFE:
        raise NotSignedIn(f"the token lives too long; at most {LONGEST_LIFE} seconds")
    groups = claims["groups"]
    if not isinstance(groups, list) or not all(isinstance(each, str) for each in groups):
        raise NotSignedIn("the token's groups aren't a list of texts")
    token = claims["jti"]
    if not isinstance(token, str) or not token or not isinstance(claims["sub"], str):
        raise NotSignedIn("the token's jti and sub must be texts")
    return Asker(_name(claims["sub"]), _groups(groups), token[:LONGEST_NAME], ends + SKEW)


def _name(user: str) -> str:
    if not user.strip() or len(user) > LONGEST_NAME or not user.isprintable():
        raise NotSignedIn("sign in first: who asks has no name that can be used")
    return user


def _groups(names: Sequence[str]) -> frozenset[str]:
    if len(names) > MOST_GROUPS:
        raise NotSignedIn(f"whoever asks is in more than {MOST_GROUPS} groups")
    # The same letters may be written in several ways.
    return frozenset(unicodedata.normalize("NFC", each) for each in names)
