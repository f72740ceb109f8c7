"""A limiter per credential, fed by what answers say about their limits. Pure: it never sleeps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from collectors.limits import allowances

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class RateLimiter:
    """Remembers per account (a credential, or a host where there is none) when it may be asked again."""

    def __init__(self) -> None:
        self._free_at: dict[str, datetime] = {}
        self._asked_at: dict[str, datetime] = {}
        self._left: dict[str, float] = {}

    def wait_s(self, account: str, now: datetime, *, pace_s: float = 0.0) -> float:
        """Return how long to wait before the next request, which comes at least `pace_s` after the last one."""
        free_at = self._free_at.get(account, now)
        if pace_s and account in self._asked_at:
            free_at = max(free_at, self._asked_at[account] + timedelta(seconds=pace_s))
        return max((free_at - now).total_seconds(), 0.0)

    def asked(self, account: str, now: datetime) -> None:
        """Take note that a request goes out."""
        self._asked_at[account] = now

    def learn(self, account: str, headers: Mapping[str, str], now: datetime) -> None:
        """Take note of what an answer's headers say; see `collectors.limits` for the dialects."""
        stated = allowances({name.lower(): value for name, value in headers.items()}, now)
        if stated:
            self._left[account] = min(allowance.left for allowance in stated)
        for allowance in stated:
            if allowance.left < 1:
                self.rest(account, allowance.for_s, now)

    def rest(self, account: str, seconds: float, now: datetime) -> None:
        """Ask nothing for some seconds: where a limit stands in the body of an answer."""
        free_at = now + timedelta(seconds=seconds)
        self._free_at[account] = max(free_at, self._free_at.get(account, free_at))

    def fewest_left(self) -> int | None:
        """Return how many requests sources last said are left, the fewest of them; None where none says."""
        return int(min(self._left.values())) if self._left else None
