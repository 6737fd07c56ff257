"""A view in a Chroma server: one collection a generation, of ids and vectors only.

A server may hold the views of several indexes. Each has a random id, kept in its library, which its
collections' names begin with; nothing else in the server is ever touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from index.encode import Vectors
from index.errors import Damaged, IndexFault, Unusable
from index.library import Library
from index.vectors.any_view import AnyView, nearest_of
from index.vectors.exact import Nearest

# For a gateway before the server. Read here, where it is sent, and kept nowhere.
TOKEN = "FOOTNOTE_CHROMA_TOKEN"  # noqa: S105 - a name
# The most seconds that a question waits for one answer of the server; and that others do.
_ASKING, _WRITING = 1.0, 60.0
# At once in one request, which a server limits to some megabytes.
_BATCH = 1024
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Collection:
    """A view that is whole: its server, its name and id there, and how many vectors it holds."""

    url: str
    name: str
    id: str
    count: int

    def as_state(self) -> str:
        return json.dumps({"kind": "server", **asdict(self)})

    @classmethod
    def from_state(cls, state: str | None) -> Collection | None:
        """What a state says; None if the view that it speaks of is in no server."""
        try:
            said = json.loads(state or "")
            if said.pop("kind") != "server":
                return None
            return cls(**said)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


class ServerView(AnyView):
    """A collection of the server at `url`; raises Damaged, now or when asked, if it can't be used.

    No single answer of the server is waited for longer than `seconds`.
    """

    def __init__(self, url: str, held: Collection, seconds: float = _ASKING) -> None:
        self.where, self.count = f"{url}: {held.name}", held.count
        self._url = url
        with _faults(url, Damaged):
            self._client = _client(url, seconds)
        try:
            with _faults(url, Damaged):
                self._collection = self._client.get_collection(held.name, embedding_function=None)
                found = self._collection.count()
            # Of that name there could be one that somebody else wrote, from a copy of this index.
            if str(self._collection.id) != held.id:
                raise Damaged(f"{self.where}: isn't what was written; run: footnote repair")
            if found != held.count:
                raise Damaged(
                    f"{self.where}: holds {found} vectors, not {held.count}; run: footnote repair"
                )
        except BaseException:
            self.close()
            raise

    def _query(self, question: Vectors, limit: int) -> Nearest:
        with _faults(self._url, Damaged):
            return nearest_of(
                self._collection.query(
                    query_embeddings=[question], n_results=limit, include=["distances"]
                )
            )

    def close(self) -> None:
        self._client.close()


def write(
    url: str,
    library: Library,
    generation: int,
    encoder: str,
    progress: Callable[[int, int], None],
) -> Collection:
    """Writes and checks the view of a generation; what a killed build left goes first.

    Raises Unusable if the server can't be used, Damaged if it doesn't hold what was written to it.
    `progress` is given how many vectors are in, of how many.
    """
    # Here, as it is a program of its own, which Python would warn of.
    from index.vectors.child import HNSW

    index = _index(library)
    current = Collection.from_state(library.state("view"))
    wanted = library.for_view(generation)
    with _faults(url, Unusable):
        client = _client(url, _WRITING)
    with contextlib.closing(client):
        with _faults(url, Unusable):
            _remove(client, index, current.name if current else "")
            # embedding_function=None: the default one downloads a model.
            collection = client.create_collection(
                f"{_prefix(index)}{generation}",
                embedding_function=None,
                configuration={"hnsw": HNSW},
            )
            most = client.get_max_batch_size()
        # Some servers name no limit.
        batch = min(_BATCH, most) if most > 0 else _BATCH
        for start in range(0, len(wanted), batch):
            chunks, vectors = library.vectors_of(wanted[start : start + batch], encoder)
            with _faults(url, Unusable):
                collection.add(ids=[str(each) for each in chunks], embeddings=vectors)
            progress(min(start + batch, len(wanted)), len(wanted))
    written = Collection(url, collection.name, str(collection.id), len(wanted))
    check_collection(url, written, library, encoder, wanted)
    return written


def check_collection(
    url: str, held: Collection, library: Library, encoder: str, ids: list[int]
) -> None:
    """Raises Damaged unless the collection is there, whole, and a sample of `ids` finds itself."""
    with contextlib.closing(ServerView(url, held, _WRITING)) as view:
        view.check(library, encoder, ids)


def remove_all_but(url: str, library: Library, name: str) -> None:
    """Removes this index's collections from a server, but not the one of that name.

    If the server can't be reached they stay, until the next time.
    """
    with (
        contextlib.suppress(IndexFault),
        _faults(url, Unusable),
        contextlib.closing(_client(url, _WRITING)) as client,
    ):
        _remove(client, _index(library), name)


def _remove(client: Any, index: str, but: str) -> None:
    names: list[str] = []
    while page := client.list_collections(limit=_PAGE, offset=len(names)):
        names += [each.name for each in page]
    for name in names:
        if name.startswith(_prefix(index)) and name != but:
            client.delete_collection(name)


def _prefix(index: str) -> str:
    return f"footnote-{index}-"


def _index(library: Library) -> str:
    """The index's id, which is made with its first collection."""
    known = library.state("index_id")
    if not known:
        known = secrets.token_hex(8)
        with library.transaction():
            library.set_state(index_id=known)
    return known


def _client(url: str, seconds: float) -> Any:
    """A client of its own for the server at `url`; raises what Chroma and HTTP raise."""
    import chromadb.api.client
    import httpx
    from chromadb.config import Settings

    class Client(chromadb.api.client.Client):
        def get_user_identity(self) -> Any:
            # Chroma's waits for ever and can't be told otherwise; this is the first it asks for.
            session: httpx.Client = self._server._session  # type: ignore[attr-defined]
            session.timeout = httpx.Timeout(seconds)
            return super().get_user_identity()

    at = urlsplit(url)
    token = os.environ.get(TOKEN, "").strip()
    if not (token.isascii() and (token.isprintable() or not token)):
        # HTTP's own complaint would repeat it.
        raise ValueError(f"{TOKEN} isn't one line of ASCII")
    return Client(
        settings=Settings(
            anonymized_telemetry=False,
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            # With the address as its host the client takes the port from there, or HTTP's own.
            chroma_server_host=url,
            chroma_server_http_port=at.port or 80,
            chroma_server_ssl_enabled=at.scheme == "https",
            chroma_server_headers={"Authorization": f"Bearer {token}"} if token else None,
        )
    )


@contextlib.contextmanager
def _faults(url: str, fault: type[IndexFault]) -> Iterator[None]:
    """Whatever the client raises means that the server can't be used; told without the token."""
    try:
        yield
        return
    except IndexFault:
        raise
    except Exception as error:
        token = os.environ.get(TOKEN, "").strip()
        said = " ".join(str(error).split()) or type(error).__name__
        said = (said.replace(token, "[token]") if token else said)[:200]
        missing = type(error).__name__ == "NotFoundError"
    # Out here, so that no traceback leads to a request and its headers.
    if missing:
        raise fault(f"{url}: lacks what was written to it ({said}); run: footnote repair")
    raise fault(
        f"{url}: the Chroma server there can't be used ({said}); see that it runs, and try again"
    )
