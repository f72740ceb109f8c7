"""What happens when: drawn from the seed, in kinds whose numbers are the same whatever the number of customers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from world.happenings.happening import DAY, LOCAL_HOURS, Happening
from world.happenings.rates import PER_AFFECTED
from world.happenings.traps import TRAPS, trap
from world.network.country import SITE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world.network.country import Country, Town

FIRST_DAY: Final = 7
"""Before it nothing happens: what is usual has to be heard first."""
_SPAN: Final = 21
"""The days that the numbers below are for."""

FAULTS: Final = {"loud": 4, "partial": 3, "silent": 4, "late": 4, "wrong_place": 2}
SLIGHT: Final = {"planned": 4, "degradation": 4, "small": 6}
_APART: Final = 200.0
"""Minutes between two onsets."""
_SUBJECTS: Final = ("mobile_data", "mobile_data", "voice", "broadband")
_SAID: Final = {"mobile_data": "mobile_data", "voice": "voice", "broadband": "fibre"}
"""The topic of the material in which people speak of a fault of each."""
_TYPICAL: Final = 6_000
"""Customers whom a fault meets: lognormal, its median; at most the part below of all."""
_MOST: Final = 0.6


class Calendar:
    """Draws all happenings of some days."""

    def __init__(self, country: Country, days: int, rng: np.random.Generator) -> None:
        self._country = country
        self._rng = rng
        self._first = min(FIRST_DAY, days // 3)
        self._days = days
        self._taken: list[float] = []

    def draw(self) -> list[Happening]:
        """Return what happens, in order of time."""
        share = (self._days - self._first) / _SPAN
        kinds = [
            kind
            for kind, count in (FAULTS | SLIGHT).items()
            for _ in range(max(1, round(count * share)) if kind in FAULTS else round(count * share))
        ]
        faults = [(kind, self._onset(kind)) for kind in kinds]
        found = [self._fault(kind, onset) for kind, onset in faults if onset is not None]
        # A day has one trap at most, as long as there are days.
        left = self._rng.permutation(np.arange(self._first, self._days))
        found += [
            trap(self._country, kind, int(left[n % len(left)]), self._rng)
            for n, kind in enumerate(TRAPS)
            if share * len(TRAPS) > n
        ]
        found.sort(key=lambda one: one.start)
        for number, one in enumerate(found, start=1):
            one.id = f"H{number:04}"
        return found

    def _onset(self, kind: str) -> float | None:
        """Return a time for a fault that keeps its distance to the others; None where the days are full."""
        rng = self._rng
        for _ in range(200):
            at = float(rng.uniform(self._first * DAY, self._days * DAY - 240))
            hour = (at / 60 + LOCAL_HOURS) % 24
            is_night = hour < 6 or hour >= 23
            if (is_night and rng.random() < 0.6) or (kind == "planned" and 8 <= hour < 22):
                continue
            if all(abs(at - other) >= _APART for other in self._taken):
                self._taken.append(at)
                return at
        return None

    def _fault(self, kind: str, onset: float) -> Happening:
        rng, country = self._rng, self._country
        lasting = min(14 * 60.0, max(45.0, 180 * math.exp(0.6 * rng.standard_normal())))
        typical = SITE if kind == "small" else _TYPICAL
        wanted = min(typical * math.exp(0.9 * rng.standard_normal()), _MOST * country.customers)
        towns, ranges = self._where(wanted)
        subject = _SUBJECTS[int(rng.integers(len(_SUBJECTS)))]
        affected = sum(last - first for first, last in ranges)
        severity = {"partial": 0.4, "planned": 0.12, "degradation": 0.1, "small": 0.5}.get(kind, 1.0)
        if subject == "broadband":
            severity *= 0.6  # fewer have it, and more of them are at home when it fails
        known = {
            "silent": onset + min(lasting, 50 * math.exp(0.5 * rng.standard_normal())),
            "late": onset + min(rng.uniform(20, 90), lasting - 5),
            "partial": onset + rng.uniform(2, 10),
            "planned": onset,
            "degradation": onset + 15,
        }.get(kind, onset + rng.uniform(0.5, 3))
        elsewhere = [town for town in country.towns if town not in towns]
        wrong = elsewhere[int(rng.integers(len(elsewhere)))] if kind == "wrong_place" and elsewhere else None
        return Happening(
            id="",
            kind=kind,
            verdict="explained" if kind in SLIGHT else "incident",
            brand=country.own.key,
            subject=subject,
            said={"planned": "planned", "degradation": "slow"}.get(kind, _SAID[subject]),
            towns=towns,
            ranges=ranges,
            start=onset,
            end=onset + lasting,
            severity=severity,
            rate=PER_AFFECTED,
            affected=affected,
            alarm_at=None if kind == "silent" else known,
            known_at=known,
            alarm_town=wrong or towns[0],
        )

    def _where(self, wanted: float) -> tuple[Sequence[Town], Sequence[tuple[int, int]]]:
        """Return towns and ranges of about as many customers as wanted: sites of a town, or towns of a region."""
        rng, country = self._rng, self._country
        weights = [town.size / country.customers for town in country.towns]
        town = country.towns[int(rng.choice(len(country.towns), p=weights))]
        if wanted < town.size:
            sites = min(town.sites, max(1, round(wanted / town.size * town.sites)))
            begin = int(rng.integers(town.sites - sites + 1))
            edges = [town.first + town.size * n // town.sites for n in (begin, begin + sites)]
            return [town], [(edges[0], edges[1])]
        region = [one for one in country.towns if one.place.region == town.place.region]
        others = [one for one in country.towns if one not in region]
        chosen, total = [town], town.size
        for other in [one for one in region if one is not town] + others:
            if total + other.size / 2 > wanted:
                break
            chosen.append(other)
            total += other.size
        return chosen, [(one.first, one.last) for one in chosen]
