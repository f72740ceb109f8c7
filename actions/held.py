"""All that is held about one customer, wherever it is kept: what they may ask for, and what goes when they ask.

The one list of both. What is kept of a person under another name than a pseudonym is in posts alone, and those that
are linked are among it.
"""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING, Final

from domain.conditions import among, equal
from domain.pages import paged
from domain.party import ALL_SAID
from domain.questions import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.documents import Document, Kind
    from domain.ports import Store

PAGE: Final = 500


def held_about(store: Store, customer: str) -> Iterator[tuple[Kind, Document]]:
    """Yield every document that is about a customer, by its pseudonym; memory flat.

    That is its record with its history, the people behind it and behind nobody else, its services and events and those
    of these people, its links, the posts that are linked with it and what readers corrected on them, what was pushed of
    all these, and notes that it changed.
    """
    found = store.get("customers", [customer])
    parties = own_parties(store, customer)
    yield from (("customers", document) for document in found.values())
    yield from (("parties", document) for document in store.get("parties", parties).values())
    for kind in ("services", "events"):
        own = store.scan(kind, where=[equal("customer", customer)])
        theirs = store.scan(kind, where=[among("party", parties)]) if parties else ()
        seen: set[str] = set()
        for document in chain(own, theirs):
            if document["id"] not in seen:
                seen.add(document["id"])
                yield kind, document
    yield from (("links", document) for document in store.scan("links", where=[equal("customer", customer)]))
    for page in paged(store.scan("posts", filters=Filters(customers=(customer,))), PAGE):
        yield from (("posts", document) for document in page)
        corrected = store.scan("corrections", where=[among("post_id", [post["id"] for post in page])])
        yield from (("corrections", document) for document in corrected)
    # What a record of a party is called (`name_of` in `domain/records.py`) says what it spoke of.
    spoken = [",".join(some) for few in range(1, len(ALL_SAID) + 1) for some in combinations(sorted(ALL_SAID), few)]
    names = [f"customers:{customer}", *(f"parties:{party}:{said}" for party in parties for said in spoken)]
    for few in paged(names, PAGE):
        yield from (("inbox", document) for document in store.scan("inbox", where=[among("about", few)]))
    yield from (("changes", document) for document in store.scan("changes", where=[equal("key", customer)]))


def own_parties(store: Store, customer: str) -> list[str]:
    """Return the ids of the people behind a customer who are behind nobody else."""
    behind: Sequence[str] = store.get("customers", [customer]).get(customer, {}).get("parties", ())
    others = store.scan("customers", where=[among("parties", behind)], fields=("id", "parties")) if behind else ()
    shared = {party for other in others if other["id"] != customer for party in other["parties"]}
    return sorted(set(behind) - shared)
