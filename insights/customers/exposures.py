"""Customer-time after sequences of steps, what happened in it, and by how much more than in the rest.

How it is counted and what it is held against is said in `insights/customers/sequences.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from domain.event import NETWORK_KINDS
from insights.statistics.rate_ratio import RateRatio, Stratum, clustered, rate_ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from insights.customers.timelines import At, Timeline

LONGEST: Final = 3
"""Steps that a sequence has at most."""
FEWEST_GROUPS: Final = 5
_DAY: Final = 86_400

Antecedent: TypeAlias = tuple[str, ...]


@dataclass
class Exposure:
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


class Exposures:
    """What is counted over all time lines: of each sequence, and of everybody."""

    def __init__(self, target: str, start: At, end: At, within: int) -> None:
        self.of: defaultdict[Antecedent, Exposure] = defaultdict(Exposure)
        self.everybody = Exposure()
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
                longer: list[tuple[Antecedent, At]] = [((kind,), at) for kind in kinds]
                for steps, since in began.items():
                    if len(steps) < LONGEST and at < since + self._within:
                        longer += [((*steps, kind), since) for kind in kinds if kind not in steps]
                # Each with the latest time at which it can have begun.
                for steps, since in longer:
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
                self.of[steps].cases[case] += customers
                self.of[steps].delays[at - one.last] += customers
                self.of[steps].group_cases[line.group] += customers
        self._spend(self.everybody, line, customers, risk_from, at)
        if self._start <= at < self._end:
            self.everybody.cases[case] += customers

    def _close(
        self, line: Timeline, customers: int, steps: Antecedent, one: _Open | None, end: At, counted: set[Antecedent]
    ) -> None:
        """Count one occurrence, until a time at the latest."""
        if one is None or not self._spend(self.of[steps], line, customers, one.since, min(one.until, end)):
            return
        self.of[steps].occurrences += customers
        if steps not in counted:
            self.of[steps].customers += customers
            counted.add(steps)

    def _spend(self, exposure: Exposure, line: Timeline, customers: int, since: At, until: At) -> bool:
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


def lift(steps: Antecedent, exposed: Exposure, everybody: Exposure) -> RateRatio | None:
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


def is_productive(steps: Antecedent, tested: Mapping[Antecedent, Exposure]) -> bool:
    """Tell whether a sequence says more than it does without any one of its steps."""
    parts = [(*steps[:place], *steps[place + 1 :]) for place in range(len(steps))] if len(steps) > 1 else []
    held = [rate_ratio(_strata(tested[steps], tested[part])) for part in parts]
    return all(one is not None and one.interval.low > 1 for one in held)


def _strata(exposed: Exposure, everybody: Exposure) -> Iterator[Stratum]:
    for where, time in sorted(exposed.time.items()):
        yield Stratum(exposed.cases[where], time, everybody.cases[where], everybody.time[where])
