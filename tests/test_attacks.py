"""What attackers try: names of other files, other sites' pages, addresses to be fetched, frames."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from routes import routes_of
from signed import HOSTS, SITE, TEXTS, Portal, assistant_of, bearer, running

from qa.web.app import app
from qa.web.guard import KEEPING
from qa.web.signin import OPEN

SECRET = "a word that no document says: zugzwang"  # noqa: S105 - what mustn't be shown
UP = (
    *("..", "%2e%2e", "%252e%252e", ".%2e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "....", "..;"),
    *("%ef%bc%8e%ef%bc%8e", "%e2%80%a5", "..%00", "%uff0e%uff0e", "%2e%2e%20"),
)
SLASH = (
    *("/", "%2f", "%252f", "\\", "%5c", "%255c", "%c0%af", "%e0%80%af", "%e2%88%95"),
    *("%ef%bc%8f", "%e2%81%84", "//", "%u2215"),
)
TARGETS = ("outside.txt", "footnote.toml", "keys.json", ".footnote/library.db", "etc/passwd")
WHOLE = (
    *("/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "~/.ssh/id_rsa"),
    *(
        "/proc/self/environ",
        "%2fproc%2fself%2fcmdline",
        "C:\\Windows\\win.ini",
        "outside.txt%00.md",
    ),
    *("\\\\host\\share\\a.txt", "%00", "%0a", "%0d%0aSet-Cookie:a=b", ".", "..", "%2e", "con", "*"),
    *("outside.txt", "%2e%2e%2foutside.txt", "docs/../outside.txt", "a%2f..%2f..%2foutside.txt"),
)


def spellings(folder: Path) -> list[str]:
    """Two hundred ways to name a file elsewhere, as they stand in an address."""
    ways = itertools.product(UP, SLASH, (1, 3))
    names = [
        (up + slash) * deep + TARGETS[n % len(TARGETS)].replace("/", slash)
        for n, (up, slash, deep) in enumerate(ways)
    ]
    step = -(-len(names) // 170)
    absolute = [quote(str(folder / name), safe=safe) for name in TARGETS[:4] for safe in ("/", "")]
    made = list(dict.fromkeys([*WHOLE, *absolute, *names[::step], *names[1::step]]))[:200]
    assert len(made) == 200
    return made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """An app with chat and uploads, in a folder with files that nobody may see."""
    folder = tmp_path_factory.mktemp("attacked")
    for name in ("outside.txt", "keys.json", "secret.env"):
        (folder / name).write_text(SECRET)
    assistant = assistant_of(folder, uploads=str(folder / "added"))
    with (folder / "footnote.toml").open("a") as file:
        file.write(f"# {SECRET}\n")
    web = app(assistant, HOSTS)
    with running(web) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield SimpleNamespace(url=url, folder=folder, web=web, client=client)


def raw(url: str, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """The answer to a path exactly as it is spelled; clients would tidy it."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        got = connection.getresponse()
        return got.status, got.read()
    finally:
        connection.close()


def shows_a_secret(content: bytes) -> bool:
    return any(
        word in content
        for word in (SECRET.encode(), b"root:", b"SQLite format", b"4,000", b"PATH=")
    )


def files(folder: Path) -> dict[str, bytes]:
    """All files but the index's own, which questions may touch."""
    kept = (each for each in folder.rglob("*") if each.is_file() and ".footnote" not in each.parts)
    return {str(each.relative_to(folder)): each.read_bytes() for each in kept}


@pytest.mark.parametrize(
    "route",
    [
        *("/source/{}", "/source/{}/original", "/api/v1/source/{}", "/page/{}", "/widget/{}"),
        *("/gradio_api/file={}", "/static/{}", "/assets/{}", "/svelte/{}", "/v1/models/{}"),
        *("/documents/{}", "/{}"),
    ],
)
def test_no_spelling_of_a_name_shows_another_file(site: SimpleNamespace, route: str) -> None:
    for spelled in spellings(site.folder):
        status, content = raw(site.url, "GET", route.format(spelled))
        assert not shows_a_secret(content), spelled
        # What is left of a name may be the folder itself.
        is_page = route in ("/{}", "/source/{}", "/documents/{}") and status in (200, 307)
        assert 400 <= status < 500 or is_page, (spelled, status)


def test_no_spelling_of_a_name_writes_elsewhere(site: SimpleNamespace) -> None:
    before = files(site.folder)
    for spelled in spellings(site.folder):
        status, content = raw(site.url, "PUT", f"/api/v1/documents/{spelled}", b"Not a report.\n")
        assert 400 <= status < 500 or status == 200, (spelled, status)
        assert not shows_a_secret(content)
        added = {name for name in files(site.folder) if name not in before}
        assert all(Path(name).parent == Path("added") for name in added), (spelled, added)
        assert bool(added) == (status == 200 and b'"added"' in content)
        for name in added:
            (site.folder / name).unlink()
    assert files(site.folder) == before


