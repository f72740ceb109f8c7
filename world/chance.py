"""Seeded chance: the same seed gives the same sample, byte for byte."""

from __future__ import annotations

import random
from bisect import bisect
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

START: Final = datetime(2026, 10, 5, tzinfo=UTC)
DAYS: Final = 14
END: Final = START + timedelta(days=DAYS)

_HOURS: Final = (3, 2, 1, 1, 1, 3, 9, 18, 24, 22, 21, 22, 27, 24, 21, 21, 23, 27, 31, 34, 33, 27, 17, 8)
"""How much is written in each hour of an ordinary day."""

_WEEKDAYS: Final = (100, 102, 100, 101, 103, 86, 82)


class Chance:
    """What the sample draws from. Only `random()` of the generator is used, which never changed between Pythons."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        """Return a whole number from 0 on, below a limit."""
        return int(self._random.random() * limit)

    def between(self, low: float, high: float) -> float:
        """Return a number in [low, high)."""
        return low + (high - low) * self._random.random()

    def happens(self, probability: float) -> bool:
        """Tell whether something of this probability happens."""
        return self._random.random() < probability

    def one(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of the items, by weight."""
        sums = list(accumulate(weights))
        return items[min(bisect(sums, self._random.random() * sums[-1]), len(items) - 1)]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Return different items, in drawn order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def heavy(self, *, least: float, tail: float) -> int:
        """Return a whole number with a heavy tail (Pareto): many near `least`, few very large."""
        return int(least / (1 - self._random.random()) ** (1 / tail))

    def moment(self, start: datetime = START, end: datetime = END) -> datetime:
        """Return a time in [start, end) by the rhythm of days and hours."""
        hour = bisect(sums := _rhythm(start, end), self._random.random() * sums[-1])
        moment = start + timedelta(hours=min(hour, len(sums) - 1), seconds=self.below(3600))
        return min(moment, end - timedelta(seconds=1))


@cache
def _rhythm(start: datetime, end: datetime) -> tuple[int, ...]:
    """Return how much is written up to the end of each hour, added up."""
    times = [start + timedelta(hours=hour) for hour in range(max(1, round((end - start) / timedelta(hours=1))))]
    return tuple(accumulate(_HOURS[time.hour] * _WEEKDAYS[time.weekday()] for time in times))
