"""The operator's side of the sample: customers, what they agreed to, and what happened to them and to the network."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.documents import instant
from world.chance import START

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from world.chance import Chance
    from world.drafts import Draft
    from world.material import World
    from world.people import Person

CUSTOMERS, DECLARED, WITHOUT_CONSENT, PERSONAL_EVENTS = 500, 60, 10, 320
"""Customers; those with a declared handle; of these, those without consent to link; calls, tickets and the like."""

_FIRST_NUMBER: Final = 4_410_017
_EVENT_FIELDS: Final = ("kind", "title", "subject", "place", "region", "started_at", "ended_at", "severity")


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The rows of customers.csv and events.csv."""

    customers: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


def write_accounts(island: World, chance: Chance, drafts: Sequence[Draft]) -> Accounts:
    """Return the customers, some of them authors of several posts, and all events in order of time."""
    stories = {story["handle"]: story for story in island.stories}
    authors = _declaring(chance, drafts, except_for=stories)
    customers = [_story_customer(island, story) for story in island.stories]
    for place, author in enumerate(authors):
        given = START - timedelta(days=20 + chance.below(300))
        customer = _customer(island, chance) | {
            "region": author.place.region,
            "place": author.place.name,
            "handle_source": author.source,
            "handle": f"@{author.handle}" if chance.happens(0.5) else author.handle,
            "consent_given": "" if place < WITHOUT_CONSENT else given.date().isoformat(),
        }
        customers.append(customer)
    customers += [_customer(island, chance) for _ in range(CUSTOMERS - len(customers))]
    for place, customer in enumerate(customers):
        # A step that shares no factor with 500, so that those with a handle do not come first.
        customer["customer_number"] = f"KE-{_FIRST_NUMBER + (place * 171) % CUSTOMERS}"
    also = {place.name: place.arabic for place in island.places}
    events = [_event(None, *values) | {"place_names": also.get(values[3], "")} for values in island.events["operator"]]
    events += [
        _event(customer, kind, title, subject, "", "", at, "", "")
        for story, customer in zip(island.stories, customers, strict=False)
        for kind, at, title, subject in story["events"]
    ]
    events += _personal_events(island, chance, customers[len(island.stories) :])
    customers.sort(key=lambda customer: str(customer["customer_number"]))
    events.sort(key=lambda event: (event["started_at"], event["customer_number"], event["title"]))
    return Accounts(customers=customers, events=[{"event_id": f"E{n:05}"} | e for n, e in enumerate(events, start=1)])


def _declaring(chance: Chance, drafts: Sequence[Draft], *, except_for: Mapping[str, Any]) -> list[Person]:
    wrote = Counter(draft.author.id for draft in drafts if draft.shares is None)
    known = {draft.author.id: draft.author for draft in drafts}
    several = [
        known[key]
        for key, count in sorted(wrote.items())
        if 3 <= count <= 40 and known[key].brand.own and known[key].zeal and known[key].source != "reviews"
    ]
    return chance.some([author for author in several if author.handle not in except_for], DECLARED - len(except_for))


def _customer(island: World, chance: Chance) -> dict[str, Any]:
    plans = island.events["plans"]
    plan, segment, price, _ = chance.weighted(plans, [weight for *_, weight in plans])
    place = chance.weighted(island.places, [place.weight for place in island.places])
    since = START - timedelta(days=30 + chance.heavy(least=120, tail=0.9) % 4200)
    return {
        "customer_number": "",
        "region": place.region,
        "place": place.name,
        "segment": segment,
        "plan": plan,
        "since": since.date().isoformat(),
        "monthly_value": f"{price + chance.one((0, 0, 0, 2.5, 5, 9.9)):.2f}",
        "handle_source": "",
        "handle": "",
        "consent_given": "",
        "consent_withdrawn": "",
    }


def _story_customer(island: World, story: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "customer_number": "",
        "region": island.place(story["place"]).region,
        "place": story["place"],
        "segment": story["segment"],
        "plan": story["plan"],
        "since": story["since"],
        "monthly_value": f"{story['monthly_value']:.2f}",
        "handle_source": story["source"],
        "handle": f"@{story['handle']}",
        "consent_given": story["given"],
        "consent_withdrawn": story.get("withdrawn", ""),
    }


def _event(customer: Mapping[str, Any] | None, *values: Any) -> dict[str, Any]:
    number = customer["customer_number"] if customer else ""
    row = dict(zip(_EVENT_FIELDS, values, strict=True))
    return row | {"brand": "kestrelo", "customer_number": number, "place_names": ""}


def _personal_events(island: World, chance: Chance, customers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a bill for each customer, and calls, tickets and the like of some."""
    kinds, rows = island.events["personal"], []
    for customer in customers:
        at = START + timedelta(days=chance.below(5), hours=6)
        title = f"Bill for September, {customer['monthly_value']}"
        rows.append(_event(customer, "bill", title, "billing", "", "", instant(at), "", ""))
    for _ in range(PERSONAL_EVENTS):
        kind, title, subject, _weight = chance.weighted(kinds, [weight for *_, weight in kinds])
        at = chance.moment()
        end = instant(at + timedelta(minutes=3 + chance.below(25))) if kind == "call" else ""
        rows.append(_event(chance.one(customers), kind, title, subject, "", "", instant(at), end, ""))
    return rows
