"""Which sequences of steps precede complaints, calls and leaving, held against what was planted."""

import random
from contextlib import closing
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.customer import Consent, Customer, CustomerLink
from domain.documents import instant, to_document
from domain.errors import InputError
from domain.event import Event
from insights.customers.sequences import preceding
from stores.open import open_store
from tests.support.stored_posts import START, stored_post

PURPOSES = ("link posts",)
CUSTOMERS = 400
TOWNS = 10
STRETCH = {"start": START, "end": START + timedelta(days=28), "now": START + timedelta(days=28)}


def customer(number, *, purpose="link posts", **fields):
    consent = Consent(purpose=purpose, given_at=START - timedelta(days=60))
    place = f"{'Hill' if number < CUSTOMERS // 2 else 'Dale'} {number % TOWNS}"
    return to_document(Customer(id=f"c{number}", handles=(f"h{number}",), linked_with=consent, place=place, **fields))


def event(kind, number, day, **fields):
    own = {"customer": f"c{number}"} if number is not None else {}
    at = START + timedelta(days=day)
    name = f"{kind}-{number}-{day}-{fields.get('place', '')}"
    return to_document(Event(id=name, kind=kind, title=kind, started_at=at, **own, **fields))


def complaint(number, day, **fields):
    link = CustomerLink(id=f"c{number}", reason="declared handle", consent_given_at=START)
    fields = {"sentiment": "negative", "native_id": f"p{number}-{day}", "author": f"a{number}"} | fields
    return stored_post("Nothing works", created_at=START + timedelta(days=day), **fields) | {
        "customer": to_document(link)
    }


def planted(**fields):
    """An outage meets half of the towns; who calls after it complains next day, six times as often as others.

    Some call and were met by nothing; visits are frequent and mean nothing.
    """
    customers = [customer(number, **fields) for number in range(CUSTOMERS)]
    until = START + timedelta(days=7.5)
    events = [event("outage", None, 7, place=f"Hill {town}", ended_at=until) for town in range(TOWNS)]
    events += [event("call", number, 8) for number in range(60)]
    events += [event("call", number, 8) for number in range(200, 260)]
    chance = random.Random(1)
    events += [event("visit", number, chance.randrange(20)) for number in chance.sample(range(CUSTOMERS), 200)]
    posts = [complaint(number, 9) for number in range(30)]
    posts += [complaint(number, 9) for number in range(200, 205)]
    posts += [complaint(number, 22) for number in chance.sample(range(60, 200), 10)]
    return {"customers": customers, "events": events, "posts": posts}


def kept(store, documents):
    for kind, some in documents.items():
        store.upsert(kind, some)
    return store


def by_steps(found):
    return {one.steps: one for one in found.sequences}


def test_a_planted_sequence_is_found_with_its_counts(store):
    found = preceding(kept(store, planted()), "complaint", PURPOSES, **STRETCH)
    one = by_steps(found)["outage", "call"]
    assert (one.customers, one.occurrences, one.followed) == (60, 60, 30)
    assert one.confidence == 0.5
    assert one.median_hours == 24
    assert one.low > 4
    assert one.low < one.lift < one.high
    assert one.base == pytest.approx(one.confidence / one.lift)
    assert (found.read, found.customers) == (CUSTOMERS, CUSTOMERS)


def test_what_is_frequent_without_lift_and_what_comes_in_the_reverse_order_are_not_told(store):
    found = by_steps(preceding(kept(store, planted()), "complaint", PURPOSES, **STRETCH))
    assert ("visit",) not in found
    assert ("call", "outage") not in found
    # It says no more than the two steps without the third.
    assert ("visit", "outage", "call") not in found


def test_what_follows_the_target_does_not_precede_it(store):
    documents = planted()
    documents["posts"] = [complaint(number, 7.5) for number in range(30)]
    found = preceding(kept(store, documents), "complaint", PURPOSES, **STRETCH)
    assert ("call",) not in by_steps(found)
    assert ("outage", "call") not in by_steps(found)


def test_steps_after_a_target_may_be_its_consequence_and_precede_no_second_one(store):
    documents = planted()
    documents["posts"] = [complaint(number, day) for number in range(30) for day in (7.5, 9)]
    found = preceding(kept(store, documents), "complaint", PURPOSES, **STRETCH)
    assert found.targets == 30
    assert ("outage", "call") not in by_steps(found)


