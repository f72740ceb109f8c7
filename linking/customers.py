"""Whose post it is: only by a handle that the customer declared, and only with consent to that.

Handles meet as keyed pseudonyms; a raw handle is never stored beside a customer. Two customers
with the same handle are no evidence, so neither gets the post. Consent counts if it is for one of
the purposes that the configuration names as linking; withdrawing it undoes all links, those of
earlier posts too. Posts whose terms forbid it are linked with nobody.

Nothing here reads all customers or all posts: a page looks up the handles of its authors, and a
customer who changed finds posts by the same pseudonyms, which posts carry as `author.key`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

from domain.conditions import among
from domain.customer import CustomerLink, stored_consents
from domain.documents import REVISION, parse_instant, to_document
from domain.identity import handle_pseudonym
from domain.pages import paged
from domain.terms import may_link

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.customer import Consent
    from domain.documents import Document
    from domain.ports import Store
    from domain.post import Post

PAGE: Final = 500
_FIELDS: Final = ("id", "source", "author.key", "created_at", "customer", "terms", REVISION)
_Owners: TypeAlias = "Mapping[str, Sequence[tuple[str, Sequence[Consent]]]]"
"""Which customers declared each handle, themselves or as a party behind them, with what they agreed to."""


class CustomerLinker:
    """Links posts to customers in a store. `purposes` are those whose consent lets posts be linked."""

    def __init__(self, store: Store, key: bytes, purposes: Collection[str]) -> None:
        self._store = store
        self._key = key
        self._purposes = frozenset(purposes)

    def author_keys(self, posts: Sequence[Post]) -> list[str | None]:
        """Return the keyed pseudonym of each author's handle, in order, None where there is none."""
        return [
            handle_pseudonym(self._key, post.source, post.author.handle) if post.author and post.author.handle else None
            for post in posts
        ]

    def link(self, posts: Sequence[Post]) -> list[CustomerLink | None]:
        """Return the customer of each post, in order, None where there is no evidence or no consent.

        Customers are read anew for each call, so that a withdrawal holds at once.
        """
        keys = self.author_keys(posts)
        owners = _owners(self._store, {key for key in keys if key})
        return [
            _link(owners, self._purposes, key, post.source, post.created_at)
            for key, post in zip(keys, posts, strict=True)
        ]

    def relink(self, customers: Iterable[str]) -> Iterator[Document]:
        """Yield amendments for stored posts that these customers gain or lose: to add, to change, to remove.

        Once they are made, the next call yields nothing.
        """
        for page in paged(customers, PAGE):
            stored = self._store.get("customers", page, fields=("handles", "parties")).values()
            behind = {party for customer in stored for party in customer.get("parties", ())}
            parties = self._store.get("parties", sorted(behind), fields=("handles",)).values()
            declared = {handle for one in (*stored, *parties) for handle in one.get("handles", ())}
            # Those they had, and those of the handles that they declare now.
            for condition in (among("customer.id", page), among("author.key", declared)):
                yield from self._wrong_links(self._store.scan("posts", where=[condition], fields=_FIELDS))

    def _wrong_links(self, posts: Iterator[Document]) -> Iterator[Document]:
        for page in paged(posts, PAGE):
            keys = {post["id"]: post.get("author", {}).get("key") for post in page if may_link(post)}
            owners = _owners(self._store, {key for key in keys.values() if key})
            for post in page:
                at = parse_instant(post["created_at"])
                link = _link(owners, self._purposes, keys.get(post["id"]), post["source"], at)
                wanted = to_document(link) if link else None
                if post.get("customer") != wanted:
                    yield {"id": post["id"], REVISION: post[REVISION], "customer": wanted}


def _owners(store: Store, handles: set[str]) -> _Owners:
    if not handles:
        return {}
    found: dict[str, dict[str, list[Consent]]] = defaultdict(lambda: defaultdict(list))
    declared = [among("handles", sorted(handles))]
    for customer in store.scan("customers", where=declared, fields=("id", "handles", "linked_with")):
        for handle in handles & set(customer["handles"]):
            found[handle][customer["id"]] += stored_consents(customer)
    parties = {party["id"]: party for party in store.scan("parties", where=declared, fields=("handles", "consents"))}
    if parties:
        for customer in store.scan("customers", where=[among("parties", parties)], fields=("id", "parties")):
            for party in (parties[key] for key in customer["parties"] if key in parties):
                for handle in handles & set(party["handles"]):
                    found[handle][customer["id"]] += stored_consents(party)
    return {handle: list(customers.items()) for handle, customers in found.items()}


def _link(
    owners: _Owners, purposes: Collection[str], handle: str | None, source: str, at: datetime
) -> CustomerLink | None:
    declared = owners.get(handle, ()) if handle else ()
    if len(declared) != 1:
        return None
    [(customer, consents)] = declared
    consent = next((one for one in consents if one.allows(purposes) and one.holds(at)), None)
    if consent is None:
        return None
    reason = f"declared handle on {source}, consent to {consent.purpose} given {consent.given_at.date()}"
    return CustomerLink(id=customer, reason=reason, consent_given_at=consent.given_at)
