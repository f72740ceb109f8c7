"""A limiter per host, fed by what answers say about their limits. Pure: it never sleeps."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_DELTA_BELOW: Final = 100_000_000
"""A reset below this is seconds from now, above it seconds since 1970."""

_FIELD: Final = re.compile(r"\b(remaining|reset|r|t)\s*=\s*(\d{1,12})")
_BETWEEN_POLICIES: Final = re.compile(r',(?=\s*")')
_NUMBER: Final = re.compile(r"\d{1,12}(\.\d{1,6})?")
_NAMES: Final = (
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
)


class RateLimiter:
    """Remembers per host until when nothing may be asked."""

    def __init__(self) -> None:
        self._free_at: dict[str, datetime] = {}

    def wait_s(self, host: str, now: datetime) -> float:
        """Return how long to wait before the next request to a host."""
        free_at = self._free_at.get(host, now)
        return max((free_at - now).total_seconds(), 0.0)

    def learn(self, host: str, headers: Mapping[str, str], now: datetime) -> None:
        """Take note of an answer's headers: `X-RateLimit-*`, `RateLimit-*` or a `RateLimit` field.

        Headers that make no sense are passed over.
        """
        for remaining, reset in _stated(headers):
            free_at = _reset_time(reset, now)
            if remaining < 1 and free_at is not None and free_at > now:
                self._free_at[host] = max(free_at, self._free_at.get(host, free_at))


def _stated(headers: Mapping[str, str]) -> list[tuple[float, str]]:
    """Return what is said to remain, and until when, in every form that is present."""
    stated = [(headers[remaining], headers[reset]) for remaining, reset in _NAMES if {remaining, reset} <= set(headers)]
    # One field may hold several policies: "burst";r=0;t=5, "day";r=900;t=3600
    for policy in _BETWEEN_POLICIES.split(headers.get("ratelimit", "")):
        found: dict[str, str] = dict(_FIELD.findall(policy))
        stated.append((found.get("r", found.get("remaining", "")), found.get("t", found.get("reset", ""))))
    return [(float(remaining), reset) for remaining, reset in stated if _NUMBER.fullmatch(remaining.strip())]


def _reset_time(value: str, now: datetime) -> datetime | None:
    try:
        number = float(value)
    except ValueError:
        return _iso_time(value)
    try:
        delta = number < _DELTA_BELOW
        return now + timedelta(seconds=number) if delta else datetime.fromtimestamp(number, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso_time(value: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
