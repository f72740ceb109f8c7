"""Records of the operator: kept over each other with what they were before, linked through the people behind them."""

from datetime import timedelta

import pytest

from domain.customer import LINK_POSTS, Consent, Customer
from domain.documents import instant
from domain.event import Event
from domain.history import as_of
from domain.identity import handle_pseudonym
from domain.party import Party
from domain.place import Place
from domain.ports import Batch
from domain.service import Service
from insights.customers.journey import customers_with_posts, journey
from pipeline.ingest import ingest
from pipeline.operator import keep_records
from pipeline.refresh import relink_customers
from tests.support.flows import KEY, START, ListCollector, flow_to, make_post

LATER = START + timedelta(days=3)
AGREED = Consent(purpose=LINK_POSTS, given_at=START - timedelta(days=1))
HANDLE = handle_pseudonym(KEY, "forum", "ann")
PEOPLE = [Party(id="p1", handles=(HANDLE,), consents=(AGREED,)), Customer(id="c1", parties=("p1",), segment="home")]


@pytest.fixture
def flow(tmp_path):
    flow = flow_to(tmp_path / "earshot.sqlite")
    yield flow
    flow.store.close()


def linked(flow):
    return sorted(post["customer"]["id"] for post in flow.store.scan("posts") if "customer" in post)


def test_every_kind_is_kept_and_told_again_changes_nothing(flow):
    records = [
        Place(id="ncgi:234-15:0a1b2c3d4", kind="cell", latitude=51.5, longitude=-0.1, h3=("871fb4670ffffff",)),
        Service(id="s1", kind="mobile", customer="c1", places=("ncgi:234-15:0a1b2c3d4",)),
        *PEOPLE,
        Event(id="e1", kind="outage", title="No signal", started_at=START, places=("ncgi:234-15:0a1b2c3d4",)),
    ]
    first, second = (keep_records(flow.store, records, at) for at in (START, LATER))
    assert (first.added, second.unchanged, second.updated) == (5, 5, 0)
    [service] = flow.store.scan("services")
    assert service["places"] == ["ncgi:234-15:0a1b2c3d4"]


def test_what_a_record_was_before_stays(flow):
    for at, place in ((START, "Leeds"), (LATER, "York")):
        keep_records(flow.store, [Customer(id="c1", place=place)], at)
    [customer] = flow.store.scan("customers")
    assert customer["place"] == "York"
    assert as_of(customer, instant(START)) == {"id": "c1", "place": "Leeds"}


def test_a_record_of_some_fields_leaves_the_others_alone(flow):
    keep_records(flow.store, [PEOPLE[0]], START)
    keep_records(flow.store, [Party(id="p1", contacts=("k1",), says=("contacts",))], START)
    keep_records(flow.store, [Party(id="p1", consents=(), says=("consents",))], LATER)
    [party] = flow.store.scan("parties")
    assert (party["handles"], party["contacts"]) == ([HANDLE], ["k1"])
    assert "consents" not in party
    assert as_of(party, instant(START))["consents"]


def test_a_source_may_bring_records_and_posts_in_one_page_and_they_find_each_other(flow):
    page = Batch(posts=(make_post(1),), records=tuple(PEOPLE))
    tally = ingest(ListCollector([page]), flow, lambda _page: None)
    assert (tally.records.added, tally.kept.added, linked(flow)) == (2, 1, ["c1"])


@pytest.mark.parametrize("first", [0, 1])
def test_whichever_comes_last_the_party_or_its_customer_finds_the_posts_that_are_there(flow, tmp_path, first):
    from configuration.load import load_config

    ingest(ListCollector([[make_post(1)]]), flow, lambda _page: None)
    config = load_config(None, {"EARSHOT_HOME": str(tmp_path), "EARSHOT_PSEUDONYM_KEY": KEY.decode()})
    for record in (PEOPLE[first], PEOPLE[1 - first]):
        keep_records(flow.store, [record], START)
        relink_customers(flow.store, config)
    assert linked(flow) == ["c1"]
    steps = journey(flow.store, "c1", (LINK_POSTS,)).steps
    assert [step.kind for step in steps] == ["consent_given", "post"]
    assert [one.customer_id for one in customers_with_posts(flow.store, (LINK_POSTS,), 5)] == ["c1"]
    withdrawn = Consent(purpose=LINK_POSTS, given_at=AGREED.given_at, withdrawn_at=LATER)
    keep_records(flow.store, [Party(id="p1", consents=(withdrawn,), says=("consents",))], LATER)
    relink_customers(flow.store, config)
    assert linked(flow) == []
    assert customers_with_posts(flow.store, (LINK_POSTS,), 5) == ()


def test_a_handle_of_two_customers_is_no_evidence_through_parties_either(flow):
    keep_records(flow.store, [*PEOPLE, Customer(id="c2", parties=("p1",))], START)
    ingest(ListCollector([[make_post(1)]]), flow, lambda _page: None)
    assert linked(flow) == []
