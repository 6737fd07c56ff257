"""E-mails (.eml): who wrote to whom and when, and the message; the subject is the title."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

from index.errors import Unreadable
from index.formats import web
from index.formats.blocks import Block, Reading

_SHOWN = ("From", "To", "Cc", "Date")


def read(content: bytes) -> Reading:
    message = message_from_bytes(content, EmailMessage, policy=default)
    headers = [(name, _header(message, name)) for name in _SHOWN]
    subject = _header(message, "Subject")
    if not subject and not any(value for _, value in headers):
        raise Unreadable("it isn't an e-mail: it has no From, To, Date or Subject")
    found = [Block(subject, level=1)]
    found += [Block(f"{name}: {value}", tight=True) for name, value in headers if value]
    found[1:2] = [Block(each.text) for each in found[1:2]]
    found += _body(message)
    return Reading(
        found, title=subject or None, date=_day(_header(message, "Date")), notes=_attached(message)
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError, LookupError, AttributeError):
        # The standard library's parser fails on some headers that no program would write.
        raw = dict(message.raw_items()).get(name, "")
        return " ".join(str(raw).split())


def _body(message: EmailMessage) -> list[Block]:
    body = message.get_body(("plain", "html"))
    if body is None:
        return []
    content = body.get_payload(decode=True)
    if not isinstance(content, bytes):
        return []
    charset = body.get_content_charset() or "utf-8"
    try:
        text = content.decode(charset)
    except (LookupError, UnicodeDecodeError):
        text = content.decode("utf-8", "replace")
    if body.get_content_type() == "text/html":
        root = web.parsed(text or "<p></p>")
        return list(web.blocks(root, whole=True))
    return [Block(part) for part in re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.replace("\r\n", "\n"))]


def _day(stated: str) -> str | None:
    """The day where the sender was."""
    try:
        return parsedate_to_datetime(stated).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _attached(message: EmailMessage) -> tuple[str, ...]:
    names = [part.get_filename() or "one without a name" for part in message.iter_attachments()]
    return (f"attachments aren't read: {', '.join(names)}",) if names else ()
