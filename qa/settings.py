"""The settings: defaults, then footnote.toml in the working directory, then FOOTNOTE_* variables.

This module is the only reader of either. Unknown names are refused, so that a misspelt setting
can't be ignored in silence.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from index.access import Rule
from qa.errors import BadSetting

FILE = "footnote.toml"
PREFIX = "FOOTNOTE_"
# Not settings: they are read where they are sent, so that no print of the settings holds them.
SECRETS = ("FOOTNOTE_CHROMA_TOKEN", "FOOTNOTE_LLM_KEY", "FOOTNOTE_AUDIT_KEY")
OnOff = Literal["on", "off"]
_TRUTH = {True: True, "true": True, "1": True, False: False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set; each field is FOOTNOTE_<NAME> in the environment."""

    home: Path = Path(".footnote")
    """Where the index is kept."""
    passages: int = 10
    """How many passages are searched out and shown for a question, 1 to 50."""
    sentences: int = 2
    """The most sentences in an answer, 1 to 10."""
    refuse_below: float = 0.15
    """Where it is less likely than this that the documents answer, nothing is said, 0 to 1."""
    read: OnOff = "on"
    """Whether a small model of our own reads the best passages, to find the answer in them."""
    read_passages: int = 8
    """How many of them it reads at most, 1 to 50; more than four only if none of those answers."""
    encoder: str = "local"
    """What makes vectors of texts: "local", or PROVIDER/MODEL; see `index.encode.encoder`."""
    encoder_url: str = ""
    """Where the encoder's server is, for `openai-like/…`, and `ollama/…` on another machine."""
    llm: str = ""
    """The language model, PROVIDER/MODEL as in `qa.models`; by default none, and answers quote."""
    llm_url: str = ""
    """Where its server is, for `openai-like/…`, and `ollama/…` on another machine."""
    llm_seconds: float = 30.0
    """How long the language model may take before quotes stand in for its answer, 1 to 600."""
    llm_tokens: int = 3_000
    """How many tokens of passages the language model reads for an answer, 200 to 100,000."""
    llm_judges: bool = False
    """Whether the language model is asked once more about each sentence: it may only doubt it."""
    show_unsupported: bool = False
    """Whether sentences of the model that no passage supports are shown, struck out, with why."""
    chroma: str = ""
    """The address of a Chroma server that keeps the view of the vectors; by default a folder."""
    examples: tuple[str, ...] = ()
    """Questions that the chat offers; by default some that the indexed documents answer."""
    feedback: bool = True
    """Whether what readers say of answers is kept, in the index's folder."""
    keep_conversations: bool = True
    """Whether browsers keep their conversation, in their own storage; the server keeps none."""
    watch: bool = False
    """Whether `serve` keeps the index up to date while it runs."""
    file_seconds: float = 60.0
    """How long reading one file may take, 1 to 3,600."""
    file_megabytes: int = 1024
    """How much memory reading one file may take, 128 to 65,536."""
    uploads: str = ""
    """The folder where files that are added in the browser are kept; by default nobody adds any."""
    upload_megabytes: int = 50
    """How large a file that is added in the browser may be, 1 to 256."""
    identity: Literal["none", "token", "proxy"] = "none"
    """How people sign in: not at all, by a portal's signed tokens, or at a proxy in front."""
    portals: tuple[str, ...] = ()
    """The sites whose pages may show the widget or the chat, such as https://intranet.example."""
    hosts: tuple[str, ...] = ()
    """Names under which people reach this server; by default those of this machine alone."""
    token_keys: str = ""
    """The public keys of those tokens: a JWKS file, or the https address of the portal's."""
    token_algorithm: Literal["ES256", "RS256", "PS256", "EdDSA", "HS256"] = "ES256"  # noqa: S105 - a name
    """The one algorithm that they are signed with."""
    token_issuer: str = ""
    """Who issues them: their `iss`."""
    token_audience: str = ""
    """For whom: their `aud`, which no other service of the portal shares."""
    proxy_networks: tuple[str, ...] = ()
    """The networks that the proxy which signs people in connects from, such as 10.0.0.7/32."""
    proxy_user: str = "X-Forwarded-User"
    """The header in which it says who asks."""
    proxy_groups: str = "X-Forwarded-Groups"
    """The header with their groups, commas between them."""
    workers: int = 1
    """How many processes of `serve` answer, 1 to 64: about one for each processor."""
    answers_at_once: int = 100
    """How many questions each of them has under way, 1 to 10,000; any more get a 503."""
    rate: int = 60
    """How many questions a minute whoever signs in may ask, 0 for any number, up to 10,000."""
    drain_seconds: float = 1.0
    """How long a server that is stopped says so before it takes nothing more, 0 to 300."""
    audit: bool = False
    """Whether who asked, and which documents were shown, is kept in audit.jsonl in `home`."""
    audit_questions: bool = False
    """Whether questions stand there as they are; by default as an HMAC."""
    audit_megabytes: int = 64
    """At what size that file is put aside and another begun, 1 to 10,000."""
    logs: Literal["plain", "json"] = "plain"
    """What is written to stderr: "plain" is faults, "json" a line for each request too."""
    watchers: tuple[str, ...] = ()
    """The networks from which /metrics may be read; by default this machine, if nobody signs in."""
    tracing: bool = False
    """Whether OpenTelemetry is told of each request, where its own variables say."""
    groups: tuple[str, ...] = ()
    """The groups that whoever asks without signing in is in; see `access`."""
    access: tuple[Rule, ...] = ()
    """Who may read what, in footnote.toml only: tables [[access]] with paths and groups."""

    def __post_init__(self) -> None:
        _within("passages", self.passages, 1, 50)
        _within("sentences", self.sentences, 1, 10)
        _within("refuse_below", self.refuse_below, 0, 1)
        _within("read_passages", self.read_passages, 1, 50)
        _within("llm_seconds", self.llm_seconds, 1, 600)
        _within("llm_tokens", self.llm_tokens, 200, 100_000)
        _within("file_seconds", self.file_seconds, 1, 3_600)
        _within("file_megabytes", self.file_megabytes, 128, 65_536)
        _within("upload_megabytes", self.upload_megabytes, 1, 256)
        _within("workers", self.workers, 1, 64)
        _within("answers_at_once", self.answers_at_once, 1, 10_000)
        _within("rate", self.rate, 0, 10_000)
        _within("drain_seconds", self.drain_seconds, 0, 300)
        _within("audit_megabytes", self.audit_megabytes, 1, 10_000)
        _signs_in(self)
        if self.chroma and not _is_address(self.chroma):
            raise BadSetting(
                "chroma: can't be used; it takes http://HOST:PORT or https://HOST:PORT, without a "
                f"name or password ({SECRETS[0]} in the environment can hold a token)"
            )


