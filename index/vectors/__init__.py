"""The nearest chunks to a question: a Chroma view of the library's vectors, or exact search.

A view is one folder a generation, or one collection of a Chroma server. A folder is written by a
child process, which a crash of Chroma can't spread from; it is closed, hashed, checked, and not
opened again: whoever reads it opens a copy of its small database beside links to its large files. A
collection is written and read through Chroma's client. Exact search needs no view: it is what a
single question from the command line uses, as importing Chroma takes longer than comparing with
every vector, and what stands in for a view that is missing, damaged or out of reach.

This package is the sole importer of chromadb.
"""

from index.vectors.exact import Nearest, exact, exact_among
from index.vectors.folders import folder_of
from index.vectors.patient import Patient
from index.vectors.place import Place
from index.vectors.server import Collection, check_collection
from index.vectors.view import View
from index.vectors.write import Written

__all__ = [
    "Collection",
    "Nearest",
    "Patient",
    "Place",
    "View",
    "Written",
    "check_collection",
    "exact",
    "exact_among",
    "folder_of",
]
