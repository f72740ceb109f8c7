"""Tickets, interactions, bills and messages: events of one customer."""

from datetime import UTC, datetime, timedelta

import pytest

from collectors.operator.tmforum.fields import Intake
from collectors.operator.tmforum.resources import RESOURCES, read_records
from collectors.operator.tmforum.usage import UsageTotals
from domain.errors import RecordUnreadable
from domain.identity import contact_pseudonym, customer_pseudonym, party_pseudonym
from tests.support.tmforum_payloads import (
    BILL_DOCUMENT,
    CUSTOMER,
    INTERACTION,
    MESSAGE,
    OURS_V5,
    PARTY,
    TICKET_DOCUMENT,
    USAGE,
    v4_party,
)

KEY = b"key"
INTAKE = Intake(key=KEY, now=datetime(2026, 11, 22, tzinfo=UTC), region="GB")


def read(name, payload):
    [event] = read_records(RESOURCES[name], payload, INTAKE)
    return event


@pytest.mark.parametrize("people", [TICKET_DOCUMENT["relatedParty"], OURS_V5])
def test_a_ticket_knows_its_customer_its_services_and_how_often_it_was_taken_up_again(people):
    event = read("troubleTicket", TICKET_DOCUMENT | {"relatedParty": people})
    assert (event.kind, event.title, event.severity) == ("ticket", "ticket: No signal", "major")
    assert event.customer == customer_pseudonym(KEY, CUSTOMER)
    assert event.started_at == datetime(2026, 11, 18, 8, tzinfo=UTC)
    assert event.ended_at == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert event.services == ("s-1",)
    assert event.attributes["reopened"] == "1"
    assert (event.attributes["channel"], event.attributes["status"]) == ("self service", "resolved")
    assert event.party == party_pseudonym(KEY, PARTY)


def test_a_ticket_that_was_taken_up_again_has_no_end():
    assert read("troubleTicket", TICKET_DOCUMENT | {"status": "inProgress"}).ended_at is None


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        ([{"name": "Phone hotline"}], "call"),
        ([{"role": "x", "channel": {"id": "1", "name": "Northtown Store"}}], "visit"),
        ("web", "interaction"),
        (None, "interaction"),
    ],
)
@pytest.mark.parametrize("field", ["channel", "relatedChannel"])
def test_an_interaction_is_a_call_or_a_visit_by_its_channel(channel, kind, field):
    event = read("partyInteraction", {**INTERACTION, "channel": None, field: channel})
    assert (event.kind, event.title) == (kind, f"inbound {kind}")
    assert event.ended_at - event.started_at == timedelta(minutes=12)
    # The agent came first; the record is about whom it served.
    assert event.party == party_pseudonym(KEY, PARTY)


def test_a_bill_has_its_amounts_exactly():
    event = read("customerBill", BILL_DOCUMENT)
    assert (event.kind, event.customer) == ("bill", customer_pseudonym(KEY, CUSTOMER))
    assert (event.attributes["due"], event.attributes["remaining"]) == ("59.9 EUR", "0.1 EUR")
    assert event.attributes["due_on"] == "2026-11-15"
    big = BILL_DOCUMENT | {"amountDue": {"unit": "IDR", "value": "1234567890.10"}}
    assert read("customerBill", big).attributes["due"] == "1234567890.10 IDR"


@pytest.mark.parametrize("value", ["a lot", True, 1e300, "NaN", [1], {"value": 1}])
def test_an_amount_that_is_none_is_named_without_its_value(value):
    with pytest.raises(RecordUnreadable) as caught:
        read("customerBill", BILL_DOCUMENT | {"amountDue": {"value": value}})
    assert BILL_DOCUMENT["id"] not in str(caught.value)


def test_a_message_is_an_event_for_each_who_was_told_and_only_what_many_were_told_has_words():
    event = read("communicationMessage", MESSAGE)
    assert (event.kind, event.title, event.customer) == ("notice", "SMS", customer_pseudonym(KEY, CUSTOMER))
    assert event.attributes["contact"] == contact_pseudonym(KEY, "+447700900123")
    others = [*MESSAGE["receiver"], {"email": "bob@mail.example"}, {"party": v4_party("P-9", "user", "Individual")}]
    events = read_records(
        RESOURCES["communicationMessage"], MESSAGE | {"receiver": others, "subject": "Works tonight"}, INTAKE
    )
    assert [one.title for one in events] == ["SMS: Works tonight"] * 3
    assert len({one.id for one in events}) == 3
    assert events[2].party == party_pseudonym(KEY, "P-9")


def test_the_id_of_a_customers_record_tells_its_kind_and_nothing_else():
    ids = [
        read("troubleTicket", TICKET_DOCUMENT | {"id": "1"}).id,
        read("customerBill", BILL_DOCUMENT | {"id": "1"}).id,
        read("partyInteraction", INTERACTION | {"id": 1}).id,
    ]
    assert [one.partition(":")[0] for one in ids] == ["ticket", "bill", "interaction"]
    assert len({one.partition(":")[2] for one in ids}) == 3


def test_usage_becomes_totals_of_days_without_whom_was_called_or_when():
    totals = UsageTotals()
    for payload in (
        USAGE,
        USAGE,
        USAGE | {"id": "u-2", "usageDate": "2026-11-20T23:59:59Z"},
        USAGE | {"id": "u-3", "usageDate": "2026-11-21T00:30:00+01:00"},
        USAGE | {"id": "u-4", "usageDate": "2026-11-21T01:00:00Z"},
        USAGE | {"id": "u-5", "relatedParty": []},
    ):
        totals.add(payload, INTAKE)
    assert read_records(RESOURCES["usage"], USAGE, INTAKE) == ()
    events = totals.records(INTAKE)
    shown = {(event.customer, event.started_at): event.attributes for event in events}
    ours, day = customer_pseudonym(KEY, CUSTOMER), datetime(2026, 11, 20, tzinfo=UTC)
    assert shown.keys() == {(ours, day), (ours, day + timedelta(days=1)), (None, day)}
    assert shown[(ours, day)]["times"] == "3"
    assert shown[(ours, day)]["duration_seconds"] == "36"
    assert shown[(ours, day)]["amount_EUR"] == "0.3"
    assert {"calledNumber", "calllednumber", "originating_party", "cell"}.isdisjoint(shown[(ours, day)])
    assert len({event.id for event in events}) == 3


@pytest.mark.parametrize("payload", [{}, USAGE | {"usageDate": "soon"}, USAGE | {"id": None}, [], None])
def test_usage_without_id_or_day_is_refused(payload):
    with pytest.raises((TypeError, ValueError)):
        UsageTotals().add(payload, INTAKE)
