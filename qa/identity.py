"""Who is asking: nobody who signs in, whoever a signed token names, or whom a trusted proxy names.

What a browser claims by itself counts for nothing. Groups decide what may be read; without any,
only what is open to all.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


# From all values of a header, by its name in lower case, the address of whoever connected, and
# whether there is time to ask the portal for a key that isn't known yet.
Identify = Callable[[Callable[[str], Sequence[str]], str, bool], Asker]


def identify(settings: Settings) -> Identify:
    """How this server tells who asks; raises BadSetting if its settings don't suffice for that.

    What it gives raises NotSignedIn, and UnknownKey only if it may not look for a key.
    """
    ways = {"none": _nobody, "token": _signed, "proxy": _proxied}
    return ways[settings.identity](settings)


def _nobody(settings: Settings) -> Identify:
    """All are in the groups of the settings."""
    anybody = Asker("", frozenset(settings.groups))
    return lambda values, peer, look: anybody


def _proxied(settings: Settings) -> Identify:
    """Whom headers name, if the proxy that is trusted sent them."""
    networks = [ipaddress.ip_network(each) for each in settings.proxy_networks]
    of_user, of_groups = settings.proxy_user.lower(), settings.proxy_groups.lower()

    def asker(values: Callable[[str], Sequence[str]], peer: str, look: bool) -> Asker:
        if peer != SOCKET and not _inside(peer, networks):
            raise NotSignedIn("only the proxy that signs people in may ask here")
        users, groups = values(of_user), values(of_groups)
        # Two of a header: the proxy added its own to what a browser sent.
        if len(users) != 1 or len(groups) > 1:
            raise NotSignedIn(f"sign in first: the proxy sends no one {settings.proxy_user}")
        names = [each.strip() for each in ",".join(groups).split(",")]
        return Asker(_name(users[0].strip()), _groups([each for each in names if each]))

    return asker


def _inside(peer: str, networks: Sequence[Any]) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in each for each in networks)


def _signed(settings: Settings) -> Identify:
    """Whom a token of the portal names."""
    missing = [
        name
        for name in ("token_keys", "token_issuer", "token_audience")
        if not getattr(settings, name)
    ]
    if missing:
        raise BadSetting(f'{", ".join(missing)}: must be set for identity = "token"')
    keys = Keys(settings.token_keys, settings.token_algorithm)

    def asker(values: Callable[[str], Sequence[str]], peer: str, look: bool) -> Asker:
        sent = values("authorization")
        scheme, _, token = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotSignedIn("sign in first: send a token as Authorization: Bearer …")
        claims = keys.verified(token.strip(), LONGEST_TOKEN, look)
        return _named(claims, settings.token_issuer, settings.token_audience, time.time())

    return asker


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
    return frozenset(names)
