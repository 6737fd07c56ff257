"""The public keys that sign portals' tokens: a JWKS file, or the portal's address of one.

Keys are read again when they change, so that one can be put beside the one before it and take its
place without a restart, and one that is taken out counts no more. No token says where its key is:
only the settings do.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qa.errors import BadSetting, NotSignedIn, UnknownKey

if TYPE_CHECKING:
    from joserfc.jwk import Key

# What a header may say, and of what kind a token may be (RFC 8725, 3.11); none given is one too.
_HEADER = {"alg", "kid", "typ"}
_KINDS = ("jwt", "at+jwt", "application/at+jwt")
# Seconds: how long the portal's keys are kept, how soon an unknown key makes us look again, how
# long the portal may take, and how long keys count of which nothing more can be learnt.
KEPT, AGAIN, PATIENCE, TRUSTED = 600.0, 30.0, 5.0, 3_600.0
LONGEST_KEYS = 256 * 1024
# The kind of key that an algorithm takes: no key is ever used with another.
_TYPES = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA", "EdDSA": "OKP", "HS256": "oct"}
_UNKNOWN = "the token's signature isn't of a key that is known here"


class Keys:
    """Keys by their `kid`, for one algorithm; safe to use from several threads.

    Raises BadSetting if a file of them can't be read; an address is asked again when needed.
    """

    def __init__(self, where: str, algorithm: str) -> None:
        self._where, self._algorithm = where, algorithm
        self._lock = Lock()
        self._keys: Mapping[str, Key] = {}
        # When they were last asked for, and last known to be right; and the file's mark then.
        self._asked = self._sure = float("-inf")
        self._mark = (0, 0)
        self._is_address = where.startswith(("http://", "https://"))
        if self._is_address:
            _secure(where)
            self._look_up(KEPT)
            return
        try:
            self._keys = _keys(Path(where).read_bytes(), algorithm)
        except (OSError, ValueError) as error:
            raise BadSetting(
                f"token_keys: {where}: can't be used ({error}); it takes a JWKS file"
            ) from None
        if not self._keys:
            raise BadSetting(f"token_keys: {where}: holds no key with a kid, for {algorithm}")

    @property
    def are_there(self) -> bool:
        """Whether anybody's token could be verified now."""
        if not self._is_address:
            self._look(Path(self._where))
        return bool(self._keys)

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
        except (JoseError, ValueError, TypeError, RecursionError):
            raise NotSignedIn("the token isn't a signed one") from None
        kid, kind = header.get("kid"), header.get("typ", "JWT")
        if set(header) - _HEADER or not isinstance(kid, str) or not isinstance(kind, str):
            raise NotSignedIn("the token's header must say alg and kid, and nothing else but typ")
        if header.get("alg") != self._algorithm or kind.lower() not in _KINDS:
            raise NotSignedIn("the token is of another algorithm or kind than is taken here")
        key = self._key(kid, look)
        try:
            return jwt.decode(token, key, algorithms=[self._algorithm]).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            raise NotSignedIn(_UNKNOWN) from None

    def _key(self, kid: str, look: bool) -> Key:
        if not self._is_address:
            self._look(Path(self._where))
        elif time.monotonic() - self._asked > KEPT:
            # Nobody waits for it: those before are good until then.
            Thread(target=self._look_up, args=(KEPT,), daemon=True).start()
        if found := self._keys.get(kid):
            return found
        if self._is_address and time.monotonic() - self._asked > AGAIN:
            if not look:
                raise UnknownKey("the token's key isn't known here yet; try again")
            self._look_up(AGAIN)
            if found := self._keys.get(kid):
                return found
        raise NotSignedIn(_UNKNOWN)

    def _look(self, path: Path) -> None:
        """Reads the file again if it has changed; what isn't there holds no keys."""
        try:
            at = path.stat()
            mark = (at.st_mtime_ns, at.st_size)
            if mark == self._mark and self._sure > float("-inf"):
                return
            self._learnt(_keys(path.read_bytes(), self._algorithm))
            self._mark = mark
        except FileNotFoundError:
            self._learnt({})
        except (OSError, ValueError) as error:
            self._unsure(str(error))

    def _look_up(self, older: float) -> None:
        """Asks the portal, unless it was asked less than `older` seconds ago, or is just now."""
        import httpx

        if not self._lock.acquire(blocking=False):
            return
        try:
            if time.monotonic() - self._asked <= older:
                return
            self._asked = time.monotonic()
            status, content = _fetched(self._where, self._asked + PATIENCE)
            if status in (404, 410):
                self._learnt({})
            elif status == 200:
                self._learnt(_keys(content, self._algorithm))
            else:
                self._unsure(f"status {status}")
        except (httpx.HTTPError, ValueError) as error:
            self._unsure(str(error) or type(error).__name__)
        finally:
            self._lock.release()

    def _learnt(self, keys: Mapping[str, Key]) -> None:
        if self._keys and not keys:
            _say(f"{self._where}: there are no keys any more, so nobody is let in")
        self._keys, self._sure = keys, time.monotonic()

    def _unsure(self, why: str) -> None:
        """Those before are good for a while: one may be put there just now."""
        _say(f"{self._where}: can't be used ({why[:200]})")
        if self._sure == float("-inf"):
            self._sure = time.monotonic()
        if time.monotonic() - self._sure > TRUSTED:
            self._keys = {}


def _say(what: str) -> None:
    logging.getLogger("footnote").warning("token_keys: %s", what)


def _secure(address: str) -> None:
    at = urlsplit(address)
    if at.scheme != "https" and at.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise BadSetting(f"token_keys: {address}: must be https, so that nobody can change them")


def _fetched(address: str, until: float) -> tuple[int, bytes]:
    """Status and content, of which no more is read than may be; raises ValueError if it's late."""
    import httpx

    content = b""
    with httpx.stream("GET", address, timeout=PATIENCE, follow_redirects=False) as answer:
        for some in answer.iter_bytes():
            content += some
            if len(content) > LONGEST_KEYS or time.monotonic() > until:
                raise ValueError("too long, or too slow")
        return answer.status_code, content


def _keys(content: bytes, algorithm: str) -> Mapping[str, Key]:
    """Those for that algorithm which have a name; raises ValueError for what isn't a JWKS."""
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
            return {}
        keys = list(KeySet.import_key_set({"keys": usable}))
    except (JoseError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not keys: {error}") from None
    if any(isinstance(each, OctKey) and len(each.raw_value) < 32 for each in keys):
        raise ValueError("a secret shorter than 32 bytes")
    by_name = {each.kid: each for each in keys if each.kid}
    if len(by_name) < len(usable):
        raise ValueError("two keys of one kid")
    return by_name
