"""The steps of a journey, made of what is stored: events, posts, consent, and what changed about the customer."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.history import states
from insights.customers.experience import effect_of, effect_of_post
from insights.wording import begun, in_words, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.customer import Consent
    from domain.documents import Document

CONSENT_GIVEN, CONSENT_WITHDRAWN, POST = "consent_given", "consent_withdrawn", "post"
USAGE_DROP, DEARER_BILL = "usage_drop", "dearer_bill"
PLAN_CHANGE, MOVE, STATUS_CHANGE, VALUE_CHANGE = "plan_change", "move", "status_change", "value_change"
"""Kinds of step that are not kinds of event."""
ABOUT: Final = frozenset((CONSENT_GIVEN, CONSENT_WITHDRAWN, PLAN_CHANGE, MOVE, STATUS_CHANGE, VALUE_CHANGE))
"""Those that say something of the customer, and not that anything happened."""

DEARER: Final = 1.2
"""How many times the usual amount a bill is that stands out; usual is the median of the last `BILLS`."""
BILLS: Final = 6
LESS: Final = 0.5
"""Which share of the usual use of a week is a drop; usual is the median of the `USUAL_WEEKS` before."""
USUAL_WEEKS: Final = 4
_WEEK: Final = timedelta(days=7)
_CHANGES: Final = (
    (PLAN_CHANGE, "Plan", ("attributes", "plan")),
    (MOVE, "Place", ("place",)),
    (STATUS_CHANGE, "Status", ("status",)),
    (VALUE_CHANGE, "Monthly value", ("monthly_value",)),
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happened. `shade` marks the network around the customer, which lasts until `ended_at`.

    `kind` is a kind of event or one of those above. `evidence` says of a post why it is the customer's and which
    incidents it coincides with, each in one line; of an incident, what else told of it. `document_id` is the post or
    the event, of an incident the one that leads it. `effect` is what the step does to the experience score, in points,
    and `score` what that is afterwards (0 to 100).
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
    effect: float = 0.0
    score: float | None = None


def consent_steps(consents: Iterable[Consent]) -> Iterator[Step]:
    """Yield when consent was given and withdrawn."""
    for consent in consents:
        yield Step(at=consent.given_at, kind=CONSENT_GIVEN, title=f"Consent given to {consent.purpose}")
        if consent.withdrawn_at is not None:
            at = consent.withdrawn_at
            yield Step(at=at, kind=CONSENT_WITHDRAWN, title=f"Consent withdrawn to {consent.purpose}")


def change_steps(customer: Document) -> Iterator[Step]:
    """Yield what changed about a stored customer, by its history."""
    for (_, before), (at, after) in pairwise(states(customer)):
        for kind, name, path in _CHANGES:
            was, now = _value(before, path), _value(after, path)
            if was != now and was is not None:
                yield Step(at=parse_instant(at), kind=kind, title=f"{name}: {was}, then {now or 'none'}")


def event_step(event: Document) -> Step:
    """Return the step that a stored event is, with what it does to the score."""
    at, ended_at = parse_instant(event["started_at"]), event.get("ended_at")
    known = (event.get("subject"), event.get("severity"), event.get("place") or event.get("region"))
    until = parse_instant(ended_at) if ended_at else None
    return Step(
        at=at,
        kind=event["kind"],
        title=event["title"],
        detail=", ".join(in_words(part) for part in known if part),
        ended_at=until,
        document_id=event["id"],
        effect=effect_of(event["kind"], until - at if until else None, event.get("severity")),
    )


def own_steps(events: Iterable[Document]) -> Iterator[Step]:
    """Yield the steps of a customer's own events: bills and usage stand out against what is usual of them."""
    bills, days = [], []
    for event in events:
        if event["kind"] == "bill":
            bills.append(event)
        elif event["kind"] == "usage":
            days.append(event)
        else:
            yield event_step(event)
    yield from bill_steps(bills)
    yield from usage_steps(days)


def shade_steps(happened: Iterable[Sequence[Document]]) -> Iterator[Step]:
    """Yield the steps of incidents around a customer, each under what leads it."""
    for lead, *signs in happened:
        told = tuple(f"{begun(in_words(event['kind']))}: {event['title']}" for event in signs)
        yield replace(event_step(lead), shade=True, evidence=told)


