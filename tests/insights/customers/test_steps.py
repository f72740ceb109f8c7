"""What of a customer's records is a step: bills that are dearer, weeks with less use, what changed about them."""

from datetime import timedelta

import pytest

from domain.customer import Customer
from domain.documents import instant, to_document
from domain.event import Event
from domain.history import with_history
from insights.customers.steps import bill_steps, change_steps, usage_steps
from tests.support.stored_posts import START

DAY = timedelta(days=1)


def bill(month, due):
    attributes = {"due": due} if due else {}
    at = START + 30 * month * DAY
    return to_document(Event(id=f"B{month}", kind="bill", title="bill", started_at=at, attributes=attributes))


def kinds(*amounts):
    return [step.kind for step in bill_steps([bill(month, due) for month, due in enumerate(amounts)])]


def test_a_bill_that_is_a_fifth_dearer_than_usual_stands_out_and_says_what_is_usual():
    bills = [bill(month, due) for month, due in enumerate(["20.00 EUR", "21.00 EUR", "24.60 EUR", "20.00 EUR"])]
    steps = list(bill_steps(reversed(bills)))
    assert [step.kind for step in steps] == ["bill", "bill", "dearer_bill", "bill"]
    assert steps[2].detail == "24.60 EUR, usually 20.50"
    assert [step.effect for step in steps] == [0, 0, -8, 0]


@pytest.mark.parametrize(
    "amounts",
    [
        ["20.00 EUR"],
        ["20.00 EUR", "23.99 EUR"],
        ["0.00 EUR", "9.00 EUR"],
        [None, "50.00 EUR"],
        ["20.00 EUR", None],
        ["-5.00 EUR", "3 EUR"],
    ],
    ids=["the first", "a little dearer", "was free", "one not known", "not known", "was a credit"],
)
def test_other_bills_are_bills(amounts):
    assert set(kinds(*amounts)) == {"bill"}


def usage(day, amount, kind="data"):
    at = START + day * DAY
    said = {"type": kind, "times": "3", "volume": str(amount), "amount_EUR": "99"}
    return to_document(Event(id=f"{kind}{day}", kind="usage", title=f"usage: {kind}", started_at=at, attributes=said))


def test_a_week_with_less_than_half_of_the_usual_is_one_step():
    days = [usage(day, 0.2 if 35 <= day < 42 else 1.5) for day in range(56)]
    [step] = usage_steps(days)
    assert (step.kind, step.at, step.ended_at) == ("usage_drop", START + 35 * DAY, START + 42 * DAY)
    assert (step.title, step.detail) == ("Used less: data", "13% of a usual week")


def test_days_without_a_record_are_days_without_use():
    days = [usage(day, 1) for day in range(60) if not 28 <= day < 35]
    assert [step.detail for step in usage_steps(days)] == ["0% of a usual week"]


def test_too_little_is_known_of_the_usual_and_of_a_week_that_is_not_over():
    assert list(usage_steps([usage(day, 1 if day < 7 else 0) for day in range(21)])) == []
    assert list(usage_steps([usage(day, 1) for day in range(37)])) == []
    assert list(usage_steps([])) == []


def test_kinds_of_usage_are_held_against_themselves():
    days = [usage(day, 1, "data") for day in range(56)] + [
        usage(day, 1 if day < 35 else 0, "voice") for day in range(56)
    ]
    assert {step.title for step in usage_steps(days)} == {"Used less: voice"}


def state(**changes):
    return to_document(Customer(id="c1", **{"place": "Hill", "attributes": {"plan": "S"}} | changes))


def test_changes_of_plan_place_and_status_are_steps_by_their_time():
    at = [instant(START + day * DAY) for day in (1, 2, 3)]
    stored = with_history(state(), state(attributes={"plan": "L"}, monthly_value=30.0), at[0])
    stored = with_history(stored, state(attributes={"plan": "L"}, monthly_value=30.0, place="Dale"), at[1])
    stored = with_history(stored, state(attributes={"plan": "L"}, place="Dale"), at[2])
    assert [(instant(step.at), step.kind, step.title) for step in change_steps(stored)] == [
        (at[0], "plan_change", "Plan: S, then L"),
        (at[1], "move", "Place: Hill, then Dale"),
        (at[2], "value_change", "Monthly value: 30.0, then none"),
    ]


def test_a_customer_that_never_changed_has_none():
    assert list(change_steps(state())) == []
