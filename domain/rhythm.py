"""When something that repeats is due: after a length of time, or at an hour of the week as clocks show it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from domain.zones import DEFAULT_ZONE, at_clock, in_zone

if TYPE_CHECKING:
    from domain.zones import ZoneName

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

    def due(self, last: datetime | None, now: datetime, zone: ZoneName = DEFAULT_ZONE) -> datetime | None:
        """Return when it is due after it was `last` done well, None where it never is; hours are those of a zone.

        What was never done is due now, or at its next hour; what was missed meanwhile is due at once, and once.
        Where clocks go forward over its hour it is due that much later; where they go back, at the first time alone.
        """
        if self.every is not None:
            return now if last is None else last + self.every
        return None if self.at is None else self._moment_after(last or now, self.at, zone)

    def _moment_after(self, last: datetime, at: time, zone: ZoneName) -> datetime:
        day, step = in_zone(last, zone).date(), timedelta(days=1 if self.weekday is None else 7)
        if self.weekday is not None:
            day += timedelta(days=(self.weekday - day.weekday()) % 7)
        moment = at_clock(day, at, zone)
        return moment if moment > last else at_clock(day + step, at, zone)
