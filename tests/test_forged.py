"""Whoever isn't whom a token or a proxy names is let in nowhere, however he says that he is."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import serving
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwe, jwk
from routes import closed_routes_of
from signed import (
    AUDIENCE,
    HOSTS,
    ISSUER,
    SITE,
    Portal,
    assistant_of,
    bearer,
    claims,
    jwks,
    new_key,
    signed,
)

from qa import Settings
from qa.errors import BadSetting, NotSignedIn
from qa.identity import identify
from qa.keys import Keys
from qa.web.app import app
from qa.web.guard import KEEPING

KEY = new_key("one")
PUBLIC = KEY.as_dict(private=False)
LONGEST = 8 * 1024


def coded(given: Any) -> str:
    text = given if isinstance(given, bytes) else json.dumps(given).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def unsigned(header: Any, payload: Any = None, signature: str = "") -> str:
    return f"{coded(header)}.{coded(payload or claims('hr'))}.{signature}"


def symmetric(secret: bytes | str) -> str:
    """Signed with what everybody knows, as if it were a secret; by hand, as libraries refuse to."""
    bare = unsigned({"alg": "HS256", "kid": "one", "typ": "JWT"}).rstrip(".")
    given = secret if isinstance(secret, bytes) else secret.encode()
    return f"{bare}.{coded(hmac.digest(given, bare.encode(), 'sha256'))}"


def altered(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{coded(claims('hr', sub='root'))}.{signature}"


def encrypted() -> str:
    key = jwk.OctKey.generate_key(128)
    head = {"alg": "dir", "enc": "A128GCM", "kid": "one", "typ": "JWT"}
    return str(jwe.encrypt_compact(head, json.dumps(claims("hr")), key))


def changed() -> dict[str, dict[str, Any]]:
    """Claims that a token mustn't have, though the portal's own key signed them."""
    now = int(time.time())
    wrong: dict[str, dict[str, Any]] = {
        "expired": {"iat": now - 400, "nbf": now - 400, "exp": now - 100},
        "eleven minutes": {"exp": now + 660},
        "not yet": {"nbf": now + 120},
        "issued tomorrow": {"iat": now + 86_400, "exp": now + 86_700},
        "ends before it begins": {"iat": now, "exp": now},
        "for ever": {"exp": 10**400},
        "infinite": {"exp": float("inf")},
        "no number": {"exp": float("nan")},
        "begins at no number": {"nbf": float("nan")},
        "issued at no number": {"iat": float("nan")},
        "true": {"exp": True},
        "text for a time": {"exp": str(now + 300)},
        "a list for a time": {"nbf": [now]},
        "audience": {"aud": "another"},
        "audiences": {"aud": ["another", "footnotes"]},
        "audience of another type": {"aud": {"footnote": 1}},
        "audience with more": {"aud": f"{AUDIENCE} "},
        "issuer": {"iss": "https://evil.example/"},
        "issuer without its end": {"iss": ISSUER.rstrip("/")},
        "issuer of another type": {"iss": [ISSUER]},
        "sub of another type": {"sub": 7},
        "sub that is blank": {"sub": " "},
        "sub with lines": {"sub": "ada\nX-Groups: hr"},
        "sub that is long": {"sub": "a" * 300},
        "groups as text": {"groups": "hr"},
        "groups as numbers": {"groups": [1]},
        "groups by name": {"groups": {"hr": True}},
        "very many groups": {"groups": ["g"] * 501},
        "empty jti": {"jti": ""},
        "jti of another type": {"jti": 5},
    }
    missing = {f"no {name}": {name: None} for name in claims()}
    return wrong | missing


def forged() -> dict[str, str]:
    """Tokens that the portal never signed so."""
    good = signed(KEY, claims("hr"))
    pem = KEY.as_pem(private=False)
    head = {"alg": "ES256", "kid": "one", "typ": "JWT"}
    other = new_key("one")
    rsa = jwk.RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
    more = {
        "jku": "https://evil.example/keys.json",
        "x5u": "https://evil.example/cert.pem",
        "jwk": other.as_dict(private=False),
        "x5c": ["MIIB"],
        "crit": ["exp"],
        "b64": False,
        "cty": "JWT",
        "zip": "DEF",
    }
    return {
        "no algorithm": unsigned({**head, "alg": "none"}),
        "No algorithm": unsigned({**head, "alg": "None"}),
        "no algorithm, signed": unsigned({**head, "alg": "none"}, None, good.split(".")[2]),
        "no signature": good.rsplit(".", 1)[0] + ".",
        "half a signature": good[:-20],
        "empty signature of zeros": good.rsplit(".", 1)[0] + "." + coded(bytes(64)),
        "other words": altered(good),
        "another key": signed(other, claims("hr")),
        "another algorithm": signed(rsa, claims("hr"), {"alg": "RS256"}),
        "the public key as PEM for a secret": symmetric(pem),
        "the public key as JSON for a secret": symmetric(json.dumps(PUBLIC)),
        "the issuer for a secret": symmetric(ISSUER * 3),
        "unknown kid": signed(KEY, claims("hr"), {"kid": "two"}),
        "no kid": signed(KEY, claims("hr"), {"kid": None}),
        "kid of another type": unsigned({**head, "kid": ["one"]}),
        "kid that is a path": signed(KEY, claims("hr"), {"kid": "../../dev/null"}),
        "typ of another kind": signed(KEY, claims("hr"), {"typ": "dpop+jwt"}),
        "typ of another type": unsigned({**head, "typ": 3}),
        **{f"header {name}": unsigned({**head, name: value}) for name, value in more.items()},
        **{
            f"signed header {name}": signed(KEY, claims("hr"), {name: value})
            for name, value in more.items()
            if name in ("jku", "x5u", "jwk", "x5c", "cty")
        },
        "encrypted": encrypted(),
        "a header that is a list": unsigned([1]),
        "a header that is no JSON": unsigned(b"{"),
        "a header that is no text": unsigned(b"\xff\xfe"),
        "a deep header": unsigned(b'{"alg":' * 500 + b"1" + b"}" * 500),
        "a very deep header": unsigned(b"[" * 5_500),
        "claims that are a list": signed(KEY, [1]),
        "claims that are text": signed(KEY, "ada"),
        "very long": signed(KEY, claims("hr", sub="a" * LONGEST)),
        "nothing": "",
        "dots": "..",
        "no token": "ada",
        "two tokens": f"{good} {good}",
        "a token with a blank": good.replace(".", ". "),
    }


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    made = Portal(tmp_path_factory.mktemp("portal"))
    made.key = KEY
    made.publish(KEY)
    return made


@pytest.fixture(scope="module")
def web(portal: Portal) -> FastAPI:
    folder = portal.keys.parent
    more = {"uploads": str(folder / "added"), "portals": (SITE,)}
    return app(assistant_of(folder, **more, **portal.settings), HOSTS)


def refused_everywhere(web: FastAPI, *headers: tuple[str, str]) -> None:
    client = TestClient(web)
    for method, path in closed_routes_of(web):
        got = client.request(method, path, headers=headers)
        assert got.status_code == 401 or is_shut(path, got), (method, path)
        if method != "HEAD" and got.status_code == 401:
            line = got.json()["error"]
            assert "\n" not in (line["message"] if path.startswith("/v1/") else line)


@pytest.mark.parametrize("name", changed())
def test_a_token_with_wrong_claims_is_let_in_nowhere(web: FastAPI, name: str) -> None:
    token = signed(KEY, claims(**{"groups": ["hr"], **changed()[name]}))
    refused_everywhere(web, ("Authorization", f"Bearer {token}"))


@pytest.mark.parametrize("name", forged())
def test_a_forged_token_is_let_in_nowhere(web: FastAPI, name: str) -> None:
    refused_everywhere(web, ("Authorization", f"Bearer {forged()[name]}"))


def test_a_token_counts_only_as_one_header(web: FastAPI, portal: Portal) -> None:
    good, name = portal.token("hr"), "Authorization"
    refused_everywhere(web)
    refused_everywhere(web, (name, f"Basic {good}"))
    refused_everywhere(web, (name, good))
    refused_everywhere(web, (name, f"Bearer {good}"), (name, f"Bearer {good}"))
    refused_everywhere(web, ("Cookie", f"token={good}"), ("X-Forwarded-User", "ada"))
    assert (
        TestClient(web).get("/api/v1/documents", params={"access_token": good}).status_code == 401
    )


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt", None])
def test_a_good_token_is_let_in_where_tokens_are_taken(web: FastAPI, typ: str | None) -> None:
    token = signed(KEY, claims("hr", aud=["another", AUDIENCE]), {"typ": typ})
    with TestClient(web) as client:
        for method, path in closed_routes_of(web):
            got = client.request(method, path, headers=bearer(token))
            assert got.status_code != 401, path
            if not path.startswith(("/api/v1/", "/v1/", "/mcp", "/source/")):
                assert got.status_code == 404, path
        listed = client.get("/api/v1/documents", headers=bearer(token)).json()
        assert "hr/pay.md" in {each["source"] for each in listed["documents"]}


def test_a_second_key_takes_the_place_of_the_first(tmp_path: Path) -> None:
    portal, second = Portal(tmp_path), new_key("two")
    client = TestClient(app(assistant_of(tmp_path, **portal.settings), HOSTS))

    def status(key: jwk.ECKey) -> int:
        token = signed(key, claims(), {"kid": key.kid})
        return client.get("/api/v1/documents", headers=bearer(token)).status_code

    assert (status(portal.key), status(second)) == (200, 401)
    portal.publish(portal.key, second)
    assert (status(portal.key), status(second)) == (200, 200)
    portal.keys.write_text("{")  # it is being written
    assert (status(portal.key), status(second)) == (200, 200)
    portal.publish(second)
    assert (status(portal.key), status(second)) == (401, 200)


class Served:
    """The portal's keys at an address; counts who asks for them."""

    def __init__(self, content: str) -> None:
        self.content, self.status, self.asked, self.url = content, 200, 0, ""