def test_no_spelling_of_a_path_widens_a_question(site: SimpleNamespace) -> None:
    question = "How much does the captain Ada Lindqvist get a month?"
    for spelled in [*spellings(site.folder), "hr/pay.md", "/hr/pay.md", "hr/", "**"]:
        for route in ("search", "ask") if spelled in WHOLE else ("search",):
            body = {"question": question, "within": {"paths": [spelled]}}
            got = site.client.post(f"/api/v1/{route}", json=body)
            assert got.status_code in (200, 422), spelled
            assert not shows_a_secret(got.content), spelled


ORIGINS = (
    *("null", "", "https://evil.example", "http://intranet.example", "https://intranet.example:444"),
    *("https://intranet.example.evil.example", "https://evil-intranet.example"),
    *("https://xintranet.example", "https://a.intranet.example", "https://intranet.example.", "*"),
    *("https://intranet.example/", "https://intranet.example/x", "HTTPS://INTRANET.EXAMPLE"),
    *("https://Intranet.example", "https://intranet.example@evil.example", "https://intranet"),
    *("https://evil.example#intranet.example", "https://evil.example?https://intranet.example"),
    *("https://evil.example/https://intranet.example", "https://intranet%2eexample", "https://"),
    *("https://intranet.example evil.example", "https://intranet.example, https://evil.example"),
    *("ftp://intranet.example", "file://", "file://intranet.example", "data:text/html,x"),
    *("chrome-extension://intranet.example", "capacitor://testserver", "app://testserver"),
    *("http://testserver:81", "http://testserver.evil.example", "http://testserver@evil.example"),
    *("http://127.0.0.1", "http://localhost:3000", "http://[::1]", "http://[", "//testserver"),
    *("https://xn--intranet-9za.example", "https://intranet.example\u00a0", "https://ıntranet.example"),
    *("javascript:alert(1)", "http://2130706433", "https://intranet.example:443"),
)  # fmt: skip


def raw_headers(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def is_shut(path: str, got: httpx.Response) -> bool:
    """What of Gradio would keep files is nobody's, whoever asks."""
    return path.startswith(KEEPING) and got.status_code == 404


@pytest.mark.parametrize("identity", ["none", "token", "proxy"])
def test_no_other_sites_page_is_answered(tmp_path: Path, identity: str) -> None:
    assert len(set(ORIGINS)) >= 40
    portal = Portal(tmp_path)
    ours = {"X-Forwarded-User": "ada"} if identity == "proxy" else {}
    more: dict[str, Any] = {"identity": "proxy", "proxy_networks": ("10.0.0.7/32",)} if ours else {}
    if identity == "token":
        ours, more = bearer(portal.token()), portal.settings
    web = app(assistant_of(tmp_path, portals=(SITE,), **more), HOSTS)
    client = TestClient(web, client=("10.0.0.7", 1))
    routes = routes_of(web)
    # Some of either with all of the other.
    asked = {*itertools.product(ORIGINS, routes[::12]), *itertools.product(ORIGINS[::10], routes)}
    for origin, (method, path) in sorted(asked):
        headers = [*raw_headers(ours), (b"origin", origin.encode())]
        got = client.request(method, path, headers=headers)
        assert got.status_code == 403 or is_shut(path, got), (origin, method, path)
        assert "access-control-allow-origin" not in got.headers
    for several in ((SITE, "https://evil.example"), ("https://evil.example", SITE), (SITE, SITE)):
        headers = [*ours.items(), *(("origin", each) for each in several)]
        got = client.get("/api/v1/documents", headers=headers)
        assert got.status_code == 403
    good = client.get("/api/v1/documents", headers={**ours, "origin": SITE})
    assert good.status_code == 200
    assert good.headers["access-control-allow-origin"] == SITE
    asks = {"access-control-request-method": "POST"}
    for origin in ORIGINS:
        headers = [*raw_headers(asks), (b"origin", origin.encode())]
        got = client.options("/api/v1/ask", headers=headers)
        assert got.status_code in (401, 403)
        assert "access-control-allow-origin" not in got.headers


def test_a_listed_site_reaches_only_what_is_for_portals(site: SimpleNamespace) -> None:
    web = app(assistant_of(site.folder / "listed", portals=(SITE,)), HOSTS)
    client = TestClient(web)
    for method, path in routes_of(web):
        got = client.request(method, path, headers={"origin": SITE})
        meant = path.startswith(("/api/v1/", "/v1/", "/mcp", "/widget/"))
        assert meant or got.status_code == 403 or is_shut(path, got), path


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example"),
        *(
            "evil.example/testserver",
            "testserver@evil.example",
            "169.254.169.254",
            "[::2]",
            "",
            "*",
        ),
        *("2130706433", "intranet.example", "testserver.", "xn--testserver-9za"),
    ],
)
def test_a_host_that_is_not_ours_is_a_400(site: SimpleNamespace, host: str) -> None:
    client = TestClient(site.web)
    for method, path in routes_of(site.web):
        got = client.request(method, path, headers={"host": host, "origin": f"http://{host}"})
        assert got.status_code == 400 or is_shut(path, got), (method, path)


