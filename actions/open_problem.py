"""Open a service problem about a fault that is on no record: a person lets it go out, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from actions.audit import write_down
from domain.errors import InputError
from domain.message import Message
from insights.detection.listed import stored_incident
from insights.detection.service_problem import service_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.incident import Incident
    from domain.message import Sent
    from domain.ports import Responder, Store

CHANNEL: Final = "tmf656"


def unrecorded(store: Store, incident_id: str) -> Incident:
    """Return an incident about which a service problem may be opened.

    Raises:
        InputError: there is no such incident, or the network has an event on record that fits it.
    """
    incident = stored_incident(store, incident_id)
    if incident.kind != "posts":
        raise InputError(f"the network has {', '.join(incident.events)} on record, which fits incident {incident_id}")
    return incident


def open_problem(
    store: Store, responder: Responder, incident_id: str, *, brand_name: Callable[[str], str], by: str, at: datetime
) -> Sent:
    """Send the service problem about an incident, unless it was sent before; the audit says who let it go out.

    Raises:
        InputError: there is nothing to open, or nobody approved it.
        SourceError: the channel does not take it.
    """
    incident = unrecorded(store, incident_id)
    problem = service_problem(incident, brand_name(incident.brand), at)
    message = Message(
        id=f"{CHANNEL}-{incident_id}",
        channel=CHANNEL,
        to="serviceProblem",
        text=json.dumps(problem, ensure_ascii=False),
        approved_by=by.strip(),
        approved_at=at,
    )
    sent = responder.send(message)
    if sent == "sent":
        write_down(store, actor=by.strip(), action="open service problem", target=incident_id, at=at)
    return sent
