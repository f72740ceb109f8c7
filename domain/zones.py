"""The zone that reports are in: where an hour, a day or a week of the operator begins and ends.

A zone is an IANA name such as `Europe/London`. A day may have 23 or 25 hours and a week 167 or 169: the clocks change.
Times that come from here carry the offset of their moment and not the zone, so they compare, subtract and hash as
moments do, also in the hour that is there twice. Who wants the next day asks for it and adds no 24 hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NewType
from zoneinfo import ZoneInfo, available_timezones

from domain.hours import HOUR

if TYPE_CHECKING:
    from collections.abc import Container

    from domain.questions import Dimension

ZoneName = NewType("ZoneName", str)
"""The IANA name of a time zone."""
DEFAULT_ZONE: Final = ZoneName("UTC")
_SUNDAY: Final = 6
SPOKEN: Final = 'the IANA name of a time zone, such as "Europe/London"'

_DAYS: Final = 7


def zone_named(text: str) -> ZoneName:
    """Return the name of a zone without the spaces around it.

    Raises:
        ValueError: there is no zone of that name.
    """
    name = text.strip()
    if name != DEFAULT_ZONE and name not in available_timezones():
        raise ValueError(text)
    return ZoneName(name)


def in_zone(at: datetime, zone: ZoneName) -> datetime:
    """Return the same moment as clocks of a zone show it, with its offset; at the ends of time as it is."""
    try:
        local = at.astimezone(ZoneInfo(zone))
    except OverflowError:
        return at.astimezone(UTC)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()), fold=0)


def hour_of_week(at: datetime, zone: ZoneName, holidays: Container[date] = ()) -> int:
    """Return the hour of the week that clocks of a zone show: 0 is Monday's first. Holidays are as Sundays."""
    local = in_zone(at, zone)
    return 24 * (_SUNDAY if local.date() in holidays else local.weekday()) + local.hour


def at_clock(day: date, clock: time, zone: ZoneName) -> datetime:
    """Return when clocks of a zone show a time on a day: the first time where twice, as much later where never."""
    try:
        return in_zone(datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC), zone)
    except OverflowError:
        return datetime.combine(day, clock, UTC)


def day_start(day: date, zone: ZoneName) -> datetime:
    """Return when a day begins in a zone."""
    return at_clock(day, time(), zone)


def start_of(span: Dimension, at: datetime, zone: ZoneName) -> datetime:
    """Return the beginning of the hour, the day or the ISO week (Monday) that a time is in.

    An hour that is there twice is two hours. Where clocks go by half an hour, that half belongs to the hour before.
    """
    return _start_of(span, at.astimezone(UTC), zone)


@lru_cache(maxsize=16_384)
def _start_of(span: Dimension, at: datetime, zone: ZoneName) -> datetime:
    if span == "hour":
        return _hour_start(at, zone)
    day = in_zone(at, zone).date()
    return day_start(day - timedelta(days=day.weekday()) if span == "week" else day, zone)


def end_of(span: Dimension, start: datetime, zone: ZoneName) -> datetime:
    """Return where the hour, day or week ends that begins at a time."""
    if span == "hour":
        end = in_zone(start + HOUR, zone)
        # Where clocks go by half an hour, one hour of the year is longer.
        while (reached := start_of("hour", end, zone)) == start:
            end = in_zone(end + HOUR / 2, zone)
        return max(reached, start + HOUR / 2)
    days = _DAYS if span == "week" else 1
    return day_start(in_zone(start, zone).date() + timedelta(days=days), zone)


def _hour_start(at: datetime, zone: ZoneName) -> datetime:
    start = in_zone(at, zone).replace(minute=0, second=0, microsecond=0)
    # Where clocks went by half an hour in between, they showed no whole hour then.
    before = in_zone(start, zone)
    return before if not before.minute else _hour_start(before, zone)
