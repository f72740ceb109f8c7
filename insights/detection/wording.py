"""Incidents in words, the same on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from insights.wording import many

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.incident import Incident, IncidentKind, IncidentNature

ON_RECORD: Final[Mapping[IncidentKind, str]] = {
    "confirmed": "an event of the network fits",
    "posts": "no event of the network is on record",
}
LOOKS_LIKE: Final[Mapping[IncidentNature, str]] = {
    "fault": "people tell of it in their own words",
    "one_text": "one text that is passed on",
    "campaign": "a campaign: prices as much as faults",
    "devices": "phones as much as the network",
}


def headline(incident: Incident, brand_name: str) -> str:
    """Return an incident as a sentence, made of its own figures."""
    minutes = round((incident.peak_at - incident.started_at).total_seconds() / 60)
    where = f"in {', '.join(incident.places)}" if incident.places else "everywhere"
    people = "1 person" if incident.people == 1 else f"{incident.people:,} people"
    spoken = f"{brand_name}, {incident.called}: {people} {where} within {many(minutes, 'minute')}"
    looks = "" if incident.nature == "fault" else f"; {LOOKS_LIKE[incident.nature]}"
    return f"{spoken}; {incident.expected:.1f} would be usual{looks}"
