"""Network events around a customer: where they lived at the time, and at what their services rested on."""

from datetime import timedelta

import pytest

from domain.customer import Customer
from domain.documents import instant, to_document
from domain.event import Event
from domain.history import with_history
from domain.service import Service
from insights.customers.surroundings import network_events
from tests.support.stored_posts import START

DAY = timedelta(days=1)


def event(number, *, day=1.0, hours=4.0, **fields):
    at = START + day * DAY
    values = {"kind": "outage", "title": number, "ended_at": at + timedelta(hours=hours) if hours else None} | fields
    return to_document(Event(id=number, started_at=at, **values))


def around(store, customer, start=None, end=None):
    found = [one["id"] for one in network_events(store, customer, start, end)]
    assert len(found) == len(set(found))
    return set(found)


@pytest.fixture(params=["sqlite", pytest.param("elastic", marks=pytest.mark.elastic)])
def store(request, store):
    return store if request.param == "sqlite" else request.getfixturevalue("elastic_store")


@pytest.fixture
def customer():
    return to_document(Customer(id="c1", place="Hill", region="North"))


def test_the_place_and_the_whole_region_and_nobody_elses(store, customer):
    store.upsert(
        "events",
        [
            event("here", place="Hill", region="North"),
            event("everywhere", region="North"),
            event("beside", place="Dale", region="North"),
            event("one cell of the region", region="North", places=("cell:9",)),
            event("somebody's", place="Hill", customer="c2"),
            event("a bill", place="Hill", kind="bill"),
        ],
    )
    assert around(store, customer) == {"here", "everywhere"}


def test_what_services_rest_on_however_far_in_the_time_that_they_did(store, customer):
    store.upsert(
        "services",
        [
            to_document(Service(id="line", kind="line", customer="c1", supported_by=("access",), since=START)),
            to_document(Service(id="access", kind="node", supported_by=("mast",), places=("site:1",))),
            to_document(Service(id="mast", kind="mast", supported_by=("access",), places=("cell:1",))),
            to_document(Service(id="old", kind="line", customer="c1", places=("site:7",), until=START + DAY)),
            to_document(Service(id="other", kind="line", customer="c2", places=("site:2",))),
        ],
    )
    store.upsert(
        "events",
        [
            event("of the line", services=("line",)),
            event("of the mast", services=("mast",)),
            event("at the site", places=("site:1",)),
            event("at the cell", places=("cell:1", "cell:5"), region="South"),
            event("of another's", places=("site:2",)),
            event("before the line", day=-2, places=("site:1",)),
            event("while the old one was", day=0.5, places=("site:7",)),
            event("after the old one was", day=3, places=("site:7",)),
        ],
    )
    expected = {"of the line", "of the mast", "at the site", "at the cell", "while the old one was"}
    assert around(store, customer) == expected


def test_who_moved_meets_what_was_where_they_lived_then(store, customer):
    store.upsert(
        "events",
        [
            event("hill before", day=1, place="Hill"),
            event("hill after", day=5, place="Hill"),
            event("dale before", day=1, place="Dale"),
            event("dale after", day=5, place="Dale"),
            event("hill until the move", day=2.9, hours=12, place="Hill"),
            event("dale without an end", day=1, hours=0, place="Dale"),
        ],
    )
    moved = customer | {"place": "Dale"}
    stored = with_history(customer, moved, instant(START + 3 * DAY))
    stored = with_history(stored, moved | {"segment": "gold"}, instant(START + 4 * DAY))
    assert around(store, stored) == {"hill before", "dale after", "hill until the move", "dale without an end"}


def test_a_stretch_of_time_keeps_what_lasts_into_it(store, customer):
    store.upsert("events", [event("long", day=0, hours=72, place="Hill"), event("over", day=0, place="Hill")])
    assert around(store, customer, START + 2 * DAY, START + 4 * DAY) == {"long"}
    assert around(store, customer, end=START) == set()


def test_nobody_knows_where(store):
    store.upsert("events", [event("somewhere"), event("here", place="Hill")])
    assert around(store, to_document(Customer(id="c1"))) == set()
