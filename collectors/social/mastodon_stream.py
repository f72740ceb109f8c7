"""What a Mastodon server says without being asked: its stream of events about a tag. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from collectors.parsing.values import as_text, brief, dig
from collectors.social.mastodon_statuses import SOURCE
from domain.errors import RecordUnreadable
from domain.post import Deletion
from transport.foreign import read_json_text

if TYPE_CHECKING:
    from httpx_sse import ServerSentEvent

STREAM_TYPES: Final = ("text/event-stream",)
MAX_UNREADABLE: Final = 100
"""After so many a server sends no events of ours, and there is no use in listening."""
_STATUS: Final = frozenset({"update", "status.update"})
_ID: Final = re.compile(r"[\w-]{1,64}")


def heard(event: ServerSentEvent, *, instance: str) -> dict[str, Any] | Deletion | None:
    """Return the status or the deletion that an event tells of, None where it is about something else.

    Raises:
        RecordUnreadable: it does not have the shape of what it says it is.
    """
    where = f"{SOURCE} {instance} stream"
    if event.event == "delete":
        native_id = event.data.strip()
        if not _ID.fullmatch(native_id):
            raise RecordUnreadable(where, f"a deletion of {brief(native_id)}, which is no id")
        return Deletion(source=SOURCE, instance=instance, native_id=native_id)
    if event.event not in _STATUS:
        return None
    try:
        status = read_json_text(event.data)
    except ValueError:
        raise RecordUnreadable(where, f"an event ({event.event}) that is not JSON") from None
    if not isinstance(status, dict) or not as_text(status.get("id")):
        raise RecordUnreadable(where, f"an event ({event.event}) that is not a status")
    return status


def streaming_base(instance: Any, base: str) -> str:
    """Return where a server streams, as its description of itself says; `base` where it does not say.

    It must be as secret on the way as the server itself: a token goes there.
    """
    told = dig(instance, "configuration", "urls", "streaming")
    try:
        parts = urlsplit(told if isinstance(told, str) else "")
    except ValueError:
        return base
    scheme = {"wss": "https", "https": "https", "ws": "http", "http": "http"}.get(parts.scheme)
    if not parts.netloc or scheme is None or (base.startswith("https:") and scheme != "https"):
        return base
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}"
