"""Recordings: what a model answered is answered again without it, and nothing else is.

The cassettes are of the server that `test_models` speaks of.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.llms import ChatMessage

from qa.errors import NoModel, QaFault, RecordingMissing
from qa.models import model
from qa.recordings import Mode, Recorded, recorded

NAME, URL = "openai-like/smollm2", "http://127.0.0.1:8818/v1"
KEY = "not-a-real-key"
ASKED = [ChatMessage("What do rabbits eat? One word.")]
CALLS: dict[str, Callable[[Recorded], Any]] = {
    "chat": lambda llm: llm.chat(ASKED),
    "complete": lambda llm: llm.complete("Rabbits eat"),
    "stream_chat": lambda llm: list(llm.stream_chat(ASKED)),
    "stream_complete": lambda llm: list(llm.stream_complete("Rabbits eat")),
}


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", KEY)


def short(folder: Path, mode: Mode, identity: str = "") -> Recorded:
    """The recorded model, with answers of eight tokens, which keep the cassettes small."""
    return recorded(NAME, URL, folder, mode, identity, longest=8)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.vcr
@pytest.mark.parametrize("name", CALLS)
def test_what_is_recorded_is_replayed_without_model_or_key(
    name: str, key: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = CALLS[name](short(tmp_path, "record", "index 1"))
    assert len(contents(tmp_path)) == 1
    monkeypatch.delenv("FOOTNOTE_LLM_KEY")
    again = CALLS[name](short(tmp_path, "replay", "index 1"))
    assert again == said
    assert str(said[-1] if isinstance(said, list) else said).strip()
    if name.startswith("stream"):
        assert len(said) > 1


@pytest.mark.vcr
def test_a_call_made_twice_makes_the_same_bytes(key: None, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        CALLS["chat"](short(tmp_path / folder, "record"))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.vcr
def test_no_key_or_header_is_kept(key: None, tmp_path: Path) -> None:
    llm = short(tmp_path, "record")
    llm.chat(ASKED, extra_headers={"X-Key": "another"})
    (kept,) = contents(tmp_path).values()
    assert KEY.encode() not in kept
    assert b"another" not in kept
    assert KEY not in repr(llm) + str(llm) + json.dumps(llm.to_dict(), default=str)
    # Headers make no other call.
    assert short(tmp_path, "replay").chat(ASKED)


def test_no_cassette_holds_a_key() -> None:
    cassettes = [*(Path(__file__).parent / "cassettes").rglob("*.yaml")]
    assert cassettes
    for path in cassettes:
        text = path.read_text(encoding="utf-8").lower()
        assert KEY not in text
        assert "authorization:" not in text


@pytest.mark.vcr
def test_any_change_of_the_request_is_a_miss(key: None, tmp_path: Path) -> None:
    said = CALLS["chat"](short(tmp_path, "record", "index 1"))
    same = {"temperature": 0.0, "max_tokens": 8}

    def replay(name: str = NAME, index: str = "index 1", **parameters: Any) -> Recorded:
        return Recorded(tmp_path, "replay", name, identity=index, parameters={**same, **parameters})

    assert CALLS["chat"](replay()) == said
    for other in (replay("openai-like/x"), replay(index="index 2"), replay(temperature=0.1)):
        with pytest.raises(RecordingMissing):
            CALLS["chat"](other)
    for asked, arguments in (
        (ASKED, {"temperature": 0.5}),
        ([ChatMessage("What do hares eat? One word.")], {}),
        ([ChatMessage(ASKED[0].content, role="system")], {}),
        (ASKED * 2, {}),
    ):
        with pytest.raises(RecordingMissing):
            replay().chat(asked, **arguments)
    for name in ("complete", "stream_chat", "stream_complete"):
        with pytest.raises(RecordingMissing):
            CALLS[name](replay())


def test_a_miss_is_one_line_and_makes_no_call(key: None, tmp_path: Path) -> None:
    llm = model(NAME, "http://127.0.0.1:1/v1")
    replay = Recorded(tmp_path, "replay", NAME, llm, parameters={})
    for call in CALLS.values():
        # Any call would raise that there is no server.
        with pytest.raises(RecordingMissing, match=r"\.json: there is no recording") as error:
            call(replay)
        assert "\n" not in str(error.value)
    assert contents(tmp_path) == {}


@pytest.mark.vcr
def test_a_stream_that_is_broken_off_breaks_off_there_again(key: None, tmp_path: Path) -> None:
    stream = short(tmp_path, "record").stream_complete("Rabbits eat")
    first = next(stream).delta
    stream.close()
    again = short(tmp_path, "replay").stream_complete("Rabbits eat")
    assert next(again).delta == first
    with pytest.raises(NoModel, match="broke off when it was recorded"):
        next(again)


@pytest.mark.vcr
def test_a_damaged_recording_counts_as_missing(key: None, tmp_path: Path) -> None:
    CALLS["chat"](short(tmp_path, "record"))
    (path,) = tmp_path.iterdir()
    for content in (b"", b"{", b"[]", b'{"answered": {}}', b"\xff"):
        path.write_bytes(content)
        with pytest.raises(RecordingMissing, match="can't be read as a recording; record anew"):
            CALLS["chat"](short(tmp_path, "replay"))


@pytest.mark.vcr
def test_a_folder_that_cannot_be_written_is_one_line(key: None, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(QaFault, match="recordings can't be written there") as error:
        CALLS["chat"](short(tmp_path / "file", "record"))
    assert "\n" not in str(error.value)


def test_to_record_a_model_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a model is needed"):
        Recorded(tmp_path, "record", NAME, parameters={})
