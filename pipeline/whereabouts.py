"""Where events of the network are, in the words in which people say it.

An operator's systems name a cell, a site, a point; posts name a town. The register of places says where a cell is, or
the site that it belongs to, and the gazetteer which town that is, so that both meet. What an event says itself is left
as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import h3

from actions.changes import note
from domain.conditions import among, equal
from domain.documents import ALL, REVISION
from domain.event import NETWORK_KINDS
from domain.pages import paged
from linking.events import with_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.documents import Document
    from domain.ports import Store

WHERE: Final = ("place", "region", "h3", "uncertainty_m", "attributes")
"""The fields of an event that say where it is; other names of its place are among its attributes."""
HOPS: Final = 3
"""From a cell to its sector, its site, its area."""
MOST_PLACES: Final = 200
"""Of one event: how many of its places are looked up; it is somewhere among them."""


def located(store: Store, events: Sequence[Document]) -> list[Document]:
    """Return events with place, region, cells of H3 and uncertainty, as far as the register and the gazetteer know."""
    nowhere = [event for event in events if event["kind"] in NETWORK_KINDS and not event.get("place")]
    known = _register(store, {key for event in nowhere for key in event.get("places", ())[:MOST_PLACES]})
    found = {event["id"]: _located(event, known) for event in nowhere}
    return [found.get(event["id"], event) for event in events]


def locate_waiting(store: Store, places: Sequence[str]) -> None:
    """Give stored events that came before these places, or before what those are parts of, where they are."""
    inside, ahead = set(places), places
    for _ in range(HOPS):
        parts = (
            store.scan("places", where=(among("parent", page),), fields=("id",)) for page in paged(ahead, MOST_PLACES)
        )
        ahead = sorted({part["id"] for page in parts for part in page} - inside)
        inside.update(ahead)
    for keys in paged(sorted(inside), MOST_PLACES):
        waiting = (among("places", keys), equal("place", None), among("kind", NETWORK_KINDS))
        for page in paged(store.scan("events", where=waiting, fields=(ALL, REVISION)), MOST_PLACES):
            changes = relocated(store, page)
            note(store, "events", (change["id"] for change in changes))
            # Who wrote one meanwhile had the place to look up.
            store.patch("events", changes)


def relocated(store: Store, events: Sequence[Document]) -> list[Document]:
    """Return amendments for stored events that are not as they should be: where they are, and where posts meet them."""
    right = {event["id"]: with_keys(event) for event in located(store, events)}
    return [
        {"id": event["id"], **({REVISION: event[REVISION]} if REVISION in event else {})}
        | {name: right[event["id"]].get(name) for name in (*WHERE, "meets")}
        for event in events
        if any(event.get(name) != right[event["id"]].get(name) for name in (*WHERE, "meets"))
    ]


def _register(store: Store, keys: Iterable[str]) -> dict[str, Document]:
    """Return places by id, and those that they are part of."""
    known: dict[str, Document] = {}
    ahead = set(keys)
    for _ in range(HOPS):
        read = store.get("places", sorted(ahead)) if ahead else {}
        known |= read
        ahead = {place["parent"] for place in read.values() if place.get("parent")} - known.keys()
    return known


def _located(event: Document, known: Mapping[str, Document]) -> Document:
    places = [known[key] for key in event.get("places", ())[:MOST_PLACES] if key in known]
    chains = [list(_upwards(place, known)) for place in places]
    names = [_names(chain) for chain in chains]
    if not names and event.get("h3"):
        names = [_towns(*h3.cell_to_latlng(event["h3"][0]))] if h3.is_valid_cell(event["h3"][0]) else []
    told = list(dict.fromkeys(name for found in names for name in found))
    regions = {place["region"] for chain in chains for place in chain if place.get("region")}
    cells = sorted({cell for place in places for cell in place.get("h3", ())})
    radius = max((place["uncertainty_m"] for place in places if place.get("uncertainty_m")), default=None)
    also = [*filter(None, event.get("attributes", {}).get("place_names", "").split(";")), *told[1:]]
    return {
        **event,
        **({"place": told[0]} if told else {}),
        **({"region": min(regions)} if len(regions) == 1 and not event.get("region") else {}),
        **({"h3": cells} if cells and not event.get("h3") else {}),
        **({"uncertainty_m": radius} if radius and not event.get("uncertainty_m") else {}),
        **({"attributes": event.get("attributes", {}) | {"place_names": ";".join(also)}} if also else {}),
    }


def _upwards(place: Document, known: Mapping[str, Document]) -> Iterable[Document]:
    seen: set[str] = set()
    here: Document | None = place
    while here is not None and here["id"] not in seen:
        yield here
        seen.add(here["id"])
        here = known.get(here.get("parent", ""))


def _names(chain: Sequence[Document]) -> tuple[str, ...]:
    """Return what people call a place: the area or address that it is in, and the towns at its point.

    What a cell or a site is called nobody knows.
    """
    own = [place["name"] for place in chain if place.get("name") and place["kind"] in {"address", "area"}]
    point = next((place for place in chain if "latitude" in place and "longitude" in place), None)
    return (*own, *(_towns(point["latitude"], point["longitude"]) if point else ()))


def _towns(latitude: float, longitude: float) -> tuple[str, ...]:
    # It reads the gazetteer, which most stores never need.
    from nlp.places.towns import towns_at

    return towns_at(latitude, longitude)
