"""Who an author is, in both stores: evidence, consent, what people decide, and that nobody becomes two customers."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from actions.changes import worked_off
from actions.erase import erase
from actions.identity import decide, note_expired
from domain.conditions import equal
from domain.customer import LINK_POSTS, Consent, Customer, Tenure
from domain.errors import InputError
from domain.identity import contact_pseudonym, handle_pseudonym, link_id
from domain.link import Brought, Evidence, read_link
from domain.party import Party
from domain.ports import Batch
from domain.post import Deletion
from domain.terms import Terms
from linking.customers import CustomerLinker
from pipeline.evidence import keep_evidence
from pipeline.ingest import keep_page
from pipeline.operator import keep_records
from tests.support.flows import KEY, START, flow_to, make_post
from tests.support.interleaved import interleavings

NOW = START + timedelta(days=60)
AGREED = Consent(purpose=LINK_POSTS, given_at=START - timedelta(days=100))
ANN = handle_pseudonym(KEY, "forum", "ann")
PHONE = contact_pseudonym(KEY, "+447700900123")


def linker(store, *, now=NOW):
    return CustomerLinker(store, KEY, (LINK_POSTS,), now=lambda: now)


def person(number, *, handles=(), contacts=(), consents=(AGREED,), tenures=()):
    return Party(id=number, handles=handles, contacts=contacts, consents=consents, tenures=tenures)


def customer(number, *people, **fields):
    return Customer(id=number, parties=people, **fields)


def hear(store, *days):
    """Let Ann say something on some days after the beginning."""
    posts = tuple(make_post(day, "the signal is down", hour=24 * day) for day in days)
    keep_page("list", Batch(posts=posts), Terms(), replace(flow_to(store), linker=linker(store)))


def follow(store, *, now=NOW):
    """Let posts follow what changed."""
    for keys in worked_off(store, "customers"):
        store.patch("posts", linker(store, now=now).relink(keys))


def owners(store):
    return {int(post["native_id"]): post.get("customer", {}).get("id") for post in store.scan("posts")}


def links(store):
    return {link.customer: link for link in map(read_link, store.scan("links"))}


def brought(kind="app_login", customer="c1", **fields):
    return Brought(author=ANN, source="forum", customer=customer, evidence=Evidence(kind=kind, **fields))


def test_a_declared_handle_makes_a_link_that_says_why_and_its_post_names_it(store):
    keep_records(store, [person("p1", handles=(ANN,)), customer("c1", "p1")], START)
    hear(store, 1)
    [link] = map(read_link, store.scan("links"))
    assert (link.id, link.state, link.in_force, link.party) == (link_id(ANN, "c1"), "made", True, "p1")
    assert [one.kind for one in link.evidence] == ["declared_handle"]
    assert link.basis == AGREED
    [post] = store.scan("posts")
    assert (post["customer"]["link"], post["customer"]["evidence"]) == (link.id, "declared_handle")


def test_no_link_is_kept_of_who_did_not_agree_or_never_said_anything(store):
    keep_records(store, [person("p1", handles=(ANN,), consents=()), customer("c1", "p1")], START)
    hear(store, 1)
    other = handle_pseudonym(KEY, "forum", "bob")
    keep_records(store, [person("p2", handles=(other,)), customer("c2", "p2")], START)
    follow(store)
    assert (links(store), owners(store)) == ({}, {1: None})


@pytest.mark.parametrize(
    "over",
    [
        replace(AGREED, withdrawn_at=START + timedelta(days=30)),
        replace(AGREED, purpose="marketing"),
        replace(AGREED, until=NOW),
    ],
    ids=["withdrawn", "for another purpose", "over"],
)
@pytest.mark.parametrize("state", [None, "confirmed"])
def test_consent_that_goes_takes_links_and_posts_with_it(store, over, state):
    keep_records(store, [person("p1", handles=(ANN,)), customer("c1", "p1")], START)
    hear(store, 1)
    if state:
        decide(store, link_id(ANN, "c1"), state, by="eva", at=NOW)
    keep_records(store, [person("p1", handles=(ANN,), consents=(over,))], START)
    follow(store)
    assert owners(store) == {1: None}
    # What a person confirmed of who never withdrew waits for consent, and holds nothing meanwhile.
    kept = links(store)
    assert [one.in_force for one in kept.values()] in ([], [False])
    assert len(kept) == (state == "confirmed" and over.purpose != LINK_POSTS)
    assert all(one.evidence == () for one in kept.values())


def test_a_consent_that_runs_out_ends_its_links_by_itself(store):
    ends = NOW + timedelta(days=1)
    agreed = replace(AGREED, until=ends)
    keep_records(store, [person("p1", handles=(ANN,), consents=(agreed,)), customer("c1", "p1")], START)
    hear(store, 1)
    follow(store)
    assert links(store)["c1"].expires_at == ends
    note_expired(store, NOW)
    follow(store)
    assert owners(store) == {1: "c1"}
    later = ends + timedelta(seconds=1)
    note_expired(store, later)
    follow(store, now=later)
    assert (owners(store), links(store)) == ({1: None}, {})
    note_expired(store, later)
    assert list(worked_off(store, "customers")) == []


def test_a_handle_that_changed_hands_is_its_first_owners_until_that_day(store):
    day = START + timedelta(days=10)
    first = person("p1", handles=(ANN,), tenures=(Tenure(of=ANN, valid_to=day),))
    second = person("p2", handles=(ANN,), tenures=(Tenure(of=ANN, valid_from=day),))
    keep_records(store, [first, second, customer("c1", "p1"), customer("c2", "p2")], START)
    hear(store, 9, 10, 20)
    assert owners(store) == {9: "c1", 10: "c2", 20: "c2"}
    assert [one.conflict for one in links(store).values()] == [None, None]
    # Told later that both have it all the time, it is evidence for nobody, and both links say so.
    keep_records(store, [replace(first, tenures=()), replace(second, tenures=())], START)
    follow(store)
    assert owners(store) == {9: None, 10: None, 20: None}
    assert {one.state for one in links(store).values()} == {"proposed"}
    assert all("another customer" in one.conflict for one in links(store).values())


def test_a_number_that_changed_hands_ends_the_link_that_it_made(store):
    day = START + timedelta(days=10)
    keep_records(store, [person("p1", contacts=(PHONE,)), customer("c1", "p1")], START)
    hear(store, 9, 10)
    keep_evidence(store, linker(store), [brought("verified_contact", None, contact=PHONE)])
    follow(store)
    assert owners(store) == {9: "c1", 10: "c1"}
    # The number is given to somebody else.
    other = person("p2", contacts=(PHONE,), tenures=(Tenure(of=PHONE, valid_from=day),))
    keep_records(store, [other, customer("c2", "p2")], START)
    # The first one's record does not say so yet.
    keep_records(store, [person("p1", contacts=(PHONE,), handles=("elsewhere",))], START)
    follow(store)
    assert owners(store) == {9: "c1", 10: None}
    keep_records(store, [person("p1", tenures=(Tenure(of=PHONE, valid_to=day),)), customer("c1", "p1")], START)
    follow(store)
    assert owners(store) == {9: "c1", 10: None}
    assert links(store)["c1"].evidence[0].valid_to == day
    follow(store)
    # Worked out again it stays so, and a number that is on nobody's record any more is no evidence.
    keep_records(store, [replace(person("p1"), tenures=())], START)
    follow(store)
    assert (owners(store), links(store)) == ({9: None, 10: None}, {})


def test_two_people_on_one_account_are_two_of_one_customer(store):
    bob = handle_pseudonym(KEY, "forum", "bob")
    people = [person("p1", handles=(ANN,)), person("p2", handles=(bob,))]
    keep_records(store, [*people, customer("c1", "p1", "p2")], START)
    posts = (make_post(1), make_post(2, author="bob"))
    keep_page("list", Batch(posts=posts), Terms(), replace(flow_to(store), linker=linker(store)))
    told = {post["native_id"]: (post["customer"]["id"], post["customer"]["party"]) for post in store.scan("posts")}
    assert told == {"1": ("c1", "p1"), "2": ("c1", "p2")}
    # One withdraws: the other's posts stay.
    keep_records(store, [replace(people[0], consents=(replace(AGREED, withdrawn_at=START),))], START)
    follow(store)
    assert owners(store) == {1: None, 2: "c1"}


def test_evidence_of_two_customers_makes_one_of_neither_until_a_person_decides(store):
    keep_records(store, [customer(number, linked_with=AGREED) for number in ("c1", "c2")], START)
    hear(store, 1)
    keep_evidence(store, linker(store), [brought(customer="c1"), brought("reply_thread", customer="c2")])
    follow(store)
    assert owners(store) == {1: None}
    assert {one.state for one in links(store).values()} == {"proposed"}
    decide(store, link_id(ANN, "c2"), "refused", by="eva", at=NOW)
    follow(store)
    assert owners(store) == {1: "c1"}
    # Nobody is made two customers by hand either.
    decide(store, link_id(ANN, "c1"), "confirmed", by="eva", at=NOW)
    with pytest.raises(InputError, match="another customer"):
        decide(store, link_id(ANN, "c2"), "confirmed", by="eva", at=NOW)


def test_what_somebody_said_stands_above_records_that_are_alike(store):
    keep_records(store, [customer(number, linked_with=AGREED) for number in ("c1", "c2")], START)
    hear(store, 1)
    alike = brought("record_linkage", customer="c2", probability=0.999, method="splink 5")
    keep_evidence(store, linker(store), [brought(customer="c1"), alike], compared={ANN: "forum"})
    follow(store)
    assert owners(store) == {1: "c1"}
    assert "stronger" in links(store)["c2"].conflict


@pytest.mark.parametrize(("probability", "owner"), [(0.989, None), (0.995, "c1")])
def test_records_that_are_alike_link_from_the_upper_threshold_and_wait_for_a_person_below(store, probability, owner):
    keep_records(store, [customer("c1", linked_with=AGREED)], START)
    hear(store, 1)
    alike = brought("record_linkage", probability=probability, method="splink 5")
    kept = keep_evidence(store, linker(store), [alike], compared={ANN: "forum"})
    follow(store)
    assert owners(store) == {1: owner}
    assert (kept.in_force, kept.waiting) == ((1, 0) if owner else (0, 1))
    decide(store, link_id(ANN, "c1"), "confirmed", by="eva", at=NOW)
    follow(store)
    assert owners(store) == {1: "c1"}
    # Compared anew and not found again, what a person confirmed stays.
    keep_evidence(store, linker(store), [], compared={ANN: "forum"})
    follow(store)
    assert owners(store) == {1: "c1"}


def test_compared_anew_what_is_not_found_again_goes(store):
    keep_records(store, [customer("c1", linked_with=AGREED)], START)
    hear(store, 1)
    alike = brought("record_linkage", probability=0.999, method="splink 5")
    keep_evidence(store, linker(store), [alike], compared={ANN: "forum"})
    follow(store)
    keep_evidence(store, linker(store), [], compared={ANN: "forum"})
    follow(store)
    assert (owners(store), links(store)) == ({1: None}, {})


def test_evidence_of_nobody_known_or_without_consent_is_passed_over(store):
    keep_records(store, [customer("c1"), person("p1", consents=()), customer("c2", "p1")], START)
    kept = keep_evidence(
        store,
        linker(store),
        [brought(customer="c1"), brought(customer=None, party="p1"), brought(customer=None, contact=PHONE)],
    )
    assert (kept.in_force, kept.waiting, kept.without_consent, kept.unknown) == (0, 0, 2, 1)
    assert links(store) == {}


def test_a_decision_survives_whatever_is_worked_out_anew_and_stands_in_the_audit(store):
    keep_records(store, [person("p1", handles=(ANN,)), customer("c1", "p1")], START)
    hear(store, 1)
    key = link_id(ANN, "c1")
    decide(store, key, "revoked", by="eva", at=NOW, why="asked on the phone")
    follow(store)
    assert owners(store) == {1: None}
    for consents in ((AGREED,), (replace(AGREED, withdrawn_at=NOW),), (), (AGREED,)):
        keep_records(store, [person("p1", handles=(ANN,), consents=consents)], START)
        hear(store, 1, 2)
        follow(store)
    assert owners(store) == {1: None, 2: None}
    [link] = links(store).values()
    assert [(one.state, one.by, one.why) for one in link.decisions] == [("revoked", "eva", "asked on the phone")]
    [line] = store.scan("audit")
    assert (line["actor"], line["action"], line["target"]) == ("eva", "revoke link", key)
    decide(store, key, "confirmed", by="ida", at=NOW)
    follow(store)
    assert owners(store) == {1: "c1", 2: "c1"}


def test_what_cannot_be_decided_says_why(store):
    keep_records(store, [person("p1", handles=(ANN,)), customer("c1", "p1")], START)
    hear(store, 1)
    key = link_id(ANN, "c1")
    with pytest.raises(InputError, match="there is no link 'x'"):
        decide(store, "x", "confirmed", by="eva", at=NOW)
    decide(store, key, "refused", by="eva", at=NOW)
    keep_records(store, [person("p1", handles=(ANN,), consents=())], START)
    follow(store)
    with pytest.raises(InputError, match="no consent"):
        decide(store, key, "confirmed", by="eva", at=NOW)


def test_a_customer_who_is_gone_leaves_no_link(store):
    keep_records(store, [person("p1", handles=(ANN,)), customer("c1", "p1")], START)
    hear(store, 1)
    decide(store, link_id(ANN, "c1"), "revoked", by="eva", at=NOW)
    store.delete("customers", ["c1"])
    store.patch("posts", linker(store).relink(["c1"]))
    assert (links(store), owners(store)) == ({}, {1: None})


AGAIN = replace(AGREED, given_at=START - timedelta(days=90))
WITHDRAWN = replace(AGREED, withdrawn_at=NOW)


@pytest.mark.parametrize(
    ("decision", "now"),
    [("confirmed", AGREED), ("confirmed", WITHDRAWN), ("revoked", AGAIN), ("refused", WITHDRAWN)],
    ids=["as before", "confirmed, withdrawn", "agreed anew", "refused, withdrawn"],
)
def test_a_decision_while_links_are_worked_out_is_never_lost(store, decision, now):
    key, gone = link_id(ANN, "c1"), now.withdrawn_at is not None

    def work(store_of):
        for kind in ("posts", "links", "audit", "changes"):
            store.delete(kind, [one["id"] for one in store.scan(kind, fields=("id",))])
        keep_records(store, [person("p1", handles=(ANN,)), customer("c1", "p1")], START)
        hear(store, 1)
        keep_records(store, [person("p1", handles=(ANN,), consents=(now,))], START)
        watched = store_of(store)
        watched.patch("posts", linker(watched).relink(["c1"]))

    def meanwhile():
        # Gone before anybody could decide: that is said.
        with suppress(InputError):
            decide(store, key, decision, by="eva", at=NOW)

    for before in interleavings(work, meanwhile):
        said = bool(list(store.scan("audit")))
        follow(store)
        kept = links(store)
        if gone and decision == "confirmed":
            assert kept == {}, before
        elif said:
            assert [one.state for one in kept.values()] == [decision], before
        assert owners(store) == {1: "c1" if not gone and decision == "confirmed" else None} or not said, before
        if gone:
            assert list(store.scan("posts", where=[equal("customer.id", "c1")])) == [], before


def test_an_author_who_is_forgotten_leaves_no_link_whatever_was_decided(store):
    keep_records(store, [person("p1", handles=(ANN,)), customer("c1", "p1")], START)
    hear(store, 1)
    decide(store, link_id(ANN, "c1"), "confirmed", by="eva", at=NOW)
    assert erase(store, [Deletion(source="forum", author_id="ann")]) == 1
    assert (links(store), owners(store)) == ({}, {})
