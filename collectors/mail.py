"""A mail as a record: who wrote it, when, what it answers, and its own words. Attachments are only counted."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from typing import TYPE_CHECKING, Any, Final

from collectors.markup import html_to_text
from collectors.replies import own_markup, own_words
from collectors.values import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

ODD_MAIL: Final = (MessageError, ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)
"""What the standard library raises for mails that no standard allows."""
_ID: Final = re.compile(r"<([^<>\s]+)>")


def read_mail(source: bytes) -> dict[str, Any]:
    """Return what a mail tells, under names of ours.

    Raises:
        ValueError: it is no mail that can be read.
    """
    try:
        mail = message_from_bytes(source, _class=EmailMessage, policy=policy.default)
        known = {**_header(mail), "text": _text(mail), "attachments": _attachments(mail)}
    except ODD_MAIL as error:
        raise ValueError(f"not a mail that can be read ({type(error).__name__})") from None
    told: dict[str, Any] = clean({key: value for key, value in known.items() if value})
    return {"text": "", **told}


def _header(mail: EmailMessage) -> dict[str, Any]:
    date, automatic = mail["date"], str(mail["auto-submitted"] or "no").partition(";")[0].strip().lower()
    sent = getattr(date, "datetime", None)
    return {
        "message_id": _first_id(mail["message-id"]),
        "date": sent.isoformat() if sent else None,
        "from": _sender(mail),
        "subject": str(mail["subject"] or "").strip(),
        "in_reply_to": _first_id(mail["in-reply-to"]) or _last_id(mail["references"]),
        "automatic": "yes" if automatic != "no" else None,
    }


def _sender(mail: EmailMessage) -> dict[str, str]:
    addresses = getattr(mail["from"], "addresses", ())
    if not addresses:
        return {}
    return {"address": addresses[0].addr_spec.lower(), "name": addresses[0].display_name}


def _ids(header: Any) -> list[str]:
    return _ID.findall(str(header or ""))


def _first_id(header: Any) -> str | None:
    """Return the first id of a header; some programs leave out what should stand around it."""
    return next(iter(_ids(header)), str(header or "").strip() or None)


def _last_id(header: Any) -> str | None:
    return next(reversed(_ids(header)), None)


def _text(mail: EmailMessage) -> str:
    plain, rich = (mail.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    if plain is not None and (text := _content(plain).strip()):
        return own_words(text)
    if rich is not None:
        markup = _content(rich)
        return own_words(html_to_text(own_markup(markup)) or html_to_text(markup))
    return ""


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except LookupError:
        # An encoding that nobody knows.
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _attachments(mail: EmailMessage) -> int:
    parts: Iterable[Any] = mail.iter_attachments() if mail.is_multipart() else ()
    return sum(1 for _ in parts)
