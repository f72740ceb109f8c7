"""Days that stand out among others, by the fences of Tukey (1977): they hold however high the peak itself is."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_DAYS: Final = 6
LEAST_POSTS: Final = 20
LEAST_RATIO: Final = 1.5
"""Against the median: less nobody would call a peak, however even the other days are."""
_FAR_OUT: Final = 3
"""Quartile distances above the upper quartile."""


@dataclass(frozen=True)
class Peak:
    """The highest of some days, by its place among them; the days that do not stand out have `low` to `high` posts."""

    place: int
    posts: int
    low: int
    high: int


def peak_of(days: Sequence[int], beside: Sequence[int] = ()) -> Peak | None:
    """Return the highest of `days` where it stands out among them and the days `beside`; None where none does."""
    every = [*days, *beside]
    if not days or len(every) < LEAST_DAYS:
        return None
    lower, _, upper = quantiles(every, n=4, method="inclusive")
    fence = max(upper + _FAR_OUT * (upper - lower), LEAST_RATIO * median(every))
    highest = max(days)
    if highest < LEAST_POSTS or highest <= fence:
        return None
    usual = [posts for posts in every if posts <= fence]
    return Peak(days.index(highest), highest, min(usual), max(usual))
