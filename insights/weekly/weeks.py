"""The weeks: which one is meant, what of it is covered by posts, and how it stands beside the week before.

ISO weeks, Monday to Sunday, of the zone that is reported in: `2019-W48`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.errors import InputError
from domain.hours import HOUR
from domain.zones import DEFAULT_ZONE, day_start, in_zone
from insights import wording
from insights.coverage import not_heard
from insights.statistics.comparing import net_change, volume_change
from insights.totals import count_posts
from insights.weekly.findings import Coverage, Mood, SourceCoverage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from domain.ports import Store
    from domain.questions import Count, Filters
    from domain.zones import ZoneName
    from insights.weekly.findings import Change

DAYS: Final = 7
_UNKNOWN: Final[dict[str, dict[str, Any]]] = {
    "without_author": {"authors": (None,)},
    "without_place": {"places": (None,)},
    "without_language": {"languages": (None,)},
    "without_sentiment": {"sentiments": (None,)},
    "without_brand": {"brands": (None,)},
    "without_topic": {"topics": (None,)},
}


@dataclass(frozen=True, order=True)
class Week:
    """One ISO week of a zone, by its Monday: `start <= time < end`, of 167 or 169 hours where clocks change in it."""

    monday: date
    zone: ZoneName = DEFAULT_ZONE

    @property
    def start(self) -> datetime:
        """When its Monday begins."""
        return day_start(self.monday, self.zone)

    @property
    def end(self) -> datetime:
        """When the Monday after begins."""
        return self.after.start

    @property
    def hours(self) -> int:
        """How many hours it has, one begun at its end counted too."""
        return -((self.start - self.end) // HOUR)

    @property
    def label(self) -> str:
        """As it is written: `2019-W48`."""
        return f"{self.monday:%G-W%V}"

    @property
    def words(self) -> str:
        """As people say it: `25 November to 1 December 2019`."""
        first, last = self.monday, self.monday + timedelta(days=DAYS - 1)
        if first.year != last.year:
            return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
        month = "" if first.month == last.month else f" {first:%B}"
        return f"{first.day}{month} to {last.day} {last:%B %Y}"

    @property
    def days(self) -> tuple[datetime, ...]:
        """The beginnings of its seven days."""
        return tuple(day_start(self.monday + timedelta(days=day), self.zone) for day in range(DAYS))

    @property
    def before(self) -> Week:
        """The week before."""
        return Week(self.monday - timedelta(days=DAYS), self.zone)

    @property
    def after(self) -> Week:
        """The week after."""
        return Week(self.monday + timedelta(days=DAYS), self.zone)


def week_of(time: datetime, zone: ZoneName = DEFAULT_ZONE) -> Week:
    """Return the week that a time is in."""
    day = in_zone(time, zone).date()
    return Week(day - timedelta(days=day.weekday()), zone)


def parse_week(text: str, zone: ZoneName = DEFAULT_ZONE) -> Week:
    """Return the week that a text such as `2019-W48` names.

    Raises:
        InputError: the text is not written so, or the year has no such week.
    """
    try:
        week = Week(datetime.strptime(f"{text}-1", "%G-W%V-%u").date(), zone)  # noqa: DTZ007 - a day alone
    except ValueError:
        raise InputError(f"{text!r} is not a week; write it as 2019-W48") from None
    if week.label != text:
        raise InputError(f"{text!r} is not a week; did you mean {week.label}?")
    return week


def choose_week(asked: str | None, days: Sequence[datetime], zone: ZoneName = DEFAULT_ZONE) -> Week:
    """Return the week asked for, else the last with posts on all seven days, else the last with any.

    `days` are the beginnings of the days of the zone that have posts.

    Raises:
        InputError: the week is not written as one, or has no posts.
    """
    if not days:
        raise InputError("there are no posts yet; collect some first")
    weeks = [week_of(day, zone) for day in days]
    if asked is None:
        return max((week for week in weeks if weeks.count(week) == DAYS), default=max(weeks))
    week = parse_week(asked, zone)
    if week not in weeks:
        raise InputError(
            f"there are no posts in {week.label}; they reach from {min(weeks).label} to {max(weeks).label}"
        )
    return week


@dataclass(frozen=True)
class Days:
    """Some posts of a week and of the week before by day. `covered` are the days with any post at all."""

    week: Week
    tallies: Mapping[datetime, Count]
    covered: frozenset[datetime]

    @property
    def posts(self) -> int:
        """Posts of the week."""
        return sum(tally.total for tally in self._of(self.week))

    @property
    def mood(self) -> Mood:
        """Mood of the week."""
        return _mood(self._of(self.week))

    @property
    def net_change(self) -> Change:
        """Net sentiment against the week before."""
        return net_change(self.mood, _mood(self._of(self.week.before)))

    @property
    def volume_change(self) -> Change:
        """Posts against the week before, on the weekdays that both cover."""
        pairs = list(zip(self.week.days, self.week.before.days, strict=True))
        both = [pair for pair in pairs if self.covered.issuperset(pair)]
        counts = [(self._posts(day), self._posts(day_before)) for day, day_before in both]
        return volume_change(counts, of=len(self.covered.intersection(self.week.days)))

    def _posts(self, day: datetime) -> int:
        return self.tallies[day].total if day in self.tallies else 0

    def _of(self, week: Week) -> list[Count]:
        return [self.tallies[day] for day in week.days if day in self.tallies]


def _mood(tallies: Sequence[Count]) -> Mood:
    return Mood.counted(
        sum(tally.negative for tally in tallies),
        sum(tally.neutral for tally in tallies),
        sum(tally.positive for tally in tallies),
    )


def coverage_of_week(store: Store, filters: Filters, week: Week) -> Coverage:
    """Return how far the week is covered; all posts are counted, copies too."""
    present = [tally.keys[0] for tally in store.count_by(filters, ("day",), zone=week.zone)]
    missing = [start for start in week.days if start not in present]
    note = None
    if missing:
        named = ", ".join(f"{time:%a}" for time in missing)
        note = (
            f"This week is covered in part: there are posts on {len(present)} of {DAYS} days"
            f" ({named} without any). Figures are of the days with posts."
        )
    by_source: dict[str, list[Count]] = defaultdict(list)
    for tally in store.count_by(filters, ("source", "hour"), zone=week.zone):
        by_source[tally.keys[0]].append(tally)
    sources = tuple(
        SourceCoverage(
            source=source,
            posts=sum(tally.total for tally in hours),
            hours_without=week.hours - len(hours),
            first_at=min(tally.keys[1] for tally in hours),
            last_at=max(tally.keys[1] for tally in hours),
        )
        for source, hours in sorted(by_source.items())
    )
    unknown = {name: count_posts(store, replace(filters, **values)) for name, values in _UNKNOWN.items()}
    return Coverage(
        days_with_posts=len(present),
        days_without=tuple(map(wording.day, missing)),
        note=note,
        not_heard=not_heard(store, filters),
        sources=sources,
        posts=count_posts(store, filters),
        hours=week.hours,
        **unknown,
    )
