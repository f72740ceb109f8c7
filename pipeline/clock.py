"""The real clock; everything else is handed one."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Time as it passes (`domain.ports.Clock`)."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
