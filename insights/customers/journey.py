"""All that happened to one customer, in order: own events, linked posts, consent, and the network around."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.errors import InputError
from domain.pages import paged
from domain.questions import Filters
from insights.customers.consents import consents_of
from insights.customers.experience import scored
from insights.customers.steps import change_steps, consent_steps, own_steps, post_steps, shade_steps
from insights.customers.surroundings import network_events, own_events
from insights.incidents import incidents

if TYPE_CHECKING:
    from collections.abc import Collection

    from domain.ports import Store
    from insights.customers.steps import Step

_PAGE: Final = 500
_POST_FIELDS: Final = ("id", "source", "created_at", "title", "text", "sentiment", "customer", "events", "shared_id")


@dataclass(frozen=True, kw_only=True)
class Journey:
    """A customer under a pseudonym, and the steps by time. `monthly_value` is in the operator's currency.

    The last step's `score` is the experience score as far as anything is known; it is never final: what comes late
    takes its place and moves those behind it.
    """

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
    [consents] = consents_of(store, [customer])
    today = now or datetime.now(UTC)
    shown = any(consent.allows(purposes, today) for consent in consents)
    posts = list(store.scan("posts", filters=chosen, fields=_POST_FIELDS)) if shown else []
    around = {event["id"]: event for event in network_events(store, customer, start, end)}
    linked = sorted({link["id"] for post in posts for link in post.get("events", ())} - around.keys())
    known = around | {key: event for page in paged(linked, _PAGE) for key, event in store.get("events", page).items()}
    happened = incidents(known.values())
    steps = chain(
        consent_steps(consents),
        change_steps(customer),
        own_steps(own_events(store, customer)),
        post_steps(posts, happened),
        shade_steps(one for one in happened if any(event["id"] in around for event in one)),
    )
    # What happened before the stretch that is shown has its weight in it.
    in_order = scored(sorted(steps, key=lambda step: (step.at, not step.shade, step.kind, step.document_id or "")))
    inside = (
        step
        for step in in_order
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
        steps=tuple(inside),
    )


def customers_with_posts(store: Store, purposes: Collection[str], limit: int) -> tuple[LinkedCustomer, ...]:
    """Return the customers with most linked posts whose consent is for one of the purposes, most first."""
    counts = store.count_values("posts", "customer.id", limit=limit)
    customers = store.get("customers", [key for key, _ in counts])
    agreed = dict(zip(customers, consents_of(store, list(customers.values())), strict=True))
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
