"""Which network and service events are laid over the charts of a view.

Of the events of a period those that most posts of the view coincide with are drawn. However many events
there are, only as many are read as can be looked at; the others are counted. An outage with its alarms is one cause:
the main events are each another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from domain.conditions import Between, among, equal
from domain.documents import instant
from domain.event import NETWORK_KINDS
from reports.event_layers import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.conditions import Condition
    from domain.documents import Document
    from domain.ports import Store
    from domain.questions import Filters
    from domain.zones import ZoneName

Overlay: TypeAlias = Literal["main", "all", "none"]
MAIN: Final = 3
"""More causes than this are not told apart at a glance."""
MOST: Final = 60
"""More events than this cannot be told apart on a chart."""
_READ: Final = 500

SHOWN_KINDS: Final = (*NETWORK_KINDS, "campaign")
"""Events that happen to everybody; those of one customer belong to a journey."""
_FIRST: Final = ("outage", "planned_work", "kpi_degradation", "alarm", "campaign")
"""Of events that as many posts coincide with: what customers feel most comes first."""
_EVERYBODYS: Final = (among("kind", SHOWN_KINDS), equal("customer", None))


@dataclass(frozen=True)
class Laid:
    """The events that are drawn, by start, and how many others of the period are not."""

    events: tuple[Document, ...] = ()
    left_out: int = 0


def shown_events(store: Store) -> int:
    """Return how many events of the network and the services there are."""
    return _count(store, _EVERYBODYS)


def laid_over(store: Store, filters: Filters, *, overlay: Overlay) -> Laid:
    """Return the events of a view: `all`, `none`, or the `MAIN` that most of its posts coincide with."""
    if overlay == "none":
        return Laid()
    posts = dict(store.count_values("posts", "events.id", filters=filters, limit=_READ))
    found = store.get("events", list(posts))
    for where in _touching(filters):
        found |= {event["id"]: event for event in islice(store.scan("events", where=where), _READ)}
    # What posts coincide with may be one customer's, another brand's, or of another time.
    start, end = instant(filters.start) if filters.start else "", instant(filters.end) if filters.end else "9999"
    touching = [
        event
        for event in found.values()
        if event["kind"] in SHOWN_KINDS
        and "customer" not in event
        and event["started_at"] < end
        and (event.get("ended_at") or event["started_at"]) >= start
        and (not filters.brands or event.get("brand") in {None, *filters.brands})
    ]
    touching.sort(key=lambda event: (-posts.get(event["id"], 0), _FIRST.index(event["kind"]), event["started_at"]))
    most = _causes(touching) if overlay == "main" else touching[:MOST]
    drawn = sorted(most, key=lambda event: event["started_at"])
    return Laid(tuple(drawn), sum(_count(store, where) for where in _touching(filters)) - len(drawn))


def named_events(store: Store, keys: Sequence[str], zone: ZoneName) -> dict[str, str]:
    """Return what events are called, with their kind and times, by id; those that are gone are missing."""
    found = store.get("events", list(keys)).values()
    return {event["id"]: f"{event['title']} ({facts(event, zone)})" for event in found}


def _causes(events: Sequence[Document]) -> list[Document]:
    """Return an event for each of the first causes, of events by weight: that which is felt most."""
    causes: list[list[Document]] = []
    for event in events:
        cause = next((cause for cause in causes if _one_cause(event, cause[0])), None)
        if cause is not None:
            cause.append(event)
        elif len(causes) < MAIN:
            causes.append([event])
    return [min(cause, key=lambda event: _FIRST.index(event["kind"])) for cause in causes]


def _one_cause(event: Document, other: Document) -> bool:
    """Return whether two events of the network overlap in time, touch the same place and not two different subjects."""
    if event["kind"] not in NETWORK_KINDS or other["kind"] not in NETWORK_KINDS:
        return False
    if event["started_at"] > _end(other) or other["started_at"] > _end(event):
        return False
    if any(event.get(name) and other.get(name) and event[name] != other[name] for name in ("subject", "brand")):
        return False
    if event.get("place") and other.get("place"):
        return bool(event["place"] == other["place"])
    if event.get("region") or other.get("region"):
        return bool(event.get("region") == other.get("region"))
    # Nobody says where: the same subject at the same time is one cause.
    return not (event.get("place") or other.get("place")) and bool(event.get("subject") and other.get("subject"))


def _end(event: Document) -> str:
    """Return when an event ended, as stored; one of which no end is known is taken to go on."""
    return str(event.get("ended_at") or "9999")


def _touching(filters: Filters) -> list[Sequence[Condition]]:
    """Return the conditions of events that begin in a period, and of those that began before it and last into it."""
    # One of no brand is everybody's.
    whose = (*_EVERYBODYS, *([among("brand", (None, *filters.brands))] if filters.brands else ()))
    begin = (Between("started_at", filters.start, filters.end), *whose)
    if filters.start is None:
        return [begin]
    return [begin, (Between("ended_at", filters.start), Between("started_at", end=filters.start), *whose)]


def _count(store: Store, where: Sequence[Condition]) -> int:
    return sum(count for _, count in store.count_values("events", "kind", where=where, limit=len(SHOWN_KINDS)))
