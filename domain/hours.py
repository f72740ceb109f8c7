"""Whether a source was heard in an hour: what tells silence from not listening."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

State: TypeAlias = Literal["heard", "unknown", "failed"]
"""`failed`: it would not answer. `unknown`: it answered, but with nothing where posts were to be expected."""

HOUR: Final = timedelta(hours=1)


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
