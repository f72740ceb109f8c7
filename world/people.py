"""The authors: who they are, where they live, whose customers they are, and how many follow them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from world.chance import Chance
    from world.material import Operator, Place, Tongue, World

CROWD: Final = {"mastodon": 240, "reviews": 120, "forum": 72, "chat": 60}
"""How many people there are per source."""

BYSTANDERS: Final = 96
"""People of the town with the outage who write about little else."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """An author in one source. `zeal` is how much this one writes compared with others."""

    source: str
    handle: str
    name: str
    tongue: Tongue
    place: Place
    brand: Operator
    followers: int | None
    zeal: float

    @property
    def id(self) -> str:
        """The source's own id of the author."""
        return f"{self.source[0]}-{self.handle.lower()}"


class Crowd:
    """Makes people with handles that are never used twice."""

    def __init__(self, island: World, chance: Chance) -> None:
        self._island = island
        self._chance = chance
        self._taken: Counter[str] = Counter()
        self._dealt: Counter[tuple[str, str]] = Counter()

    def all(self) -> list[Person]:
        """Return everybody who writes, but for the operators and the press."""
        people = [self.person(source) for source, count in CROWD.items() for _ in range(count)]
        town = self._island.place("Port Almera")
        return people + [self.person("mastodon", place=town, brand=self._island.own) for _ in range(BYSTANDERS)]

    def person(self, source: str, *, place: Place | None = None, brand: Operator | None = None) -> Person:
        """Return a new person."""
        island, chance = self._island, self._chance
        # The language that is furthest behind its share in a source, so that none is left out by chance.
        tongue = min(island.tongues, key=lambda tongue: (self._dealt[source, tongue.code] + 1) / tongue.weight)
        self._dealt[source, tongue.code] += 1
        own_only = source == "chat"
        bystander = place is not None
        given = chance.one(tongue.given)
        return Person(
            source=source,
            handle=self._handle(tongue, given),
            name=f"{given} {chance.one(tongue.family)}" if chance.happens(0.6) else given,
            tongue=tongue,
            place=place or chance.weighted(island.places, [place.weight for place in island.places]),
            brand=brand
            or (island.own if own_only else chance.weighted(island.operators, [o.weight for o in island.operators])),
            followers=chance.heavy(least=14, tail=0.85) % 250_000 if source == "mastodon" else None,
            zeal=0.05 if bystander else chance.between(0.4, 1) ** -2.2,
        )

    def account(self, source: str, handle: str, name: str, brand: Operator, followers: int) -> Person:
        """Return an official account: an operator's or a newspaper's."""
        self._taken[handle.lower()] += 1
        place = self._island.place("Marenza")
        return Person(
            source=source,
            handle=handle,
            name=name,
            tongue=self._island.tongue("en"),
            place=place,
            brand=brand,
            followers=followers,
            zeal=0,
        )

    def _handle(self, tongue: Tongue, given: str) -> str:
        chance = self._chance
        thing, first = chance.one(tongue.things), _latin(given) or chance.one(("um", "abu", "ana", "bint"))
        number = chance.one(("", "", str(60 + chance.below(45)), str(1 + chance.below(9))))
        base = _latin(
            chance.one((f"{first}_{thing}", f"{thing}{number}", f"{first}{number}", f"{first}.{thing}", thing))
        )
        self._taken[base] += 1
        return base if self._taken[base] == 1 else f"{base}{self._taken[base] + 1}"


def _latin(text: str) -> str:
    """Return the letters that handles are made of."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "".join(c for c in plain if c.isalnum() or c in "_.").strip("_.").replace(".", "_")
