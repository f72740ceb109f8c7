"""Which network and service events are laid over the charts of a view.

Of the events of a period those that most posts of the view coincide with are drawn. However many events
there are, only as many are read as can be looked at; the others are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from domain.conditions import Between, among, equal
from domain.documents import instant
from domain.event import FELT, NETWORK_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.conditions import Condition
    from domain.documents import Document
    from domain.ports import Store
    from domain.questions import Filters

Overlay: TypeAlias = Literal["main", "all", "none"]
MAIN: Final = 3
"""More titles than this cannot be read above a chart."""
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
    touching.sort(key=lambda event: (-posts.get(event["id"], 0), FELT.index(event["kind"]), event["started_at"]))
    drawn = sorted(touching[: MAIN if overlay == "main" else MOST], key=lambda event: event["started_at"])
    return Laid(tuple(drawn), sum(_count(store, where) for where in _touching(filters)) - len(drawn))


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
