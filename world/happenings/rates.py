"""How often, how soon and when people speak: the figures, where they are from, and what is our guess.

- O2, 11 July 2012: over 57,000 tweets of an outage that met up to a third of 23 million customers, 0.75 % of them;
  182 mentions in an hour before it (110 a day and million customers, by the shape of a day below).
- Under 2 % of posts carry a position of their own.
- Nine days of posts about UK operators, November 2019: the hours of a day, the days of a week (their Thursday had a
  story and is levelled), and that a quarter of them are shares.
- Everything else here is a guess, and said to be one in `docs/world.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shares = NDArray[np.float64]

PER_AFFECTED: Final = 0.0075
"""Posts of an outage of some hours per customer whom it meets (O2)."""
EVERYDAY: Final = 450e-6
"""Posts about the operator per customer and ordinary day: O2's 110 a million on one network, and as much again in each
of three other kinds of sources (guess)."""
EVERYDAY_RIVAL: Final = 450e-6
ONSET_MINUTES: Final = 15.0
ONSET_SPREAD: Final = 1.1
"""Delay from the onset to a post: lognormal, its median, and the deviation of its logarithm (guess)."""
CALLS: Final = 0.01
"""Calls about an outage per customer whom it meets; people call later than they write (guess)."""
GEOTAGGED: Final = 0.015
TELLS_PLACE: Final = 0.45
"""Part of the posts about a fault that name where (guess)."""
WRONG_PLACE: Final = 0.04
"""Of those, part that name another town: of a friend, on the way, by mistake (guess)."""

_HOURS: Final = np.array(
    [
        1.5,
        0.9,
        0.4,
        0.5,
        0.5,
        0.8,
        1.3,
        2.2,
        4.1,
        4.8,
        7.0,
        6.6,
        8.0,
        7.0,
        6.6,
        5.9,
        6.1,
        5.8,
        6.8,
        6.1,
        5.9,
        4.7,
        4.0,
        2.4,
    ]
)
_WEEKDAYS: Final = np.array([1.10, 1.10, 1.05, 1.10, 1.05, 0.82, 0.78])
_BUSY: Final = 4.5
"""From this share of a day's posts on an hour holds nobody up."""


def hourly(weekday: int) -> Shares:
    """Return which part of an ordinary day's posts each local hour has; over a week they add up to seven."""
    shape: Shares = _HOURS / _HOURS.sum() * _WEEKDAYS[weekday]
    return shape


def awake(minutes: Shares, local_hours: int) -> Shares:
    """Return how many people are about at times in minutes since a midnight in UTC, against a busy hour, 0 to 1."""
    hours = ((minutes / 60 + local_hours) % 24).astype(np.int64)
    return np.minimum(1.0, _HOURS[hours] / _BUSY)
