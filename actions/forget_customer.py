"""Erase a customer from every kind of document, and keep out what their systems tell of them afterwards."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from actions.erase import erase
from actions.held import held_about, own_parties
from actions.tombstones import WHOSE
from domain.documents import REVISION, instant
from domain.errors import InputError
from domain.identity import record_tombstone
from domain.pages import paged
from domain.post import Deletion
from domain.questions import Filters
from domain.records import KIND_OF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from actions.tombstones import Tombstones
    from domain.documents import Kind
    from domain.ports import Store
    from domain.records import Record

PAGE: Final = 500
_OF_POSTS: Final = ("id", "source", "instance", "native_id", "author.id", "customer")
_KINDS: Final[tuple[Kind, ...]] = ("links", "events", "services", "inbox", "changes", "parties", "customers")
"""What goes after the posts; the customer's own record last: whoever is cut off finds it and goes on."""


def forget_customer(store: Store, customer: str, tombstones: Tombstones, at: datetime) -> Mapping[Kind, int]:
    """Erase a customer, by its pseudonym, with the people behind it alone; return how many documents of each kind went.

    Posts go with all others of their authors where somebody said that these are the customer; those that are likely the
    customer's alone lose their link. Tombstones stand before anything goes.

    Raises:
        InputError: there is no such customer, or records of it came while it was being erased.
        StoreError: the store did not do its part.
    """
    if customer not in store.get("customers", [customer], fields=("id",)):
        raise InputError(f"there is no customer {customer!r}")
    marks = [record_tombstone(key) for key in (customer, *own_parties(store, customer))]
    store.upsert("tombstones", [{"id": mark, "at": instant(at), "source": "records"} for mark in marks])
    gone: Counter[Kind] = Counter()
    chosen = Filters(customers=(customer,))
    for page in paged(store.scan("posts", filters=chosen, fields=(*_OF_POSTS, REVISION)), PAGE):
        sure = [post for post in page if post["customer"].get("probability", 1.0) == 1.0]
        deletions = [
            Deletion(source=post["source"], instance=post.get("instance", ""), author_id=post["author"]["id"])
            for post in sure
        ]
        gone["posts"] += erase(store, deletions, tombstones)
        unsure = ({"id": post["id"], REVISION: post[REVISION], "customer": None} for post in page if post not in sure)
        store.patch("posts", list(unsure))
    held: dict[Kind, list[str]] = defaultdict(list)
    for kind, document in held_about(store, customer):
        held[kind].append(document["id"])
    for kind in _KINDS:
        gone[kind] += sum(store.delete(kind, page) for page in paged(held[kind], PAGE))
    if next(iter(held_about(store, customer)), None):
        raise InputError("something came about this customer while it was being erased; run it again")
    return gone


def without_forgotten(store: Store, records: Sequence[Record]) -> list[Record]:
    """Return the records that are not about a customer or a party that was erased."""
    about = [
        [record_tombstone(key) for name in WHOSE.get(KIND_OF[type(record)], ()) if (key := getattr(record, name))]
        for record in records
    ]
    marks = [mark for some in about for mark in some]
    there = store.get("tombstones", marks, fields=("id",)) if marks else {}
    return [record for record, some in zip(records, about, strict=True) if not there.keys() & some]
