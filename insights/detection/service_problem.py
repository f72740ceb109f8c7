"""A fault that is on no record, as the service problem (TMF656) that a person may open with those who can mend it.

It holds figures and places alone: what people wrote, and who they are, stays here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from domain.documents import instant
from domain.incident import ORIGIN
from insights.detection.wording import LOOKS_LIKE, ON_RECORD, headline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.incident import Incident

LOWEST_PRIORITY: Final = 9
"""Of 1 (highest) to 10. Each doubling of the people who speak of a fault takes one off: 4 people 7, 256 people 1."""


def service_problem(incident: Incident, brand_name: str, at: datetime) -> Mapping[str, Any]:
    """Return what creates a service problem about an incident, made at a time (TMF656 v4, `ServiceProblem_Create`).

    How many services are affected is not known and not said.
    """
    sentence = headline(incident, brand_name)
    affected: Mapping[str, Any] = {
        "affectedLocation": [{"name": place, "role": "where people speak of it"} for place in incident.places]
    }
    if not incident.places:
        affected = {"affectedService": [{"id": incident.subject, "name": incident.subject, "@referredType": "Service"}]}
    told = f"{ON_RECORD[incident.kind]}; {LOOKS_LIKE[incident.nature]}"
    return {
        "name": f"{incident.called}: {', '.join(incident.places) or 'everywhere'}",
        "category": f"customer complaints.{incident.subject}",
        "description": sentence,
        "reason": "Unknown",
        "priority": max(1, LOWEST_PRIORITY + 1 - incident.people.bit_length()),
        "creationDate": instant(at),
        "originatingSystem": ORIGIN,
        "originatorParty": {"id": incident.brand, "name": brand_name, "@referredType": "Organization"},
        "externalIdentifier": [{"id": incident.id, "owner": ORIGIN, "externalIdentifierType": "incident"}],
        "firstAlert": {"id": incident.id, "role": "first alert", "@referredType": "Incident"},
        "note": [
            {"author": ORIGIN, "date": instant(at), "text": f"First post {instant(incident.started_at)}; {told}."}
        ],
        **affected,
    }
