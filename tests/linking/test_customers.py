"""A post belongs to a customer by a declared handle with consent, and by nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.customer import Consent, Customer
from domain.documents import to_document
from domain.identity import handle_pseudonym
from domain.post import Author, Post
from linking.customers import CustomerLinker, relink
from tests.support.stored_posts import stored_post

KEY = b"a key for tests"
GIVEN = datetime(2026, 1, 5, tzinfo=UTC)
LATER = datetime(2026, 3, 2, tzinfo=UTC)


def post_by(handle, *, source="mastodon", at=LATER):
    author = Author(id="7", handle=handle) if handle else None
    return Post(source=source, native_id="1", text="no signal", created_at=at, author=author)


@pytest.fixture
def customer(store):
    def keep(number="c1", *, handle="rosie", consent=True, withdrawn_at=None):
        agreed = Consent(purpose="link posts", given_at=GIVEN, withdrawn_at=withdrawn_at) if consent else None
        handles = (handle_pseudonym(KEY, "mastodon", handle),)
        store.keep("customers", [to_document(Customer(id=number, handles=handles, linked_with=agreed))])

    return keep


@pytest.fixture
def linker(store):
    return CustomerLinker(store, KEY)


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
    assert CustomerLinker(store, b"another").link([post_by("rosie")]) == [None]


def test_a_withdrawal_holds_from_the_next_page_on(customer, linker):
    customer()
    assert linker.link([post_by("rosie")]) != [None]
    customer(withdrawn_at=LATER + timedelta(days=1))
    assert linker.link([post_by("rosie")]) == [None]


def test_relinking_removes_what_was_withdrawn_and_adds_what_was_declared(store, customer):
    rosie, wilf = Author(id="7", handle="rosie"), Author(id="8", handle="wilf")
    posts = [
        stored_post(native_id="1", source="mastodon", author=rosie),
        stored_post(native_id="2", source="mastodon", author=wilf),
        stored_post(native_id="3", source="mastodon"),
    ]
    store.keep("posts", posts)
    customer("c1", handle="rosie")
    assert store.amend("posts", relink(store, KEY)) == 1
    assert list(relink(store, KEY)) == []

    customer("c1", handle="rosie", withdrawn_at=LATER)
    customer("c2", handle="wilf")
    assert store.amend("posts", relink(store, KEY)) == 2
    found = store.get("posts", [post["id"] for post in posts])
    assert [found[post["id"]].get("customer", {}).get("id") for post in posts] == [None, "c2", None]
    assert list(relink(store, KEY)) == []


def test_a_link_does_not_hold_the_handle(store, customer):
    customer()
    store.keep("posts", [stored_post(source="mastodon", author=Author(id="7", handle="rosie"))])
    [change] = relink(store, KEY)
    assert "rosie" not in repr(change["customer"])
