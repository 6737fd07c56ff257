"""EPUB books: the chapters in reading order, each read like a web page."""

from __future__ import annotations

import posixpath
import zipfile
from typing import Any
from urllib.parse import unquote

from index.errors import Unreadable
from index.formats import web
from index.formats.archive import opened
from index.formats.blocks import Block, Reading

_CONTAINER = "META-INF/container.xml"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def read(content: bytes) -> Reading:
    archive = opened(content, _CONTAINER, "an EPUB book")
    names = set(archive.namelist())
    rootfile = next(_xml(archive, _CONTAINER).iter("{*}rootfile"), None)
    package = rootfile.get("full-path", "") if rootfile is not None else ""
    if package not in names:
        raise Unreadable("it is damaged: the list of its chapters is missing")
    root = _xml(archive, package)
    found: list[Block] = []
    missing: list[str] = []
    for chapter in _chapters(root, posixpath.dirname(package)):
        if chapter not in names:
            missing.append(chapter)
            continue
        if archive.getinfo(chapter).flag_bits & 1 or chapter in _locked(archive, names):
            raise Unreadable("it is locked by its publisher (DRM), and can't be read")
        page = web.decoded(archive.read(chapter))
        if page.strip():
            found += web.blocks(web.parsed(page), whole=True)
    notes = (f"chapters are missing from the file: {', '.join(missing)}",) if missing else ()
    title = next(root.iter(_TITLE), None)
    return Reading(found, title=title.text if title is not None else None, notes=notes)


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(archive.read(name), parser)
    if root is None:
        raise Unreadable(f"it is damaged: {name} can't be read")
    return root


def _chapters(package: Any, folder: str) -> list[str]:
    """The archive's names of what is read in order, less the table of contents."""
    items = {item.get("id"): item for item in package.iter("{*}item")}
    shown = [items.get(each.get("idref")) for each in package.iter("{*}itemref")]
    hrefs = [
        unquote(item.get("href", ""))
        for item in shown
        if item is not None and "nav" not in item.get("properties", "").split()
    ]
    return [posixpath.normpath(posixpath.join(folder, href)) for href in hrefs]


def _locked(archive: zipfile.ZipFile, names: set[str]) -> set[str]:
    if "META-INF/encryption.xml" not in names:
        return set()
    listed = _xml(archive, "META-INF/encryption.xml").iter("{*}CipherReference")
    return {unquote(each.get("URI", "")) for each in listed}
