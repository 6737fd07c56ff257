"""Web pages: the main text, without what stands around it on every page of a site.

Word documents and books come here too: they are turned into HTML, or are it already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.errors import Unreadable
from index.formats import text as plain
from index.formats.blocks import Block, Reading, rows
from index.formats.dates import iso_date

_NEVER_TEXT = re.compile(
    "script|style|template|noscript|svg|head|title|iframe|object|embed|video|audio|canvas|"
    "map|button|select|input|textarea|datalist|dialog|nav|aside"
)
_AROUND_ROLES = {"navigation", "banner", "contentinfo", "search", "dialog", "complementary"}
_CONSENT = re.compile(r"(?:^|[\s_-])(cookies?|gdpr|consent)(?:$|[\s_-])", re.IGNORECASE)
_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|center|dd|details|div|dl|dt|fieldset|figcaption|"
    "figure|footer|form|h1|h2|h3|h4|h5|h6|header|hgroup|hr|html|legend|li|main|menu|ol|p|pre|"
    "section|summary|table|tbody|td|tfoot|th|thead|tr|ul|caption|optgroup|option"
)
_SECTIONS = {"article", "main", "section", "td"}
_PUBLISHED = {
    *("article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "pubdate"),
    *("dcterms.created", "dcterms.issued", "citation_publication_date", "publish-date"),
}
# HTML's own blanks: a no-break space is a character of the text.
_BLANKS = re.compile("[ \t\n\r\f]+")
_LONGEST_CELL = 500


def read(content: bytes) -> Reading:
    root = parsed(decoded(content))
    found = list(blocks(root, whole=False)) or list(blocks(root, whole=True))
    first = next((block for block in found if block.level == 1), None)
    title = " ".join(first.text.split()) if first else root.findtext(".//title")
    return Reading(found, title=title, date=_published(root))


def parsed(text: str) -> Any:
    """The root element of an HTML text. Nothing that it names is fetched."""
    import lxml.html

    parser = lxml.html.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    # An XML declaration in a decoded text is refused, and what follows </html> would be missed,
    # though browsers show it.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\0", "\ufffd"))
    text = re.sub(r"</(?:body|html)\s*>", "", text, flags=re.IGNORECASE)
    root = lxml.html.document_fromstring(text, parser=parser)
    # At some depth the parser stops, and what comes after would be missed.
    if any("RESOURCE_LIMIT" in error.type_name for error in parser.error_log):
        raise Unreadable("it is nested too deeply to be read")
    return root


def decoded(content: bytes) -> str:
    """By the byte order mark or UTF-8, else as the page declares, else as it is likeliest."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = re.search(rb"charset\s*=\s*[\"']?\s*([\w-]+)", content[:4096], re.ASCII)
        try:
            return content.decode(declared[1].decode() if declared else "")
        except (LookupError, UnicodeDecodeError):
            return plain.decode(content)


def blocks(root: Any, whole: bool) -> Iterator[Block]:
    """The blocks of an HTML tree; `whole` keeps what stands around the main text."""
    mains = [] if whole else root.xpath("//main | //*[@role='main']")
    flow = _Flow(whole)
    for element in mains if len(mains) == 1 else [root]:
        flow.take(element)
    return iter(flow.blocks)


