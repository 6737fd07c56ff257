"""The OpenAPI file is true: whatever is sent, the answer is one that it has.

CASES=5000 sends so many; in CI they are fewer, and always the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode
from signed import HOSTS, Portal, assistant_of, bearer

from qa.web.app import app

CASES = int(os.environ.get("CASES", "240"))
FILE = "/api/v1/openapi.json"
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
# What is too long is refused for that before it is looked at; what isn't in the file is ignored in
# addresses, as ever.
CONFIG = {
    "generation": {"allow-extra-parameters": False},
    "checks": {"negative_data_rejection": {"expected-statuses": [400, 401, 404, 413, 422]}},
}
Made = Callable[[str], tuple[FastAPI, Callable[[], dict[str, str]]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The app of an identity, with what its users send; where they sign in files are added, too."""

    def make(identity: str) -> tuple[FastAPI, Callable[[], dict[str, str]]]:
        folder = tmp_path_factory.mktemp(identity)
        portal = Portal(folder)
        more = {**portal.settings, "uploads": str(folder / "added")} if identity == "token" else {}
        web = app(assistant_of(folder, **more), HOSTS)
        return web, lambda: bearer(portal.token("hr")) if more else {}

    return make


@pytest.mark.parametrize("identity", ["none", "token"])
def test_every_answer_is_one_that_the_file_has(made: Made, identity: str) -> None:
    web, headers = made(identity)
    config = schemathesis.Config.from_dict(CONFIG)
    loaded = schemathesis.openapi.from_asgi(FILE, web, config=config, headers=headers())
    operations = [each.ok() for each in loaded.get_all_operations()]
    assert len(operations) >= 9
    checks = [CHECKS.get_one(name) for name in NAMES]
    sent = 0

    def passes(case: Any) -> None:
        nonlocal sent
        sent += 1
        case.call_and_validate(headers=headers(), checks=checks)

    # Of what takes nothing there is one case.
    some = [each for each in operations if each.body or each.query or each.path_parameters]
    chosen = settings(
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for operation in operations:
        # Half of them are wrong on purpose, where anything could be.
        until = sent + (-(-CASES // (2 * len(some))) if operation in some else 1)
        for mode, share in ((GenerationMode.NEGATIVE, 0.5), (GenerationMode.POSITIVE, 1)):
            most = settings(chosen, max_examples=max(1, round((until - sent) * share)))
            with suppress(Unsatisfiable) if mode.is_negative else nullcontext():
                most(given(case=operation.as_strategy(generation_mode=mode))(passes))()
    assert sent >= CASES / 2
    print(f"{sent} cases of {len(operations)} operations, identity {identity}")


@pytest.mark.parametrize("identity", ["none", "token"])
def test_another_method_or_path_is_refused_in_the_shape_of_the_rest(
    made: Made, identity: str
) -> None:
    web, headers = made(identity)
    with TestClient(web) as client:
        paths = client.get(FILE, headers=headers()).json()["paths"]
        for path, taken in [*paths.items(), ("/mcp", {"post": {}})]:
            for method in METHODS:
                if method.lower() in taken:
                    continue
                got = client.request(
                    method, path.replace("{", "").replace("}", ""), headers=headers()
                )
                assert got.status_code == 405, (method, path)
                assert {each.lower() for each in got.headers["allow"].split(", ")} <= set(taken)
                assert method == "HEAD" or _is_an_error(path, got.json())
        for path in (
            "/api/v1/x",
            "/v1/x",
            "/api/x",
            "/v1/models/x",
            "/mcp/x",
            "/api/v1/source/x/y",
        ):
            got = client.get(path, headers=headers())
            assert got.status_code == 404, path
            assert _is_an_error(path, got.json()), path


def test_without_a_token_every_operation_is_a_401(made: Made) -> None:
    web, headers = made("token")
    with TestClient(web) as client:
        assert client.get(FILE).status_code == 401
        for path, taken in client.get(FILE, headers=headers()).json()["paths"].items():
            for method, operation in taken.items():
                got = client.request(method, path.replace("{", "").replace("}", ""))
                assert got.status_code == 401
                assert got.headers["www-authenticate"] == "Bearer"
                assert "401" in operation["responses"], path
                assert _is_an_error(path, got.json())


def test_what_is_too_long_is_a_413(made: Made) -> None:
    web, headers = made("none")
    with TestClient(web) as client:
        for path, taken in client.get(FILE).json()["paths"].items():
            if "post" not in taken:
                continue
            got = client.post(path, content=b"x" * 300_000, headers=headers())
            assert got.status_code == 413
            assert "413" in taken["post"]["responses"], path
            assert _is_an_error(path, got.json())


def _is_an_error(path: str, body: Any) -> bool:
    """One line; under /v1/ in OpenAI's shape."""
    line = body["error"]
    if path.startswith("/v1/"):
        assert set(line) == {"message", "type", "param", "code"}
        line = line["message"]
    return set(body) == {"error"} and isinstance(line, str) and bool(line) and "\n" not in line


def test_the_file_has_the_one_shape_of_errors(made: Made) -> None:
    file = made("none")[0].openapi()
    assert "HTTPValidationError" not in json.dumps(file)
    for path, taken in file["paths"].items():
        shape = "Failed" if path.startswith("/v1/") else "Problem"
        for operation in taken.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    (content,) = answer["content"].values()
                    assert content["schema"]["$ref"].endswith(f"/{shape}"), (path, status)
