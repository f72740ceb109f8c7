"""What happens in the network: alarms (TMF642) and problems of services (TMF656)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from collectors.operator.identifiers import Cell
from collectors.operator.tmforum.fields import (
    bare_word,
    kept_aside,
    listed,
    moment,
    number_of,
    required_moment,
    said,
    word,
)
from collectors.operator.tmforum.places import place_name, places_within, shape_within
from collectors.parsing.values import as_count
from domain.event import Event
from domain.identity import register_id
from domain.incident import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from collectors.operator.tmforum.fields import Intake
    from domain.records import Record

_ALARM_KNOWN: Final = frozenset(
    (
        *("id", "state", "alarmType", "perceivedSeverity", "probableCause", "specificProblem", "alarmRaisedTime"),
        *("alarmReportingTime", "alarmChangedTime", "alarmClearedTime", "ackState", "ackTime", "alarmDetails"),
        *("alarmedObjectType", "sourceSystemId", "isRootCause", "isRoot", "serviceAffecting", "clearSystemId"),
        *("ackSystemId", "plannedOutageIndicator", "severity"),
    )
)
_PROBLEM_KNOWN: Final = frozenset(
    (
        *("id", "category", "priority", "reason", "status", "statusChangeDate", "statusChangeReason", "creationDate"),
        *("lastUpdate", "resolutionDate", "affectedNumberOfServices", "impactImportanceFactor", "problemEscalation"),
        *("timeRaised", "timeChanged"),
    )
)
_MOST_AFFECTED: Final = 10**9
"""What is more is no count of services: a telephone number in the wrong field perhaps."""
_OVER: Final = frozenset(("resolved", "closed", "cancelled", "canceled", "rejected", "cleared", "terminated"))
_PLANNED: Final = re.compile(r"plan|maintenance|scheduled", re.IGNORECASE)


def read_alarm(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return the event that an alarm is, and the places that stand in it.

    Raises:
        ValueError: it has no id or no time.
    """
    raised = required_moment(payload, "alarmRaisedTime", "alarmReportingTime", "alarmChangedTime", "eventTime")
    threshold = payload.get("crossedThresholdInformation")
    is_of_quality = bare_word(word(payload, "alarmType") or "").removesuffix("alarm") == "qualityofservice"
    told = [text for name in ("probableCause", "specificProblem") if (text := word(payload, name))]
    severity = word(payload, "perceivedSeverity", "severity")
    # A cell is a place of its own.
    cells = [one for one in listed(payload.get("alarmedObject")) if Cell.parse(number_of(one))]
    places = [*listed(payload.get("place")), *cells]
    event = Event(
        id=f"alarm:{_event_number(payload, intake)}",
        kind="kpi_degradation" if is_of_quality and isinstance(threshold, dict) else "alarm",
        title=": ".join(told) or word(payload, "alarmType") or "alarm",
        started_at=raised,
        ended_at=_cleared_at(payload, raised),
        severity=severity.lower() if severity else None,
        reported_at=moment(payload, "alarmReportingTime"),
        cause=word(payload, "probableCause"),
        services=intake.register_ids(payload.get("affectedService"), payload.get("alarmedObject")),
        attributes=said(
            type=payload.get("alarmType"),
            state=payload.get("state"),
            object_type=payload.get("alarmedObjectType"),
            root_cause=payload.get("isRootCause", payload.get("isRoot")),
            service_affecting=payload.get("serviceAffecting"),
            planned=payload.get("plannedOutageIndicator"),
            indicator=word(threshold, "indicatorName"),
            observed=word(threshold, "observedValue"),
            threshold=word(threshold, "threshold"),
        )
        | kept_aside(payload, _ALARM_KNOWN),
        **_where(places, intake),
    )
    return (*places_within(places, intake), event)


def read_problem(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return the event that a problem of services is, and the places that stand in it.

    What was opened about an incident of ours is no event: people's complaints would confirm themselves.

    Raises:
        ValueError: it has no id or no time.
    """
    begun = required_moment(payload, "timeRaised", "creationDate", "statusChangeDate", "lastUpdate", "timeChanged")
    places = listed(payload.get("affectedLocation"))
    told = [text for name in ("category", "reason") if (text := word(payload, name))]
    about = " ".join([*told, word(payload, "name") or ""])
    owners = [one.get("owner") for one in listed(payload.get("externalIdentifier")) if isinstance(one, dict)]
    if ORIGIN in (payload.get("originatingSystem"), *owners):
        return tuple(places_within(places, intake))
    affected = as_count(payload.get("affectedNumberOfServices"))
    event = Event(
        id=f"problem:{_event_number(payload, intake)}",
        kind="planned_work" if _PLANNED.search(about) and "unplanned" not in about.lower() else "outage",
        title=word(payload, "name") or ": ".join(told) or "service problem",
        started_at=begun,
        ended_at=_resolved_at(payload, begun),
        reported_at=moment(payload, "creationDate"),
        cause=word(payload, "reason"),
        affected=affected if affected is not None and affected < _MOST_AFFECTED else None,
        services=intake.register_ids(payload.get("affectedService"), payload.get("affectedResource")),
        attributes=said(
            category=payload.get("category"),
            status=payload.get("status"),
            priority=payload.get("priority"),
            impact=payload.get("impactImportanceFactor"),
            escalation=payload.get("problemEscalation"),
        )
        | kept_aside(payload, _PROBLEM_KNOWN),
        **_where(places, intake),
    )
    return (*places_within(places, intake), event)


def _event_number(payload: Mapping[str, Any], intake: Intake) -> str:
    number = intake.register_id(payload)
    if number is None and (outer := word(payload, "externalAlarmId")):
        number = register_id(intake.key, outer)
    if number is None:
        raise ValueError("there is no id")
    return number


def _cleared_at(payload: Mapping[str, Any], raised: datetime) -> datetime | None:
    """Return when an alarm ended. Raised again under its id, it has the time when it was cleared before."""
    state, severity = (bare_word(word(payload, name) or "") for name in ("state", "perceivedSeverity"))
    cleared = moment(payload, "alarmClearedTime")
    if "cleared" in (state, severity):
        return max(cleared or moment(payload, "alarmChangedTime") or raised, raised)
    if state in {"raised", "updated"}:
        return None
    return cleared if cleared and cleared >= raised else None


def _resolved_at(payload: Mapping[str, Any], begun: datetime) -> datetime | None:
    status = word(payload, "status")
    if status and bare_word(status) not in _OVER:
        # Taken up again it may still have the date of its first end.
        return None
    end = moment(payload, "resolutionDate") or (moment(payload, "statusChangeDate", "lastUpdate") if status else None)
    return max(end, begun) if end else begun if status else None


def _where(places: list[Any], intake: Intake) -> dict[str, Any]:
    """Return the fields of an event that say where it is."""
    shapes = [shape for ref in places if (shape := shape_within(ref))]
    return {
        "place": place_name(places),
        "places": intake.register_ids(places),
        "h3": tuple(sorted({cell for shape in shapes for cell in shape.h3()})),
        "uncertainty_m": max((shape.uncertainty_m or 0 for shape in shapes), default=0) or None,
    }
