"""What authors are claimed to be: handles that customers and parties declare, and evidence that stands in links.

All of it is looked up for the authors of one page.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from domain.conditions import among
from domain.customer import stored_consents, stored_tenures
from domain.link import DECLARED, Evidence
from linking.identity import Claim

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from domain.customer import Consent
    from domain.documents import Document
    from domain.ports import Store

_CUSTOMER: Final = ("id", "handles", "tenures", "linked_with", "parties")
_PARTY: Final = ("id", "handles", "contacts", "tenures", "consents")


class Claims:
    """The claims about authors, by the pseudonyms of their handles. `given` is evidence by author and customer that
    does not stand in records; `stored` are customers of whom it is asked whether there are any.
    """

    def __init__(
        self,
        store: Store,
        authors: Collection[str],
        given: Mapping[str, Mapping[str, Sequence[Evidence]]],
        stored: Collection[str],
    ) -> None:
        self._store = store
        self._customers: dict[str, Document] = {}
        self._parties: dict[str, Document] = {}
        self._claims: dict[str, list[Claim]] = defaultdict(list)
        if authors:
            self._declared(sorted(authors))
        if given or stored:
            self._evident(given, stored)

    @property
    def customers(self) -> Collection[str]:
        """The customers among them that there are."""
        return self._customers.keys()

    def of(self, author: str) -> Sequence[Claim]:
        """Return what one author is claimed to be."""
        return self._claims.get(author, ())

    def _declared(self, authors: Sequence[str]) -> None:
        declared = [among("handles", authors)]
        asked = set(authors)
        for customer in self._store.scan("customers", where=declared, fields=_CUSTOMER):
            self._customers[customer["id"]] = customer
            for handle in asked & set(customer["handles"]):
                self._add(handle, customer["id"], stored_consents(customer), _times(customer, handle))
        parties = {party["id"]: party for party in self._store.scan("parties", where=declared, fields=_PARTY)}
        if not parties:
            return
        self._parties |= parties
        for customer in self._store.scan("customers", where=[among("parties", parties)], fields=_CUSTOMER):
            self._customers[customer["id"]] = customer
            for key in customer["parties"]:
                party = parties.get(key, {})
                for handle in asked & set(party.get("handles", ())):
                    self._add(handle, customer["id"], stored_consents(party), _times(party, handle, key))

    def _add(self, author: str, customer: str, consents: Sequence[Consent], evidence: Iterator[Evidence]) -> None:
        self._claims[author] += [Claim(customer=customer, evidence=one, consents=tuple(consents)) for one in evidence]

    def _evident(self, given: Mapping[str, Mapping[str, Sequence[Evidence]]], stored: Collection[str]) -> None:
        asked = {customer for found in given.values() for customer in found} | set(stored)
        if unread := sorted(asked - self._customers.keys()):
            self._customers |= self._store.get("customers", unread, fields=_CUSTOMER)
        evident = {customer for found in given.values() for customer in found} & self._customers.keys()
        behind = {party for key in evident for party in self._customers[key].get("parties", ())}
        if unread := sorted(behind - self._parties.keys()):
            self._parties |= self._store.get("parties", unread, fields=_PARTY)
        contacts = {one.contact for found in given.values() for many in found.values() for one in many if one.contact}
        holders: dict[str, list[Document]] = defaultdict(list)
        if contacts:
            for party in self._store.scan("parties", where=[among("contacts", sorted(contacts))], fields=_PARTY):
                for contact in contacts & set(party["contacts"]):
                    holders[contact].append(party)
        for author, found in given.items():
            for customer in found.keys() & self._customers.keys():
                for one in found[customer]:
                    person, consents = self._person(self._customers[customer], one.party)
                    times = [replace(one, party=person)]
                    if one.contact:
                        times = _while_held(times[0], self._parties.get(person or ""), holders[one.contact])
                    self._add(author, customer, consents, iter(times))

    def _person(self, customer: Document, party: str | None) -> tuple[str | None, list[Consent]]:
        """Return which person of a customer evidence speaks of, and the consents that count: that person's.

        Evidence of a customer alone is its one person's, and the customer's own consent counts, too.
        """
        people = customer.get("parties", ())
        if party is not None:
            # Who does not stand behind the customer any more has agreed to nothing as such.
            return party, stored_consents(self._parties.get(party, {})) if party in people else []
        person = people[0] if len(people) == 1 else None
        return person, [*stored_consents(customer), *stored_consents(self._parties.get(person or "", {}))]


def _times(document: Document, handle: str, party: str | None = None) -> Iterator[Evidence]:
    for tenure in stored_tenures(document, handle):
        yield Evidence(kind=DECLARED, party=party, valid_from=tenure.valid_from, valid_to=tenure.valid_to)


def _while_held(evidence: Evidence, party: Document | None, holders: Sequence[Document]) -> list[Evidence]:
    """Return evidence for the time in which a contact was that of a party: not after somebody else has it.

    Where two have it and nobody knows since when, it is no evidence.
    """
    if party is None or evidence.contact is None:
        return []
    is_on_record = evidence.contact in party.get("contacts", ()) or any(
        one["of"] == evidence.contact for one in party.get("tenures", ())
    )
    if not is_on_record:
        return []
    others = [
        tenure
        for holder in holders
        if holder["id"] != party["id"]
        for tenure in stored_tenures(holder, evidence.contact)
    ]
    kept = []
    for tenure in stored_tenures(party, evidence.contact):
        starts = [one.valid_from for one in others if one.lasts_beyond(tenure.valid_from)]
        begins = [one for one in (evidence.valid_from, tenure.valid_from) if one is not None]
        ends = [one for one in (evidence.valid_to, tenure.valid_to, *starts) if one is not None]
        begin, end = max(begins, default=None), min(ends, default=None)
        if None not in starts and (begin is None or end is None or begin < end):
            kept.append(replace(evidence, valid_from=begin, valid_to=end))
    return kept
