"""The steps of many customers at once, read in a few passes over the store: what sequences are looked for in.

No customer is asked for alone. Customers whose steps are the same, as all have to whom only the network happened at
one place, are one time line with their number. Of more than `MOST_CUSTOMERS` customers a sample is read, chosen by a
hash of their ids, so it is the same whenever and in whatever order they are read. The network is known by place and
region, and not by what a customer's services rest on; daily usage, which would be most of what is read, is left out.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final, TypeAlias, get_args

from domain.conditions import Between, Exists, among, equal
from domain.documents import parse_instant
from domain.event import NETWORK_KINDS, EventKind
from domain.history import states
from domain.pages import paged
from domain.questions import Filters
from insights.customers.consents import consents_of
from insights.customers.steps import POST, STATUS_CHANGE, bill_steps, change_steps
from insights.customers.surroundings import network_steps, stays

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Store
    from insights.customers.surroundings import Stay

COMPLAINT, LEAVING = "complaint", "leaving"
"""Kinds of step beside those of a journey: a negative post of one's own, and the end of being a customer."""
ENDED: Final = frozenset(("cancelled", "canceled", "churned", "closed", "disconnected", "ended", "left", "terminated"))
"""Statuses of a customer who has left, as TM Forum's examples and operators write them."""
MOST_CUSTOMERS: Final = 250_000
GROUPS: Final = 20
BILLS_BEFORE: Final = timedelta(days=190)
"""Bills are read from so long before: whether one is dearer than usual is told by the last six."""
_OWN_KINDS: Final = frozenset(get_args(EventKind)) - {*NETWORK_KINDS, "usage", "bill"}
_PAGE: Final = 500
_EVENT_FIELDS: Final = ("id", "kind", "title", "started_at", "customer", "party", "attributes")
_POST_FIELDS: Final = ("id", "created_at", "sentiment", "customer", "shared_id")

At: TypeAlias = int
"""Seconds since 1970."""
KindAt: TypeAlias = tuple[At, str]


@dataclass(frozen=True)
class Timeline:
    """The steps of customers by time, while they were customers: from `since` to `until`, None where it has no end.

    `heard` customers consented and are known to write: others cannot be seen to complain. `group` is one of `GROUPS` of
    places, to which what the network does happens together.
    """

    heard: bool
    group: int
    since: At
    until: At | None
    steps: tuple[KindAt, ...]


@dataclass(frozen=True)
class Timelines:
    """Time lines and of how many customers each is; `read` customers of `customers`."""

    lines: Mapping[Timeline, int]
    read: int
    customers: int


@dataclass
class _Person:
    consented: bool
    known: bool
    since: At
    until: At | None
    group: int
    stays: tuple[Stay, ...]
    parties: tuple[str, ...]
    steps: list[KindAt]
    bills: list[Document] = field(default_factory=list)


def timelines(
    store: Store,
    purposes: Collection[str],
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    most: int = MOST_CUSTOMERS,
) -> Timelines:
    """Return what happened to customers in [start, end); posts only where consent is in force for a purpose."""
    people, customers = _people(store, purposes, start, now, most)
    _add_own(store, people, start, end)
    around = network_steps(store, start, end)
    lines: Counter[Timeline] = Counter()
    for person in people.values():
        steps = {(seconds(step.at), step.kind) for step in bill_steps(person.bills)}.union(person.steps)
        for stay in person.stays:
            met = chain(around.get(("place", stay.place), ()), around.get(("region", stay.region), ()))
            steps.update((seconds(at), kind) for at, kind in met if stay.holds(at))
        inside = sorted(step for step in steps if seconds(start) <= step[0] < seconds(end))
        heard = person.consented and person.known
        lines[Timeline(heard, person.group, person.since, person.until, tuple(inside))] += 1
    return Timelines(lines, len(people), customers)


def seconds(at: datetime) -> At:
    """Return a time as whole seconds since 1970."""
    return int(at.timestamp())


def _people(
    store: Store, purposes: Collection[str], start: datetime, now: datetime, most: int
) -> tuple[dict[str, _Person], int]:
    """Return the customers of the sample, without what happened to them, and how many there are in all."""
    people: dict[str, _Person] = {}
    customers, below = 0, 1 << 64
    for page in paged(store.scan("customers"), _PAGE):
        customers += len(page)
        chosen = [customer for customer in page if _hash(customer["id"]) < below]
        for customer, consents in zip(chosen, consents_of(store, chosen), strict=True):
            since = seconds(start)
            if customer.get("since"):
                since = max(since, seconds(parse_instant(customer["since"])))
            steps = list(_changes(customer))
            ends = [at for at, kind in steps if kind == LEAVING]
            if not steps and _has_left(customer):
                # They had left before anybody wrote it down.
                ends = [since]
            people[customer["id"]] = _Person(
                consented=any(consent.allows(purposes, now) for consent in consents),
                known=bool(customer.get("handles")),
                since=since,
                until=min(ends, default=None),
                group=_hash(customer.get("place") or customer["id"]) % GROUPS,
                stays=tuple(stays(customer)),
                parties=tuple(customer.get("parties", ())),
                steps=steps,
            )
        while len(people) > most:
            below //= 2
            people = {key: person for key, person in people.items() if _hash(key) < below}
    return people, customers


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _has_left(customer: Document) -> bool:
    return str(customer.get("status", "")).strip().casefold() in ENDED


def _changes(customer: Document) -> Iterator[KindAt]:
    """Yield what changed about a customer; a status that ends it is leaving."""
    for (_, before), (at, after) in pairwise(states(customer)):
        if _has_left(after) and not _has_left(before):
            yield seconds(parse_instant(at)), LEAVING
    yield from ((seconds(step.at), step.kind) for step in change_steps(customer) if step.kind != STATUS_CHANGE)


def _add_own(store: Store, people: Mapping[str, _Person], start: datetime, end: datetime) -> None:
    """Give people their own events, and who consented their posts.

    Events of a person behind several customers, of which none is named, are everyone's. What somebody only passed on is
    no complaint of theirs.
    """
    behind: dict[str, list[_Person]] = defaultdict(list)
    for person in people.values():
        for party in person.parties:
            behind[party].append(person)
    for kinds, first in ((_OWN_KINDS, start), (("bill",), start - BILLS_BEFORE)):
        when = (Between("started_at", first, end), among("kind", sorted(kinds)))
        for whose in ((Exists("customer"),), (Exists("party"), equal("customer", None))):
            for event in store.scan("events", where=[*when, *whose], fields=_EVENT_FIELDS):
                own = [people[event["customer"]]] if event.get("customer") in people else []
                for person in own or ([] if "customer" in event else behind.get(event["party"], [])):
                    if event["kind"] == "bill":
                        person.bills.append(event)
                    else:
                        person.steps.append((seconds(parse_instant(event["started_at"])), event["kind"]))
    chosen = Filters(start=start, end=end)
    for post in store.scan("posts", filters=chosen, where=[Exists("customer.id")], fields=_POST_FIELDS):
        author = people.get(post["customer"]["id"])
        if author is not None and author.consented:
            is_complaint = post.get("sentiment", {}).get("label") == "negative" and not post.get("shared_id")
            author.known = True
            author.steps.append((seconds(parse_instant(post["created_at"])), COMPLAINT if is_complaint else POST))
