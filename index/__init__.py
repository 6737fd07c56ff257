"""Documents in, passages out; knows nothing of models, chat or HTTP.

files ─load→ Document ─split→ Chunk ─encode→ vector
                  └──────────────┴──────────────┴→ library.db   (SQLite: the truth)
                                                      └─build→ vectors/<generation>/   (Chroma)

question ─search→ Passages
"""

from index.access import Access, Rule
from index.build import Report, build
from index.errors import (
    Busy,
    Damaged,
    IndexFault,
    Mismatch,
    NoEncoder,
    NoIndex,
    NothingToIndex,
    Unreadable,
    Unusable,
    Vanished,
)
from index.library import Entry
from index.original import Original
from index.repair import Repaired, backup, repair, restore
from index.scan import Change
from index.search import Search
from index.snapshot import Snapshot
from index.types import Chunk, Document, Heading, Page, Passage, Sentence, Span
from index.verify import verify
from index.within import Within
from index.words import content_words

__all__ = [
    "Access",
    "Busy",
    "Change",
    "Chunk",
    "Damaged",
    "Document",
    "Entry",
    "Heading",
    "IndexFault",
    "Mismatch",
    "NoEncoder",
    "NoIndex",
    "NothingToIndex",
    "Original",
    "Page",
    "Passage",
    "Repaired",
    "Report",
    "Rule",
    "Search",
    "Sentence",
    "Snapshot",
    "Span",
    "Unreadable",
    "Unusable",
    "Vanished",
    "Within",
    "backup",
    "build",
    "content_words",
    "repair",
    "restore",
    "verify",
]
