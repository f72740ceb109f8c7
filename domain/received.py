"""What others push to us, as it is kept until somebody reads it: documents of the kind `inbox`.

The id is made of who sent it and what they call it, so the same thing sent again is the same document. `order` tells
which came first. When it was read its body goes, and what is left tells that it came: a late repeat finds it there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from domain.documents import instant
from domain.identity import fingerprint

if TYPE_CHECKING:
    from datetime import datetime

    from domain.documents import Document

Form: TypeAlias = Literal["tmforum", "cloudevent", "webhook"]
State: TypeAlias = Literal["waiting", "done", "unreadable", "raw"]
"""Waiting to be read, read, refused with a reason, or kept as it came because nobody reads its form."""

LONGEST_NAME: Final = 512
"""Characters of a source's or type's name that are kept; the id is of the whole."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """One thing that came. `body` is JSON, or base64 of bytes where `content_type` ends in `;base64`.

    `key` is what its sender calls it, in parts; together with `source` it is unique.
    """

    form: Form
    source: str
    key: tuple[str, ...]
    body: str
    content_type: str
    type: str | None = None


def inbox_document(received: Received, now: datetime, order: int) -> Document:
    """Return the document of what came at a time. `order` is greater for all that comes later."""
    state: State = "raw" if received.form == "webhook" else "waiting"
    document = {
        "id": fingerprint({"form": received.form, "source": received.source, "key": received.key}),
        "form": received.form,
        "source": _name(received.source),
        "type": _name(received.type or ""),
        "content_type": _name(received.content_type),
        "state": state,
        "order": order,
        "received_at": instant(now),
        "size": len(received.body),
        "body": received.body,
        "done_at": instant(now) if state == "raw" else None,
    }
    return {name: value for name, value in document.items() if value not in {None, ""}}


def _name(text: str) -> str:
    """Return a name of a stranger's as stores take it."""
    return text[:LONGEST_NAME].encode("utf-8", "replace").decode()
