"""A clock that stands still until somebody sleeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Time for tests: `sleep` moves it on at once and is remembered in `slept`."""

    def __init__(self, now=datetime(2026, 11, 22, 12, tzinfo=UTC)):
        self._now = now
        self.slept = []

    def now(self):
        return self._now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self._now += timedelta(seconds=seconds)
