"""What is asked about an incident afterwards: when it was known and by whom, whom it touched, what a notice was worth.

Figures and places, no words of posts and nobody's name: it may leave the house.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from statistics import median_low
from typing import TYPE_CHECKING, Final

from domain.conditions import Between, Exists, among
from domain.documents import parse_instant
from domain.pages import paged
from domain.questions import Question
from insights.ask import answer
from insights.detection.areas import areas
from insights.detection.bursts import complaints
from insights.detection.listed import AFTER, BEFORE, around, speaking_of
from insights.detection.wording import headline
from insights.statistics.intervals import Interval, difference_interval, share_interval
from insights.wording import many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.conditions import Condition
    from domain.documents import Document
    from domain.incident import Incident
    from domain.ports import Store
    from domain.questions import Answer
    from domain.zones import ZoneName
    from insights.detection.areas import Area

CONTACTS: Final = ("call", "ticket", "interaction", "visit")
"""Kinds of events by which a customer turns to the operator."""
MOST_PLACES: Final = 10_000
MOST_CUSTOMERS: Final = 1_000_000
"""Who was told, and who turned to the operator, of so many at most."""
_PAGE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that happened, for the time line."""

    at: datetime
    what: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Whether those who were told turned to the operator less than others of the same places.

    Counted are contacts (calls, tickets, visits, posts that are linked with a customer) from `since` on, when half of
    those who were told had been; who had turned to the operator before that is in neither group. `saved` is how many
    contacts there would have been more, had those who were told done as the others did: a difference between people
    of the same places, which is no proof of a cause.
    """

    since: datetime
    told: int
    told_in_contact: int
    others: int
    others_in_contact: int

    @classmethod
    def of(cls, told: Mapping[str, datetime], contacts: Mapping[str, datetime], customers: int) -> Notice:
        """Compare customers who were told, and when first, with the others of so many; by when each was in contact."""
        since = median_low(told.values())
        before = {customer for customer, at in contacts.items() if at < since}
        after = contacts.keys() - before
        others = max(customers - len(told.keys() | before), 0)
        return cls(
            since=since,
            told=len(told.keys() - before),
            told_in_contact=len(after & told.keys()),
            others=others,
            others_in_contact=min(len(after - told.keys()), others),
        )

    @property
    def saved(self) -> tuple[float, Interval] | None:
        """The estimate and its 95 % interval (Newcombe 1998); None where one of the groups is empty."""
        of_told = share_interval(self.told_in_contact, self.told)
        of_others = share_interval(self.others_in_contact, self.others)
        if of_told is None or of_others is None:
            return None
        told, others = self.told_in_contact / self.told, self.others_in_contact / self.others
        apart = difference_interval(others, of_others, told, of_told)
        return self.told * (others - told), Interval(self.told * apart.low, self.told * apart.high)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of an incident. `affected` is how many customers events say that they touched, at most.

    `customers` are those on record in its places, `in_contact` those of them who turned to the operator, `authors` how
    many people wrote the posts and `linked` how many of these are known customers.
    """

    incident: Incident
    title: str
    zone: ZoneName
    steps: tuple[Step, ...]
    events: tuple[Document, ...]
    by_hour: Answer
    areas: tuple[Area, ...]
    posts: int
    authors: int
    linked: int
    affected: int | None
    customers: int
    in_contact: int
    notice: Notice | None


def evidence_of(store: Store, incident: Incident, *, brand_name: str, zone: ZoneName) -> Evidence:
    """Gather what is stored about an incident."""
    spoken = speaking_of(incident)
    events = sorted(store.get("events", incident.events).values(), key=lambda event: (event["started_at"], event["id"]))
    people = store.count_by(spoken, ("author",))
    told = _first_by_customer(store, incident, _events_of(store, incident, ("notice",)))
    linked = store.scan("posts", filters=spoken, where=[Exists("customer.id")], fields=("customer.id", "created_at"))
    wrote = ((post["customer"]["id"], post["created_at"]) for post in linked)
    contacts = _first_by_customer(store, incident, (*_events_of(store, incident, CONTACTS), *wrote))
    living = among("place", incident.places) if incident.places else Exists("place")
    customers = sum(number for _, number in store.count_values("customers", "place", where=[living], limit=MOST_PLACES))
    return Evidence(
        incident=incident,
        title=headline(incident, brand_name),
        zone=zone,
        steps=tuple(sorted(_steps(incident, events, told), key=lambda step: step.at)),
        events=tuple(events),
        by_hour=answer(store, Question(measure="volume", filters=around(incident), by=("hour",), zone=zone)),
        areas=areas(store, replace(complaints(incident.brand, incident.subject), start=spoken.start, end=spoken.end)),
        posts=sum(one.total for one in people),
        authors=sum(one.total if one.keys[0] is None else 1 for one in people),
        linked=len(store.count_values("posts", "customer.id", filters=spoken, limit=MOST_CUSTOMERS)),
        affected=max((event["affected"] for event in events if event.get("affected")), default=None),
        customers=customers,
        in_contact=len(contacts),
        notice=Notice.of(told, contacts, customers) if told else None,
    )


def _steps(incident: Incident, events: Sequence[Document], told: Mapping[str, datetime]) -> Iterator[Step]:
    """Yield the time line, in no order."""
    for event in events:
        yield Step(at=parse_instant(event["started_at"]), what=f"{event['title']}: began")
        if event.get("reported_at"):
            yield Step(at=parse_instant(event["reported_at"]), what=f"{event['title']}: known to the network")
        if event.get("ended_at"):
            yield Step(at=parse_instant(event["ended_at"]), what=f"{event['title']}: ended")
    yield Step(at=incident.started_at, what="the first post that speaks of it")
    yield Step(at=incident.detected_at, what="noticed from posts")
    yield Step(
        at=incident.peak_at,
        what=f"it stood out most: {incident.people:,} people, where {incident.expected:.1f} are usual",
    )
    if told:
        yield Step(at=min(told.values()), what=f"the first of {many(len(told), 'customer')} who were told")
    if incident.ended_at:
        yield Step(at=incident.ended_at, what="people speak of it no more than usual")


def _events_of(store: Store, incident: Incident, kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    where: list[Condition] = [
        among("kind", kinds),
        Between("started_at", incident.started_at - BEFORE, incident.last_at + AFTER),
        Exists("customer"),
    ]
    for event in store.scan("events", where=where, fields=("customer", "started_at")):
        yield event["customer"], event["started_at"]


def _first_by_customer(store: Store, incident: Incident, told: Iterable[tuple[str, str]]) -> dict[str, datetime]:
    """Return the first time of each customer that lives in the places of an incident."""
    first: dict[str, str] = {}
    for customer, at in islice(told, MOST_CUSTOMERS):
        first[customer] = min(at, first.get(customer, at))
    if incident.places:
        living: set[str] = set()
        for page in paged(first, _PAGE):
            found = store.get("customers", page, fields=("place",))
            living.update(key for key, customer in found.items() if customer.get("place") in incident.places)
        first = {customer: at for customer, at in first.items() if customer in living}
    return {customer: parse_instant(at) for customer, at in first.items()}
