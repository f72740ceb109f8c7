"""Incidents as they are listed for people: the latest first, and which posts speak of one."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.conditions import Between
from domain.documents import parse_instant
from domain.errors import InputError
from domain.event import FELT
from domain.incident import Incident
from insights.detection.bursts import STRETCHES, complaints
from insights.detection.wording import LOOKS_LIKE
from insights.incidents import incidents

if TYPE_CHECKING:
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Store
    from domain.questions import Filters

BEFORE, AFTER = timedelta(hours=12), timedelta(hours=6)
"""How much of the day around an incident is looked at with it."""
BACK: Final = timedelta(days=28)
"""How far back incidents and complaints are listed."""


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


def stored_incident(store: Store, incident_id: str) -> Incident:
    """Return an incident by its id.

    Raises:
        InputError: there is no such incident.
    """
    document = store.get("incidents", [incident_id]).get(incident_id)
    if document is None:
        raise InputError(f"there is no incident {incident_id!r}; `earshot incidents list` shows those that there are")
    return incident_of(document)


def latest_incidents(store: Store, until: datetime) -> tuple[Incident, ...]:
    """Return the incidents that began within `BACK` before a time, the latest first."""
    where = [Between("started_at", until - BACK, until + timedelta(days=1))]
    found = map(incident_of, store.scan("incidents", where=where))
    return tuple(sorted(found, key=lambda one: (one.started_at, one.id), reverse=True))


def speaking_of(incident: Incident) -> Filters:
    """Return which posts speak of an incident: of its subject, in its time and, where it has some, from its places."""
    chosen = replace(
        complaints(incident.brand, incident.subject),
        start=incident.started_at,
        end=incident.last_at + STRETCHES[0],
    )
    return replace(chosen, whereabouts=incident.places) if incident.places else chosen


def suspected_cause(store: Store, incident: Incident) -> str | None:
    """Return what may have set people off, in words; None where nothing on record or in what they say tells.

    Of the events that coincide it is the one that customers feel most and that began closest to the first post: an
    outage before the alarms that tell of it.
    """
    leads = [one[0] for one in incidents(store.get("events", incident.events).values())]
    if leads:
        lead = min(
            leads,
            key=lambda event: (
                FELT.index(event["kind"]),
                abs(parse_instant(event["started_at"]) - incident.started_at),
            ),
        )
        return f"{lead['kind'].replace('_', ' ')}: {lead['title']}"
    if incident.elsewhere:
        return "people speak of the same about other brands"
    return None if incident.nature == "fault" else LOOKS_LIKE[incident.nature]


def around(incident: Incident) -> Filters:
    """Return which posts speak of the same as an incident, in the same places, before it, in it and after it."""
    return replace(speaking_of(incident), start=incident.started_at - BEFORE, end=incident.last_at + AFTER)
