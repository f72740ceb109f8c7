"""Times as quarters of an hour, counted from the year 1: hours and days of every zone of today are whole ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from domain.documents import instant, parse_instant
from domain.zones import DEFAULT_ZONE, in_zone, start_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from domain.questions import Dimension
    from domain.zones import ZoneName

QUARTER: Final = timedelta(minutes=15)
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_BEFORE_1970_S: Final = 62_135_596_800
QUARTER_SQL: Final = f"""(CAST(strftime('%s', p."created_at") AS INTEGER) + {_BEFORE_1970_S}) / 900"""
"""The quarter of a post."""
_LONG: Final[dict[Dimension, int]] = {"hour": 4, "day": 96, "week": 7 * 96}
_DAY: Final = 96


def quarter_of(at: datetime) -> tuple[int, bool]:
    """Return the quarter that a time is in, to the millisecond, and whether it is the beginning of it."""
    number, behind = divmod(parse_instant(instant(at)) - _BEGINNING, QUARTER)
    return number, not behind


def moment_of(quarter: int) -> datetime:
    """Return when a quarter begins."""
    return _BEGINNING + quarter * QUARTER


def starts_of(span: Dimension, quarters: Sequence[int], zone: ZoneName) -> tuple[list[datetime], NDArray[np.intp]]:
    """Return beginnings of hours, days or weeks in a zone, and the place of each quarter's among them.

    A beginning may stand there more than once.
    """
    given = np.asarray(quarters, np.int64)
    offsets = _offsets(given, zone)
    # Where clocks change, a day has two pieces, each with its own offset; where it begins is asked of the zone.
    # 1 January of the year 1 is a Monday, so weeks are whole sevens of days.
    pieces = (given + offsets) // _LONG[span] * (4 * _DAY) + offsets + 2 * _DAY
    different = np.unique(pieces)
    places = np.searchsorted(different, pieces)
    first = np.zeros(len(different), np.int64)
    first[places] = given
    return [start_of(span, moment_of(quarter), zone) for quarter in first.tolist()], places


def _offsets(quarters: NDArray[np.int64], zone: ZoneName) -> NDArray[np.int64]:
    """Return how many quarters clocks of the zone are ahead of UTC in each of these quarters."""
    if zone == DEFAULT_ZONE:
        return np.zeros(len(quarters), np.int64)
    days = quarters // _DAY
    different = np.unique(days)
    at = np.searchsorted(different, days)
    begun, ended = (
        np.array([_offset(day * _DAY + quarter, zone) for day in different.tolist()], np.int64)
        for quarter in (0, _DAY - 1)
    )
    offsets = begun[at]
    for place in np.flatnonzero((begun != ended)[at]).tolist():
        offsets[place] = _offset(int(quarters[place]), zone)
    return offsets


def _offset(quarter: int, zone: ZoneName) -> int:
    return round((in_zone(moment_of(quarter), zone).utcoffset() or timedelta()) / QUARTER)