@contextmanager
def served(content: str) -> Iterator[Served]:
    state = Served(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            self.send_response(state.status)
            self.send_header("Location", "/other")
            self.end_headers()
            self.wfile.write(state.content.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/keys"
    with serving(server):
        yield state


def is_let_in(keys: Keys, key: jwk.ECKey) -> bool:
    try:
        keys.verified(signed(key, claims(), {"kid": key.kid}), LONGEST, look=True)
    except NotSignedIn:
        return False
    return True


def test_the_portals_keys_are_fetched_once_in_thirty_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second = new_key("two")
    with served(jwks(KEY)) as portal:
        keys = Keys(portal.url, "ES256")
        assert portal.asked == 1
        with ThreadPoolExecutor(8) as threads:
            strangers = [new_key(f"stranger {n}") for n in range(20)]
            assert not any(threads.map(lambda key: is_let_in(keys, key), strangers))
            assert all(threads.map(lambda _: is_let_in(keys, KEY), range(20)))
        assert portal.asked == 1
        portal.content = jwks(KEY, second)
        assert not is_let_in(keys, second)
        now = time.monotonic()
        monkeypatch.setattr("qa.keys.time.monotonic", lambda: now + 31)
        assert is_let_in(keys, second)
        assert portal.asked == 2
        assert not is_let_in(keys, strangers[0])
        assert portal.asked == 2
        for status, content in ((500, ""), (302, jwks(strangers[0])), (200, "{"), (200, "[]")):
            now += 31
            portal.status, portal.content = status, content
            assert not is_let_in(keys, strangers[0])
            assert is_let_in(keys, KEY)
        assert portal.asked == 6
    # It is down.
    now += 700
    assert is_let_in(keys, KEY)


def test_without_the_portals_keys_nobody_is_let_in(tmp_path: Path) -> None:
    with served(jwks(KEY)) as portal:
        gone = portal.url
    names = {"token_issuer": ISSUER, "token_audience": AUDIENCE}
    more: dict[str, Any] = {"identity": "token", "token_keys": gone, **names}
    web = app(assistant_of(tmp_path, **more), HOSTS)
    refused_everywhere(web, *bearer(signed(KEY, claims())).items())
    assert TestClient(web).get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "keys",
    [
        "http://portal.example/keys",
        "missing.json",
        "",
    ],
)
def test_keys_that_could_be_anybodys_are_no_setting(keys: str) -> None:
    with pytest.raises(BadSetting):
        identify(
            Settings(
                identity="token", token_keys=keys, token_issuer=ISSUER, token_audience=AUDIENCE
            )
        )


PROXY: dict[str, Any] = {"identity": "proxy", "proxy_networks": ("10.0.0.7/32", "fd00::7/128")}
USER, GROUPS = ("X-Forwarded-User", "ada"), ("X-Forwarded-Groups", "hr, staff")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return app(assistant_of(tmp_path_factory.mktemp("proxied"), **PROXY), HOSTS)


def test_whom_the_proxy_names_is_let_in_with_his_groups(proxied: FastAPI) -> None:
    for peer in ("10.0.0.7", "::ffff:10.0.0.7", "fd00::7"):
        client = TestClient(proxied, client=(peer, 1))
        for headers, is_found in (([USER, GROUPS], True), ([USER], False)):
            got = client.get("/api/v1/documents", headers=headers).json()
            found = "hr/pay.md" in {each["source"] for each in got["documents"]}
            assert found == is_found
        assert client.get("/", headers=[USER]).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [GROUPS],
        [USER, USER, GROUPS],
        [USER, GROUPS, GROUPS],
        [("X-Forwarded-User", ""), GROUPS],
        [("X-Forwarded-User", " "), GROUPS],
        [("x_forwarded_user", "ada")],
        [("X-Forwarded-User", "a" * 300)],
        [USER, ("X-Forwarded-Groups", ",".join(f"g{n}" for n in range(501)))],
    ],
)
def test_whom_the_proxy_does_not_name_is_let_in_nowhere(
    proxied: FastAPI, headers: list[tuple[str, str]]
) -> None:
    client = TestClient(proxied, client=("10.0.0.7", 1))
    for method, path in closed_routes_of(proxied):
        got = client.request(method, path, headers=headers)
        assert got.status_code == 401 or is_shut(path, got), path


