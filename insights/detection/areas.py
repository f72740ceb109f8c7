"""Where people complain, beside what the network has on record there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import h3

from domain.conditions import Between, Exists, among, equal
from domain.event import NETWORK_KINDS
from domain.questions import Filters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from domain.conditions import Condition
    from domain.documents import Kind
    from domain.ports import Store

    Position: TypeAlias = tuple[float, float]

_KNOWING: Final[tuple[Kind, ...]] = ("places", "posts", "events")
"""What knows where places are, the surest first: the operator's register, the gazetteer, the cells of events."""
_TOWNS: Final = ("area", "site", "address")
"""What of a register stands for the place that it is named after; cells are too many."""
MOST: Final = 100
"""More places are not told apart on a map."""
_READ: Final = 200
"""Answers that are read at a time to learn where places are."""


@dataclass(frozen=True, kw_only=True)
class Area:
    """A place: how many posts complain of faults there, and how many events of the network are on record.

    `latitude` and `longitude` are in degrees, None where nobody said where it is.
    """

    place: str
    complaints: int
    events: int
    latitude: float | None = None
    longitude: float | None = None


def areas(store: Store, faults: Filters) -> tuple[Area, ...]:
    """Return the places with most complaints, and those with most events, in the time of the filters of complaints."""
    said = {one.keys[0]: one.total for one in store.count_by(faults, ("whereabouts",)) if one.keys[0] is not None}
    recorded = _events(store, faults)
    most = dict.fromkeys([*(place for place, _ in Counter(said).most_common(MOST)), *recorded])
    # Of places with complaints how many events there were is asked by name: there may be more than `MOST` elsewhere.
    recorded |= _events(store, faults, among("place", [place for place in most if place not in recorded]))
    where = _positions(store, most.keys())
    found = []
    for place in most:
        latitude, longitude = where.get(place, (None, None))
        area = Area(
            place=place,
            complaints=said.get(place, 0),
            events=recorded.get(place, 0),
            latitude=latitude,
            longitude=longitude,
        )
        found.append(area)
    return tuple(sorted(found, key=lambda area: (-area.complaints, -area.events, area.place)))


def _events(store: Store, faults: Filters, *where: Condition) -> dict[str, int]:
    """Return how many events there are by place that began in the time of the filters, or lasted into it."""
    found: Counter[str] = Counter()
    begun: list[list[Condition]] = [[Between("started_at", faults.start, faults.end)]]
    if faults.start is not None:
        begun.append([Between("ended_at", faults.start), Between("started_at", end=faults.start)])
    for then in begun:
        everybodys = (*then, among("kind", NETWORK_KINDS), equal("customer", None), *where)
        found.update(dict(store.count_values("events", "place", where=everybodys, limit=MOST)))
    return dict(found)


def _positions(store: Store, places: Collection[str]) -> Mapping[str, Position]:
    """Return where places are: as most of the documents that are read of the first kind say that knows of one."""
    found: dict[str, Position] = {}
    for kind in _KNOWING:
        while left := places - found.keys():
            said: dict[str, Counter[Position]] = {}
            for place, position in islice(_told(store, kind, sorted(left)), _READ):
                if place in left:
                    said.setdefault(place, Counter())[position] += 1
            if not said:
                break
            found |= {place: most.most_common(1)[0][0] for place, most in said.items()}
    return found


def _told(store: Store, kind: Kind, places: Sequence[str]) -> Iterator[tuple[str, Position]]:
    """Yield where a kind of documents says that places are; a post may say it of others as well."""
    if kind == "places":
        where = (among("name", places), among("kind", _TOWNS), Exists("latitude"))
        for town in store.scan("places", where=where, fields=("name", "latitude", "longitude")):
            yield town["name"], (town["latitude"], town["longitude"])
    elif kind == "posts":
        for post in store.scan("posts", filters=Filters(mentioned=tuple(places)), fields=("places",)):
            for place in post["places"]:
                yield place["name"], (place["lat"], place["lon"])
    else:
        for event in store.scan("events", where=(among("place", places), Exists("h3")), fields=("place", "h3")):
            yield event["place"], h3.cell_to_latlng(event["h3"][0])
