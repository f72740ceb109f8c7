"""A customer is found by what they declared, by pseudonyms alone; the audit says who searched, not what."""

import json
from contextlib import closing
from datetime import timedelta

import pytest

from actions.find_customer import find_customers
from domain.customer import Customer, Tenure
from domain.errors import InputError
from domain.identity import contact_pseudonym, customer_pseudonym, handle_pseudonym, party_pseudonym
from domain.party import Party
from domain.ports import Batch
from domain.terms import Terms
from pipeline.ingest import keep_page
from pipeline.operator import keep_records
from stores.mapping import KINDS
from stores.open import open_store
from tests.support.flows import KEY, START, flow_to, make_post

ANN, BOB, SHOP = (customer_pseudonym(KEY, number) for number in ("K-1", "K-2", "K-3"))
NUMBER = contact_pseudonym(KEY, "+447700900123")
OLD = contact_pseudonym(KEY, "+447700900999")
ANNS = party_pseudonym(KEY, "P-1")
MAIL = contact_pseudonym(KEY, "ann@mail.example")


@pytest.fixture
def store(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path / 'e.sqlite'}")) as opened:
        over = Tenure(of=OLD, valid_to=START - timedelta(days=1))
        ann = Party(id=ANNS, contacts=(NUMBER, OLD, MAIL), tenures=(over,))
        bob = handle_pseudonym(KEY, "forum", "Bob")
        records = [
            ann,
            Customer(id=ANN, parties=(ANNS,)),
            Customer(id=BOB, handles=(bob, handle_pseudonym(KEY, "elsewhere", "bobby"))),
        ]
        keep_records(opened, records, START)
        keep_page("list", Batch(posts=(make_post(1),)), Terms(), flow_to(opened))
        yield opened


def found(store, typed, by="carol", **told):
    return find_customers(store, typed, **{"key": KEY, "region": "GB", "by": by, "at": START} | told)


@pytest.mark.parametrize(
    ("typed", "whose"),
    [
        ("K-1", ANN),
        (" K-2 ", BOB),
        ("P-1", ANN),
        ("07700 900123", ANN),
        ("+44 7700 900123", ANN),
        ("Ann@Mail.Example", ANN),
        ("@bob", BOB),
        ("forum:BOB", BOB),
        ("elsewhere:bobby", BOB),
    ],
)
def test_a_customer_is_found_by_what_they_declared(store, typed, whose):
    assert found(store, typed) == (whose,)


@pytest.mark.parametrize("typed", ["K-9", "07700 900124", "bobby", "forum:ann", "12", ":", "\ud800", "x" * 10_000, ANN])
def test_what_nobody_declared_finds_nobody(store, typed):
    assert found(store, typed) == ()


def test_a_number_that_was_given_up_is_nobodys(store):
    assert found(store, "07700 900999") == ()
    assert found(store, "07700 900999", at=START - timedelta(days=2)) == (ANN,)


def test_all_customers_of_a_person_are_found(store):
    keep_records(store, [Customer(id=SHOP, parties=(ANNS,))], START)
    assert found(store, "07700 900123") == tuple(sorted((ANN, SHOP)))


def test_audit_says_who_searched_and_nothing_says_for_what(store):
    found(store, "07700 900123", by=" carol ")
    found(store, "nobody@mail.example", by="dave")
    assert sorted((one["actor"], one["action"], one["target"], one["what"]) for one in store.scan("audit")) == [
        ("carol", "search by identifier", "customers", []),
        ("dave", "search by identifier", "customers", []),
    ]
    kept = json.dumps([list(store.scan(kind)) for kind in KINDS])
    assert "900123" not in kept
    assert "nobody" not in kept
    assert NUMBER not in json.dumps(list(store.scan("audit")))


@pytest.mark.parametrize(
    ("typed", "by", "said"), [(" ", "carol", "type a number"), ("07700 900123", " ", "who searches")]
)
def test_a_search_of_nothing_or_by_nobody_is_refused_in_a_sentence(store, typed, by, said):
    with pytest.raises(InputError, match=said) as refused:
        found(store, typed, by=by)
    assert "900123" not in str(refused.value)
    assert list(store.scan("audit")) == []
