"""How many times more often something happens in some of the time than in the rest, stratum by stratum.

The ratio of two rates over strata is that of Mantel and Haenszel, its 95 % interval that of Greenland and Robins (1985,
Biometrics 41:55-68). The odds by chance are a Poisson tail with the mean that all strata give together, which is on the
safe side: given the cases of a stratum, how many fall into part of its time varies less than Poisson.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final

from insights.statistics.intervals import Z_95, Interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


def clustered(held: RateRatio, groups: Sequence[tuple[int, float]]) -> RateRatio:
    """Return a ratio with the interval and the odds that the spread between groups allows, where these are wider.

    `groups` are the cases of each and those to be expected of it at the rate of the rest; at least two of them. The
    variance of a ratio by random groups, as Wolter (2007) has it, with Student's t: people of one group share what
    happens to them.
    """
    from scipy.special import stdtr, stdtrit  # takes long to import

    cases, expected = sum(one for one, _ in groups), sum(one for _, one in groups)
    if not cases or not expected:
        return held
    apart = sum((one - cases / expected * usual) ** 2 for one, usual in groups)
    error, freedom = sqrt(apart * len(groups) / (len(groups) - 1)) / cases, len(groups) - 1
    if not error:
        return held
    reach = float(stdtrit(freedom, 0.975)) * error
    wider = Interval(
        min(held.interval.low, exp(log(held.ratio) - reach)), max(held.interval.high, exp(log(held.ratio) + reach))
    )
    return replace(held, interval=wider, odds=max(held.odds, float(stdtr(freedom, -log(held.ratio) / error))))
