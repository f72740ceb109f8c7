"""When who speaks of what: ordinary days and happenings, as plain numbers in order of time."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from world.happenings.happening import DAY, LOCAL_HOURS, START, Happening
from world.happenings.rates import (
    EVERYDAY,
    EVERYDAY_RIVAL,
    ONSET_MINUTES,
    ONSET_SPREAD,
    awake,
    hourly,
)
from world.voices.speakers import ABROAD, regulars, speakers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from world.network.country import Country

_STILL: Final = 0.2
"""Part of those who come to write after the end who still do."""
_WAVE_SPREAD: Final = 1.0


@dataclass(frozen=True, slots=True, order=True)
class Utterance:
    """Somebody will write at a time (minutes since the start); `cause` is what of, None on an ordinary day."""

    at: float
    order: int
    number: int
    cause: Happening | None = None


class Stream:
    """Yields utterances in order of time, a day at a time; what happenings set off waits until its day comes."""

    def __init__(self, country: Country, happenings: Sequence[Happening], rng: np.random.Generator) -> None:
        self._country = country
        self._rng = rng
        self._order = 0
        self._waiting = list(heapq.merge(*(self._set_off(one) for one in happenings)))
        heapq.heapify(self._waiting)

    def day(self, day: int) -> Iterator[Utterance]:
        """Yield what is said on a day; each is to be asked for before the next day."""
        for one in self._ordinary(day):
            heapq.heappush(self._waiting, one)
        while self._waiting and self._waiting[0].at < (day + 1) * DAY:
            yield heapq.heappop(self._waiting)

    def _ordinary(self, day: int) -> Iterator[Utterance]:
        rng, country = self._rng, self._country
        ours, all_of_them = country.customers, country.people
        shape = hourly((START.weekday() + day) % 7)
        for first, last, rate in ((0, ours, EVERYDAY), (ours, all_of_them, EVERYDAY_RIVAL)):
            hours = rng.poisson(shape * rate * (last - first))
            times = np.repeat(np.arange(24), hours) * 60 + rng.uniform(0, 60, hours.sum())
            numbers = regulars(country, rng, first, last, len(times))
            # Local hours, counted from midnight in UTC.
            times = day * DAY + (times - 60 * LOCAL_HOURS) % DAY
            yield from self._utterances(zip(times.tolist(), numbers.tolist(), strict=False), None)

    def _set_off(self, one: Happening) -> list[Utterance]:
        """Return what a happening makes people write."""
        rng = self._rng
        count = int(rng.poisson(one.affected * one.rate * one.severity))
        lasting = one.end - one.start
        if one.verdict != "trap":
            delays = ONSET_MINUTES * np.exp(ONSET_SPREAD * rng.standard_normal(count))
        elif one.kind == "football":
            delays = lasting * rng.random(count)
        else:
            delays = lasting / 6 * np.exp(_WAVE_SPREAD * rng.standard_normal(count))
        kept = (delays <= lasting) | (rng.random(count) < _STILL)
        times = (one.start + delays)[kept]
        times = times[rng.random(len(times)) < awake(times, LOCAL_HOURS)] if one.kind != "storm" else times
        if one.kind == "storm":
            numbers = ABROAD + np.arange(len(times), dtype=np.int64)
        else:
            everybody = one.kind in {"football", "joke", "device_update", "rival_outage"}
            ranges = [(0, self._country.people)] if everybody else one.ranges
            numbers = speakers(self._country, rng, ranges, len(times))
        return sorted(self._utterances(zip(times.tolist(), numbers.tolist(), strict=False), one))

    def _utterances(self, said: Iterable[tuple[float, int]], cause: Happening | None) -> Iterator[Utterance]:
        for at, number in said:
            self._order += 1
            yield Utterance(at, self._order, number, cause)
