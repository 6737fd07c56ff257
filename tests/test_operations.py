"""Running it: whether it is ready, what is counted and logged, workers, stopping in order."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx
import pytest
from conftest import FOOTNOTE
from fault_server import faulty
from joserfc import jwk, jwt
from starlette.testclient import TestClient

from index import build
from qa.assistant import Assistant
from qa.errors import BadSetting, CannotServe
from qa.identity import Asker
from qa.settings import Settings
from qa.web.admission import Admission
from qa.web.answering import Answering
from qa.web.app import app
from qa.web.observing import Observed
from qa.web.serve import listen

QUESTION = "When is Putin set to visit North Korea?"


@pytest.fixture(scope="module")
def assistant(seed_folder: Path) -> Assistant:
    return Assistant(Settings(home=seed_folder / ".footnote"), view=False, folder=seed_folder)


def client(assistant: Assistant, peer: str = "127.0.0.1", **how: object) -> TestClient:
    answering = Answering(assistant, observed=Observed())
    web = app(assistant, ["footnote.example"], answering, **how)  # type: ignore[arg-type]
    return TestClient(web, "http://footnote.example", client=(peer, 1))


def test_health_is_told_under_any_name_and_of_a_sound_index_only(
    assistant: Assistant, tmp_path: Path
) -> None:
    there = client(assistant)
    assert there.get("/healthz", headers={"Host": "10.0.0.9"}).json() == {"status": "ok"}
    assert there.get("/readyz").json() == {"status": "ready", "model": "not needed"}
    build(tmp_path / ".footnote")
    damaged = Assistant(Settings(home=tmp_path / ".footnote"), view=False, folder=tmp_path)
    (tmp_path / ".footnote" / "library.db").unlink()
    told = client(damaged).get("/readyz")
    assert (told.status_code, told.json()["status"]) == (503, "not ready")


def test_a_server_that_is_being_stopped_says_that_it_is_not_ready(assistant: Assistant) -> None:
    stopping = Event()
    there = client(assistant, stopping=stopping)
    assert there.get("/readyz").status_code == 200
    stopping.set()
    assert there.get("/readyz").json()["why"] == "it is being stopped"
    assert there.post("/api/v1/ask", json={"question": QUESTION}).status_code == 200


def test_without_its_model_it_is_ready_unless_the_model_is_required(seed_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as model:
        url = f"http://127.0.0.1:{model.getsockname()[1]}/v1"
        settings = Settings(home=seed_folder / ".footnote", llm="openai-like/m", llm_url=url)
        there = client(Assistant(settings, view=False, folder=seed_folder))
        assert there.get("/readyz?model=required").json()["model"] == "reachable"
    gone = client(Assistant(settings, view=False, folder=seed_folder))
    assert gone.get("/readyz").json() == {"status": "ready", "model": "unreachable"}
    assert gone.get("/readyz?model=required").status_code == 503


def test_what_is_counted_is_for_watchers_alone(assistant: Assistant) -> None:
    there = client(assistant)
    assert there.get("/metrics").status_code == 200
    through = there.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    assert through.status_code == 404, "a proxy on this machine passes on anybody"
    assert client(assistant, peer="10.0.0.9").get("/metrics").status_code == 404


def test_where_people_sign_in_nobody_watches_but_who_is_listed(seed_folder: Path) -> None:
    """A proxy on this machine passes on everybody, and may say nothing of it."""
    home, networks = seed_folder / ".footnote", ("127.0.0.1/32",)
    signed = Settings(home=home, identity="proxy", proxy_networks=networks)
    there = client(Assistant(signed, view=False, folder=seed_folder))
    assert there.get("/metrics").status_code == 404
    watched = Settings(home=home, identity="proxy", proxy_networks=networks, watchers=networks)
    there = client(Assistant(watched, view=False, folder=seed_folder))
    assert there.get("/metrics").status_code == 200


def test_personal_answers_are_no_caches_business(assistant: Assistant) -> None:
    there = client(assistant)
    asked = there.post("/api/v1/ask", json={"question": QUESTION})
    for got in (asked, there.get("/api/v1/documents"), there.get("/documents")):
        assert got.headers["Cache-Control"] == "no-store"


def test_counts_and_log_lines_hold_no_question_name_or_document(
    assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(home=assistant.settings.home, logs="json")
    logged = Assistant(settings, view=False, folder=assistant.settings.home.parent)
    there = client(logged)
    answer = there.post("/api/v1/ask", json={"question": QUESTION}).json()
    document = answer["citations"][0]["document"]
    there.get(f"/api/v1/source/{document}", params={"start": 3, "end": 9})
    there.get("/api/v1/documents", params={"q": "Putin"})
    there.get("/no/such/Putin")
    counts, logs = there.get("/metrics").text, capsys.readouterr().err
    assert 'footnote_answers_total{decision="answered",model="quote"} 1.0' in counts
    assert 'route="/api/v1/source/{document}",status="200"} 1.0' in counts
    told = [json.loads(line) for line in logs.splitlines()]
    assert [each["status"] for each in told[:4]] == [200, 200, 200, 404]
    for secret in ("Putin", document, answer["citations"][0]["source"]):
        assert secret not in counts + logs


def test_a_full_server_says_at_once_when_to_try_again(assistant: Assistant) -> None:
    admission = Admission(1)
    web = app(assistant, ["testserver"], Answering(assistant, admission))
    there = TestClient(web)
    with admission.place(Asker("", frozenset())):
        refused = there.post("/api/v1/ask", json={"question": QUESTION})
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "2"
        assert there.get("/api/v1/documents").status_code == 200
    assert there.post("/api/v1/ask", json={"question": QUESTION}).status_code == 200


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`footnote serve` in a process of its own."""
    given = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (folder / "footnote.toml").write_text(given)
    command = [FOOTNOTE, "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert "http" in line, server.stderr.read() if server.stderr else ""
            yield server, line.split()[3]
        finally:
            server.terminate()
            server.communicate(timeout=60)


def portal(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The settings of a portal, and the header that it signs somebody in with."""
    key, now = jwk.ECKey.generate_key("P-256"), int(time.time())
    public = {**key.as_dict(private=False), "kid": "k"}
    (folder / "keys.json").write_text(json.dumps({"keys": [public]}))
    claims = {"iss": "p", "aud": "f", "sub": "ann", "groups": [], "jti": "1"}
    times = {"iat": now, "nbf": now, "exp": now + 600}
    token = jwt.encode({"alg": "ES256", "kid": "k"}, {**claims, **times}, key)
    settings = {
        "identity": '"token"',
        "token_keys": '"keys.json"',
        "token_issuer": '"p"',
        "token_audience": '"f"',
    }
    return settings, {"Authorization": f"Bearer {token}"}


def test_workers_answer_alike_count_together_and_see_a_new_index(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("The ferry to Orkney sails at nine.\n")
    build(tmp_path / ".footnote", [tmp_path / "docs"])
    settings, signed = portal(tmp_path)
    with serving(tmp_path, workers="2", rate="30", watchers='["127.0.0.1/32"]', **settings) as (
        _,
        url,
    ):

        def ask(question: str) -> httpx.Response:
            # A connection of its own, so that either may get it.
            asked = {"question": question}
            return httpx.post(f"{url}/api/v1/ask", json=asked, headers=signed, timeout=60)

        said = {ask("When does the ferry to Orkney sail?").json()["id"] for _ in range(4)}
        assert len(said) == 1
        (tmp_path / "docs" / "b.txt").write_text("The bridge to Skye opens in May.\n")
        build(tmp_path / ".footnote")
        told = [ask("When does the bridge to Skye open?").json()["claims"] for _ in range(4)]
        assert {each[0]["text"] for each in told} == {"The bridge to Skye opens in May."}
        counts = httpx.get(f"{url}/metrics").text
        assert 'footnote_answers_total{decision="answered",model="quote"} 8.0' in counts
        # Ten at once, and one every two seconds: whichever worker is asked.
        refused = next(each for _ in range(40) if (each := ask("Why?")).status_code != 200)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 20


def test_a_stopped_server_ends_its_streams_with_an_answer(tmp_path: Path) -> None:
    """Readiness drops first; what the model would have gone on saying is quoted."""
    build(tmp_path / ".footnote")
    settings, signed = portal(tmp_path)
    with faulty("stalls", words=2) as model:
        settings |= {"llm": '"openai-like/m"', "llm_url": f'"{model.url}"', "drain_seconds": "2"}
        with serving(tmp_path, **settings) as (server, url):
            signed["Accept"] = "text/event-stream"
            asked = {"question": QUESTION}
            with httpx.stream(
                "POST", f"{url}/api/v1/ask", json=asked, headers=signed, timeout=60
            ) as answer:
                lines = answer.iter_lines()
                next(line for line in lines if "Reading" in line)
                server.send_signal(signal.SIGTERM)
                ready = httpx.get(f"{url}/readyz")
                assert (ready.status_code, ready.json()["why"]) == (503, "it is being stopped")
                last = [line for line in lines if line.startswith("data:")][-1]
            said = json.loads(last.removeprefix("data:"))
            assert said["claims"][0]["citations"] == [1]
            assert server.wait(timeout=60) == 0


def test_a_server_for_others_needs_them_to_sign_in_and_names_to_be_asked_under(
    tmp_path: Path,
) -> None:
    home = tmp_path / ".footnote"
    with pytest.raises(CannotServe, match="nobody signs in"):
        listen("0.0.0.0", 0, False, Settings(home=home))  # noqa: S104 - that is refused
    signed = {"identity": "token", "token_keys": "k", "token_issuer": "i", "token_audience": "a"}
    with pytest.raises(CannotServe, match="set hosts"):
        listen("0.0.0.0", 0, False, Settings(home=home, **signed))  # type: ignore[arg-type]  # noqa: S104
    with pytest.raises(CannotServe, match="set proxy_networks"):
        listen("127.0.0.1", 0, False, Settings(home=home, identity="proxy"))


def test_the_chat_is_served_by_one_process(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="in one process"):
        listen("127.0.0.1", 0, False, Settings(home=tmp_path, workers=2))


@pytest.mark.block_network(allowed_hosts=["/.*"])  # sockets in the file system
def test_a_socket_in_the_file_system_is_for_its_owner_and_group(tmp_path: Path) -> None:
    path = tmp_path / "footnote.sock"
    settings = Settings(home=tmp_path, identity="proxy", hosts=("docs.example",))
    with listen(f"unix:{path}", 0, False, settings):
        assert path.stat().st_mode & 0o777 == 0o660
        with pytest.raises(CannotServe, match="can't be had"):
            listen(f"unix:{path}", 0, False, settings)
    listen(f"unix:{path}", 0, False, settings).close()


def test_networks_and_names_that_mean_everybody_are_refused(tmp_path: Path) -> None:
    for given in (
        {"proxy_networks": ("0.0.0.0/0",)},
        {"watchers": ("everyone",)},
        {"portals": ("*",)},
        {"portals": ("https://Intranet.example",)},
        {"portals": ("https://intranet.example/",)},
        {"portals": ("null",)},
        {"hosts": ("*.example",)},
    ):
        with pytest.raises(BadSetting):
            Settings(home=tmp_path, **given)  # type: ignore[arg-type]
