"""A post belongs to a customer by a declared handle with consent, and by nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.customer import Consent, Customer
from domain.documents import to_document
from domain.identity import handle_pseudonym
from domain.post import Author, Post
from linking.customers import CustomerLinker
from tests.support.stored_posts import stored_post

KEY = b"a key for tests"
PURPOSES = ("link posts", "care")
GIVEN = datetime(2026, 1, 5, tzinfo=UTC)
LATER = datetime(2026, 3, 2, tzinfo=UTC)


def post_by(handle, *, source="mastodon", at=LATER):
    author = Author(id="7", handle=handle) if handle else None
    return Post(source=source, native_id="1", text="no signal", created_at=at, author=author)


@pytest.fixture
def customer(store):
    def keep(number="c1", *, handle="rosie", consent=True, purpose="link posts", withdrawn_at=None):
        agreed = Consent(purpose=purpose, given_at=GIVEN, withdrawn_at=withdrawn_at) if consent else None
        handles = (handle_pseudonym(KEY, "mastodon", handle),)
        store.upsert("customers", [to_document(Customer(id=number, handles=handles, linked_with=agreed))])

    return keep


@pytest.fixture
def linker(store):
    return CustomerLinker(store, KEY, PURPOSES)


def test_a_declared_handle_with_consent_links_and_says_why(customer, linker):
    customer()
    [link] = linker.link([post_by("Rosie")])
    assert link.id == "c1"
    assert link.reason == "declared handle on mastodon, consent to link posts given 2026-01-05"
    assert link.consent_given_at == GIVEN


@pytest.mark.parametrize(
    "post",
    [
        post_by("someone_else"),
        post_by(None),
        post_by("rosie", source="forum"),
        post_by("rosie", at=GIVEN - timedelta(seconds=1)),
    ],
    ids=["another handle", "no author", "another source", "before the consent"],
)
def test_anything_less_does_not_link(customer, linker, post):
    customer()
    assert linker.link([post]) == [None]


def test_posts_keep_their_order(customer, linker):
    customer()
    links = linker.link([post_by(None), post_by("rosie"), post_by("other")])
    assert [link and link.id for link in links] == [None, "c1", None]


def test_no_consent_no_link(customer, linker):
    customer(consent=False)
    assert linker.link([post_by("rosie")]) == [None]


def test_two_customers_with_one_handle_are_no_evidence(customer, linker):
    customer("c1")
    customer("c2", consent=False)
    assert linker.link([post_by("rosie")]) == [None]


def test_another_key_links_nothing(customer, store):
    customer()
    assert CustomerLinker(store, b"another", PURPOSES).link([post_by("rosie")]) == [None]


def test_a_withdrawal_holds_from_the_next_page_on(customer, linker):
    customer()
    assert linker.link([post_by("rosie")]) != [None]
    customer(withdrawn_at=LATER + timedelta(days=1))
    assert linker.link([post_by("rosie")]) == [None]


@pytest.mark.parametrize("purpose", ["marketing e-mails", "link", ""])
def test_consent_to_something_else_does_not_link(customer, linker, purpose):
    customer(purpose=purpose)
    assert linker.link([post_by("rosie")]) == [None]


def test_consent_to_any_purpose_that_is_named_links_and_says_which(customer, linker):
    customer(purpose="care")
    [link] = linker.link([post_by("rosie")])
    assert link.reason == "declared handle on mastodon, consent to care given 2026-01-05"


def stored(native_id, handle=None, **fields):
    """Return a stored post as the flow would keep it, with the pseudonym of its author's handle."""
    author = handle and Author(id=handle, handle=handle)
    document = stored_post(native_id=native_id, source="mastodon", author=author, **fields)
    if author:
        document["author"]["key"] = handle_pseudonym(KEY, "mastodon", handle)
    return document


def owners(store):
    return {post["native_id"]: post.get("customer", {}).get("id") for post in store.scan("posts")}


def test_relinking_removes_what_was_withdrawn_and_adds_what_was_declared(store, customer, linker):
    store.upsert("posts", [stored("1", "rosie"), stored("2", "wilf"), stored("3")])
    customer("c1", handle="rosie")
    assert store.patch("posts", linker.relink(["c1"])).changed == 1
    assert list(linker.relink(["c1"])) == []

    customer("c1", handle="rosie", withdrawn_at=LATER)
    customer("c2", handle="wilf")
    assert store.patch("posts", linker.relink(["c1", "c2"])).changed == 2
    assert owners(store) == {"1": None, "2": "c2", "3": None}
    assert list(linker.relink(["c1", "c2"])) == []


def test_who_declares_anothers_handle_takes_the_evidence_away(store, customer, linker):
    store.upsert("posts", [stored("1", "rosie")])
    customer("c1", handle="rosie")
    store.patch("posts", linker.relink(["c1"]))
    customer("c2", handle="rosie")
    store.patch("posts", linker.relink(["c2"]))
    assert owners(store) == {"1": None}


def test_who_declares_a_handle_no_longer_loses_its_posts(store, customer, linker):
    store.upsert("posts", [stored("1", "rosie"), stored("2", "rose")])
    customer("c1", handle="rosie")
    store.patch("posts", linker.relink(["c1"]))
    customer("c1", handle="rose")
    store.patch("posts", linker.relink(["c1"]))
    assert owners(store) == {"1": None, "2": "c1"}
    store.delete("customers", ["c1"])
    store.patch("posts", linker.relink(["c1"]))
    assert owners(store) == {"1": None, "2": None}


def test_a_link_is_not_given_to_a_post_that_was_edited_since_it_was_read(store, customer, linker):
    store.upsert("posts", [stored("1", "rosie")])
    customer()
    changes = list(linker.relink(["c1"]))
    store.patch("posts", [{"id": changes[0]["id"], "text": "edited"}])
    assert store.patch("posts", changes).conflicts == (changes[0]["id"],)
    assert owners(store) == {"1": None}


def test_a_link_does_not_hold_the_handle(store, customer, linker):
    customer()
    store.upsert("posts", [stored("1", "rosie")])
    [change] = linker.relink(["c1"])
    assert "rosie" not in repr(change["customer"])
