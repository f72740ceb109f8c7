"""Whatever is claimed, agreed to and decided: an author is one customer at a time, and only one who agreed."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.identity import decide
from domain.customer import LINK_POSTS, Consent, Customer
from domain.errors import InputError
from domain.identity import handle_pseudonym, link_id
from domain.link import Brought, Evidence, read_link
from linking.customers import CustomerLinker
from pipeline.evidence import keep_evidence
from pipeline.operator import keep_records
from tests.support.flows import KEY, START

NOW = START + timedelta(days=60)
AGREED = Consent(purpose=LINK_POSTS, given_at=START - timedelta(days=100))
ANN = handle_pseudonym(KEY, "forum", "ann")


def linker(store):
    return CustomerLinker(store, KEY, (LINK_POSTS,), now=lambda: NOW)


def brought(kind, number, **fields):
    return Brought(author=ANN, source="forum", customer=number, evidence=Evidence(kind=kind, **fields))


PERIODS = st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)).map(
    lambda pair: {
        "valid_from": None if pair[0] is None else START + timedelta(days=pair[0]),
        "valid_to": None if pair[1] is None else START + timedelta(days=pair[1]),
    }
)
PIECES = st.builds(
    lambda number, kind, period, likely: brought(
        kind, number, probability=likely if kind == "record_linkage" else 1.0, **period
    ),
    st.sampled_from(("c1", "c2", "c3")),
    st.sampled_from(("app_login", "reply_thread", "record_linkage")),
    PERIODS,
    st.sampled_from((0.6, 0.995)),
)
STATES = st.dictionaries(st.sampled_from(("c1", "c2", "c3")), st.sampled_from(("confirmed", "refused", "revoked")))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, max_size=6), decisions=STATES, agreed=st.sets(st.sampled_from(("c1", "c2", "c3"))))
def test_no_author_is_two_customers_at_one_time(store, pieces, decisions, agreed):
    for kind in ("links", "customers", "changes"):
        store.delete(kind, [one["id"] for one in store.scan(kind, fields=("id",))])
    names = ("c1", "c2", "c3")
    keep_records(store, [Customer(id=one, linked_with=AGREED if one in agreed else None) for one in names], START)
    keep_evidence(store, linker(store), pieces)
    for name, state in decisions.items():
        with suppress(InputError):
            decide(store, link_id(ANN, name), state, by="eva", at=NOW)
    found = linker(store).settle({ANN: "forum"}).get(ANN)
    forbidden = {link.customer for link in map(read_link, store.scan("links")) if link.state in {"refused", "revoked"}}
    for day in range(10) if found else ():
        at = START + timedelta(days=day, hours=12)
        whose = {one.link.customer for one in found.usable if one.evidence.holds(at)}
        assert len(whose) <= 1
        assert whose <= agreed
        assert whose.isdisjoint(forbidden)
        link = found.at(at)
        assert {link.id} == whose if link else not whose
    assert all(one.basis is not None or one.is_decided for one in (found.links if found else ()))
    # Worked out again nothing changes.
    before = list(store.scan("links"))
    linker(store).settle({ANN: "forum"})
    assert list(store.scan("links")) == before
