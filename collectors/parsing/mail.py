"""A mail as a record: who wrote it, when, what it answers, and its own words. Attachments are only counted.

The standard library reads mails; what it needs grows with the square of a header's length, and with each part within
a part for every line. So a header is cut, and a mail ends early that has more lines or parts than mails have.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from collectors.parsing.markup import MAX_HTML_CHARACTERS, html_to_text
from collectors.parsing.replies import own_markup, own_words
from collectors.parsing.values import clean
from transport.foreign import Foreign, is_encoding

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_HEADER: Final = 1_000
"""Characters of a header that are read: of what is answered the last ones, of all others the first."""
MAX_LINES: Final = 250_000
"""Lines of a mail that are read: as many as the longest mail that is read has when it is well formed."""
_LIMITS: Final = (
    (re.compile(rb"\r\n|\r|\n"), MAX_LINES),
    (re.compile(rb"(?:(?<=[\r\n])|^)--"), 2_000),
    (re.compile(rb"(?:(?<=[\r\n])|^)content-type[ \t]*:", re.IGNORECASE), 100),
)
"""What there is of lines, of the marks between parts, and of parts that say what they are, at most."""
_ID: Final = re.compile(r"<([^<>\s]+)>")


class _Bounded(EmailPolicy):
    """How mails are read by default, with headers that end."""

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        name, value = super().header_source_parse([*sourcelines])
        return name, value[-MAX_HEADER:] if name.lower() == "references" else value[:MAX_HEADER]


_POLICY: Final = _Bounded()


def read_mail(source: bytes) -> dict[str, Any]:
    """Return what a mail tells, under names of ours.

    Raises:
        ValueError: it is no mail that can be read.
    """
    for pattern, most in _LIMITS:
        # Up to where it has more than a mail has: text comes before what is attached.
        excess = next(islice(pattern.finditer(source), most, None), None)
        source = source[: excess.start()] if excess else source
    known: dict[str, Any] = {}
    with Foreign() as reading:
        mail: Any = message_from_bytes(source, _class=EmailMessage, policy=_POLICY)
        attachments = sum(1 for _ in mail.iter_attachments()) if mail.is_multipart() else 0
        sent, addresses = getattr(mail["date"], "datetime", None), getattr(mail["from"], "addresses", ())
        sender = {"address": addresses[0].addr_spec.lower(), "name": addresses[0].display_name} if addresses else {}
        automatic = str(mail["auto-submitted"] or "no").partition(";")[0].strip().lower()
        known = {
            "message_id": _first_id(mail["message-id"]),
            # A zone that the library does not know leaves a time without one; we may know it.
            "date": sent.isoformat() if sent and sent.tzinfo else str(mail["date"] or "").strip(),
            "from": sender,
            "subject": str(mail["subject"] or "").strip(),
            "in_reply_to": _first_id(mail["in-reply-to"]) or next(reversed(_ids(mail["references"])), None),
            "automatic": "yes" if automatic != "no" else None,
            "text": _text(mail),
            "attachments": attachments,
        }
    if reading.error is not None:
        raise ValueError(f"not a mail that can be read ({type(reading.error).__name__})")
    told: dict[str, Any] = clean({key: value for key, value in known.items() if value})
    return {"text": "", **told}


def _ids(header: Any) -> list[str]:
    return _ID.findall(str(header or ""))


def _first_id(header: Any) -> str | None:
    """Return the first id of a header; some programs leave out what should stand around it."""
    return next(iter(_ids(header)), str(header or "").strip() or None)


def _text(mail: EmailMessage) -> str:
    plain, rich = (mail.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    if plain is not None and (text := _content(plain).strip()):
        return own_words(text[:MAX_HTML_CHARACTERS])
    if rich is not None:
        markup = _content(rich)
        return own_words(html_to_text(own_markup(markup)) or html_to_text(markup))
    return ""


def _content(part: MIMEPart) -> str:
    if is_encoding(str(part.get_content_charset("utf-8"))):
        return str(part.get_content())
    # An encoding that nobody knows.
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
