"""What makes people speak of the operator and is no fault of its network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from world.happenings.happening import DAY, LOCAL_HOURS, Happening

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from world.network.country import Country


@dataclass(frozen=True)
class Trap:
    """The local hour in which it begins, how many hours people speak of it, posts per customer, what it touches."""

    hour: int
    hours: int
    rate: float
    subject: str = ""


TRAPS: Final[Mapping[str, Trap]] = {
    "football": Trap(20, 3, 4e-4),
    "rival_outage": Trap(8, 9, 1.5e-3, "voice"),
    "joke": Trap(12, 20, 5e-4),
    "price_rise": Trap(9, 40, 2e-3, "price"),
    "storm": Trap(15, 2, 4e-4),
    "device_update": Trap(6, 26, 5e-4, "mobile_data"),
    "campaign": Trap(8, 60, 4e-4),
}
"""By kind, which is the topic of the material too. All rates are guesses."""


def trap(country: Country, kind: str, day: int, rng: np.random.Generator) -> Happening:
    """Return a trap of a kind that begins on a day."""
    shape = TRAPS[kind]
    onset = day * DAY + 60 * (shape.hour - LOCAL_HOURS) + rng.uniform(0, 50)
    rival = country.rivals[int(rng.integers(len(country.rivals)))]
    return Happening(
        id="",
        kind=kind,
        verdict="trap",
        brand=rival.key if kind == "rival_outage" else country.own.key,
        subject=shape.subject,
        said=kind,
        start=onset,
        end=onset + 60 * shape.hours,
        rate=shape.rate,
        affected=country.customers,
        ranges=[(0, country.customers)],
    )
