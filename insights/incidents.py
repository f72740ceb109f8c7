"""Events that are one incident: an outage, the alarms that told of it, the figures that fell with it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.event import FELT, OPEN_END
from domain.hours import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.documents import Document

_SLACK: Final = HOUR
"""An alarm comes a little before the outage is written down, and goes a little after."""

_SIGNS: Final = ("kpi_degradation", "alarm")
"""Kinds that tell of something else; the others happen by themselves."""
_APART: Final = ("subject", "brand", "place", "region")
"""Where these differ, two events are not of one incident."""


def incidents(events: Iterable[Document]) -> list[tuple[Document, ...]]:
    """Return stored events as incidents by start, each led by what customers feel most of it.

    An alarm or a degradation belongs to the incident that is led by an event at the same place, of the same subject and
    brand, whose hours meet its own; what is not known of one of the two does not set them apart. Outages lead before
    planned work before degradations before alarms; so two outages stay two, whatever alarm lasts from one to the other.
    """
    stored = list(events)
    felt = [*FELT, *sorted({event["kind"] for event in stored} - set(FELT))]
    found: list[list[Document]] = []
    by_day: dict[int, list[int]] = defaultdict(list)
    """Incidents by the days that their leads touch: however many there are, an event is held against those alone."""
    for event in sorted(stored, key=lambda event: (felt.index(event["kind"]), event["started_at"], event["id"])):
        near = {place for day in _days(event) for place in by_day[day]} if event["kind"] in _SIGNS else set()
        own = next((place for place in sorted(near) if _of_one(found[place][0], event)), None)
        if own is None:
            for day in _days(event):
                by_day[day].append(len(found))
            found.append([event])
        else:
            found[own].append(event)
    return sorted(map(tuple, found), key=lambda incident: (incident[0]["started_at"], incident[0]["id"]))


def _of_one(lead: Document, event: Document) -> bool:
    """Tell whether an event is a sign of the incident that another leads."""
    if any(lead.get(name) and event.get(name) and lead[name] != event[name] for name in _APART):
        return False
    if not any(one.get(name) for one in (lead, event) for name in ("place", "region")):
        # Nobody says where: the same subject at the same time is one incident.
        return bool(lead.get("subject") and event.get("subject")) and _meet(lead, event)
    # A region stands for all of its places.
    where = "place" if lead.get("place") and event.get("place") else "region"
    if not lead.get(where) or not event.get(where):
        return False
    return _meet(lead, event)


def _meet(lead: Document, event: Document) -> bool:
    (start, end), (since, until) = lasts(lead), lasts(event)
    return since <= end + _SLACK and start <= until + _SLACK


def lasts(event: Document) -> tuple[datetime, datetime]:
    """Return when a stored event began and when it ended, or is taken to have."""
    start = parse_instant(event["started_at"])
    return start, parse_instant(event["ended_at"]) if event.get("ended_at") else start + OPEN_END


def _days(event: Document) -> range:
    """Return the days that an event touches, and its signs may, by their ordinals."""
    start, end = lasts(event)
    return range((start - _SLACK).toordinal(), (end + _SLACK).toordinal() + 1)
