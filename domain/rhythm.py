"""When something that repeats is due: after a length of time, or at an hour of the week (UTC)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LENGTH: Final = re.compile(r"(\d{1,9})\s?([smhd])")
_MOMENT: Final = re.compile(rf"(daily|{'|'.join(DAYS)})\s+([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """How often: `every` so long after the last time, or at `at` on a day of the week (0 is Monday; None: each day).

    With neither it is never.
    """

    SPOKEN = 'a rhythm such as "10m", "24h", "monday 06:00", "daily 04:30" or "never"'

    every: timedelta | None = None
    at: time | None = None
    weekday: int | None = None

    @classmethod
    def parse(cls, text: str) -> Rhythm:
        """Return the rhythm that a text names: `90s`, `10m`, `24h`, `7d`, `daily 04:30`, `monday 06:00`, `never`.

        Raises:
            ValueError: it names none.
        """
        words = text.strip().lower()
        if words == "never":
            return cls()
        if (length := _LENGTH.fullmatch(words)) and int(length[1]):
            return cls(every=timedelta(**{_UNITS[length[2]]: int(length[1])}))
        if moment := _MOMENT.fullmatch(words):
            day, hour, minute = moment.groups()
            return cls(at=time(int(hour), int(minute)), weekday=None if day == "daily" else DAYS.index(day))
        raise ValueError(text)

    def due(self, last: datetime | None, now: datetime) -> datetime | None:
        """Return when it is due after it was `last` done well, None where it never is.

        What was never done is due now, or at its next hour; what was missed meanwhile is due at once, and once.
        """
        if self.every is not None:
            return now if last is None else last + self.every
        return None if self.at is None else self._moment_after(last or now, self.at)

    def _moment_after(self, last: datetime, at: time) -> datetime:
        last = last.astimezone(UTC)
        moment = datetime.combine(last.date(), at, tzinfo=UTC)
        if self.weekday is not None:
            moment += timedelta(days=(self.weekday - last.weekday()) % 7)
        return moment if moment > last else moment + timedelta(days=1 if self.weekday is None else 7)
