"""Which sequences of steps precede complaints, calls and leaving more often than chance explains.

Sequential pattern mining with time limits (Srikant and Agrawal, 1996): an antecedent is one to three steps of different
kinds, in order, all within a window before the target. What it is held against is customer-time, as in cohort studies:
from its last step until the window is over a customer is exposed, and the rate of the target then is held against that
of all customers and times that are not, day by day and apart for those who are known to write, which adjusts for what
happens to everybody on a day (Mantel and Haenszel, `insights/statistics/rate_ratio.py`). That ratio is the lift.

After a target a customer is left out for one window: what comes then may be its consequence. What stretches of one
customer overlap are one occurrence. Of all sequences that enough customers had, as many are told as Benjamini and
Hochberg (1995) allow. This is order and rate, and no cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.errors import InputError
from domain.questions import Filters, Page
from insights.customers.exposures import Exposures, is_productive, lift
from insights.customers.timelines import COMPLAINT, LEAVING, MOST_CUSTOMERS, seconds, timelines
from insights.statistics.false_discovery import discoveries

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from domain.ports import Store
    from insights.customers.exposures import Antecedent, Exposure
    from insights.statistics.rate_ratio import RateRatio

TARGETS: Final = (COMPLAINT, "call", LEAVING)
"""Kinds of step that sequences can lead to."""
WITHIN: Final = timedelta(days=14)
STRETCH: Final = timedelta(days=90)
"""How much is looked at where nobody says from when."""
MOST_DAYS: Final = 366
"""A stretch is at most so long, and so is a window."""
EARLIEST: Final = datetime(1971, 1, 1, tzinfo=UTC)
FEWEST_CUSTOMERS: Final = 20
LEAST_FEWEST: Final = 5
"""Behind no figure stand fewer people, whatever is asked for: not of those with a sequence, nor of those it led to."""
FALSE_SHARE: Final = 0.05
"""Of the sequences that are told, so many may be chance."""


@dataclass(frozen=True, kw_only=True)
class StepSequence:
    """Steps that precede a target: of how many customers, how often, and how often the target followed.

    `confidence` is `followed` / `occurrences`; `base` is that share in as much time of customers without the sequence;
    `lift` is the ratio of the two rates with its 95 % interval [low, high]. `median_hours` are from the last step to
    the target.
    """

    steps: Antecedent
    customers: int
    occurrences: int
    followed: int
    confidence: float
    base: float
    lift: float
    low: float
    high: float
    median_hours: float


@dataclass(frozen=True, kw_only=True)
class Preceding:
    """The sequences that precede a target in [start, end), most lift first by the lower end of its interval.

    `read` of `customers` customers were looked at; `targets` is how often the target happened, `tested` how many
    sequences enough customers had.
    """

    target: str
    start: datetime
    end: datetime
    within: timedelta
    read: int
    customers: int
    targets: int
    tested: int
    sequences: tuple[StepSequence, ...]


def preceding(
    store: Store,
    target: str,
    purposes: Collection[str],
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    within: timedelta = WITHIN,
    fewest: int = FEWEST_CUSTOMERS,
    most: int = MOST_CUSTOMERS,
    now: datetime | None = None,
) -> Preceding:
    """Return which sequences precede a target; by themselves, `STRETCH` until the newest post is looked at.

    `fewest` customers have a sequence that is looked at. Posts count only of customers whose consent is in force now
    for one of the purposes.

    Raises:
        InputError: there is no such target, window or stretch are empty or too long, or `fewest` is too few.
    """
    if target not in TARGETS:
        raise InputError(f"sequences lead to {', '.join(TARGETS[:-1])} or {TARGETS[-1]}, not to {target!r}")
    if not timedelta() < within <= timedelta(days=MOST_DAYS):
        raise InputError(f"the window in which steps precede must be longer than nothing, at most {MOST_DAYS} days")
    if fewest < LEAST_FEWEST:
        raise InputError(f"sequences of fewer than {LEAST_FEWEST} customers are not shown")
    now = now or datetime.now(UTC)
    # What lies ahead is no time without a target.
    if end is None:
        newest = store.search(Filters(end=now), order="newest", page=Page(limit=1)).documents
        end = parse_instant(newest[0]["created_at"]) + timedelta(seconds=1) if newest else now
    end = min(end, now)
    start = start or max(end - STRETCH, EARLIEST + within)
    if start >= end:
        raise InputError("the stretch that is looked at ends before it begins")
    if end - start > timedelta(days=MOST_DAYS) or start < EARLIEST + within:
        raise InputError(f"a stretch of at most {MOST_DAYS} days since {EARLIEST.year} can be looked at")
    found = timelines(store, purposes, start - within, end, now=now, most=most)
    mined = Exposures(target, seconds(start), seconds(end), int(within.total_seconds()))
    for line, customers in found.lines.items():
        mined.add(line, customers)
    tested = {steps: one for steps, one in mined.of.items() if one.customers >= fewest}
    return Preceding(
        target=target,
        start=start,
        end=end,
        within=within,
        read=found.read,
        customers=found.customers,
        targets=sum(mined.everybody.cases.values()),
        tested=len(tested),
        sequences=_standing_out(tested, mined.everybody),
    )


def _standing_out(tested: Mapping[Antecedent, Exposure], everybody: Exposure) -> tuple[StepSequence, ...]:
    """Return the sequences whose lift is no chance among all that were tested."""
    held = {steps: lift(steps, one, everybody) for steps, one in tested.items()}
    odds = {steps: one.odds if one else 1.0 for steps, one in held.items()}
    surest = sorted(held, key=lambda steps: (odds[steps], steps))[: discoveries(list(odds.values()), FALSE_SHARE)]
    told = [
        _told(steps, tested[steps], ratio)
        for steps in surest
        if (ratio := held[steps]) and ratio.interval.low > 1 and is_productive(steps, tested)
    ]
    enough = (one for one in told if one.followed >= LEAST_FEWEST)
    return tuple(sorted(enough, key=lambda one: (-one.low, one.steps)))


def _told(steps: Antecedent, exposed: Exposure, held: RateRatio) -> StepSequence:
    """Return a sequence with its counts as it is told."""
    followed = sum(exposed.cases.values())
    confidence = followed / exposed.occurrences
    return StepSequence(
        steps=steps,
        customers=exposed.customers,
        occurrences=exposed.occurrences,
        followed=followed,
        confidence=confidence,
        base=confidence / held.ratio,
        lift=held.ratio,
        low=held.interval.low,
        high=held.interval.high,
        median_hours=median(exposed.delays.elements()) / 3600,
    )
