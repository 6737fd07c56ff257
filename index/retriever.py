"""The index's search as a LlamaIndex retriever, for other LlamaIndex programs.

Import it as `index.retriever.FootnoteRetriever`: it isn't in `index`, as LlamaIndex takes seconds.
"""

from __future__ import annotations

from pathlib import Path

# TID253: whoever imports this module wants LlamaIndex.
from llama_index.core.retrievers import BaseRetriever  # noqa: TID253
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode  # noqa: TID253

from index.encode import Encoder
from index.search import Search


class FootnoteRetriever(BaseRetriever):
    """Finds the `limit` best passages of the index in `home`.

    A node's text is the document's at `start_char_idx` to `end_char_idx`; its metadata says which.
    """

    def __init__(
        self,
        home: Path,
        limit: int = 8,
        encoder: Encoder | str = "local",
        chroma: str = "",
    ) -> None:
        super().__init__()
        self._search = Search(home, encoder=encoder, chroma=chroma)
        self._limit = limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with self._search.reading() as at:
            found = self._search.find(query_bundle.query_str, self._limit, at)
        return [
            NodeWithScore(
                node=TextNode(
                    text=passage.text,
                    start_char_idx=passage.start,
                    end_char_idx=passage.end,
                    metadata={
                        "document": passage.document,
                        "source": passage.source,
                        "title": passage.title,
                    },
                ),
                score=passage.score,
            )
            for passage in found
        ]
