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

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from statistics import median
from typing import TYPE_CHECKING, Final, TypeAlias

from domain.errors import InputError
from domain.event import NETWORK_KINDS
from domain.questions import Filters, Page
from insights.customers.timelines import COMPLAINT, LEAVING, MOST_CUSTOMERS, seconds, timelines
from insights.statistics.false_discovery import discoveries
from insights.statistics.rate_ratio import RateRatio, Stratum, clustered, rate_ratio

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from domain.ports import Store
    from insights.customers.timelines import At, Timeline

TARGETS: Final = (COMPLAINT, "call", LEAVING)
"""Kinds of step that sequences can lead to."""
WITHIN: Final = timedelta(days=14)
STRETCH: Final = timedelta(days=90)
"""How much is looked at where nobody says from when."""
MOST_DAYS: Final = 366
"""A stretch is at most so long, and so is a window."""
EARLIEST: Final = datetime(1971, 1, 1, tzinfo=UTC)
LONGEST: Final = 3
FEWEST_CUSTOMERS: Final = 20
LEAST_FEWEST: Final = 5
"""Behind no figure stand fewer people, whatever is asked for: not of those with a sequence, nor of those it led to."""
FEWEST_GROUPS: Final = 5
FALSE_SHARE: Final = 0.05
"""Of the sequences that are told, so many may be chance."""
_DAY: Final = 86_400

Antecedent: TypeAlias = tuple[str, ...]


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
    end = min(end, now) if end else _newest(store, now)
    start = start or max(end - STRETCH, EARLIEST + within)
    if start >= end:
        raise InputError("the stretch that is looked at ends before it begins")
    if end - start > timedelta(days=MOST_DAYS) or start < EARLIEST + within:
        raise InputError(f"a stretch of at most {MOST_DAYS} days since {EARLIEST.year} can be looked at")
    found = timelines(store, purposes, start - within, end, now=now, most=most)
    mined = _Mined(target, seconds(start), seconds(end), int(within.total_seconds()))
    for line, customers in found.lines.items():
        mined.add(line, customers)
    tested = {steps: one for steps, one in mined.exposures.items() if one.customers >= fewest}
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


def _newest(store: Store, now: datetime) -> datetime:
    """Return the end of what is stored: just after the newest post."""
    newest = store.search(Filters(end=now), order="newest", page=Page(limit=1)).documents
    return datetime.fromisoformat(newest[0]["created_at"]) + timedelta(seconds=1) if newest else now


@dataclass
class _Exposure:
    """Customer-time, by (heard, day), and the targets in it; of sequences also by group."""

    customers: int = 0
    occurrences: int = 0
    time: Counter[tuple[bool, int]] = field(default_factory=Counter)
    cases: Counter[tuple[bool, int]] = field(default_factory=Counter)
    delays: Counter[int] = field(default_factory=Counter)
    groups: defaultdict[int, Counter[tuple[bool, int]]] = field(default_factory=lambda: defaultdict(Counter))
    group_cases: Counter[int] = field(default_factory=Counter)


@dataclass
class _Open:
    """A sequence that a customer has seen: since when, until when that counts, and its last step."""

    since: At
    until: At
    last: At


