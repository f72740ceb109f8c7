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
from domain.event import FELT, NETWORK_KINDS
from insights.incidents import incidents
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
    groups = incidents(touching) if overlay == "main" else [(event,) for event in touching]
    weighed = sorted(
        (-max(posts.get(one["id"], 0) for one in group), FELT.index(group[0]["kind"]), group[0]["started_at"], place)
        for place, group in enumerate(groups)
    )
    most = [groups[place][0] for *_, place in weighed[: MAIN if overlay == "main" else MOST]]
    drawn = sorted(most, key=lambda event: event["started_at"])
    return Laid(tuple(drawn), sum(_count(store, where) for where in _touching(filters)) - len(drawn))


def named_events(store: Store, keys: Sequence[str], zone: ZoneName) -> dict[str, str]:
    """Return what events are called, with their kind and times, by id; those that are gone are missing."""
    found = store.get("events", list(keys)).values()
    return {event["id"]: f"{event['title']} ({facts(event, zone)})" for event in found}


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
