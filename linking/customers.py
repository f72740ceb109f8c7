"""Whose post it is: by what an author's handle is claimed to be, and only with consent to that.

Handles meet as keyed pseudonyms; a raw handle is never stored beside a customer. Claims are handles that customers and
the parties behind them declared, and what stands in links (`domain/link.py`): contacts that were verified, logins,
records that are alike. What is decided of them (`linking/identity.py`) is kept as links, before the posts carry it.
Consent counts if it is for one of the purposes that the configuration names as linking; withdrawing it undoes all
links, those of earlier posts too. Posts whose terms forbid it are linked with nobody.

Nothing here reads all customers or all posts: a page looks up the handles of its authors, and a
customer who changed finds posts by the same pseudonyms, which posts carry as `author.key`.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from domain.conditions import among
from domain.documents import ALL, NEW, REVISION, parse_instant, to_document
from domain.identity import handle_pseudonym
from domain.link import IdentityLink, link_document, read_link
from domain.pages import paged
from domain.terms import may_link
from linking.claims import Claims
from linking.identity import AuthorLinks, Rules, by_author, links_of, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from domain.customer import CustomerLink
    from domain.documents import Document
    from domain.link import Evidence
    from domain.ports import Store
    from domain.post import Post

PAGE: Final = 500
ACCEPT: Final = 0.99
"""The probability from which records that are alike link, where nothing else is configured."""
_FIELDS: Final = ("id", "source", "author.key", "created_at", "customer", "terms", REVISION)


def _now() -> datetime:
    return datetime.now(UTC)


class CustomerLinker:
    """Links posts to customers in a store. `purposes` are those whose consent lets posts be linked."""

    def __init__(
        self,
        store: Store,
        key: bytes,
        purposes: Collection[str],
        *,
        accept: float = ACCEPT,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._store = store
        self._key = key
        self._rules = Rules(purposes=frozenset(purposes), accept=accept)
        self._now = now

    def author_keys(self, posts: Sequence[Post]) -> list[str | None]:
        """Return the keyed pseudonym of each author's handle, in order, None where there is none."""
        return [
            handle_pseudonym(self._key, post.source, post.author.handle) if post.author and post.author.handle else None
            for post in posts
        ]

    def link(self, posts: Sequence[Post]) -> list[CustomerLink | None]:
        """Return the customer of each post, in order, None where there is no evidence or no consent.

        Customers are read anew for each call, so that a withdrawal holds at once. The links of these authors are kept.
        """
        keys = self.author_keys(posts)
        found = self.settle({key: post.source for key, post in zip(keys, posts, strict=True) if key})
        return [
            found[key].at(post.created_at) if key and key in found else None
            for key, post in zip(keys, posts, strict=True)
        ]

    def relink(self, customers: Iterable[str]) -> Iterator[Document]:
        """Yield amendments for stored posts that these customers gain or lose: to add, to change, to remove.

        Once they are made, the next call yields nothing. Links that nothing allows any more go here.
        """
        for page in paged(customers, PAGE):
            stored = self._store.get("customers", page, fields=("handles", "parties")).values()
            behind = {party for customer in stored for party in customer.get("parties", ())}
            parties = self._store.get("parties", sorted(behind), fields=("handles",)).values()
            declared = {handle for one in (*stored, *parties) for handle in one.get("handles", ())}
            # Those they had, and those of the handles that they declare now.
            linked: dict[str, str] = {}
            for condition in (among("customer", page), among("author", declared)):
                links = self._store.scan("links", where=[condition], fields=("author", "source"))
                linked |= {one["author"]: one["source"] for one in links}
            for authors in paged(linked.items(), PAGE):
                self.settle(dict(authors))
            for condition in (among("customer.id", page), among("author.key", sorted(declared | linked.keys()))):
                yield from self._wrong_links(self._store.scan("posts", where=[condition], fields=_FIELDS))

    def _wrong_links(self, posts: Iterator[Document]) -> Iterator[Document]:
        for page in paged(posts, PAGE):
            keys = {post["id"]: post.get("author", {}).get("key") for post in page if may_link(post)}
            found = self.settle({keys[post["id"]]: post["source"] for post in page if keys.get(post["id"])})
            for post in page:
                links = found.get(keys.get(post["id"]) or "", AuthorLinks())
                link = links.at(parse_instant(post["created_at"]))
                wanted = to_document(link) if link else None
                if post.get("customer") != wanted:
                    yield {"id": post["id"], REVISION: post[REVISION], "customer": wanted}

    def settle(
        self,
        sources: Mapping[str, str],
        added: Mapping[str, Mapping[str, Sequence[Evidence]]] | None = None,
        *,
        compared: bool = False,
    ) -> dict[str, AuthorLinks]:
        """Return the links of authors, whose sources are given, and keep what changed of them.

        `added` is new evidence by author and customer; `compared` says that these authors' records were compared anew.
        """
        settled: dict[str, AuthorLinks] = {}
        left = dict(sources)
        # What a person or another process wrote in between is held against what is there now.
        while left:
            found = self._derived(left, added or {}, compared=compared)
            settled |= {key: links for key, (links, _) in found.items()}
            conflicts = self._kept(found)
            left = {key: source for key, source in left.items() if key in conflicts}
        return settled

    def _derived(
        self,
        sources: Mapping[str, str],
        added: Mapping[str, Mapping[str, Sequence[Evidence]]],
        *,
        compared: bool,
    ) -> dict[str, tuple[AuthorLinks, list[Document]]]:
        """Return the links of authors as they should be, each with the stored documents that they are made from."""
        scanned = self._store.scan("links", where=[among("author", sorted(sources))], fields=(ALL, REVISION))
        documents: dict[str, list[Document]] = defaultdict(list)
        for document in scanned:
            documents[document["author"]].append(document)
        links = by_author(read_link(one) for found in documents.values() for one in found)
        given = {key: evidence_of(links.get(key, ()), added.get(key, {}), compared=compared) for key in sources}
        stored = {one["customer"] for found in documents.values() for one in found}
        claims = Claims(self._store, sources.keys(), {key: one for key, one in given.items() if one}, stored)
        now = self._now()
        return {
            key: (
                links_of(
                    key,
                    source,
                    claims.of(key),
                    links.get(key, ()),
                    self._rules,
                    now,
                    customers=claims.customers,
                ),
                documents.get(key, []),
            )
            for key, source in sources.items()
            if claims.of(key) or key in documents
        }

    def _kept(self, found: Mapping[str, tuple[AuthorLinks, list[Document]]]) -> set[str]:
        """Keep what changed; return the authors of links that somebody else changed meanwhile."""
        changed, over = [], []
        for links, documents in found.values():
            revisions = {one["id"]: one.pop(REVISION) for one in documents}
            before = {one["id"]: one for one in documents}
            wanted = {link.id: link_document(link) for link in links.links}
            changed += [
                one | {REVISION: revisions.get(key, NEW)} for key, one in wanted.items() if before.get(key) != one
            ]
            over += [{"id": key, REVISION: revisions[key], "state": "ended"} for key in before.keys() - wanted.keys()]
        # First marked, under its revision: a link that a person decides about just now is not deleted.
        ended = self._store.patch("links", over).conflicts if over else ()
        gone = [one["id"] for one in over if one["id"] not in ended]
        if gone:
            self._store.delete("links", gone)
        kept = self._store.upsert("links", changed).conflicts if changed else ()
        conflicts = {*ended, *kept}
        ids = {
            key: {link.id for link in links.links} | {one["id"] for one in documents}
            for key, (links, documents) in found.items()
        }
        return {key for key, mine in ids.items() if conflicts & mine}


def evidence_of(
    links: Iterable[IdentityLink], added: Mapping[str, Sequence[Evidence]], *, compared: bool
) -> dict[str, list[Evidence]]:
    """Return by customer the evidence of an author that does not stand in records."""
    before = {link.customer: link for link in links}
    evidence = {
        customer: merged(before.get(customer), added.get(customer, ()), compared=compared)
        for customer in before.keys() | added.keys()
    }
    return {customer: found for customer, found in evidence.items() if found}
