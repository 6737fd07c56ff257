"""Documents in, passages out; knows nothing of models, chat or HTTP.

files ─load→ Document ─split→ Chunk ─encode→ vector
                  └──────────────┴──────────────┴→ library.db   (SQLite: the truth)
                                                      └─build→ vectors/<generation>/   (Chroma)

question ─search→ Passages
"""

from index.build import Report, build
from index.errors import (
    Busy,
    Damaged,
    IndexFault,
    Mismatch,
    NoIndex,
    NothingToIndex,
    Unreadable,
    Unusable,
)
from index.library import Entry
from index.search import Search, Snapshot, content_words
from index.types import Chunk, Document, Heading, Passage, Sentence, Span

__all__ = [
    "Busy",
    "Chunk",
    "Damaged",
    "Document",
    "Entry",
    "Heading",
    "IndexFault",
    "Mismatch",
    "NoIndex",
    "NothingToIndex",
    "Passage",
    "Report",
    "Search",
    "Sentence",
    "Snapshot",
    "Span",
    "Unreadable",
    "Unusable",
    "build",
    "content_words",
]
