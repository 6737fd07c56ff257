"""The public keys that sign portals' tokens: a JWKS file, or the portal's address of one.

Keys are read again when they change, so that one can be put beside the one before it and take its
place without a restart. No token says where its key is: only the settings do.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qa.errors import BadSetting, NotSignedIn, UnknownKey

if TYPE_CHECKING:
    from joserfc.jwk import Key, KeySet

# What a header may say, and of what kind a token may be (RFC 8725, 3.11); none given is one too.
_HEADER = {"alg", "kid", "typ"}
_KINDS = ("jwt", "at+jwt", "application/at+jwt")
# Seconds: how long the portal's keys are kept, how soon an unknown key makes us look again, and
# how long the portal may take.
KEPT, AGAIN, PATIENCE = 600.0, 30.0, 5.0
LONGEST_KEYS = 256 * 1024
# The kind of key that an algorithm takes: no key is ever used with another.
_TYPES = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA", "EdDSA": "OKP", "HS256": "oct"}


class Keys:
    """Keys by their `kid`, for one algorithm; safe to use from several threads.

    Raises BadSetting if a file of them can't be read; an address is asked again when needed.
    """

    def __init__(self, where: str, algorithm: str) -> None:
        self._where, self._algorithm = where, algorithm
        self._lock = Lock()
        self._keys: KeySet | None = None
        self._read, self._mark = float("-inf"), (0, 0)
        self._is_address = where.startswith(("http://", "https://"))
        if self._is_address:
            _secure(where)
            self._look_up(KEPT)
        else:
            self._look(Path(where))

    def verified(self, token: str, longest: int, look: bool = False) -> Mapping[str, Any]:
        """The claims of a token that one of the keys signed; raises NotSignedIn for any other.

        If none of the keys has that name and the portal has not been asked for long, it is asked
        with `look`, which may take seconds, and without it UnknownKey is raised.
        """
        from joserfc import jws, jwt
        from joserfc.errors import JoseError

        if len(token) > longest or not token.isascii() or token.count(".") != 2:
            raise NotSignedIn("the token isn't a signed one")
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError, TypeError):
            raise NotSignedIn("the token isn't a signed one") from None
        kid, kind = header.get("kid"), header.get("typ", "JWT")
        if set(header) - _HEADER or not isinstance(kid, str) or not isinstance(kind, str):
            raise NotSignedIn("the token's header must say alg and kid, and nothing else but typ")
        if header.get("alg") != self._algorithm or kind.lower() not in _KINDS:
            raise NotSignedIn("the token is of another algorithm or kind than is taken here")
        key = self._key(kid, look)
        try:
            return jwt.decode(token, key, algorithms=[self._algorithm]).claims
        except (JoseError, ValueError, TypeError):
            raise NotSignedIn("the token's signature isn't of a key that is known here") from None

    def _key(self, kid: str, look: bool) -> Key:
        if not self._is_address:
            self._look(Path(self._where))
        elif time.monotonic() - self._read > KEPT:
            # Nobody waits for it: those before are good until then.
            Thread(target=self._look_up, args=(KEPT,), daemon=True).start()
        if found := self._known(kid):
            return found
        if self._is_address and time.monotonic() - self._read > AGAIN:
            if not look:
                raise UnknownKey("the token's key isn't known here yet; try again")
            self._look_up(AGAIN)
            if found := self._known(kid):
                return found
        raise NotSignedIn("the token's signature isn't of a key that is known here")

    def _known(self, kid: str) -> Key | None:
        keys = self._keys
        return next((each for each in keys if each.kid == kid), None) if keys else None

    def _look(self, path: Path) -> None:
        try:
            at = path.stat()
            if (mark := (at.st_mtime_ns, at.st_size)) == self._mark:
                return
            self._keys, self._mark = _keys(path.read_bytes(), self._algorithm), mark
        except (OSError, ValueError) as error:
            if self._keys is None:  # else one is being put there: those before are good
                raise BadSetting(
                    f"token_keys: {path}: can't be used ({error}); it takes a JWKS file"
                ) from None

    def _look_up(self, older: float) -> None:
        """Asks the portal, unless its keys are younger than that; one at a time."""
        import httpx

        with self._lock:
            if time.monotonic() - self._read <= older:
                return
            self._read = time.monotonic()
            try:
                answer = httpx.get(self._where, timeout=PATIENCE, follow_redirects=False)
                if answer.status_code == 200:
                    self._keys = _keys(answer.content, self._algorithm)
            except (httpx.HTTPError, ValueError):
                return  # those before are good


def _secure(address: str) -> None:
    at = urlsplit(address)
    if at.scheme != "https" and at.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise BadSetting(f"token_keys: {address}: must be https, so that nobody can change them")


def _keys(content: bytes, algorithm: str) -> KeySet:
    """Raises ValueError for what isn't a JWKS with keys for that algorithm, each with a name."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet, OctKey

    if len(content) > LONGEST_KEYS:
        raise ValueError("too long")
    try:
        given = json.loads(content)
        if not isinstance(given, dict) or not isinstance(given.get("keys"), list):
            raise ValueError('no {"keys": […]}')
        usable = [
            each
            for each in given["keys"]
            if isinstance(each, dict)
            and isinstance(each.get("kid"), str)
            and each.get("kty") == _TYPES[algorithm]
            and each.get("alg", algorithm) == algorithm
            and each.get("use", "sig") == "sig"
        ]
        if not usable:
            raise ValueError(f"no key with a kid, for {algorithm}")
        keys = KeySet.import_key_set({"keys": usable})
    except (JoseError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not keys: {error}") from None
    if any(isinstance(each, OctKey) and len(each.raw_value) < 32 for each in keys):
        raise ValueError("a secret shorter than 32 bytes")
    if len({each.kid for each in keys}) < len(usable):
        raise ValueError("two keys of one kid")
    return keys
