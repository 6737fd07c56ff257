"""Words as HTML text. Every word of a document, a name, a question or a model goes through here.

Besides the usual characters, `$`, `{`, `}`, the backtick and the backslash are escaped, as they
mean something in the templates that Gradio fills, and carriage returns, which HTML would change.
U+0000, which HTML can't hold and would leave out, shows as U+FFFD.
"""

from __future__ import annotations

import html
import unicodedata

_TEMPLATE = str.maketrans({char: f"&#{ord(char)};" for char in "${}`\\\r"}) | {0: "\ufffd"}
_LINES = str.maketrans({char: f"&#{ord(char)};" for char in "\n\t"})


def text(words: str) -> str:
    """Words as text and nothing else."""
    return html.escape(words).translate(_TEMPLATE)


def attribute(words: str) -> str:
    """Words as an attribute's value, to stand between double quotes."""
    return text(words).translate(_LINES)


def isolated(words: str) -> str:
    """Words that can't turn the direction of what stands around them."""
    return f"<bdi>{text(words)}</bdi>"


def direction(words: str) -> str:
    """Which way the words go, as their first letter does: what is isolated tells HTML nothing."""
    kinds = (unicodedata.bidirectional(char) for char in words)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return "ltr" if first == "L" else "rtl"
