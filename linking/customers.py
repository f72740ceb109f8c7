"""Whose post it is: only by a handle that the customer declared, and only with consent.

Handles meet as keyed pseudonyms; a raw handle is never stored beside a customer. Two customers
with the same handle are no evidence, so neither gets the post. Withdrawing consent undoes all
links, those of earlier posts too. Posts whose terms forbid it are linked with nobody.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from domain.customer import Consent, CustomerLink
from domain.documents import parse_instant, to_document
from domain.identity import handle_pseudonym
from domain.terms import may_link

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Store
    from domain.post import Post


class CustomerLinker:
    """Links posts to customers in a store."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = key

    def link(self, posts: Sequence[Post]) -> list[CustomerLink | None]:
        """Return the customer of each post, in order, None where there is no evidence or no consent.

        Customers are read anew for each call, so that a withdrawal holds at once.
        """
        if not any(post.author and post.author.handle for post in posts):
            return [None] * len(posts)
        declared = _declared(self._store)
        return [
            _link(self._key, declared, post.source, post.author.handle if post.author else None, post.created_at)
            for post in posts
        ]


def relink(store: Store, key: bytes) -> Iterator[Document]:
    """Yield amendments for stored posts whose customer is no longer right: to add, to change, to remove.

    Once they are made, the next call yields nothing.
    """
    declared = _declared(store)
    changes = []
    for document in store.scan("posts", fields=("id", "source", "author", "created_at", "customer", "terms")):
        handle = document.get("author", {}).get("handle") if may_link(document) else None
        link = _link(key, declared, document["source"], handle, parse_instant(document["created_at"]))
        wanted = to_document(link) if link else None
        if document.get("customer") != wanted:
            changes.append({"id": document["id"], "customer": wanted})
    # Yielded only now, because who makes the changes at once would write below the scan.
    yield from changes


_Declared = dict[str, list[tuple[str, Consent | None]]]


def _declared(store: Store) -> _Declared:
    """Return who declared each handle. Customers without a handle are not kept in memory."""
    found: _Declared = defaultdict(list)
    for document in store.scan("customers", fields=("id", "handles", "linked_with")):
        for handle in document.get("handles", ()):
            found[handle].append((document["id"], _consent(document.get("linked_with"))))
    return found


def _consent(document: Mapping[str, Any] | None) -> Consent | None:
    if document is None:
        return None
    withdrawn = document.get("withdrawn_at")
    return Consent(
        purpose=document["purpose"],
        given_at=parse_instant(document["given_at"]),
        withdrawn_at=parse_instant(withdrawn) if withdrawn else None,
    )


def _link(
    key: bytes,
    declared: Mapping[str, Sequence[tuple[str, Consent | None]]],
    source: str,
    handle: str | None,
    at: datetime,
) -> CustomerLink | None:
    owners = declared.get(handle_pseudonym(key, source, handle), ()) if handle else ()
    if len(owners) != 1:
        return None
    [(customer, consent)] = owners
    if consent is None or consent.withdrawn_at is not None or not consent.holds(at):
        return None
    reason = f"declared handle on {source}, consent to {consent.purpose} given {consent.given_at.date()}"
    return CustomerLink(id=customer, reason=reason, consent_given_at=consent.given_at)
