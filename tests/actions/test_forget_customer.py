"""A customer goes from every kind, comes back by no late record, and is given out whole before."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from actions.forget_customer import forget_customer
from actions.held import held_about
from actions.tombstones import Tombstones
from domain.conditions import equal
from domain.customer import Customer, CustomerLink
from domain.documents import Kind, canonical_json, to_document
from domain.errors import InputError
from domain.event import Event
from domain.party import Party
from domain.ports import Store
from domain.questions import Filters
from domain.service import Service
from pipeline.operator import keep_records
from stores.open import open_store
from tests.support.clock import FakeClock
from tests.support.flows import KEY, START
from tests.support.stored_posts import stored_post

ANN, BOB = "customerAnn", "customerBob"
RECORDS = [
    Customer(id=ANN, parties=("partyAnn", "partyBoth"), place="Hill"),
    Customer(id=BOB, parties=("partyBoth",)),
    Party(id="partyAnn", handles=("handleAnn",), says=("handles",)),
    Party(id="partyBoth", contacts=("k",), says=("contacts",)),
    Service(id="lineAnn", kind="line", customer=ANN),
    Service(id="lineBob", kind="line", customer=BOB),
    Event(id="billAnn", kind="bill", title="bill", started_at=START, customer=ANN),
    Event(id="callAnn", kind="call", title="call", started_at=START, party="partyAnn"),
    Event(id="callBoth", kind="call", title="call", started_at=START, party="partyBoth"),
    Event(id="outage", kind="outage", title="Dark", started_at=START, place="Hill"),
]
BY_ANN = Filters(customers=(ANN,), authors=("ann",))
KINDS: tuple[Kind, ...] = ("customers", "parties", "services", "events", "links", "posts", "inbox", "corrections")


def post_of(author, *, customer=ANN, probability=1.0, **fields):
    link = CustomerLink(id=customer, reason="declared handle", consent_given_at=START, probability=probability)
    return stored_post(author=author, **fields) | {"customer": to_document(link)}


@dataclass(frozen=True)
class Kept:
    """A store, and what keeps late records out of it."""

    store: Store
    tombstones: Tombstones


@pytest.fixture(params=["sqlite", pytest.param("elastic", marks=pytest.mark.elastic)])
def flow(request, tmp_path):
    if request.param == "sqlite":
        store = open_store(f"sqlite:///{tmp_path}/earshot.sqlite")
    else:
        store = request.getfixturevalue("elastic_store")
    flow = Kept(store, Tombstones(store, KEY, FakeClock(START)))
    keep_records(flow.store, RECORDS, START)
    flow.store.upsert("links", [{"id": "l1", "author": "handleAnn", "source": "forum", "customer": ANN}])
    flow.store.upsert("inbox", [{"id": "i1", "state": "done", "about": [f"customers:{ANN}", f"customers:{BOB}"]}])
    flow.store.upsert("inbox", [{"id": "i2", "state": "done", "about": ["parties:partyAnn:contacts,handles"]}])
    flow.store.upsert(
        "posts",
        [
            post_of("ann", native_id="1"),
            stored_post(author="ann", native_id="2"),
            post_of("annie", native_id="3", probability=0.97),
            post_of("bob", customer=BOB, native_id="4"),
        ],
    )
    [post] = flow.store.scan("posts", filters=BY_ANN)
    flow.store.upsert("corrections", [{"id": "c1", "post_id": post["id"]}])
    yield flow
    if request.param == "sqlite":
        store.close()


def left(store):
    return {kind: sorted(one["id"] for one in store.scan(kind)) for kind in KINDS}


def test_all_that_is_held_is_what_the_customer_is_given(flow):
    held = {(kind, document["id"]) for kind, document in held_about(flow.store, ANN)}
    posts = {post["id"] for post in flow.store.scan("posts", filters=Filters(customers=(ANN,)))}
    assert held == {
        *(("customers", ANN), ("parties", "partyAnn"), ("services", "lineAnn"), ("events", "billAnn")),
        *(("events", "callAnn"), ("links", "l1"), ("inbox", "i1"), ("inbox", "i2"), ("corrections", "c1")),
        *(("posts", key) for key in posts),
        *(("changes", one["id"]) for one in flow.store.scan("changes", where=[equal("key", ANN)])),
    }


def test_a_customer_goes_with_all_that_is_held_and_nobody_else_does(flow):
    gone = forget_customer(flow.store, ANN, flow.tombstones, START)
    assert list(held_about(flow.store, ANN)) == []
    there = left(flow.store)
    assert there["customers"] == [BOB]
    assert there["parties"] == ["partyBoth"]
    assert there["services"] == ["lineBob"]
    assert there["events"] == ["callBoth", "outage"]
    assert (there["links"], there["inbox"], there["corrections"]) == ([], [], [])
    posts = {post["author"]["id"]: post.get("customer", {}).get("id") for post in flow.store.scan("posts")}
    # Who is only likely to be this customer is somebody else perhaps: the post stays, and says no more whose it is.
    assert posts == {"annie": None, "bob": BOB}
    assert (gone["posts"], gone["customers"], gone["events"]) == (2, 1, 2)


def test_nothing_that_stays_behind_names_the_customer(flow):
    forget_customer(flow.store, ANN, flow.tombstones, START)
    for kind in (*KINDS, "changes", "tombstones", "audit"):
        for document in flow.store.scan(kind):
            assert not {ANN, "partyAnn", "handleAnn"} & set(canonical_json(document).split('"')), (kind, document)


def test_records_that_come_late_stay_out_and_those_of_others_come_in(flow):
    forget_customer(flow.store, ANN, flow.tombstones, START)
    before = left(flow.store)
    late = Event(id="late", kind="bill", title="bill", started_at=START, customer=ANN)
    bills = Event(id="bills", kind="bill", title="bill", started_at=START, customer=BOB)
    keep_records(flow.store, [*RECORDS, late, bills], START + timedelta(days=1))
    after = left(flow.store)
    assert after.pop("events") == sorted([*before.pop("events"), "bills"])
    assert after == before


def test_a_customer_who_is_cut_off_half_way_is_erased_the_next_time(flow, monkeypatch):
    delete = flow.store.delete

    def broken(kind, ids):
        if kind == "services":
            raise ConnectionError
        return delete(kind, ids)

    monkeypatch.setattr(flow.store, "delete", broken)
    with pytest.raises(ConnectionError):
        forget_customer(flow.store, ANN, flow.tombstones, START)
    monkeypatch.setattr(flow.store, "delete", delete)
    forget_customer(flow.store, ANN, flow.tombstones, START)
    assert list(held_about(flow.store, ANN)) == []


def test_nobody_is_one_sentence(flow):
    with pytest.raises(InputError, match="there is no customer 'nobody'"):
        forget_customer(flow.store, "nobody", flow.tombstones, START)
