"""The truth: one SQLite file with documents, chunks, full text and vectors.

Rows of documents and chunks carry the generation in which they were born and, once replaced, the
one in which they died. A question reads at one generation; `publish` makes the next one current in
one transaction, so an answer comes from before a build or from after it, never from between. What
a build that was interrupted left behind is undone by the next one; the vectors it made are kept.

This package is the sole owner of sqlite3, and of every SQL statement.
"""

from index.library.rows import Entry, Stored
from index.library.write import Library

__all__ = ["Entry", "Library", "Stored"]
