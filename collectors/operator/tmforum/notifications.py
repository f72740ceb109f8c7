"""What a system tells over a hub (`POST /listener/...`): an envelope with an event's name and the resource in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.errors import RecordUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.records import Record


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One event that was told: `event_id` is the same where it is told again, `at` is when it happened."""

    event_id: str
    event_type: str
    at: datetime | None
    records: tuple[Record, ...]


def read_notification(payload: Mapping[str, Any], key: bytes) -> Notification:
    """Return what a notification says, people under pseudonyms made with the key.

    Raises:
        RecordUnreadable: it is no notification, or its resource cannot be read.
    """
    raise RecordUnreadable("a notification", "none is read yet")
