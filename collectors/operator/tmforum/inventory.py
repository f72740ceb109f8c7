"""The inventory: services (TMF638) and resources (TMF639), whose they are and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from collectors.operator.identifiers import Cell
from collectors.operator.tmforum.fields import (
    CONCERNED,
    bare_word,
    characteristics,
    listed,
    moment,
    required_number,
    said,
    word,
)
from collectors.operator.tmforum.places import places_within, shape_within
from collectors.parsing.values import parse_number
from domain.place import Place
from domain.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from collectors.operator.tmforum.fields import Intake
    from domain.records import Record

_RESTS_ON: Final = frozenset(
    "reliesOn dependsOn dependentOn dependOn dependency isContainedIn containedIn isPartOf partOf isHostedOn hostedOn"
    " isSupportedBy supportedBy uses requires runsOn connectedTo isConnectedTo".lower().split()
)
_OF_SUBSCRIBERS: Final = ("msisdn", "imsi", "sim", "iccid", "imei", "phonenumber", "mobilenumber", "telephone", "email")
_LARGEST_RADIUS_M: Final = 1_000_000
_CELL_NAMES: Final = ("ncgi", "ecgi", "cgi", "cell", "cellid", "cell_id", "nrcellid", "eutracellid")


def read_service(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return a service, and the places that stand in it.

    Raises:
        ValueError: it has no id.
    """
    specification = payload.get("serviceSpecification")
    people = payload.get("relatedParty"), payload.get("relatedPartyOrPartyRole")
    refs = listed(payload.get("place"))
    of_service = _related(payload.get("serviceRelationship"), "service")
    service = Service(
        id=_own_id(payload, intake),
        kind=word(payload, "serviceType", "category") or word(specification, "name") or "service",
        # What belongs to somebody is often called as they are.
        name=None if listed(people[0]) or listed(people[1]) else word(payload, "name"),
        state=word(payload, "state", "operatingStatus"),
        customer=intake.customer(*people),
        party=intake.party(*people, roles=CONCERNED),
        places=intake.register_ids(refs),
        supported_by=intake.register_ids(
            payload.get("supportingService"), payload.get("supportingResource"), of_service
        ),
        since=moment(payload, "startDate", "serviceDate"),
        until=moment(payload, "endDate"),
        attributes=said(
            category=payload.get("category"),
            specification=word(specification, "name"),
            enabled=payload.get("isServiceEnabled"),
        ),
    )
    return (*places_within(refs, intake), service)


def read_resource(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return a resource as what services rest on; one that is a cell is a place too.

    Raises:
        ValueError: it has no id.
    """
    specification = payload.get("resourceSpecification")
    people = payload.get("relatedParty"), payload.get("relatedPartyOrPartyRole")
    refs = listed(payload.get("place"))
    traits = characteristics(payload, "resourceCharacteristic", "characteristic")
    told = (payload.get("id"), payload.get("name"), payload.get("value"), *_under(traits, _CELL_NAMES))
    cell = next((one for value in told if (one := Cell.parse(value))), None)
    kind = _kind(payload)
    is_personal = any(listed(one) for one in people) or any(one in bare_word(kind) for one in _OF_SUBSCRIBERS)
    resource = Service(
        id=_own_id(payload, intake),
        kind=kind,
        name=None if is_personal else word(payload, "name"),
        state=word(payload, "operationalState", "resourceStatus", "lifecycleState"),
        customer=intake.customer(*people),
        party=intake.party(*people, roles=CONCERNED),
        places=tuple(dict.fromkeys([*([cell.key] if cell else []), *intake.register_ids(refs)])),
        supported_by=intake.register_ids(
            payload.get("supportingResource"), _related(payload.get("resourceRelationship"), "resource")
        ),
        since=moment(payload, "startOperatingDate", "startDate"),
        until=moment(payload, "endOperatingDate", "endDate"),
        attributes=said(
            category=payload.get("category"),
            specification=word(specification, "name"),
            administrative=payload.get("administrativeState"),
            usage=payload.get("usageState"),
        ),
    )
    of_cell = [_cell_place(cell, resource, traits, refs, intake)] if cell else []
    return (*places_within(refs, intake), *of_cell, resource)


def _own_id(payload: Mapping[str, Any], intake: Intake) -> str:
    return intake.register_id(required_number(payload)) or ""


def _kind(payload: Mapping[str, Any]) -> str:
    """Return what a resource is: its own type where that says more than that it is one."""
    own, base = word(payload, "@type"), word(payload, "@baseType")
    plain_types = {"resource", "logicalresource", "physicalresource"}
    if own and own.lower() not in plain_types:
        return own
    return word(payload.get("resourceSpecification"), "name") or word(payload, "category") or own or base or "resource"


def _related(relations: Any, name: str) -> list[Any]:
    """Return what something rests on, among its relations to others."""
    found: list[Any] = []
    for one in relations if isinstance(relations, list) else []:
        kind = word(one, "relationshipType", "type")
        if kind and bare_word(kind) in _RESTS_ON:
            found.append(one.get(name) or one)
    return found


def _under(traits: Mapping[str, Any], names: Iterable[str]) -> Iterator[Any]:
    return (traits[name] for name in names if name in traits)


def _cell_place(cell: Cell, resource: Service, traits: Mapping[str, Any], refs: list[Any], intake: Intake) -> Place:
    """Return the place that a cell is: where it is told itself, or within the site that it stands at."""
    named = {
        name: next(_under(traits, (name, short)), None) for name, short in (("latitude", "lat"), ("longitude", "lon"))
    }
    radius = parse_number(next(_under(traits, ("radius", "range", "uncertainty")), None))
    radius_m = round(radius) if radius and 0 < radius < _LARGEST_RADIUS_M else None
    shape = shape_within(named) or next((one for ref in refs if (one := shape_within(ref))), None)
    return Place(
        id=cell.key,
        kind="cell",
        name=resource.name,
        parent=next(iter(intake.register_ids(refs)), None),
        latitude=shape.latitude if shape else None,
        longitude=shape.longitude if shape else None,
        uncertainty_m=radius_m or (shape.uncertainty_m if shape else None),
        source="point" if shape else "name",
        h3=shape.h3() if shape else (),
    )
