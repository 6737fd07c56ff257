"""The nearest chunks to a question: a Chroma view of the library's vectors, or exact search.

A view is one folder a generation. A child process writes it, which a crash of Chroma can't spread
from; it is closed, hashed, checked, and not opened again: whoever reads it opens a copy of its
small database beside links to its large files. Exact search needs no view: it is what a single
question from the command line uses, as importing Chroma takes longer than comparing with every
vector, and what stands in for a view that is missing or damaged.

This package is the sole importer of chromadb.
"""

from index.vectors.exact import Nearest, exact, exact_among
from index.vectors.folders import folder_of, remove_all_but
from index.vectors.view import View
from index.vectors.write import Written, write

__all__ = [
    "Nearest",
    "View",
    "Written",
    "exact",
    "exact_among",
    "folder_of",
    "remove_all_but",
    "write",
]