class _Flow:
    """Elements come in document order; text gathers until a block begins or ends."""

    def __init__(self, whole: bool) -> None:
        self.whole = whole
        self.blocks: list[Block] = []
        self.words: list[str] = []
        self.level = self.kept = self.sections = 0
        self.lists: list[int | None] = []
        self.mark = ""

    def take(self, root: Any) -> None:
        from lxml import etree

        walk = etree.iterwalk(root, events=("start", "end"))
        skipped = None
        for event, element in walk:
            if event == "end":
                if element is not skipped:
                    self._end(element.tag)
                if element is not root:
                    self._add(element.tail)
                continue
            table = _data_table(element) if element.tag == "table" else None
            if table is not None or self._is_left_out(element):
                if _BLOCKS.fullmatch(element.tag) or element.tag in ("nav", "aside"):
                    self._flush()
                self.blocks += rows(*table) if table is not None else ()
                walk.skip_subtree()
                skipped = element
            else:
                self._start(element)
        self._flush()

    def _is_left_out(self, element: Any) -> bool:
        tag = element.tag
        if _NEVER_TEXT.fullmatch(tag) and not (self.whole and tag in ("nav", "aside")):
            return True
        if tag == "a" and element.get("href", "").startswith(("#footnote-ref", "#endnote-ref")):
            return True
        if self.whole or tag in ("html", "body", "main"):
            return False
        return (
            element.get("hidden") is not None
            or element.get("aria-hidden") == "true"
            or element.get("role") in _AROUND_ROLES
            # Inside an article they are the article's own.
            or (tag in ("header", "footer") and not self.sections)
            or bool(_CONSENT.search(f"{element.get('id', '')} {element.get('class', '')}"))
        )

    def _start(self, element: Any) -> None:
        tag = element.tag
        if _BLOCKS.fullmatch(tag):
            self._flush()
        self.sections += tag in _SECTIONS
        if tag in ("ul", "ol", "menu"):
            self.lists.append(_number(element.get("start")) if tag == "ol" else None)
        elif tag == "li":
            self.mark = self._list_mark()
        elif tag == "pre":
            self.kept += 1
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.level = int(tag[1])
        elif tag == "br":
            self.words.append("\n")
        self._add(element.text)

    def _end(self, tag: str) -> None:
        if _BLOCKS.fullmatch(tag):
            self._flush()
        self.sections -= tag in _SECTIONS
        if tag in ("ul", "ol", "menu") and self.lists:
            self.lists.pop()
        elif tag == "li":
            self.mark = ""
        elif tag == "pre":
            self.kept -= 1
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.level = 0

    def _list_mark(self) -> str:
        number = self.lists[-1] if self.lists else None
        if number is None:
            return "- "
        self.lists[-1] = number + 1
        return f"{number}. "

    def _add(self, text: str | None) -> None:
        if text:
            self.words.append(text if self.kept else _BLANKS.sub(" ", text))

    def _flush(self) -> None:
        text = "".join(self.words)
        self.words = []
        if not self.kept:
            text = "\n".join(line.strip(" ") for line in re.sub(" +", " ", text).split("\n"))
        if not text.strip():
            return
        tight = bool(self.mark and self.blocks and _is_item(self.blocks[-1].text))
        self.blocks.append(Block(self.mark + text.strip("\n"), self.level, tight=tight))
        self.mark = ""


def _is_item(text: str) -> bool:
    return bool(re.match(r"- |\d+\. ", text))


def _number(stated: str | None) -> int:
    return int(stated) if stated and re.fullmatch(r"\d{1,6}", stated, re.ASCII) else 1


def _data_table(table: Any) -> tuple[list[list[str]], int, bool | None] | None:
    """What `rows` needs of a table; None if it is there for layout.

    Where cells span several rows or columns, no column can be named with certainty.
    """
    if table.xpath(".//table | .//h1 | .//h2 | .//ul | .//ol | .//pre | .//form"):
        return None
    lines = [row.xpath("./td | ./th") for row in table.xpath(".//tr")]
    cells = [[_words(cell) for cell in line] for line in lines]
    if not any(len(line) > 1 for line in cells):
        return None
    if any(len(cell) > _LONGEST_CELL for line in cells for cell in line):
        return None
    caption = [_words(each) for each in table.xpath("./caption")]
    if table.xpath(".//*[@colspan > 1 or @rowspan > 1]") or caption:
        return [caption, *cells], 0, False
    first = {cell.tag for cell in lines[0]}
    return cells, 0, True if len(lines[0]) > 1 and first == {"th"} else None


def _words(element: Any) -> str:
    flow = _Flow(whole=True)
    flow.take(element)
    return " ".join(block.text for block in flow.blocks)


def _published(root: Any) -> str | None:
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if name.lower() in _PUBLISHED and (day := iso_date(meta.get("content", ""))):
            return day
    times = root.xpath("//time[@datetime]")
    stated = [each for each in times if each.get("pubdate") is not None]
    stated += [each for each in times if each.get("itemprop") == "datePublished"]
    days = {iso_date(each.get("datetime")) for each in stated or times} - {None}
    return days.pop() if len(days) == 1 else None