def bill_steps(bills: Iterable[Document]) -> Iterator[Step]:
    """Yield the steps of a customer's bills; one that is dearer than usual is said to be."""
    amounts: list[Decimal] = []
    for bill in sorted(bills, key=lambda one: (one["started_at"], one["id"])):
        step, amount = event_step(bill), _amount(bill)
        usual = statistics.median(amounts[-BILLS:]) if amounts else None
        if amount is not None:
            amounts.append(amount)
        told = ", ".join(part for part in (step.detail, bill.get("attributes", {}).get("due", "")) if part)
        kind = step.kind
        if usual is not None and amount is not None and usual > 0 and amount >= usual * Decimal(str(DEARER)):
            kind, told = DEARER_BILL, f"{told}, usually {usual:.2f}"
        yield replace(step, kind=kind, detail=told, ended_at=None, effect=effect_of(kind))


def usage_steps(days: Iterable[Document]) -> Iterator[Step]:
    """Yield where a customer used much less than usual, by week and kind of usage; single days are no steps.

    Weeks are counted from the first day on record. A week that follows upon a drop is held against those before it.
    """
    by_kind: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for day in days:
        attributes = day.get("attributes", {})
        by_kind[attributes.get("type", day["title"])].append((parse_instant(day["started_at"]), _used(attributes)))
    for kind, used in sorted(by_kind.items()):
        first = min(at for at, _ in used)
        weeks = [0.0] * ((max(at for at, _ in used) - first) // _WEEK + 1)
        for at, amount in used:
            weeks[(at - first) // _WEEK] += amount
        usual: list[float] = []
        # The last week may not be over.
        for place, total in enumerate(weeks[:-1]):
            level = statistics.median(usual[-USUAL_WEEKS:]) if len(usual) >= USUAL_WEEKS else 0.0
            if total < LESS * level:
                at = first + place * _WEEK
                yield Step(
                    at=at,
                    kind=USAGE_DROP,
                    title=f"Used less: {kind}",
                    detail=f"{total / level:.0%} of a usual week",
                    ended_at=at + _WEEK,
                    effect=effect_of(USAGE_DROP),
                )
            else:
                usual.append(total)


def post_steps(posts: Iterable[Document], happened: Iterable[Sequence[Document]]) -> Iterator[Step]:
    """Yield the steps that stored posts are, with what each coincides with of the incidents around them."""
    leads = {event["id"]: incident[0] for incident in happened for event in incident}
    for post in posts:
        # However many events an incident has, it is one cause; what its lead says of it comes before what others say.
        causes: dict[str, str] = {}
        for link in post.get("events", ()):
            lead = leads.get(link["id"])
            # An event that is gone meanwhile has no name.
            named = f"coincides with “{lead['title']}”" if lead else ""
            if named not in causes or (lead and lead["id"] == link["id"]):
                likely = f", {percent(link['probability'])} likely" if named and "probability" in link else ""
                causes[named] = f"{likely}: {link['reason']}" if named else link["reason"]
        yield Step(
            at=parse_instant(post["created_at"]),
            kind=POST,
            title=f"{'Passed on a post' if post.get('shared_id') else 'Post'} on {post['source']}",
            detail=": ".join(part for part in (post.get("title"), post["text"]) if part),
            sentiment=post.get("sentiment", {}).get("label"),
            evidence=(post["customer"]["reason"], *(named + reason for named, reason in causes.items())),
            document_id=post["id"],
            effect=effect_of_post(post.get("sentiment")),
        )


def _value(customer: Document, path: Sequence[str]) -> object:
    *outer, last = path
    for name in outer:
        customer = customer.get(name) or {}
    return customer.get(last)


def _amount(bill: Document) -> Decimal | None:
    told = bill.get("attributes", {}).get("due") or bill.get("attributes", {}).get("total") or ""
    try:
        return Decimal(told.partition(" ")[0])
    except InvalidOperation:
        return None


def _used(attributes: Mapping[str, str]) -> float:
    """Return how much was used in a day: the first sum that is not a count of times, or that count."""
    sums = [name for name in sorted(attributes) if name not in {"type", "times"} and "amount" not in name]
    try:
        return float(attributes.get(sums[0] if sums else "times", 0))
    except ValueError:
        return 0.0
