"""A limiter per credential, fed by what answers say about their limits. It never sleeps.

All sources of a process share one: two that ask with the same credential, or a host that knows none,
take turns, so that together they stay within what it allows.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from transport.rate_limit_headers import allowances

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime


LONGEST_REST_S: Final = 7 * 86_400.0
"""No limit that anybody states lasts longer; what is stated beyond it is nonsense."""


class RateLimiter:
    """Remembers per account (a credential, or a host where there is none) when it may be asked again.

    What is asked and learned of an account belongs inside its `turn`.
    """

    def __init__(self) -> None:
        self._free_at: dict[str, datetime] = {}
        self._asked_at: dict[str, datetime] = {}
        self._left: dict[str, float] = {}
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)

    @contextmanager
    def turn(self, account: str) -> Iterator[None]:
        """Hold an account for one request, from the wait before it to what its answer says."""
        with self._turns[account]:
            yield

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
        """Take note of what an answer's headers say; see `transport.rate_limit_headers` for the dialects."""
        stated = allowances({name.lower(): value for name, value in headers.items()}, now)
        if stated:
            self._left[account] = min(allowance.left for allowance in stated)
        for allowance in stated:
            if allowance.left < 1:
                self.rest(account, allowance.for_s, now)

    def rest(self, account: str, seconds: float, now: datetime) -> None:
        """Ask nothing for some seconds: where a limit stands in the body of an answer."""
        free_at = now + timedelta(seconds=min(seconds, LONGEST_REST_S))
        self._free_at[account] = max(free_at, self._free_at.get(account, free_at))

    def fewest_left(self, accounts: Collection[str]) -> int | None:
        """Return how many requests were last said to be left of these accounts, the fewest; None where none says."""
        stated = [self._left[account] for account in accounts if account in self._left]
        return int(min(stated)) if stated else None
