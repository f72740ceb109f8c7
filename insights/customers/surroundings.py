"""What the network did around a customer: where they lived then, and at what their services rest on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby, product
from typing import TYPE_CHECKING, Final, TypeAlias

from domain.conditions import Between, among, equal
from domain.documents import parse_instant
from domain.event import NETWORK_KINDS
from domain.history import states
from insights.incidents import incidents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.conditions import Condition
    from domain.documents import Document
    from domain.ports import Store

HOPS: Final = 4
"""How far what supports a service is followed: line, access node, site, core."""
MOST: Final = 200
"""Of one customer: how many services, resources, places and cells of H3 its events are looked up by."""

_FIELDS: Final = ("id", "places", "supported_by", "since", "until")
_Span: TypeAlias = "tuple[datetime | None, datetime | None]"


@dataclass(frozen=True)
class Stay:
    """Where a customer was in [since, until); None is open."""

    place: str | None
    region: str | None
    span: _Span

    def holds(self, at: datetime) -> bool:
        """Tell whether they were there at a time."""
        since, until = self.span
        return (since is None or since <= at) and (until is None or at < until)


def own_events(store: Store, customer: Document) -> Iterator[Document]:
    """Yield the events of a stored customer, and those of people behind it of which no customer is named."""
    yield from store.scan("events", where=[equal("customer", customer["id"])])
    if behind := customer.get("parties"):
        yield from store.scan("events", where=[among("party", behind), equal("customer", None)])


def network_events(
    store: Store, customer: Document, start: datetime | None, end: datetime | None
) -> Iterator[Document]:
    """Yield, each once, what the network did in [start, end) or until then around a stored customer.

    That is at the place where they lived at the time, to the whole of that region, and to what their services rested
    on at the time. Events of other customers stay out.
    """
    met: set[str] = set()
    everybodys: tuple[Condition, ...] = (among("kind", NETWORK_KINDS), equal("customer", None))
    when: list[tuple[Condition, ...]] = [(Between("started_at", start, end),)] if start or end else [()]
    if start is not None:
        when.append((Between("started_at", end=start), Between("ended_at", start)))
    for (where, span), then in product(_wheres(store, customer), when):
        for event in store.scan("events", where=[*where, *then, *everybodys]):
            began_at, ended_at = parse_instant(event["started_at"]), event.get("ended_at")
            since, until = span
            is_met = (until is None or began_at < until) and (
                since is None or ended_at is None or parse_instant(ended_at) > since
            )
            if is_met and event["id"] not in met:
                met.add(event["id"])
                yield event


def network_steps(
    store: Store, start: datetime, end: datetime
) -> Mapping[tuple[str, str | None], Sequence[tuple[datetime, str]]]:
    """Return when and what the network began to do in [start, end), by ("place", its name) or ("region", its name).

    An incident is one, under the kind of what leads it. What names its cells is of nobody else in the region.
    """
    found: dict[tuple[str, str | None], list[tuple[datetime, str]]] = defaultdict(list)
    where: list[Condition] = [among("kind", NETWORK_KINDS), equal("customer", None), Between("started_at", start, end)]
    for lead, *_ in incidents(store.scan("events", where=where)):
        step = (parse_instant(lead["started_at"]), lead["kind"])
        if lead.get("place"):
            found["place", lead["place"]].append(step)
        elif lead.get("region") and not lead.get("places"):
            found["region", lead["region"]].append(step)
    return found


def _wheres(store: Store, customer: Document) -> Iterator[tuple[tuple[Condition, ...], _Span]]:
    """Yield by what events around a customer are looked up, and from when to when those count."""
    for stay in stays(customer):
        # The rarest condition comes first: a store looks documents up by it.
        if stay.place:
            yield (equal("place", stay.place),), stay.span
        if stay.region:
            # What names its cells is of those cells, and of nobody else in the region.
            yield (equal("region", stay.region), equal("place", None), equal("places", None)), stay.span
    for span, found in _rests_on(store, customer["id"]).items():
        for name in ("services", "places"):
            if keys := sorted(found[name])[:MOST]:
                yield (among(name, keys),), span


def stays(customer: Document) -> Iterator[Stay]:
    """Yield where a customer was, by its history."""
    runs = groupby(states(customer), key=lambda one: (one[1].get("place"), one[1].get("region")))
    begun = [(where, next(run)[0]) for where, run in runs]
    ends = [*(since for _, since in begun[1:]), ""]
    for ((place, region), since), until in zip(begun, ends, strict=True):
        yield Stay(place, region, (parse_instant(since) if since else None, parse_instant(until) if until else None))


def _rests_on(store: Store, customer: str) -> Mapping[_Span, Mapping[str, set[str]]]:
    """Return ids of services, resources and places that a customer's services are or rest on, by when those were."""
    found: dict[_Span, dict[str, set[str]]] = defaultdict(lambda: {"services": set(), "places": set()})
    own = list(store.scan("services", where=[equal("customer", customer)], fields=_FIELDS))[:MOST]
    for service in own:
        since, until = (parse_instant(service[name]) if service.get(name) else None for name in ("since", "until"))
        kept = found[since, until]
        kept["services"].add(service["id"])
        kept["places"].update(service.get("places", ()))
        ahead = set(service.get("supported_by", ()))
        for _ in range(HOPS):
            ahead -= kept["services"]
            if not ahead or len(kept["services"]) >= MOST:
                break
            kept["services"] |= ahead
            further: set[str] = set()
            for one in store.get("services", sorted(ahead)[:MOST], fields=_FIELDS).values():
                kept["places"].update(one.get("places", ()))
                further.update(one.get("supported_by", ()))
            ahead = further
    return found