def test_nothing_that_documents_or_questions_name_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trap is an address of this machine, so that readers' processes are seen as well."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        here = f"127.0.0.1:{trap.getsockname()[1]}"
        baits = [
            *(
                f"http://{here}/",
                f"//{here}/",
                f"gopher://{here}/_",
                f"ftp://{here}/a",
                f"http:{here}",
            ),
            *(
                "file:///etc/passwd",
                "http://169.254.169.254/latest/meta-data/",
                "http://[::ffff:a9fe:a9fe]",
            ),
        ]
        links = "".join(
            f'<p>The bait is <a href="{each}">{each}</a><img src="{each}"><iframe src="{each}">'
            f'</iframe><link rel="stylesheet" href="{each}"><script src="{each}"></script></p>'
            for each in baits
        )
        texts = {
            **TEXTS,
            "bait.html": f"<html><head><base href='http://{here}/'></head><body>{links}</body></html>",
            "bait.md": "\n\n".join(f"The bait is ![bait]({each}) and <{each}>." for each in baits),
            "bait.json": json.dumps({"$ref": baits[0], "url": baits}),
        }
        reached: list[object] = []
        connect = socket.socket.connect

        def watched(self: socket.socket, address: Any) -> None:
            if self.family != socket.AF_UNIX and address not in allowed:
                reached.append(address)
            connect(self, address)

        allowed: list[Any] = []
        monkeypatch.setattr(socket.socket, "connect", watched)
        with running(app(assistant_of(tmp_path, texts), HOSTS)) as url:
            at = urlsplit(url)
            allowed.append((at.hostname, at.port))
            for bait in (*baits, "What is the bait?"):
                asked = httpx.post(
                    f"{url}/api/v1/ask", json={"question": f"{bait} bait"}, timeout=30
                )
                assert asked.status_code == 200
                chat = {"messages": [{"role": "user", "content": [
                    {"type": "text", "text": bait},
                    {"type": "image_url", "image_url": {"url": bait}},
                ]}]}  # fmt: skip
                got = httpx.post(f"{url}/v1/chat/completions", json=chat, timeout=30)
                assert got.status_code == 200
                narrowed = {"question": "bait", "within": {"paths": [bait]}}
                httpx.post(f"{url}/api/v1/ask", json=narrowed, timeout=30)
                for path in (
                    "/api/v1/source/",
                    "/gradio_api/proxy=",
                    "/gradio_api/file=",
                    "/source/",
                ):
                    status, _ = raw(url, "GET", path + quote(bait, safe="/:"))
                    assert 400 <= status < 500
            for each in httpx.get(f"{url}/api/v1/documents").json()["documents"]:
                assert httpx.get(url + each["url"]).status_code == 200
        assert reached == []
        trap.setblocking(False)
        with pytest.raises(BlockingIOError):
            trap.accept()


@pytest.mark.parametrize("identity", ["none", "token"])
def test_every_answer_says_who_may_frame_it_and_what_it_may_load(
    tmp_path: Path, identity: str
) -> None:
    portal = Portal(tmp_path)
    more = portal.settings if identity == "token" else {}
    assistant = assistant_of(tmp_path, portals=(SITE,), **more)
    web = app(assistant, HOSTS)
    client = TestClient(web)
    asked = [*routes_of(web), ("GET", "/healthz"), ("GET", "/readyz")]
    known = assistant.listing().documents[0].document
    asked += [("GET", f"/source/{known}"), ("GET", f"/source/{known}/original")]
    for method, path in asked:
        if path.endswith(("/queue/data", "/heartbeat/x")):
            continue  # they never end
        for headers in ({}, bearer(portal.token()), {"host": "evil"}, {"origin": "null"}):
            with client.stream(method, path, headers=headers) as got:
                assert got.headers["x-content-type-options"] == "nosniff", path
                assert got.headers["referrer-policy"] == "no-referrer"
                policy = got.headers["content-security-policy"]
                assert policy.endswith(f"; frame-ancestors 'self' {SITE}"), path
                assert policy.count("frame-ancestors") == 1
                strict = more and not path.startswith(OPEN)
                assert policy.startswith("default-src 'none'" if strict else "default-src "), path
                assert "x-frame-options" not in got.headers
    original = client.get(f"/source/{known}/original", headers=bearer(portal.token()))
    assert original.status_code == 200
    assert original.headers["content-disposition"].startswith("attachment")
    assert original.headers["content-type"] == "application/octet-stream"
