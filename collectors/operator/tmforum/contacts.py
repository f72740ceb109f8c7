"""What happened between the operator and one customer: tickets (TMF621), interactions (TMF683), bills (TMF678),
messages that were sent (TMF681).

Free text is not kept: what people write about a customer names them. The number of such a record becomes a pseudonym.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from collectors.operator.tmforum.fields import (
    CONCERNED,
    bare_word,
    is_a,
    listed,
    moment,
    number_of,
    period,
    pseudonymous,
    referred,
    required_moment,
    required_number,
    said,
    word,
)
from domain.event import Event
from domain.identity import record_pseudonym

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.operator.tmforum.fields import Intake
    from domain.event import EventKind
    from domain.records import Record

_DONE: Final = frozenset(("resolved", "closed", "cancelled", "canceled", "rejected"))
_CALLS: Final = ("phone", "call", "voice", "telephone", "ivr", "hotline")
_VISITS: Final = ("store", "shop", "visit", "branch", "retail", "counter")
_LARGEST: Final = Decimal(10) ** 11
"""An amount; what is larger is a number of something, a telephone perhaps."""


def read_ticket(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return the event that a trouble ticket is.

    Raises:
        ValueError: it has no id or no time.
    """
    changes = [one for name in ("statusChange", "statusChangeHistory") for one in listed(payload.get(name))]
    opened = required_moment(payload, "creationDate", "requestedResolutionDate", "statusChangeDate", "lastUpdate")
    status = word(payload, "status")
    is_done = bare_word(status or "") in _DONE
    ended = moment(payload, "resolutionDate") or moment(payload, "statusChangeDate", "lastUpdate")
    kind = word(payload, "ticketType") or word(payload.get("troubleTicketSpecification"), "name")
    related = listed(payload.get("relatedEntity"))
    people = payload.get("relatedParty")
    return (
        Event(
            id=intake.personal_id("ticket", payload),
            kind="ticket",
            title=f"ticket: {kind}" if kind else "ticket",
            started_at=opened,
            ended_at=max(ended or opened, opened) if is_done else None,
            severity=(word(payload, "severity") or "").lower() or None,
            customer=intake.customer(people),
            party=intake.party(people, roles=CONCERNED),
            services=intake.register_ids([one for one in related if referred(one).endswith(("service", "resource"))]),
            attributes=said(
                type=kind,
                status=status,
                priority=payload.get("priority"),
                channel=_channel(payload),
                reopened=_reopened(changes) or None,
            ),
        ),
    )


def read_interaction(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return the event that an interaction is: a call, a visit, or another.

    Raises:
        ValueError: it has no id or no time.
    """
    start, end = period(payload, "interactionDate")
    begun = start or required_moment(
        payload, "interactionDate", "creationDate", "statusChangeDate", "lastUpdate", "lastUpdateDate"
    )
    channel = _channel(payload)
    told = bare_word(channel or "")
    kind: EventKind = "interaction"
    if any(one in told for one in _CALLS):
        kind = "call"
    elif any(one in told for one in _VISITS):
        kind = "visit"
    direction = bare_word(word(payload, "direction") or "").removesuffix("s")
    people = payload.get("relatedParty")
    return (
        Event(
            id=intake.personal_id("interaction", payload),
            kind=kind,
            title=f"{direction} {kind}" if direction in {"inbound", "outbound"} else kind,
            started_at=begun,
            ended_at=max(end, begun) if end else None,
            customer=intake.customer(people),
            party=intake.party(people, roles=CONCERNED),
            attributes=said(
                direction=direction,
                channel=channel,
                status=payload.get("status"),
                items=len(listed(payload.get("interactionItem"))) or None,
            ),
        ),
    )


def read_bill(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return the event that a bill is; amounts stand in its attributes, exactly.

    Raises:
        ValueError: it has no id, no time, or an amount that is none.
    """
    at = required_moment(payload, "billDate", "lastUpdate", "paymentDueDate", "nextBillDate")
    due = _amount(payload, "amountDue") or _amount(payload, "taxIncludedAmount")
    due_at, account = moment(payload, "paymentDueDate"), number_of(payload.get("billingAccount"))
    people = payload.get("relatedParty")
    return (
        Event(
            id=intake.personal_id("bill", payload),
            kind="bill",
            title="bill",
            started_at=at,
            ended_at=at,
            customer=intake.customer(people),
            party=intake.party(people, roles=CONCERNED),
            attributes=said(
                status=payload.get("state") or payload.get("status"),
                run=payload.get("runType"),
                category=payload.get("category"),
                due_on=due_at.date() if due_at else None,
            )
            | pseudonymous(
                due=due,
                total=_amount(payload, "taxIncludedAmount"),
                remaining=_amount(payload, "remainingAmount"),
                account=record_pseudonym(intake.key, "account", account) if account else None,
            ),
        ),
    )


def read_message(payload: Mapping[str, Any], intake: Intake) -> tuple[Record, ...]:
    """Return an event for each whom a message was sent to. What it says is left out: it calls them by name.

    Raises:
        ValueError: it has no id or no time.
    """
    number = required_number(payload)
    at = required_moment(payload, "sendTime", "sendTimeComplete", "scheduledSendTime")
    receivers = [one for one in listed(payload.get("receiver")) if isinstance(one, dict)]
    kind = word(payload, "messageType")
    # What is said to many is nobody's own.
    subject = word(payload, "subject") if len(receivers) > 1 else None
    events: list[Event] = []
    for place, one in enumerate(receivers):
        contact = next(iter(intake.contacts(one.get("phoneNumber"), one.get("email"))), None)
        told = intake.customer(one.get("party")) or (intake.customer(one) if is_a(one, "customer") else None)
        party = intake.party(one.get("party"))
        who = told or party or contact or str(place)
        events.append(
            Event(
                id=f"notice:{record_pseudonym(intake.key, 'notice', f'{number} {who}')}",
                kind="notice",
                title=f"{kind}: {subject}" if kind and subject else subject or kind or "notice",
                started_at=at,
                ended_at=at,
                customer=told,
                party=party,
                attributes=said(type=kind, state=payload.get("state")) | pseudonymous(contact=contact),
            )
        )
    return tuple(events)


def _channel(payload: Mapping[str, Any]) -> str | None:
    """Return by which channel something came; a reference of either version."""
    for name in ("channel", "relatedChannel"):
        for one in listed(payload.get(name)):
            if found := word(one, "name") if isinstance(one, dict) else word({"name": one}, "name"):
                return found
    return word(payload, "channel")


def _reopened(changes: list[Any]) -> int:
    """Return how often a ticket was taken up again after it was done."""
    steps = sorted(
        (when, bare_word(status))
        for one in changes
        if (when := moment(one, "changeDate", "statusChangeDate")) and (status := word(one, "status"))
    )
    return sum(before in _DONE and after not in _DONE for (_, before), (_, after) in pairwise(steps))


def _amount(payload: Mapping[str, Any], name: str) -> str | None:
    """Return an amount of money with its currency: `50.00 EUR`.

    Raises:
        ValueError: it is none.
    """
    money = payload.get(name)
    if not isinstance(money, dict) or money.get("value") is None:
        return None
    try:
        value = Decimal(str(money["value"]))
    except InvalidOperation:
        raise ValueError(f"{name} is no amount") from None
    if isinstance(money["value"], bool) or not value.is_finite() or abs(value) > _LARGEST:
        raise ValueError(f"{name} is no amount")
    return f"{value:f} {word(money, 'unit') or ''}".strip()
