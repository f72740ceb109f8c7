"""ISO weeks in UTC: Monday to Sunday, `2019-W48`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

DAYS: Final = 7
HOURS: Final = 24 * DAYS


@dataclass(frozen=True, order=True)
class Week:
    """One ISO week, `start <= time < end`."""

    start: datetime

    @property
    def end(self) -> datetime:
        """The Monday after."""
        return self.start + timedelta(days=DAYS)

    @property
    def label(self) -> str:
        """As it is written: `2019-W48`."""
        return f"{self.start:%G-W%V}"

    @property
    def words(self) -> str:
        """As people say it: `25 November to 1 December 2019`."""
        last = self.end - timedelta(days=1)
        if self.start.year != last.year:
            return f"{self.start.day} {self.start:%B %Y} to {last.day} {last:%B %Y}"
        month = "" if self.start.month == last.month else f" {self.start:%B}"
        return f"{self.start.day}{month} to {last.day} {last:%B %Y}"

    @property
    def days(self) -> tuple[datetime, ...]:
        """The beginnings of its seven days."""
        return tuple(self.start + timedelta(days=day) for day in range(DAYS))

    @property
    def before(self) -> Week:
        """The week before."""
        return Week(self.start - timedelta(days=DAYS))


def week_of(time: datetime) -> Week:
    """Return the week that a time is in."""
    day = time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Week(day - timedelta(days=day.weekday()))


def parse_week(text: str) -> Week:
    """Return the week that a text such as `2019-W48` names.

    Raises:
        InputError: the text is not written so, or the year has no such week.
    """
    try:
        week = Week(datetime.strptime(f"{text}-1", "%G-W%V-%u").replace(tzinfo=UTC))
    except ValueError:
        raise InputError(f"{text!r} is not a week; write it as 2019-W48") from None
    if week.label != text:
        raise InputError(f"{text!r} is not a week; did you mean {week.label}?")
    return week


def choose_week(asked: str | None, days: Sequence[datetime]) -> Week:
    """Return the week asked for, else the last with posts on all seven days, else the last with any.

    `days` are the days that have posts.

    Raises:
        InputError: the week is not written as one, or has no posts.
    """
    if not days:
        raise InputError("there are no posts yet; collect some first")
    weeks = [week_of(day) for day in days]
    if asked is None:
        return max((week for week in weeks if weeks.count(week) == DAYS), default=max(weeks))
    week = parse_week(asked)
    if week not in weeks:
        raise InputError(
            f"there are no posts in {week.label}; they reach from {min(weeks).label} to {max(weeks).label}"
        )
    return week
