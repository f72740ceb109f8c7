"""A person reads on the Customer page why a post is the customer's, and confirms, refuses or revokes it there."""

from contextlib import closing
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from domain.conditions import among
from domain.customer import LINK_POSTS, Consent, Customer
from domain.identity import customer_pseudonym, handle_pseudonym, link_id
from domain.link import Evidence, IdentityLink, link_document, read_link
from domain.ports import Batch
from domain.terms import Terms
from pipeline.ingest import keep_page
from pipeline.operator import keep_records
from stores.open import open_store
from tests.dashboard.sample import CUSTOMER, START
from tests.dashboard.test_views import PATIENCE_S, SCRIPT
from tests.support.flows import KEY, flow_to, make_post

CONSENT = Consent(purpose="link_posts", given_at=START - timedelta(days=90))


def link(key, state, **told):
    """A link of the customer by records that are alike."""
    told = {"customer": CUSTOMER, "basis": CONSENT, "author": f"author-{key}"} | told
    evidence = (Evidence(kind="record_linkage", probability=0.97, method="splink 5"),)
    return IdentityLink(
        id=link_id(told["author"], told["customer"]),
        source="forum",
        state=state,
        probability=0.97,
        evidence=evidence,
        **told,
    )


def named(key):
    """The id of a link of the customer."""
    return link_id(f"author-{key}", CUSTOMER)


LINKS = [
    link("held", "made"),
    link("waiting", "proposed"),
    link("unconsented", "proposed", basis=None),
    link("others", "proposed", customer="customer-bbbb"),
]


@pytest.fixture
def store(own_store):
    """The store of a dashboard, with links of a customer."""
    with closing(open_store(own_store)) as opened:
        opened.upsert("links", list(map(link_document, LINKS)))
        yield opened


@pytest.fixture
def page(store):
    """The page of that customer."""
    page = AppTest.from_string(SCRIPT.format(view="customer"), default_timeout=PATIENCE_S)
    page.query_params["customer"] = CUSTOMER
    return page.run()


def decided(page, key, state, by="ann", why=""):
    """The page after somebody decided."""
    page.text_input(key=f"link-by-{named(key)}").set_value(by)
    page.text_input(key=f"link-why-{named(key)}").set_value(why)
    page.button(key=f"link-{state}-{named(key)}").click().run()
    assert not page.exception
    return page


def buttons(page, key):
    """The buttons beside a link, by whether they can be pressed."""
    return {one.label: not one.disabled for one in page.button if (one.key or "").endswith(f"-{named(key)}")}


def test_each_link_says_why_and_offers_what_can_be_decided(page):
    assert not page.exception
    [waiting] = [one for one in page.expander if "It waits for a person (probability 97.0%)" in one.label]
    assert "records alike, probability 97.0% by splink 5" in waiting.text[0].value
    assert buttons(page, "waiting") == {"Confirm": True, "Refuse": True}
    assert buttons(page, "held") == {"Confirm": True, "Revoke": True}
    assert buttons(page, "unconsented") == {"Confirm": False, "Refuse": True}
    assert buttons(page, "others") == {}


@pytest.mark.parametrize(("key", "state"), [("waiting", "confirmed"), ("waiting", "refused"), ("held", "revoked")])
def test_a_decision_is_kept_with_who_and_why_and_is_said(page, store, key, state):
    decided(page, key, state, why="he rang us")
    assert [one.value.split(";")[0] for one in page.info] == [f"The link is {state}"]
    [found] = map(read_link, store.get("links", [named(key)]).values())
    assert (found.state, found.decisions[-1].by, found.decisions[-1].why) == (state, "ann", "he rang us")
    assert [one["target"] for one in store.scan("audit")] == [named(key)]


def test_nobody_decides_without_a_name(page, store):
    decided(page, "waiting", "confirmed", by="  ")
    assert [one.value for one in page.warning] == ["Say who decides: it is kept with the decision."]
    assert store.get("links", [named("waiting")])[named("waiting")]["state"] == "proposed"


def test_what_somebody_else_ended_meanwhile_is_said_and_breaks_nothing(page, store):
    store.delete("links", [named("waiting")])
    decided(page, "waiting", "confirmed")
    assert "waits for a person" not in str([one.label for one in page.expander])


def test_a_reason_is_shown_as_plain_text(page):
    decided(page, "waiting", "refused", why="<b>**no**</b>")
    page.run()
    assert any("<b>**no**</b>" in text.value for one in page.expander for text in one.text)


@pytest.fixture
def anns(own_store):
    """A customer whose handle two posts are from, and the store."""
    mine = customer_pseudonym(KEY, "K-1")
    agreed = Consent(purpose=LINK_POSTS, given_at=START - timedelta(days=90))
    with closing(open_store(own_store)) as store:
        store.patch("posts", [{"id": one["id"], "customer": None} for one in store.scan("posts", fields=("id",))])
        handle = handle_pseudonym(KEY, "forum", "ann")
        keep_records(store, [Customer(id=mine, handles=(handle,), linked_with=agreed)], START)
        keep_page("list", Batch(posts=(make_post(1), make_post(2))), Terms(), flow_to(store))
        yield mine, link_id(handle, mine), store


def test_posts_lose_and_get_their_customer_with_the_decision_and_the_page_stays(anns):
    mine, link, store = anns
    page = AppTest.from_string(SCRIPT.format(view="customer"), default_timeout=PATIENCE_S).run()
    for state, posts in (("revoked", 0), ("confirmed", 2)):
        page.text_input(key=f"link-by-{link}").set_value("ann")
        page.button(key=f"link-{state}-{link}").click().run()
        assert not page.exception
        assert page.selectbox(key="customer").value == mine
        assert page.info[0].value == f"The link is {state}; links changed on 2 posts."
        assert len(list(store.scan("posts", where=[among("customer.id", [mine])]))) == posts