def load(folder: Path = Path(), environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings; raises BadSetting naming the place and what it takes."""
    given = origins(folder, environment)
    kinds = get_type_hints(Settings)
    return Settings(
        **{name: _as(kinds[name], value, where) for name, (where, value) in given.items()}
    )


def origins(
    folder: Path = Path(), environment: Mapping[str, str] = os.environ
) -> dict[str, tuple[str, Any]]:
    """Where each setting that isn't at its default was set, and to what."""
    values = _from_file(folder / FILE)
    for name, text in environment.items():
        if name.startswith(PREFIX) and name not in SECRETS:
            values[name.removeprefix(PREFIX).lower()] = (name, text)
    known = ", ".join(field.name for field in fields(Settings))
    for name, (where, _) in values.items():
        if name not in known.split(", "):
            raise BadSetting(f"{where}: no such setting; there are {known}")
    return values


def rules_now(folder: Path = Path(), required: bool = False) -> tuple[Rule, ...]:
    """The rules of access as they stand in the file now: they hold from the next question.

    Raises BadSetting if they can't be read, or if there are none though they are `required`:
    `access = []` says that everything is open.
    """
    content = _from_file(folder / FILE)
    if required and "access" not in content:
        raise BadSetting(
            f"{folder / FILE}: no longer says who may read what; put that back, or open all "
            "documents to everyone with: access = []"
        )
    where, value = content.get("access", ("", []))
    return _rules(value, where)


def _rules(value: Any, where: str) -> tuple[Rule, ...]:
    rules = []
    for number, table in enumerate(value if isinstance(value, list) else [value], start=1):
        lists = [table.get("paths"), table.get("groups")] if isinstance(table, dict) else []
        if not all(isinstance(each, list) and _are_texts(each) for each in lists) or not (
            isinstance(table, dict) and set(table) == {"paths", "groups"} and table["paths"]
        ):
            raise BadSetting(
                f'{where}: table {number} can\'t be used; it takes paths = ["…"] and groups = ["…"]'
            )
        try:
            names = (unicodedata.normalize("NFC", each) for each in table["groups"])
            rules.append(Rule(tuple(table["paths"]), frozenset(names)))
        except ValueError as error:
            raise BadSetting(f"{where}: table {number}: {error}; mend the pattern") from None
    return tuple(rules)


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(each, str) and each.strip() for each in values)


