"""Signed tokens for tests, and the app that trusts them served in a thread."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from joserfc import jwk, jws

from index import build
from qa import Assistant, Settings
from qa.settings import load

# Before Gradio is imported, as `serve` does.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

ISSUER, AUDIENCE, SITE = "https://intranet.example/", "footnote", "https://intranet.example"
HOSTS = ("localhost", "127.0.0.1", "testserver")
RULES = '[[access]]\npaths = ["hr/**"]\ngroups = ["hr"]\n'
TEXTS = {
    "bridge.md": "# The bridge\n\n3 May 2024\n\nThe bridge in Ostrey reopens on Monday.\n",
    "ferry.md": "# Fares\n\nThe ferry to Skerry costs 4 euros. It sails every day at noon.\n",
    "hr/pay.md": "# Pay\n\nThe ferry's captain Ada Lindqvist gets 4,000 euros a month.\n",
}


class Portal:
    """Has a key, its public part in a file as the setting `token_keys` takes it."""

    def __init__(self, folder: Path) -> None:
        self.key = new_key("one")
        self.keys = folder / "keys.json"
        self.publish(self.key)

    def publish(self, *keys: jwk.ECKey) -> None:
        self.keys.write_text(jwks(*keys))

    @property
    def settings(self) -> dict[str, Any]:
        names = {"token_keys": str(self.keys), "token_issuer": ISSUER, "token_audience": AUDIENCE}
        return {"identity": "token", **names}

    def token(self, *groups: str, **changed: Any) -> str:
        """A good token of somebody in these groups, but for what is changed; None leaves out."""
        return signed(self.key, claims(*groups, **changed))


def new_key(kid: str) -> jwk.ECKey:
    return jwk.ECKey.generate_key("P-256", {"kid": kid}, auto_kid=False)


def jwks(*keys: jwk.ECKey) -> str:
    return json.dumps({"keys": [each.as_dict(private=False) for each in keys]})


def claims(*groups: str, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ada",
        "groups": list(groups),
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "jti": uuid4().hex,
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def signed(key: Any, payload: Any, header: Mapping[str, Any] | None = None) -> str:
    head = {"alg": "ES256", "kid": "one", "typ": "JWT", **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[str(head["alg"])], strict_check_header=False)
    return str(jws.serialize_compact(head, json.dumps(payload), key, registry=registry))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def assistant_of(
    folder: Path, texts: Mapping[str, str] = TEXTS, rules: str = RULES, **settings: Any
) -> Assistant:
    """An assistant for some documents, in a folder of its own."""
    for name, text in texts.items():
        path = folder / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    build(folder / ".footnote", [folder / "docs"])
    (folder / "footnote.toml").write_text(rules)
    chosen = Settings(home=folder / ".footnote", access=load(folder, {}).access, **settings)
    return Assistant(chosen, view=False, folder=folder)


@contextmanager
def running(web: FastAPI) -> Iterator[str]:
    """Serves an app on a free port; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(web, log_level="warning", timeout_graceful_shutdown=1, server_header=False)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        # It listens already: whoever asks before it has started waits.
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()