@pytest.mark.parametrize("peer", ["10.0.0.8", "127.0.0.1", "::1", "10.0.0.77", "unknown", "0"])
def test_headers_of_anybody_but_the_proxy_count_for_nothing(proxied: FastAPI, peer: str) -> None:
    client = TestClient(proxied, client=(peer, 1))
    more = [
        ("X-Forwarded-For", "10.0.0.7"),
        ("Forwarded", "for=10.0.0.7"),
        ("X-Real-IP", "10.0.0.7"),
    ]
    for method, path in closed_routes_of(proxied):
        got = client.request(method, path, headers=[USER, GROUPS, *more])
        assert got.status_code == 401 or is_shut(path, got), path


def is_shut(path: str, got: httpx.Response) -> bool:
    """What of Gradio would keep files is nobody's, whoever asks."""
    return path.startswith(KEEPING) and got.status_code == 404


def test_keys_that_are_taken_out_count_no_more(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    for gone in ('{"keys": []}', None):
        file.write_text(jwks(KEY))
        keys = Keys(str(file), "ES256")
        assert is_let_in(keys, KEY)
        if gone is None:
            file.unlink()
        else:
            file.write_text(gone)
        assert not is_let_in(keys, KEY)
        assert not keys.are_there
    with served(jwks(KEY)) as portal:
        keys = Keys(portal.url, "ES256")
        assert is_let_in(keys, KEY)
        portal.content = '{"keys": []}'
        keys._look_up(-1.0)
        assert not is_let_in(keys, KEY)


def test_a_file_of_keys_that_is_being_written_keeps_those_before(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(jwks(KEY))
    keys = Keys(str(file), "ES256")
    file.write_text(jwks(KEY)[:20])
    assert is_let_in(keys, KEY)


@pytest.mark.parametrize("changed", [{"exp": 10**400}, {"iat": -(10**400)}, {"nbf": 1e308}])
def test_times_that_are_none_are_a_token_that_does_not_count(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    portal = Portal(tmp_path)
    settings = Settings(home=tmp_path, **portal.settings)
    sent = [f"Bearer {portal.token('hr', **changed)}"]
    with pytest.raises(NotSignedIn):
        identify(settings)(lambda name: sent, "10.0.0.8")


def test_names_from_the_proxy_are_utf_8_and_of_one_form(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, identity="proxy", proxy_networks=("10.0.0.8/32",))
    sent = {"x-forwarded-user": "Jürgen", "x-forwarded-groups": "Gescha\u0308ftsführung, ein kauf"}
    as_it_comes = {name: [value.encode().decode("latin-1")] for name, value in sent.items()}
    found = identify(settings)(lambda name: as_it_comes.get(name, []), "10.0.0.8")
    assert (found.user, found.groups) == ("Jürgen", {"Geschäftsführung", "ein kauf"})
    as_it_comes["x-forwarded-user"] = ["J\xfcrgen"]
    with pytest.raises(NotSignedIn, match="UTF-8"):
        identify(settings)(lambda name: as_it_comes.get(name, []), "10.0.0.8")
