"""Whose a declared identifier is. It is looked up by its keyed pseudonyms and kept nowhere; that somebody looked is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from actions.audit import write_down
from domain.conditions import among
from domain.customer import stored_tenures
from domain.errors import InputError
from domain.identity import contact_pseudonym, customer_pseudonym, handle_pseudonym, party_pseudonym
from textquery.contacts import E164, Mail

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Store

MOST_SOURCES: Final = 200
"""In so many sources, those with most posts, a handle is looked for that is written without its source."""


def find_customers(store: Store, typed: str, *, key: bytes, region: str, by: str, at: datetime) -> tuple[str, ...]:
    """Return the pseudonyms of the customers whose identifier was typed, at a time; write down who searched, not what.

    An identifier is a number of a customer or a party, a telephone number (`region`, ISO 3166, is whose national prefix
    counts), a mail address, or a handle: `SOURCE:HANDLE`, or the handle alone in the sources that have posts. Nothing
    but pseudonyms goes to the store. What passed to somebody else, or ended, is not theirs any more.

    Raises:
        InputError: nothing was typed, or nobody says who searches; the sentence does not repeat what was typed.
        StoreError: the store did not do its part.
    """
    if not by.strip():
        raise InputError("say who searches: it is kept in the audit, without what was searched for")
    if not typed.strip():
        raise InputError("type a number, a mail address or a handle to search for")
    # Before the answer: who searched for what is not there searched, too.
    write_down(store, actor=by.strip(), action="search by identifier", target="customers", at=at)
    sources = [source for source, _ in store.count_values("posts", "source", limit=MOST_SOURCES)]
    declared = set(_declared(typed, key, region, sources))
    parties = set(store.get("parties", [party_pseudonym(key, typed)], fields=("id",)))
    for field in ("handles", "contacts"):
        for party in store.scan("parties", where=[among(field, sorted(declared))]):
            if _has(party, field, declared, at):
                parties.add(party["id"])
    found = set(store.get("customers", [customer_pseudonym(key, typed)], fields=("id",)))
    for customer in store.scan("customers", where=[among("handles", sorted(declared))]):
        if _has(customer, "handles", declared, at):
            found.add(customer["id"])
    if parties:
        behind = store.scan("customers", where=[among("parties", sorted(parties))], fields=("id",))
        found.update(customer["id"] for customer in behind)
    return tuple(sorted(found))


def _declared(typed: str, key: bytes, region: str, sources: Collection[str]) -> Iterator[str]:
    """Yield the pseudonyms that a text can have as a handle, a telephone number or a mail address."""
    source, colon, handle = typed.partition(":")
    if colon:
        yield handle_pseudonym(key, source, handle)
    yield from (handle_pseudonym(key, source, typed) for source in sources)
    for contact in (E164.parse(typed, region), Mail.parse(typed)):
        if contact is not None:
            yield contact_pseudonym(key, contact.value)


def _has(document: Document, field: str, declared: Collection[str], at: datetime) -> bool:
    """Tell whether one of the pseudonyms is a stored customer's or party's at a time."""
    return any(
        tenure.lasts_beyond(at) and (tenure.valid_from is None or tenure.valid_from <= at)
        for one in document.get(field, ())
        if one in declared
        for tenure in stored_tenures(document, one)
    )
