"""How many times more often something happens in some of the time than in the rest, stratum by stratum.

The ratio of two rates over strata is that of Mantel and Haenszel, its 95 % interval that of Greenland and Robins (1985,
Biometrics 41:55-68). The odds by chance are a Poisson tail with the mean that all strata give together, which is on the
safe side: given the cases of a stratum, how many fall into part of its time varies less than Poisson.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final

from insights.statistics.intervals import Z_95, Interval

if TYPE_CHECKING:
    from collections.abc import Iterable

HALF: Final = 0.5
"""Cases that are taken to be in the rest of the time where there are none: the ratio then has an end."""


@dataclass(frozen=True)
class Stratum:
    """Cases in the time that is looked at (`exposed_time`), and those of all the time, which that is part of."""

    exposed_cases: int
    exposed_time: float
    cases: int
    time: float


@dataclass(frozen=True)
class RateRatio:
    """A ratio of rates, its 95 % interval, and how likely so many cases or more are by chance."""

    ratio: float
    interval: Interval
    odds: float


def rate_ratio(strata: Iterable[Stratum]) -> RateRatio | None:
    """Return the rate in the exposed time over the rate in the rest; None where either has no time or no case is in
    the exposed time.
    """
    from scipy.special import gammainc  # takes long to import

    exposed, rest, spread, share = 0.0, 0.0, 0.0, 0.0
    cases, expected = 0, 0.0
    for one in strata:
        if one.time > one.exposed_time > 0:
            part = one.exposed_time / one.time
            exposed += one.exposed_cases * (1 - part)
            rest += (one.cases - one.exposed_cases) * part
            spread += one.cases * part * (1 - part)
            share = max(share, part)
            cases += one.exposed_cases
            expected += one.cases * part
    if not exposed:
        return None
    rest = rest or HALF * share
    ratio, reach = exposed / rest, Z_95 * sqrt(spread / (exposed * rest))
    interval = Interval(exp(log(ratio) - reach), exp(log(ratio) + reach))
    return RateRatio(ratio, interval, float(gammainc(cases, expected)))
