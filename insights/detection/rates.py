"""How many posts are usual at an hour of the week and in a place: what a burst is held against.

An hour of the week has a rate, a place a share of it: places are too many, and most too quiet, for rates of their own.
Hours in which something happened before are left out, and hours that were not heard. How far hours are from their
rates, beyond what chance does (Poisson), is the spread of a negative binomial.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import fmean, median
from typing import TYPE_CHECKING, Final

from domain.hours import HOUR
from domain.questions import Filters
from domain.zones import hour_of_week
from insights.coverage import heard_shares

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from domain.ports import Store
    from domain.zones import ZoneName

WEEKS: Final = 4
FEWEST_WEEKS: Final = 1
"""Of an operator that was not listened for so long nothing is usual yet."""
HOURS: Final = 168
_BURST: Final = 3.0
_AND: Final = 5
"""An hour with more than so many times what is usual and so many more is left out: something happened then."""
_NEIGHBOURS: Final = ((-1, 0.25), (0, 0.5), (1, 0.25))
_SPREAD: Final = (0.1, 2.0)
_UNSEEN: Final = 0.5
"""Posts that a place is given beside those that it had."""


@dataclass(frozen=True)
class Rates:
    """`hourly`: posts in each hour of the week, Monday's first hour first; `shares`: the part of each place.

    `spread` is 1/n of a negative binomial: its variance is m + spread * m². `hours` is how many hours stand behind it.
    `holidays` are as Sundays.
    """

    hourly: Sequence[float]
    shares: Mapping[str, float]
    unseen: float
    spread: float
    hours: int
    zone: ZoneName
    holidays: Container[date] = ()

    @classmethod
    def of(
        cls, store: Store, filters: Filters, until: datetime, zone: ZoneName, holidays: Container[date] = ()
    ) -> Rates | None:
        """Return what was usual in the `WEEKS` before a time; None where that is less than `FEWEST_WEEKS`.

        They are counted from the first post about the same brands, whatever it speaks of: who says little of faults
        was listened to as well.
        """
        chosen = replace(filters, start=until - timedelta(weeks=WEEKS), end=until)
        whole = Filters(brands=filters.brands, start=chosen.start, end=until)
        days = [one.keys[0] for one in store.count_by(whole, ("day",), zone=zone)]
        if not days:
            return None
        counted = {one.keys[0]: one.total for one in store.count_by(chosen, ("hour",), zone=zone)}
        heard = heard_shares(store, chosen, ("hour",), zone)
        first = min(days)
        known = [at for at in _hours(first, until) if heard.get((at,), 1.0) > 0.5]
        if until - first < timedelta(weeks=FEWEST_WEEKS) or not known:
            return None
        by_hour: dict[int, list[int]] = defaultdict(list)
        for at in known:
            by_hour[hour_of_week(at, zone, holidays)].append(counted.get(at, 0))
        around = {hour: [x for step, _ in _NEIGHBOURS for x in by_hour[(hour + step) % HOURS]] for hour in range(HOURS)}
        most = {hour: _BURST * median(some) + _AND if some else 0.0 for hour, some in around.items()}
        plain = {hour: [x for x in by_hour[hour] if x <= most[hour]] for hour in range(HOURS)}
        means = {hour: fmean(some) for hour, some in plain.items() if some}
        rates = []
        for hour in range(HOURS):
            near = [
                (weight, means[beside]) for step, weight in _NEIGHBOURS if (beside := (hour + step) % HOURS) in means
            ]
            weights = sum(weight for weight, _ in near)
            rates.append(sum(weight * mean for weight, mean in near) / weights if near else fmean(means.values()))
        off = [(x, rates[hour]) for hour, some in plain.items() for x in some]
        squares = sum(rate * rate for _, rate in off)
        spread = sum((x - rate) ** 2 - rate for x, rate in off) / squares if squares else _SPREAD[0]
        total = sum(counted.values()) + 1
        unseen = _UNSEEN / total
        shares = {
            one.keys[0]: one.total / total + unseen
            for one in store.count_by(chosen, ("whereabouts",))
            if one.keys[0] is not None
        }
        return cls(rates, shares, unseen, min(max(spread, _SPREAD[0]), _SPREAD[1]), len(known), zone, holidays)

    def expected(self, where: str | None, start: datetime, end: datetime) -> float:
        """Return how many posts are usual in [start, end) in a place, everywhere where it is None."""
        total = 0.0
        for at in _hours(start.replace(minute=0, second=0, microsecond=0), end):
            inside = min(end, at + HOUR) - max(start, at)
            total += self.hourly[hour_of_week(at, self.zone, self.holidays)] * (inside / HOUR)
        return total if where is None else total * self.shares.get(where, self.unseen)


def _hours(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += HOUR
