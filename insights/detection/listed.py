"""Incidents as they are listed for people: the latest first, and which posts speak of one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.conditions import Between, among, equal
from domain.documents import parse_instant
from domain.event import NETWORK_KINDS
from domain.incident import Incident
from insights.detection.bursts import STRETCHES, complaints
from insights.detection.rates import WHERE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Store
    from domain.questions import Filters

BACK: Final = timedelta(days=28)
"""How far back incidents and complaints are listed."""
PLACES: Final = 20


@dataclass(frozen=True, kw_only=True)
class Area:
    """How many posts complain of faults in a place, and how many events of the network are on record there."""

    place: str
    complaints: int
    events: int


def incident_of(document: Document) -> Incident:
    """Return a stored incident."""
    times = {"started_at", "detected_at", "seen_at", "peak_at", "ended_at"}
    names = {field.name for field in fields(Incident)}
    values: dict[str, Any] = {
        name: parse_instant(value) if name in times else tuple(value) if isinstance(value, list) else value
        for name, value in document.items()
        if name in names
    }
    return Incident(**values)


def latest_incidents(store: Store, until: datetime) -> tuple[Incident, ...]:
    """Return the incidents that began within `BACK` before a time, the latest first."""
    where = [Between("started_at", until - BACK, until + timedelta(days=1))]
    found = map(incident_of, store.scan("incidents", where=where))
    return tuple(sorted(found, key=lambda one: (one.started_at, one.id), reverse=True))


def speaking_of(incident: Incident) -> Filters:
    """Return which posts speak of an incident: of its subject and in its time; of one place, those that name it."""
    chosen = replace(
        complaints(incident.brand, incident.subject),
        start=incident.started_at,
        end=(incident.ended_at or incident.seen_at) + STRETCHES[0],
    )
    return replace(chosen, mentioned=incident.places) if incident.places else chosen


def areas(store: Store, faults: Sequence[Filters], until: datetime) -> tuple[Area, ...]:
    """Return the places with most complaints, by any of these filters, within `BACK` before a time."""
    said: Counter[str] = Counter()
    for filters in faults:
        for dimension in WHERE:
            for one in store.count_by(replace(filters, start=until - BACK, end=until), (dimension,)):
                if one.keys[0] is not None:
                    said[one.keys[0]] += one.total
    most = said.most_common(PLACES)
    there = (among("place", [place for place, _ in most]), Between("started_at", until - BACK, until))
    everybodys = (among("kind", NETWORK_KINDS), equal("customer", None))
    events = dict(store.count_values("events", "place", where=[*there, *everybodys], limit=PLACES))
    return tuple(Area(place=place, complaints=count, events=events.get(place, 0)) for place, count in most)
