"""What can go wrong in the index.

IndexFault              one line for the person who can mend it: what, where, what to do
├── Unreadable          a file that isn't text, or can't be opened
├── NothingToIndex      a path that doesn't exist, or holds nothing readable
├── Vanished            over half of the documents are gone
├── Busy                another process is building this index
├── NoIndex             nothing has been indexed yet
├── Mismatch            an index made by another release or encoder
├── NoEncoder           an encoder that can't be used: no such name, extra, key, server or answer
├── Unusable            an index that can't be read or written now: permissions, a full disk
└── Damaged             the index isn't what was written
"""


class IndexFault(Exception):
    """Any error of the index; its text is one line."""


class Unreadable(IndexFault):
    """A file that isn't text, or can't be opened."""


class NothingToIndex(IndexFault):
    """A path that doesn't exist, or holds nothing readable."""


class Vanished(IndexFault):
    """Over half of the documents are gone, and nobody said that they should be."""


class Busy(IndexFault):
    """Another process is building this index."""


class NoIndex(IndexFault):
    """Nothing has been indexed yet."""


class Mismatch(IndexFault):
    """An index made by another release, or with another encoder."""


class NoEncoder(IndexFault):
    """An encoder that can't be used: no such name, extra, key or server, or not its vectors."""


class Unusable(IndexFault):
    """An index that can't be read or written now: permissions, a full disk, a missing file."""


class Damaged(IndexFault):
    """The index isn't what was written."""
