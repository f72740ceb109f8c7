"""All that happened to one customer, in order: own events, linked posts, consent, and the network around."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, product
from typing import TYPE_CHECKING, Any, Final

from domain.conditions import Between, among, equal
from domain.customer import stored_consents
from domain.documents import parse_instant
from domain.errors import InputError
from domain.event import NETWORK_KINDS
from domain.pages import paged
from domain.questions import Filters
from insights.incidents import incidents
from insights.wording import begun, in_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from domain.conditions import Condition
    from domain.customer import Consent
    from domain.documents import Document
    from domain.ports import Store

CONSENT_GIVEN, CONSENT_WITHDRAWN, POST = "consent_given", "consent_withdrawn", "post"
"""Kinds of step that are not kinds of event."""

_PAGE: Final = 500
_POST_FIELDS: Final = ("id", "source", "created_at", "title", "text", "sentiment", "customer", "events", "shared_id")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happened. `shade` marks the network around the customer, which lasts until `ended_at`.

    `kind` is a kind of event, `post`, `consent_given` or `consent_withdrawn`. `evidence` says of a post why it is the
    customer's and which incidents it coincides with, each in one line; of an incident, what else told of it.
    `document_id` is the post or the event, of an incident the one that leads it.
    """

    at: datetime
    kind: str
    title: str
    detail: str = ""
    ended_at: datetime | None = None
    shade: bool = False
    sentiment: str | None = None
    evidence: tuple[str, ...] = ()
    document_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Journey:
    """A customer under a pseudonym, and the steps by time. `monthly_value` is in the operator's currency."""

    customer_id: str
    place: str | None
    region: str | None
    segment: str | None
    plan: str | None
    since: datetime | None
    monthly_value: float | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class LinkedCustomer:
    """A customer with posts, to choose a journey by."""

    customer_id: str
    posts: int
    place: str | None
    segment: str | None


def journey(
    store: Store,
    customer_id: str,
    purposes: Collection[str],
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    now: datetime | None = None,
) -> Journey:
    """Return the journey of a customer, whole or the steps that lie in [start, end) or last into it.

    Posts are in it only while the customer's consent is for one of the purposes and not over, whatever is linked.

    Raises:
        InputError: there is no such customer.
    """
    customer = store.get("customers", [customer_id]).get(customer_id)
    if customer is None:
        raise InputError(f"there is no customer {customer_id!r}")
    chosen = Filters(customers=(customer_id,))
    [consents] = _consents(store, [customer])
    today = now or datetime.now(UTC)
    shown = any(consent.allows(purposes, today) for consent in consents)
    posts = list(store.scan("posts", filters=chosen, fields=_POST_FIELDS)) if shown else []
    around = {event["id"]: event for event in _network_events(store, customer, start, end)}
    linked = sorted({link["id"] for post in posts for link in post.get("events", ())} - around.keys())
    known = around | {key: event for page in paged(linked, _PAGE) for key, event in store.get("events", page).items()}
    happened = incidents(known.values())
    steps = chain(
        _consent_steps(consents),
        (_event_step(event) for event in store.scan("events", where=[equal("customer", customer_id)])),
        _post_steps(posts, happened),
        (
            replace(
                _event_step(lead),
                shade=True,
                evidence=tuple(f"{begun(in_words(event['kind']))}: {event['title']}" for event in signs),
            )
            for lead, *signs in happened
            if any(event["id"] in around for event in (lead, *signs))
        ),
    )
    inside = (
        step
        for step in steps
        if (start is None or (step.ended_at or step.at) >= start) and (end is None or step.at < end)
    )
    since = customer.get("since")
    return Journey(
        customer_id=customer_id,
        place=customer.get("place"),
        region=customer.get("region"),
        segment=customer.get("segment"),
        plan=customer.get("attributes", {}).get("plan"),
        since=parse_instant(since) if since else None,
        monthly_value=customer.get("monthly_value"),
        steps=tuple(sorted(inside, key=lambda step: (step.at, not step.shade, step.kind, step.document_id or ""))),
    )


