"""The zip archives that Office files and books are: opened, or refused with the reason.

Nothing is ever unpacked to the disk, so a name like "../x" in an archive reaches nothing.
"""

from __future__ import annotations

import io
import zipfile

from index.errors import Unreadable

# In all, in bytes. Readers stop at the size that an archive states, so that it can't lie.
_LARGEST = 512 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def opened(content: bytes, member: str, kind: str) -> zipfile.ZipFile:
    """The archive, if `member` is in it; raises Unreadable."""
    if content.startswith(_OLE):
        raise Unreadable(
            f"it is encrypted, or older than its ending says; save it as {kind} without a password"
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Unreadable(f"it isn't {kind}, or is damaged") from None
    if member not in archive.namelist():
        raise Unreadable(f"it isn't {kind}: its archive holds something else")
    unpacked = sum(each.file_size for each in archive.infolist())
    if unpacked > _LARGEST:
        raise Unreadable(
            f"it unpacks to {unpacked >> 20:,} MB (at most {_LARGEST >> 20} are read); "
            "split it into smaller files"
        )
    if archive.getinfo(member).flag_bits & 1:
        raise Unreadable("it is encrypted; save it without a password")
    return archive
