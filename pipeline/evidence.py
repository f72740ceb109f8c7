"""Evidence of who authors are, on its way into links: to whom it speaks of, if that is one customer who agreed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from actions.changes import note
from domain.conditions import among
from domain.pages import paged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from domain.link import Brought, Evidence
    from domain.ports import Store
    from linking.customers import CustomerLinker

PAGE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of evidence: in links that hold, in links that wait for a person, and what was passed over."""

    in_force: int = 0
    waiting: int = 0
    unknown: int = 0
    """It speaks of nobody whom the store knows, or of several."""
    without_consent: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(
            in_force=self.in_force + other.in_force,
            waiting=self.waiting + other.waiting,
            unknown=self.unknown + other.unknown,
            without_consent=self.without_consent + other.without_consent,
        )


def keep_evidence(
    store: Store, linker: CustomerLinker, brought: Iterable[Brought], *, compared: Mapping[str, str] | None = None
) -> Kept:
    """Keep evidence as links, where consent allows it; their customers are noted, so that stored posts find them.

    `compared` are authors (with their sources) whose records were compared anew: what was found so before and is not
    found again goes. The evidence of an author must come together.
    """
    total = Kept()
    left = dict(compared or {})
    for page in _pages(brought):
        known = of_known_customers(store, page)
        note(store, "customers", (one.customer for one in known if one.customer))
        added: dict[str, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
        for one in known:
            added[one.author][one.customer or ""].append(one.evidence)
        sources = {one.author: one.source for one in known}
        found = linker.settle(sources, added, compared=compared is not None)
        became: Counter[str] = Counter()
        for author, customers in added.items():
            links = {link.customer: link for link in found[author].links} if author in found else {}
            for customer in customers:
                link = links.get(customer)
                became["none" if link is None or not link.evidence else str(link.in_force)] += 1
        total += Kept(
            in_force=became["True"],
            waiting=became["False"],
            unknown=len(page) - len(known),
            without_consent=became["none"],
        )
        for author in sources:
            left.pop(author, None)
    for authors in paged(left, PAGE):
        linked = list(store.scan("links", where=[among("author", authors)], fields=("author", "customer")))
        note(store, "customers", (one["customer"] for one in linked))
        linker.settle({one["author"]: left[one["author"]] for one in linked}, compared=True)
    return total


def _pages(brought: Iterable[Brought]) -> Iterator[list[Brought]]:
    """Yield evidence in pages; what comes together of one author stays together."""
    page: list[Brought] = []
    for _, found in groupby(brought, key=lambda one: one.author):
        page += found
        if len(page) >= PAGE:
            yield page
            page = []
    if page:
        yield page


def of_known_customers(store: Store, page: Sequence[Brought]) -> list[Brought]:
    """Return the evidence with the customer and the party that it speaks of, without what speaks of none or several."""
    named = of_known_parties(store, page)
    people = {one.evidence.party for one in named if one.evidence.party and not one.customer}
    behind: dict[str, list[str]] = defaultdict(list)
    if people:
        for customer in store.scan("customers", where=[among("parties", people)], fields=("id", "parties")):
            for key in people & set(customer["parties"]):
                behind[key].append(customer["id"])
    known = []
    for one in named:
        customers = [one.customer] if one.customer else behind.get(one.evidence.party or "", [])
        if len(customers) == 1:
            known.append(replace(one, customer=customers[0]))
    return known


def of_known_parties(store: Store, page: Sequence[Brought]) -> list[Brought]:
    """Return the evidence of contacts with the one who has the contact, without what nobody or several have."""
    contacts = {one.evidence.contact for one in page if one.evidence.contact and not one.evidence.party}
    holders: dict[str, list[str]] = defaultdict(list)
    if contacts:
        for party in store.scan("parties", where=[among("contacts", contacts)], fields=("id", "contacts")):
            for contact in contacts & set(party["contacts"]):
                holders[contact].append(party["id"])
    named = []
    for one in page:
        found = holders.get(one.evidence.contact or "", [])
        if one.evidence.party or not one.evidence.contact:
            named.append(one)
        elif len(found) == 1:
            named.append(replace(one, evidence=replace(one.evidence, party=found[0])))
    return named
