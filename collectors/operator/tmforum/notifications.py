"""What a system tells over a hub (`POST /listener/...`): an envelope with an event's name and the resource in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from collectors.operator.tmforum.fields import Intake, moment, number_of
from collectors.operator.tmforum.resources import RESOURCES, read_records
from collectors.parsing.values import as_text, clean_text
from domain.customer import Customer
from domain.documents import canonical_json
from domain.errors import RecordUnreadable
from domain.event import Event
from domain.identity import customer_pseudonym, party_pseudonym, pseudonym
from domain.party import Party
from domain.service import Service
from transport.foreign import TooDeep, is_deep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.operator.tmforum.resources import Resource
    from domain.records import Record

MOST_CHARACTERS: Final = 200
_BY_NAME: Final = {name.lower(): resource for name, resource in RESOURCES.items()}
_HAPPENED: Final = re.compile(
    r"(create|delete|remove|resolved|informationrequired|((attribute)?value|(operating)?status|(ack)?state)?change)?"
    r"(event|notification)?"
)
"""What follows the name of a resource in the name of an event."""
_GONE: Final = re.compile(r"(delete|remove)(event|notification)?$")
_ALL_ENDED: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One event that was told: `event_id` is the same where it is told again, `at` is when it happened.

    There are no `records` of what is not read here (the specification of something, an alarm's acknowledgement) and
    where only what changed is told: that would say of the rest that it is gone. It is then `partial`; asking the source
    brings it.
    """

    event_id: str
    event_type: str
    at: datetime | None
    records: tuple[Record, ...]
    partial: bool = False


def read_notification(payload: Mapping[str, Any], key: bytes, *, region: str = "") -> Notification:
    """Return what a notification says, people under pseudonyms made with the key.

    `region` (ISO 3166, two letters) is whose telephone numbers are written without their country.

    Raises:
        RecordUnreadable: it is no notification, or its resource cannot be read.
    """
    if not isinstance(payload, dict):
        raise RecordUnreadable("a notification", "not an object")
    if is_deep(payload):
        raise RecordUnreadable("a notification", str(TooDeep()))
    event_type = _name(payload, "eventType") or _name(payload, "@type")
    if not event_type:
        raise RecordUnreadable("a notification", "there is no eventType")
    at = moment(payload, "timeOccurred", "timeOcurred", "eventTime")
    # Without a time, what ends some day counts as ended: of consents that is the safe side.
    intake = Intake(key=key, now=at or _ALL_ENDED, region=region)
    records, is_partial = _told(event_type, payload.get("event"), at, intake)
    return Notification(
        event_id=_name(payload, "eventId") or _name(payload, "id") or pseudonym(key, "event", canonical_json(payload)),
        event_type=event_type,
        at=at,
        records=records,
        partial=is_partial,
    )


def _name(payload: Mapping[str, Any], name: str) -> str:
    text = as_text(payload.get(name))
    return clean_text(text)[:MOST_CHARACTERS] if text else ""


def _resource(event_type: str, event: Any) -> tuple[Resource, Any] | None:
    """Return the resource that an event is about and what is told of it: under its name, or as the event itself."""
    told = event_type.lower()
    named = next((name for name in sorted(_BY_NAME, key=len, reverse=True) if told.startswith(name)), None)
    if named is not None and not _HAPPENED.fullmatch(told.removeprefix(named)):
        named = None
    within = {str(name).lower(): value for name, value in event.items()} if isinstance(event, dict) else {}
    if named is not None:
        return _BY_NAME[named], within.get(named, event)
    # Some put more before the resource's name (ResourceAlarmCreateEvent); its specification has a name of its own.
    known = [name for name in within if name in _BY_NAME and isinstance(within[name], dict)]
    return (_BY_NAME[known[0]], within[known[0]]) if len(known) == 1 else None


def _told(event_type: str, event: Any, at: datetime | None, intake: Intake) -> tuple[tuple[Record, ...], bool]:
    """Return what is told of a resource, and whether that is only what changed of it."""
    found = _resource(event_type, event)
    if found is None:
        return (), False
    resource, payload = found
    if _GONE.search(event_type.lower()):
        return tuple(_with_end(record, at) for record in _ended(resource, payload, intake)), False
    is_new = "create" in event_type.lower()
    if not is_new and isinstance(payload, dict) and not all(name in payload for name in resource.whole):
        return (), True
    return read_records(resource, payload, intake), False


def _ended(resource: Resource, payload: Any, intake: Intake) -> tuple[Record, ...]:
    """Return what is left of what was deleted: people are let go, with all that was said of them.

    Raises:
        RecordUnreadable: it does not say what.
    """
    number = number_of(payload) if isinstance(payload, dict) else None
    if number is None:
        raise RecordUnreadable(f"{resource.name} without an id", "a deletion that does not say of what")
    if resource.name == "customer":
        return (Customer(id=customer_pseudonym(intake.key, number), status="deleted"),)
    if resource.name in {"individual", "organization"}:
        return (Party(id=party_pseudonym(intake.key, number)),)
    try:
        return read_records(resource, payload, intake)
    except RecordUnreadable:
        if resource.name == "partyPrivacyAgreement":
            raise
        # Told by its id alone, of what is not a person.
        return ()


def _with_end(record: Record, at: datetime | None) -> Record:
    match record:
        case Event(ended_at=None):
            return replace(record, ended_at=max(at, record.started_at) if at else record.started_at)
        case Service():
            return replace(record, state="deleted", until=record.until or at)
        case Party():
            consents = (replace(one, withdrawn_at=one.withdrawn_at or at or one.given_at) for one in record.consents)
            return replace(record, consents=tuple(consents))
        case _:
            return record