def customers_with_posts(store: Store, purposes: Collection[str], limit: int) -> tuple[LinkedCustomer, ...]:
    """Return the customers with most linked posts whose consent is for one of the purposes, most first."""
    counts = store.count_values("posts", "customer.id", limit=limit)
    customers = store.get("customers", [key for key, _ in counts])
    agreed = dict(zip(customers, _consents(store, list(customers.values())), strict=True))
    now = datetime.now(UTC)
    return tuple(
        LinkedCustomer(
            customer_id=key,
            posts=count,
            place=customers[key].get("place"),
            segment=customers[key].get("segment"),
        )
        for key, count in counts
        if any(consent.allows(purposes, now) for consent in agreed.get(key, ()))
    )


def _consents(store: Store, customers: Sequence[Document]) -> list[list[Consent]]:
    """Return of each customer what it agreed to, itself and the parties behind it."""
    behind = sorted({party for customer in customers for party in customer.get("parties", ())})
    parties = store.get("parties", behind, fields=("consents",))
    return [
        [
            *stored_consents(customer),
            *(c for key in customer.get("parties", ()) if key in parties for c in stored_consents(parties[key])),
        ]
        for customer in customers
    ]


def _consent_steps(consents: Sequence[Consent]) -> Iterator[Step]:
    for consent in consents:
        yield Step(at=consent.given_at, kind=CONSENT_GIVEN, title=f"Consent given to {consent.purpose}")
        if consent.withdrawn_at is not None:
            at = consent.withdrawn_at
            yield Step(at=at, kind=CONSENT_WITHDRAWN, title=f"Consent withdrawn to {consent.purpose}")


def _post_steps(posts: Iterable[Document], happened: Iterable[Sequence[Document]]) -> Iterator[Step]:
    leads = {event["id"]: incident[0] for incident in happened for event in incident}
    for post in posts:
        # However many events an incident has, it is one cause; what its lead says of it comes before what others say.
        causes: dict[str, str] = {}
        for link in post.get("events", ()):
            lead = leads.get(link["id"])
            # An event that is gone meanwhile has no name.
            named = f"coincides with “{lead['title']}”: " if lead else ""
            if named not in causes or (lead and lead["id"] == link["id"]):
                causes[named] = link["reason"]
        yield Step(
            at=parse_instant(post["created_at"]),
            kind=POST,
            title=f"{'Passed on a post' if post.get('shared_id') else 'Post'} on {post['source']}",
            detail=": ".join(part for part in (post.get("title"), post["text"]) if part),
            sentiment=post.get("sentiment", {}).get("label"),
            evidence=(post["customer"]["reason"], *(named + reason for named, reason in causes.items())),
            document_id=post["id"],
        )


def _network_events(
    store: Store, customer: Mapping[str, Any], start: datetime | None, end: datetime | None
) -> Iterator[Document]:
    """Yield what the network did in [start, end) at the customer's place, and what it did to the whole region."""
    place, region = customer.get("place"), customer.get("region")
    everybodys: tuple[Condition, ...] = (among("kind", NETWORK_KINDS), equal("customer", None))
    # The rarest condition comes first: a store looks documents up by it.
    where: list[tuple[Condition, ...]] = [(equal("place", place),)] if place else []
    where += [(equal("region", region), equal("place", None))] if region else []
    when: list[tuple[Condition, ...]] = [(Between("started_at", start, end),)] if start or end else [()]
    if start is not None:
        when.append((Between("started_at", end=start), Between("ended_at", start)))
    for at, then in product(where, when):
        yield from store.scan("events", where=[*at, *then, *everybodys])


def _event_step(event: Document) -> Step:
    ended_at = event.get("ended_at")
    known = (event.get("subject"), event.get("severity"), event.get("place") or event.get("region"))
    return Step(
        at=parse_instant(event["started_at"]),
        kind=event["kind"],
        title=event["title"],
        detail=", ".join(in_words(part) for part in known if part),
        ended_at=parse_instant(ended_at) if ended_at else None,
        document_id=event["id"],
    )
