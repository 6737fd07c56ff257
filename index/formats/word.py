"""Word documents (.docx): turned into HTML by mammoth, and read like a page of it.

mammoth knows headings by their styles, numbered and nested lists, tables and footnotes; it leaves
out comments, deleted text, and headers and footers of pages.
"""

from __future__ import annotations

import io
import re
from typing import Any

from index.formats import web
from index.formats.archive import opened
from index.formats.blocks import Reading

_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='heading 7'] => h6:fresh
"""


def read(content: bytes) -> Reading:
    import mammoth

    archive = opened(content, "[Content_Types].xml", "a Word document (.docx)")
    # An image is read only when its bytes are asked for: it never is.
    pictures = mammoth.images.img_element(lambda image: {})
    html: str = mammoth.convert_to_html(
        io.BytesIO(content),
        style_map=_STYLES,
        include_embedded_style_map=False,
        convert_image=pictures,
    ).value
    if not html.strip():
        return Reading([])
    root: Any = web.parsed(f"<body>{html}</body>")
    titles = [" ".join(each.text_content().split()) for each in root.xpath("//h1[@class='title']")]
    return Reading(
        list(web.blocks(root, whole=True)), title=titles[0] if titles else _stated(archive)
    )


def _stated(archive: Any) -> str | None:
    """The title among the document's properties, unless a program put its own words there."""
    from lxml import etree

    if "docProps/core.xml" not in archive.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    title = etree.fromstring(archive.read("docProps/core.xml"), parser).findtext(
        "{http://purl.org/dc/elements/1.1/}title"
    )
    return (
        None if re.fullmatch(r"(?i)\s*|word document|untitled|document\d*", title or "") else title
    )