def test_lift_is_the_planted_ratio_of_rates(store):
    """Of 200 that call 40 leave within the window, of 200 that do not 10: four times as many in as much time."""
    customers = [customer(number, status="active") for number in range(CUSTOMERS)]
    for number in [*range(40), *range(200, 210)]:
        left = {"at": instant(START + timedelta(days=10.5)), "was": {"status": "active"}}
        customers[number] |= {"status": "Closed", "history": [left]}
    calls = [event("call", number, 3) for number in range(200)]
    kept(store, {"customers": customers, "events": calls})
    [one] = preceding(store, "leaving", PURPOSES, **STRETCH).sequences
    assert (one.steps, one.followed) == (("call",), 40)
    assert one.lift == pytest.approx(4.0, abs=0.5)
    assert one.low < 4 < one.high


def test_what_happened_in_one_town_alone_says_nothing_of_the_network(store):
    """However many customers it has, that they complained is one observation."""
    documents = planted()
    for one in documents["customers"]:
        one["place"] = one["place"].split()[0]
    for one in documents["events"]:
        if one["kind"] == "outage":
            one["place"] = "Hill"
    found = by_steps(preceding(kept(store, documents), "complaint", PURPOSES, **STRETCH))
    assert not any("outage" in steps for steps in found)
    assert ("call",) in found


def test_who_left_is_no_longer_looked_at(store):
    customers = [customer(number, status="terminated") for number in range(CUSTOMERS)]
    kept(store, planted() | {"customers": customers})
    assert preceding(store, "complaint", PURPOSES, **STRETCH).tested == 0


@pytest.mark.parametrize("purpose", ["marketing", "link calls"])
def test_without_consent_no_post_counts_and_the_operators_records_do(store, purpose):
    found = preceding(kept(store, planted(purpose=purpose)), "complaint", PURPOSES, **STRETCH)
    assert (found.targets, found.sequences) == (0, ())
    calls = preceding(store, "call", PURPOSES, **STRETCH)
    assert calls.targets == 120


def test_a_post_that_was_passed_on_or_is_not_negative_is_no_complaint(store):
    documents = planted()
    documents["posts"] = [complaint(number, 9, sentiment="positive") for number in range(30)]
    assert preceding(kept(store, documents), "complaint", PURPOSES, **STRETCH).targets == 0


def test_sequences_of_few_customers_are_not_looked_at(store):
    kept(store, planted())
    assert ("outage", "call") in by_steps(preceding(store, "complaint", PURPOSES, fewest=60, **STRETCH))
    assert ("outage", "call") not in by_steps(preceding(store, "complaint", PURPOSES, fewest=61, **STRETCH))


def test_steps_longer_ago_than_the_window_do_not_precede(store):
    kept(store, planted())
    found = preceding(store, "complaint", PURPOSES, within=timedelta(days=1.5), **STRETCH)
    assert ("outage", "call") not in by_steps(found)
    assert ("call",) in by_steps(found)


def test_a_sample_says_how_many_customers_it_read_and_is_the_same_again(store):
    kept(store, planted())
    found = preceding(store, "complaint", PURPOSES, most=300, **STRETCH)
    assert 100 < found.read < 300
    assert found.customers == CUSTOMERS
    assert found == preceding(store, "complaint", PURPOSES, most=300, **STRETCH)


@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=5)
def test_the_order_in_which_documents_came_changes_nothing(chance):
    found = []
    for shuffled in (False, True):
        documents = planted()
        for some in documents.values():
            if shuffled:
                chance.shuffle(some)
        with TemporaryDirectory() as folder, closing(open_store(f"sqlite:///{folder}/earshot.sqlite")) as store:
            found.append(preceding(kept(store, documents), "complaint", PURPOSES, **STRETCH))
    assert found[0].sequences
    assert found[0] == found[1]


@pytest.mark.elastic
def test_both_stores_give_the_same_sequences(store, elastic_store):
    found = [preceding(kept(each, planted()), "complaint", PURPOSES, **STRETCH) for each in (store, elastic_store)]
    assert found[0].sequences
    assert found[0] == found[1]


def test_an_empty_store_has_nothing_to_say(store):
    found = preceding(store, "call", PURPOSES)
    assert (found.customers, found.targets, found.sequences) == (0, 0, ())


@pytest.mark.parametrize(
    ("target", "asked", "said"),
    [
        ("joy", {}, "not to 'joy'"),
        ("call", {"within": timedelta()}, "longer than nothing"),
        ("call", {"fewest": 4}, "fewer than 5 customers"),
        ("call", {"within": timedelta(days=5000)}, "at most 366 days"),
        ("call", {"start": START, "end": START}, "ends before it begins"),
        ("call", {"start": START - timedelta(days=400), "end": START}, "at most 366 days"),
        ("call", {"start": datetime(1, 1, 2, tzinfo=UTC), "end": datetime(1, 1, 9, tzinfo=UTC)}, "since 1971"),
    ],
)
def test_what_cannot_be_asked_is_said(store, target, asked, said):
    with pytest.raises(InputError, match=said):
        preceding(store, target, PURPOSES, **asked)
