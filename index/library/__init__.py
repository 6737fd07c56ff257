"""The truth: one SQLite file with documents, chunks, full text and vectors.

Documents carry the generation in which they were born. A question reads at the current one;
`publish` makes the next one current in one transaction, so an answer comes from before a build or
from after it, never from between. What a build that was interrupted had read is taken up by the
next one, and the vectors it made are kept. Every row carries a checksum.

This package is the sole owner of sqlite3, and of every SQL statement.
"""

from index.library.rows import Entry, Stored
from index.library.write import Library

__all__ = ["Entry", "Library", "Stored"]