class _Mined:
    """What is counted over all time lines."""

    def __init__(self, target: str, start: At, end: At, within: int) -> None:
        self.exposures: defaultdict[Antecedent, _Exposure] = defaultdict(_Exposure)
        self.everybody = _Exposure()
        self._target, self._start, self._end, self._within = target, start, end, within

    def add(self, line: Timeline, customers: int) -> None:
        """Count a time line that so many customers share."""
        end = self._end if line.until is None else min(self._end, line.until)
        began: dict[Antecedent, At] = {}
        seen: dict[Antecedent, _Open] = {}
        counted: set[Antecedent] = set()
        risk_from = line.since
        for at, together in groupby(line.steps, key=itemgetter(0)):
            kinds = {kind for _, kind in together}
            if at < risk_from or at > end:
                continue
            if self._target in kinds:
                self._reached(line, customers, at, risk_from, seen, counted)
                risk_from = at + self._within
                began, seen = {}, {}
            else:
                for steps, since in self._longer(began, kinds, at):
                    began[steps] = since
                    until = since + self._within
                    if steps in seen and at <= seen[steps].until:
                        seen[steps].until, seen[steps].last = until, at
                    else:
                        self._close(line, customers, steps, seen.get(steps), end, counted)
                        seen[steps] = _Open(at, until, at)
        for steps, one in seen.items():
            self._close(line, customers, steps, one, end, counted)
        self._spend(self.everybody, line, customers, risk_from, end)

    def _longer(self, began: Mapping[Antecedent, At], kinds: set[str], at: At) -> list[tuple[Antecedent, At]]:
        """Return the sequences that steps at a time complete, each with the latest time at which it can have begun."""
        longer: list[tuple[Antecedent, At]] = [((kind,), at) for kind in sorted(kinds)]
        for steps, since in began.items():
            if len(steps) < LONGEST and at < since + self._within:
                longer += [((*steps, kind), since) for kind in sorted(kinds) if kind not in steps]
        return longer

    def _reached(
        self,
        line: Timeline,
        customers: int,
        at: At,
        risk_from: At,
        seen: Mapping[Antecedent, _Open],
        counted: set[Antecedent],
    ) -> None:
        """Count a target, and what was seen before it."""
        case = (line.heard, (at - self._start) // _DAY)
        for steps, one in seen.items():
            self._close(line, customers, steps, one, at, counted)
            if self._start <= at <= one.until and at < self._end:
                self.exposures[steps].cases[case] += customers
                self.exposures[steps].delays[at - one.last] += customers
                self.exposures[steps].group_cases[line.group] += customers
        self._spend(self.everybody, line, customers, risk_from, at)
        if self._start <= at < self._end:
            self.everybody.cases[case] += customers

    def _close(
        self, line: Timeline, customers: int, steps: Antecedent, one: _Open | None, end: At, counted: set[Antecedent]
    ) -> None:
        """Count one occurrence, until a time at the latest."""
        if one is None or not self._spend(self.exposures[steps], line, customers, one.since, min(one.until, end)):
            return
        self.exposures[steps].occurrences += customers
        if steps not in counted:
            self.exposures[steps].customers += customers
            counted.add(steps)

    def _spend(self, exposure: _Exposure, line: Timeline, customers: int, since: At, until: At) -> bool:
        """Add the time in [since, until) that lies in the stretch; tell whether there is any."""
        since, until = max(since, self._start), min(until, self._end)
        if since >= until:
            return False
        for day in range((since - self._start) // _DAY, (until - self._start - 1) // _DAY + 1):
            first = self._start + day * _DAY
            spent = customers * (min(until, first + _DAY) - max(since, first))
            exposure.time[line.heard, day] += spent
            exposure.groups[line.group][line.heard, day] += spent
        return True


def _standing_out(tested: Mapping[Antecedent, _Exposure], everybody: _Exposure) -> tuple[StepSequence, ...]:
    """Return the sequences whose lift is no chance among all that were tested."""
    held = {steps: _held(steps, one, everybody) for steps, one in tested.items()}
    odds = {steps: one.odds if one else 1.0 for steps, one in held.items()}
    surest = sorted(held, key=lambda steps: (odds[steps], steps))[: discoveries(list(odds.values()), FALSE_SHARE)]
    told = (_told(steps, tested[steps], held[steps]) for steps in surest if _is_productive(steps, tested))
    return tuple(sorted((one for one in told if one), key=lambda one: (-one.low, one.steps)))


def _held(steps: Antecedent, exposed: _Exposure, everybody: _Exposure) -> RateRatio | None:
    """Return the rate after a sequence over that of the rest, by groups of places where the network is part of it."""
    held = rate_ratio(_strata(exposed, everybody))
    if held is None or set(NETWORK_KINDS).isdisjoint(steps):
        return held
    if len(exposed.group_cases) < FEWEST_GROUPS:
        return None
    usual = {
        where: (everybody.cases[where] - exposed.cases[where]) / rest
        for where, time in exposed.time.items()
        if (rest := everybody.time[where] - time) > 0
    }
    groups = [
        (exposed.group_cases[group], sum(time * usual.get(where, 0.0) for where, time in sorted(spent.items())))
        for group, spent in sorted(exposed.groups.items())
    ]
    return clustered(held, groups)


def _is_productive(steps: Antecedent, tested: Mapping[Antecedent, _Exposure]) -> bool:
    """Tell whether a sequence says more than it does without any one of its steps."""
    parts = [(*steps[:place], *steps[place + 1 :]) for place in range(len(steps))] if len(steps) > 1 else []
    held = [rate_ratio(_strata(tested[steps], tested[part])) for part in parts]
    return all(one is not None and one.interval.low > 1 for one in held)


def _strata(exposed: _Exposure, everybody: _Exposure) -> Iterator[Stratum]:
    for where, time in sorted(exposed.time.items()):
        yield Stratum(exposed.cases[where], time, everybody.cases[where], everybody.time[where])


def _told(steps: Antecedent, exposed: _Exposure, held: RateRatio | None) -> StepSequence | None:
    """Return a sequence as it is told, None where its lift may be none or too few people stand behind it."""
    followed = sum(exposed.cases.values())
    if held is None or held.interval.low <= 1 or followed < LEAST_FEWEST:
        return None
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
