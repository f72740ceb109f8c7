"""Where the operator's things are: cells, sites, addresses, areas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PlaceKind: TypeAlias = Literal["cell", "site", "address", "area"]
PlaceSource: TypeAlias = Literal["polygon", "point", "address", "name"]
"""How a place is known, the surest first: its outline, a point, an address, a name alone."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place of the operator's own register, as it is since `since`; where it was before stands in its history.

    `id` is the register's: of a cell its canonical key (`ncgi:234-15:0a1b2c3d4`). `latitude` and `longitude` are in
    degrees (WGS 84), `uncertainty_m` is the radius in metres in which it lies, or which it serves. `h3` are the cells
    of H3 (resolution 7, some 5 square kilometres) that it covers. `name` and `region` are as people call it, `parent`
    is the place that it is part of: a cell's site.
    """

    id: str
    kind: PlaceKind
    name: str | None = None
    region: str | None = None
    parent: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    uncertainty_m: int | None = None
    source: PlaceSource | None = None
    h3: tuple[str, ...] = ()
    since: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is nowhere on Earth."""
        if self.latitude is not None and not -90 <= self.latitude <= 90:
            raise ValueError(f"a latitude of {self.latitude} degrees is none")
        if self.longitude is not None and not -180 <= self.longitude <= 180:
            raise ValueError(f"a longitude of {self.longitude} degrees is none")