def _from_file(path: Path) -> dict[str, tuple[str, Any]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"{path}: can't be read ({error})") from None
    return {name: (f"{path}: {name}", value) for name, value in content.items()}


def _as(kind: Any, value: Any, where: str) -> Any:
    """The value as the setting's type; the environment has only text, TOML its own types."""
    if kind == tuple[Rule, ...]:
        return _rules(value, where)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            one_of = ", ".join(f'"{each}"' for each in get_args(kind))
            raise BadSetting(f"{where}: {value!r} can't be used; it takes one of {one_of}")
        return value
    try:
        if kind is bool:
            return _TRUTH[value if isinstance(value, bool) else value.strip().lower()]
        if kind == tuple[str, ...]:
            given = value.split("|") if isinstance(value, str) else value
            if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
                raise ValueError
            return tuple(each.strip() for each in given if each.strip())
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        if (kind is int and isinstance(value, float)) or value == "":
            raise ValueError
        if kind is str and not isinstance(value, str):
            raise ValueError
        return kind(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        takes = {
            bool: "true or false",
            int: "a whole number",
            float: "a number",
            Path: "a path",
            str: "a text",
        }
        what = takes.get(kind, "a list of texts (in the environment, with | between them)")
        raise BadSetting(f"{where}: {value!r} can't be used; it takes {what}") from None


def _signs_in(settings: Settings) -> None:
    """Raises BadSetting for networks, portals or hosts that can't be meant."""
    for name in ("proxy_networks", "watchers"):
        for network in getattr(settings, name):
            if not _is_network(network):
                raise BadSetting(
                    f"{name}: {network!r} can't be used; it takes networks such as 10.0.0.7/32"
                )
    for portal in settings.portals:
        at = urlsplit(portal) if _is_address(portal) else None
        if at is None or portal != f"{at.scheme}://{at.netloc}".lower() or "*" in portal:
            raise BadSetting(
                f"portals: {portal!r} can't be used; it takes sites such as "
                "https://intranet.example, in lower case, without a path"
            )
    for host in settings.hosts:
        if not host.isascii() or not host.isprintable() or set(host) & set(" /*@") or not host:
            raise BadSetting(
                f"hosts: {host!r} can't be used; it takes names such as docs.example, no *"
            )


def _is_network(text: str) -> bool:
    """Whether it is one, and not everybody."""
    try:
        return ipaddress.ip_network(text).prefixlen > 0
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    try:
        at = urlsplit(text)
        return bool(
            at.scheme in ("http", "https")
            and at.hostname
            and at.port != 0
            and not (at.username or at.password or at.query or at.fragment)
            and text.isascii()
            and text.isprintable()
            and " " not in text
        )
    except ValueError:
        return False


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadSetting(f"{name}: {value} is out of range; it takes {low} to {high}")
