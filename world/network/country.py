"""The country as arithmetic: whatever is to be known of a customer follows from a number, so nobody is held in memory.

Customers are numbered by home: those of a town, of a site and of a cell follow one another, so all whom a fault meets
are a few ranges. What else is known of one is drawn from the number (`Country.drawn`), the same whenever it is asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from world.material import table
from world.voices.material import spoken_material

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from world.material import Operator, Place, Tongue

    Numbers = NDArray[np.int64]
    Shares = NDArray[np.float64]

SITE: Final = 1_500
"""Customers of a site; it has three cells."""
CELLS: Final = 3
RIVALS: Final = 0.72
"""Customers of other operators who can be heard, per customer of ours: the island's operators have 42 % together."""

ACCOUNTS: Final = (("mastodon", 0.14), ("forum", 0.04), ("chat", 0.10), ("reviews", 0.04))
"""Part of the people who write in each source; all others write nowhere."""

_ODD: Final = 0x9E3779B97F4A7C15
_PURPOSES: Final = {name: n for n, name in enumerate(("tongue", "account", "words", "brand", "town", "row"), 1)}


@dataclass(frozen=True, kw_only=True)
class Town:
    """A town: its place, the code of its language, where it lies (degrees), and its customers [first, last)."""

    place: Place
    language: str
    latitude: float
    longitude: float
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many customers live there."""
        return self.last - self.first

    @property
    def sites(self) -> int:
        """How many sites serve it."""
        return max(1, round(self.size / SITE))

    def spot(self, site: int) -> tuple[float, float]:
        """Return where a site stands: on a spiral out from the middle of the town, in degrees."""
        angle, reach = site * 2.39996, 0.006 * math.sqrt(site + 0.5)
        return self.latitude + reach * math.sin(angle), self.longitude + 1.45 * reach * math.cos(angle)


class Country:
    """Towns and people of a seed. Customers have the numbers from 0 to `customers`, those of rivals the next ones."""

    def __init__(self, seed: int, customers: int) -> None:
        register = table("country", "world.network")
        self.seed = seed
        self.customers = customers
        self.people = customers + round(customers * RIVALS)
        self.material = spoken_material(register["town"])
        self.own = self.material.own
        self.rivals: Sequence[Operator] = [one for one in self.material.operators if not one.own]
        weights = np.array([town["weight"] for town in register["town"]], dtype=float)
        self._town_ends = np.rint(np.cumsum(weights) / weights.sum() * customers).astype(np.int64)
        firsts = [0, *self._town_ends[:-1].tolist()]
        self.towns = [
            Town(
                place=place,
                language=town["language"],
                latitude=town["latitude"],
                longitude=town["longitude"],
                first=first,
                last=last,
            )
            for place, town, first, last in zip(
                self.material.places, register["town"], firsts, self._town_ends.tolist(), strict=True
            )
        ]
        self._spoken = self._spoken_in(register["local"], register["english"])

    def drawn(self, numbers: Numbers, purpose: str) -> Shares:
        """Return a number in [0, 1) for each person, always the same for the same purpose."""
        with np.errstate(over="ignore"):
            z = numbers.astype(np.uint64) + np.uint64((self.seed * 1_000_003 + _PURPOSES[purpose]) * _ODD % 2**64)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
        return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def towns_of(self, numbers: Numbers) -> Numbers:
        """Return in which town each person lives; customers of rivals live where those of ours do."""
        homes = np.where(
            numbers < self.customers, numbers, (self.drawn(numbers, "town") * self.customers).astype(np.int64)
        )
        return np.searchsorted(self._town_ends, homes, side="right").astype(np.int64)

    def tongues_of(self, numbers: Numbers) -> Numbers:
        """Return which of the material's languages each person writes."""
        spoken = self._spoken[self.towns_of(numbers)]
        passed = (self.drawn(numbers, "tongue")[:, None] >= spoken).sum(axis=1)
        spoken_by: Numbers = np.minimum(passed, spoken.shape[1] - 1).astype(np.int64)
        return spoken_by

    def sources_of(self, numbers: Numbers) -> Numbers:
        """Return in which of `ACCOUNTS` each person writes; `len(ACCOUNTS)` of those who write nowhere."""
        ends = np.cumsum([share for _, share in ACCOUNTS])
        return np.searchsorted(ends, self.drawn(numbers, "account"), side="right").astype(np.int64)

    def cells_of(self, numbers: Numbers) -> Numbers:
        """Return the cell of each customer, counted within the town."""
        town = self.towns_of(numbers)
        first = np.array([one.first for one in self.towns])[town]
        size = np.array([one.size for one in self.towns])[town]
        cells = np.array([one.sites * CELLS for one in self.towns])[town]
        within: Numbers = (numbers - first) * cells // np.maximum(size, 1)
        return within

    def handle(self, number: int, tongue: Tongue, words: float) -> str:
        """Return the handle of a person: a word and the number in base 36, so that no two are the same."""
        word = tongue.things[int(words * len(tongue.things))]
        return f"{word}_{np.base_repr(number + 1296, 36).lower()}"

    def name(self, tongue: Tongue, words: float) -> str:
        """Return a person's name."""
        pick = int(words * 7919 * len(tongue.given) * len(tongue.family))
        return (
            f"{tongue.given[pick % len(tongue.given)]} {tongue.family[pick // len(tongue.given) % len(tongue.family)]}"
        )

    @cached_property
    def codes(self) -> list[str]:
        """The codes of the languages, as `tongues_of` counts them."""
        return [tongue.code for tongue in self.material.tongues]

    def _spoken_in(self, local: float, english: float) -> Shares:
        """Return for each town the sums of the parts that speak each language."""
        tongues = self.material.tongues
        others = np.array([tongue.weight for tongue in tongues], dtype=float)
        rows = []
        for town in self.towns:
            shares = (1 - local - english) * others / others.sum()
            shares[[tongue.code for tongue in tongues].index(town.language)] += local
            shares[[tongue.code for tongue in tongues].index("en")] += english
            rows.append(np.cumsum(shares))
        return np.array(rows)
