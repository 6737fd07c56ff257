"""Text and Markdown: the encoding found, the text kept as it is, its headings.

The canonical text is the file decoded, less a byte order mark: line ends stay as they are, so
every offset can be checked against the file itself.
"""

from __future__ import annotations

import codecs
import re
from itertools import islice, pairwise

from index.errors import Unreadable
from index.formats.dates import iso_date
from index.sentences import blocks
from index.types import Heading

# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n.*?\n---[ \t]*(?:\r?\n|$)", re.DOTALL)


def decode(content: bytes) -> str:
    """Text of bytes: by their byte order mark, as UTF-8, or in the likeliest older encoding."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _strictly(content, name)
    if b"\0" in content:
        raise Unreadable("it isn't text (it holds zero bytes)")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _strictly(content, _guess(content))


def _strictly(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"it isn't valid {encoding} at byte {error.start}") from None
    if "\0" in text:
        raise Unreadable("it isn't text (it holds zero characters)")
    return text


def _guess(content: bytes) -> str:
    from charset_normalizer import from_bytes

    # Of the encodings that fit equally, the commonest: in a short text nothing tells them apart.
    fits = from_bytes(content)
    best = fits.best()
    if best is None:
        raise Unreadable("its encoding can't be told; save it as UTF-8")
    common = [fit.encoding for fit in fits if fit.chaos <= best.chaos]
    return next((name for name in ("cp1252", "latin_1") if name in common), best.encoding)


def markdown_headings(text: str) -> tuple[Heading, ...]:
    """The headings of a Markdown text, the first being its title."""
    from markdown_it import MarkdownIt

    # Front matter (--- to ---) would be read as a heading; blank lines keep the line numbers.
    if front := _FRONT_MATTER.match(text):
        shown = "\n" * front[0].count("\n") + text[front.end() :]
    else:
        shown = text
    starts = [0, *(match.end() for match in re.finditer("\r\n|\r|\n", text)), len(text)]
    tokens = MarkdownIt("commonmark").parse(shown)
    above: list[tuple[int, str]] = []
    found: list[Heading] = []
    for opening, inline in pairwise(tokens):
        words = "".join(part.content or " " for part in inline.children or () if not part.nesting)
        if opening.type != "heading_open" or not opening.map or not words.strip():
            continue
        name, level = " ".join(words.split()), int(opening.tag[1])
        above = [each for each in above if each[0] < level]
        # The first heading is the title, and a path is what stands below it.
        if found:
            above.append((level, name))
        path = " › ".join(each for _, each in above) or None
        first, after = opening.map
        found.append(Heading(name, path, starts[first], starts[min(after, len(starts) - 1)]))
    return tuple(found)


def markdown_date(text: str) -> str | None:
    """The `date:` of a Markdown text's front matter."""
    front = _FRONT_MATTER.match(text)
    stated = re.search(r"^date:[ \t]*[\"']?([^\s\"']+)", front[0], re.MULTILINE) if front else None
    return iso_date(stated[1]) if stated else None


def headline(text: str) -> tuple[Heading, ...]:
    """The headline of a plain text: a short first line, no sentence, with more text below it."""
    first = list(islice(blocks(text, 0, len(text)), 2))
    if len(first) < 2:
        return ()
    (start, end), (below, _) = first
    line = text[start:end].strip()
    if len(line) > 200 or len(line.splitlines()) > 1:
        return ()
    if line[-1] in ".!?:;,…" or text[below:].lstrip()[:1].islower():
        return ()
    # What stands over lines like itself is the first of a list.
    apart = text[end:below].count("\n") > 1 or text[end:below].count("\r") > 1
    if not apart and first[1][1] - below < 2 * len(line):
        return ()
    return (Heading(" ".join(line.split()), None, start, end),)
