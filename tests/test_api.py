"""The HTTP API and the document pages, over a real connection."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from conftest import Command, Serve


def ask(url: str, body: object) -> httpx.Response:
    return httpx.post(f"{url}/api/v1/ask", json=body, timeout=30)


def test_the_api_gives_the_same_answer_as_the_command(
    seed_url: str, seed_folder: Path, footnote: Command
) -> None:
    question = "How many rounds of ammunition has North Korea provided to Russia?"
    by_http = ask(seed_url, {"question": question})
    by_command = footnote("ask", "--json", question, cwd=seed_folder)
    assert by_http.status_code == 200
    one, two = by_http.json(), httpx.Response(200, text=by_command.stdout).json()
    for answer in (one, two):
        del answer["receipt"]["seconds"]
        for passage in answer["passages"]:
            passage["why"]["similarity"] = round(passage["why"]["similarity"], 2)
            passage["score"] = round(passage["score"], 2)
    assert one == two


def test_a_citations_url_shows_the_whole_document_with_the_words_marked(seed_url: str) -> None:
    citation = ask(seed_url, {"question": "What is the Wagner Group?"}).json()["citations"][0]
    page = httpx.get(seed_url + citation["url"])
    assert page.status_code == 200
    assert f'<mark id="cited">{citation["quote"]}</mark>' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "body",
    [
        {"question": ""},
        {"question": " \t "},
        {"question": "\u0000\u0007"},
        {"question": "x" * 100_000},
        {"question": 3},
        {"question": None},
        {},
        [],
        {"question": "When?", "answer": "now"},
    ],
)
def test_what_cannot_be_asked_is_a_422_and_the_next_question_is_answered(
    seed_url: str, body: object
) -> None:
    refused = ask(seed_url, body)
    assert refused.status_code == 422
    assert list(refused.json()) == ["error"]
    assert "\n" not in refused.json()["error"]
    assert ask(seed_url, {"question": "What can China do?"}).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b'{"question": "When is \\ud800 the visit?"}',
        b'{"question": "When?", "\\ud800": 1}',
        b'{"question": ["\\ud800"]}',
        b'{"question": NaN}',
        b'{"question": 1e999}',
        b"not JSON",
    ],
)
def test_json_that_is_not_a_question_is_a_422(seed_url: str, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    sent = httpx.post(f"{seed_url}/api/v1/ask", content=content, headers=headers)
    assert sent.status_code == 422


def test_a_refused_question_gets_one_line_that_says_why(seed_url: str) -> None:
    refused = ask(seed_url, {"question": "x" * 100_000}).json()
    assert refused == {"error": "the question has 100,000 characters; ask in at most 2,000"}


def test_a_body_that_is_too_long_is_refused_before_it_is_read(seed_url: str) -> None:
    assert ask(seed_url, {"question": "x" * 1_000_000}).status_code == 413
    # Without a length in its head, too.
    chunks = (b"x" * 65_536 for _ in range(20))
    sent = httpx.post(f"{seed_url}/api/v1/ask", content=chunks, timeout=30)
    assert sent.status_code == 413
    assert sent.headers["x-content-type-options"] == "nosniff"


def test_no_file_is_taken_and_no_other_sites_page_may_ask(seed_url: str) -> None:
    files = {"files": ("a.txt", b"text")}
    assert httpx.post(f"{seed_url}/gradio_api/upload", files=files).status_code == 404
    # Nor anything that Gradio would keep by itself.
    assert httpx.get(f"{seed_url}/gradio_api/deep_link?session_hash=a").status_code == 404
    assert httpx.post(f"{seed_url}/gradio_api/process_recording").status_code == 404
    for origin in ("http://evil.example", "null", "https://127.0.0.1.evil.example"):
        for path in ("/api/v1/ask", "/gradio_api/queue/join"):
            sent = httpx.post(seed_url + path, json={"question": "?"}, headers={"origin": origin})
            assert sent.status_code == 403


def test_the_ipv6_loopback_address_can_be_served_on(seed_folder: Path, serve: Serve) -> None:
    with serve(seed_folder, "--host", "::1") as url:
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/source/0000000000000000", 404),
        ("/source/..%2f..%2fetc%2fpasswd", 404),
        ("/source/DOCUMENT?start=0&end=999999", 404),
        ("/source/DOCUMENT?start=9&end=3", 404),
        ("/source/DOCUMENT?start=-1&end=3", 422),
        ("/source/DOCUMENT?start=a", 422),
        ("/source/DOCUMENT", 200),
        ("/page/../app.py", 404),
        ("/page/%2e%2e/app.py", 404),
        ("/healthz", 200),
    ],
)
def test_a_page_that_is_not_there_is_told_so(seed_url: str, path: str, status: int) -> None:
    answer = ask(seed_url, {"question": "What can China do?"}).json()
    document = answer["citations"][0]["document"]
    got = httpx.get(seed_url + path.replace("DOCUMENT", document))
    assert got.status_code == status
