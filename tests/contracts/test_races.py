"""What two processes do to the same posts at the same time, in every order: nothing comes back, nothing is lost."""

from datetime import timedelta

import pytest

from actions.correct import correct
from domain.conditions import equal
from domain.customer import Consent, Customer
from domain.identity import customer_pseudonym, handle_pseudonym
from domain.ports import Batch
from domain.post import Deletion
from domain.terms import Terms
from pipeline.ingest import keep_page
from pipeline.operator import keep_records
from tests.support.flows import KEY, START, flow_to, make_post
from tests.support.interleaved import interleavings

POST = make_post(1, "the signal is down")
GONE = Deletion(source="forum", native_id="1")


@pytest.fixture(params=["new", "edited"])
def page(request, store):
    """What is done to begin anew, and the page that is then read: a new post, or one with other words."""

    def begin():
        store.delete("posts", [POST.id])
        for kind in ("tombstones", "corrections", "changes"):
            store.delete(kind, [one["id"] for one in store.scan(kind, fields=("id",))])
        if request.param == "edited":
            keep_page("list", Batch(posts=(make_post(1, "the signal was down"),)), Terms(), flow_to(store))

    return begin


def read(store):
    """Take the page through the flow."""
    keep_page("list", Batch(posts=(POST,), cursor={"page": 1}), Terms(), flow_to(store))


def erase(store):
    keep_page("deletions", Batch(deletions=(GONE,), posts=()), Terms(), flow_to(store))


def test_a_post_that_is_erased_while_it_is_read_does_not_come_back(store, page):
    def meanwhile():
        # The network tells of the deletion of a post that it also still delivers: it is ours as soon as it comes.
        flow_to(store).tombstones.leave([GONE])
        erase(store)

    def work(store_of):
        page()
        read(store_of(store))

    for before in interleavings(work, meanwhile):
        meanwhile_ran = bool(list(store.scan("tombstones")))
        assert meanwhile_ran == (POST.id not in store.get("posts", [POST.id])), before


def test_a_correction_that_is_given_while_its_post_is_read_again_holds(store):
    def begin():
        store.delete("posts", [POST.id])
        store.delete("corrections", [one["id"] for one in store.scan("corrections", fields=("id",))])
        keep_page("list", Batch(posts=(make_post(1, POST.text, place="Hull"),)), Terms(), flow_to(store))

    def meanwhile():
        post = store.get("posts", [POST.id])[POST.id]
        assert correct(store, post, {"sentiment": "positive"}, by="ann", at=START) == "kept"

    def work(store_of):
        begin()
        read(store_of(store))

    for before in interleavings(work, meanwhile):
        post = store.get("posts", [POST.id])[POST.id]
        assert "place" not in post
        if list(store.scan("corrections")):
            assert post["sentiment"]["label"] == "positive", before


def test_a_link_that_is_made_while_its_post_is_edited_or_erased_brings_nothing_back(store):
    ann = Customer(
        id=customer_pseudonym(KEY, "4711"),
        handles=(handle_pseudonym(KEY, "forum", "ann"),),
        linked_with=Consent(purpose="link posts", given_at=START - timedelta(days=1)),
    )

    def begin():
        store.delete("customers", [ann.id])
        store.delete("tombstones", [one["id"] for one in store.scan("tombstones", fields=("id",))])
        read(store)
        keep_records(store, [ann], START)

    def relink(store_of):
        begin()
        watched = store_of(store)
        watched.patch("posts", flow_to(watched).linker.relink([ann.id]))

    def edit():
        keep_page("edits", Batch(posts=(make_post(1, "all is well again"),)), Terms(), flow_to(store))

    for _ in interleavings(relink, lambda: erase(store)):
        erased = bool(list(store.scan("tombstones")))
        assert erased == (POST.id not in store.get("posts", [POST.id]))
    store.delete("tombstones", [one["id"] for one in store.scan("tombstones", fields=("id",))])
    store.delete("posts", [POST.id])
    for _ in interleavings(relink, edit):
        post = store.get("posts", [POST.id])[POST.id]
        assert post["text"] in {POST.text, "all is well again"}
        assert post["customer"]["id"] == ann.id
        store.delete("posts", [POST.id])


def test_a_withdrawal_while_a_page_is_read_is_honoured(store):
    """Whatever comes first, the links are gone once what changed has been worked off."""
    number = customer_pseudonym(KEY, "4711")

    def customer(withdrawn_at=None):
        agreed = Consent(purpose="link posts", given_at=START - timedelta(days=1), withdrawn_at=withdrawn_at)
        keep_records(store, [Customer(id=number, handles=(handle,), linked_with=agreed)], START)

    handle = handle_pseudonym(KEY, "forum", "ann")

    def work(store_of):
        store.delete("posts", [POST.id])
        customer()
        read(store_of(store))

    for _ in interleavings(work, lambda: customer(withdrawn_at=START)):
        if store.get("customers", [number])[number]["linked_with"].get("withdrawn_at"):
            store.patch("posts", flow_to(store).linker.relink([number]))
            assert list(store.scan("posts", where=[equal("customer.id", number)])) == []
