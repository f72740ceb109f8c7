"""One customer's story in order: own events, linked posts, consent, the network around."""

from contextlib import closing
from datetime import timedelta

import pytest

from domain.conditions import equal
from domain.customer import Consent, Customer, CustomerLink
from domain.documents import to_document
from domain.errors import InputError
from domain.event import Event
from insights.customers.journey import customers_with_posts, journey
from stores.open import open_store
from tests.support.stored_posts import START, stored_post

PURPOSES = ("link posts",)


@pytest.fixture
def store(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/earshot.sqlite")) as opened:
        yield opened


def customer(number="c1", *, withdrawn_at=None, purpose="link posts", **fields):
    consent = Consent(purpose=purpose, given_at=START - timedelta(days=30), withdrawn_at=withdrawn_at)
    values = {"place": "Hill", "region": "North", "attributes": {"plan": "L"}} | fields
    return to_document(Customer(id=number, linked_with=consent, **values))


def event(number, kind, *, hour, **fields):
    return to_document(
        Event(id=number, kind=kind, title=f"{kind} {number}", started_at=START + timedelta(hours=hour), **fields)
    )


def post_of(number, text, *, hour, **fields):
    link = CustomerLink(id=number, reason="declared handle", consent_given_at=START)
    return stored_post(text, hour=hour, **fields) | {"customer": to_document(link)}


@pytest.fixture
def lived(store):
    store.upsert("customers", [customer(), customer("c2")])
    store.upsert(
        "events",
        [
            event("E1", "bill", hour=1, customer="c1", subject="billing"),
            event("E2", "outage", hour=3, place="Hill", region="North", ended_at=START + timedelta(hours=8)),
            event("E3", "outage", hour=3, place="Dale", region="North"),
            event("E4", "planned_work", hour=2, region="North"),
            event("E5", "call", hour=6, customer="c2"),
            event("E6", "campaign", hour=6, place="Hill"),
            event("E7", "alarm", hour=5, place="Hill", region="North", customer="c2"),
        ],
    )
    store.upsert("posts", [post_of("c1", "All dark", hour=4, events=["E2"]), post_of("c1", "Light!", hour=9)])
    store.upsert("posts", [stored_post("Somebody else", hour=5)])
    return store


def test_steps_are_in_order_and_only_the_customers_own(lived):
    found = journey(lived, "c1", PURPOSES)
    assert [(step.kind, step.document_id) for step in found.steps if step.kind != "post"] == [
        ("consent_given", None),
        ("bill", "E1"),
        ("planned_work", "E4"),
        ("outage", "E2"),
    ]
    assert [step.detail for step in found.steps if step.kind == "post"] == ["All dark", "Light!"]
    times = [step.at for step in found.steps]
    assert times == sorted(times)
    assert (found.place, found.plan) == ("Hill", "L")


def test_the_network_is_a_shade_from_start_to_end(lived):
    shades = {step.document_id: step for step in journey(lived, "c1", PURPOSES).steps if step.shade}
    assert set(shades) == {"E2", "E4"}
    assert shades["E2"].ended_at - shades["E2"].at == timedelta(hours=5)


def test_a_post_says_why_it_is_there(lived):
    [post] = [step for step in journey(lived, "c1", PURPOSES).steps if step.detail == "All dark"]
    assert post.evidence == ("declared handle", "coincides with “outage E2”: by hand")
    assert post.sentiment == "neutral"
    assert post.title == "Post on forum"


def test_an_outage_with_its_alarms_is_one_step_and_one_reason(lived):
    """Four events of one failure: one shade that is named after the outage, one line beside the post."""
    during = {"place": "Hill", "region": "North", "ended_at": START + timedelta(hours=8)}
    signs = [event("A1", "alarm", hour=2.9, **during), event("A2", "alarm", hour=4, place="Hill", region="North")]
    lived.upsert("events", [*signs, event("A3", "kpi_degradation", hour=4, **during)])
    lived.upsert("posts", [post_of("c1", "All dark here", hour=5, events=["A1", "E2", "A3", "A2", "gone"])])
    steps = journey(lived, "c1", PURPOSES).steps
    [post] = [step for step in steps if step.detail == "All dark here"]
    assert post.evidence == ("declared handle", "coincides with “outage E2”: by hand", "by hand")
    shades = {step.document_id: step for step in steps if step.shade}
    assert set(shades) == {"E2", "E4"}
    assert shades["E2"].evidence == ("KPI degradation: kpi_degradation A3", "Alarm: alarm A1", "Alarm: alarm A2")


def test_a_post_that_meets_the_alarm_alone_names_the_outage_and_two_causes_are_two_lines(lived):
    lived.upsert("events", [event("A1", "alarm", hour=4, place="Hill", region="North")])
    lived.upsert("posts", [post_of("c1", "Dark", hour=5, events=["A1"]), post_of("c1", "Far", hour=6, events=["E3"])])
    lived.upsert("posts", [post_of("c1", "Both", hour=7, events=["A1", "E3"])])
    reasons = {step.detail: step.evidence[1:] for step in journey(lived, "c1", PURPOSES).steps if step.kind == "post"}
    assert reasons["Dark"] == ("coincides with “outage E2”: by hand",)
    # What happened elsewhere is named beside the post, and is no shade of this customer's.
    assert reasons["Far"] == ("coincides with “outage E3”: by hand",)
    assert reasons["Both"] == reasons["Dark"] + reasons["Far"]


def test_a_post_says_how_likely_it_speaks_of_the_event(lived):
    [post] = lived.scan("posts", where=[equal("events.id", "E2")])
    lived.upsert("posts", [post | {"events": [post["events"][0] | {"probability": 0.926}]}])
    [step] = [step for step in journey(lived, "c1", PURPOSES).steps if step.detail == "All dark"]
    assert step.evidence[1] == "coincides with “outage E2”, 93% likely: by hand"


def test_a_stretch_of_time_keeps_what_lasts_into_it(lived):
    part = journey(lived, "c1", PURPOSES, start=START + timedelta(hours=5), end=START + timedelta(hours=9))
    assert [step.document_id for step in part.steps] == ["E2"]


def test_a_withdrawal_is_a_step(store):
    store.upsert("customers", [customer(withdrawn_at=START)])
    assert [step.kind for step in journey(store, "c1", PURPOSES).steps] == ["consent_given", "consent_withdrawn"]


@pytest.mark.parametrize("change", [{"withdrawn_at": START}, {"purpose": "marketing e-mails"}])
def test_posts_that_are_linked_still_are_shown_only_with_consent(lived, change):
    """Who withdraws is not shown another day because the links are still to be undone."""
    lived.upsert("customers", [customer(**change)])
    assert "post" not in {step.kind for step in journey(lived, "c1", PURPOSES).steps}
    assert "c1" not in {found.customer_id for found in customers_with_posts(lived, PURPOSES, 5)}


def test_a_customer_without_place_or_consent_has_an_empty_journey(store):
    store.upsert("customers", [to_document(Customer(id="c9"))])
    store.upsert("events", [event("E1", "outage", hour=1), event("E2", "call", hour=1, customer="c1")])
    assert journey(store, "c9", PURPOSES).steps == ()


def test_an_unknown_customer_is_one_sentence(store):
    with pytest.raises(InputError, match="there is no customer 'nobody'"):
        journey(store, "nobody", PURPOSES)


def test_customers_to_choose_from_come_by_posts(lived):
    lived.upsert("posts", [post_of("c2", "once", hour=1)])
    assert [(found.customer_id, found.posts) for found in customers_with_posts(lived, PURPOSES, 5)] == [
        ("c1", 2),
        ("c2", 1),
    ]
    assert [found.customer_id for found in customers_with_posts(lived, PURPOSES, 1)] == ["c1"]
