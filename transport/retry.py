"""How often and how long to wait: an immutable value, its time and chance passed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from transport.foreign import ODD_SHAPE

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, kw_only=True)
class Retry:
    """The tries that are left. `patience_s` is the longest single wait that we agree to."""

    left: int = 4
    base_s: float = 1.0
    cap_s: float = 60.0
    patience_s: float = 330.0
    spent_tries: int = 0

    def spent(self) -> Retry:
        """Return what remains after one more try."""
        return replace(self, left=self.left - 1, spent_tries=self.spent_tries + 1)

    def pause_s(self, asked_s: float | None, chance: Callable[[], float]) -> float:
        """Return how long to wait: exponential back-off with full jitter, and at least what the source asked for.

        `chance` gives a number from 0 to 1.
        """
        return max(asked_s or 0.0, chance() * min(self.cap_s, self.base_s * 2.0**self.spent_tries))

    def agrees_to(self, pause_s: float) -> bool:
        """Tell whether there is a try left and the wait before it is bearable."""
        return self.left > 0 and pause_s <= self.patience_s


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, given as seconds or as an HTTP date."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        time = parsedate_to_datetime(value)
    except ODD_SHAPE:
        return None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return max((time - now).total_seconds(), 0.0)
