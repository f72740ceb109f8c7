"""Records of authors compared with records of customers, from two files, and what is found kept as links.

Only what may be compared is: of authors in sources of one's own that the configuration names, of customers who agreed.
Names and addresses are in memory while this runs, and in a private folder that goes with it where memory is short;
what is kept are pseudonyms, probabilities and each comparison's share in them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from collectors.operator.profiles import rows_of
from domain.customer import stored_consents
from domain.errors import InputError
from domain.link import LINKAGE, Brought, Evidence
from domain.pages import paged
from linking.records import SplinkLinkage, duckdb_backend, method
from pipeline.evidence import Kept, keep_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from collectors.operator.profiles import Profiles
    from domain.config import LinkingSettings
    from domain.ports import Store
    from linking.customers import CustomerLinker
    from linking.records import Match

USED_FOR: Final = timedelta(days=365)
"""What was found is used so long; then records have to be compared again."""
PAGE: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How many records were compared, how many were not and why, and what became of what was found."""

    authors: int
    customers: int
    not_ours: int
    """Records of authors in sources that the configuration does not name."""
    not_agreed: int
    """Records of customers who have not agreed, or whom the store does not know."""
    kept: Kept = field(default_factory=Kept)


def compare_records(
    store: Store,
    linker: CustomerLinker,
    settings: LinkingSettings,
    authors: Profiles,
    customers: Profiles,
    now: datetime,
) -> Compared:
    """Compare two sides and keep as links what is at least `settings.propose` likely; from `settings.accept` it holds.

    What an earlier run found of these authors and this one does not goes.

    Raises:
        InputError: `settings.profiles` names no source.
    """
    if not settings.profiles:
        raise InputError("linking.profiles names no source whose authors may be compared with customers")
    ours = [row for row, (_, source) in enumerate(authors.who) if source in settings.profiles]
    agreed = list(_agreed(store, settings, customers, now))
    left, right = rows_of(authors, ours), rows_of(customers, agreed)
    with duckdb_backend() as backend:
        found = SplinkLinkage(backend).matches(left, right, at_least=settings.propose)
        kept = keep_evidence(
            store,
            linker,
            _brought(found, authors, customers, now),
            compared={authors.who[row][0]: authors.who[row][1] or "" for row in ours},
        )
    return Compared(
        authors=len(ours),
        customers=len(agreed),
        not_ours=len(authors.who) - len(ours),
        not_agreed=len(customers.who) - len(agreed),
        kept=kept,
    )


def _agreed(store: Store, settings: LinkingSettings, customers: Profiles, now: datetime) -> Iterator[int]:
    """Yield the rows of customers who agreed: the person that is named, else the customer or its only person."""
    for page in paged(enumerate(customers.who), PAGE):
        known = store.get("customers", sorted({who for _, (who, _) in page}), fields=("linked_with", "parties"))
        behind = {party for one in known.values() for party in one.get("parties", ())}
        parties = store.get("parties", sorted(behind), fields=("consents",))
        for row, (customer, party) in page:
            if customer not in known:
                continue
            people = known[customer].get("parties", ())
            consents = [] if party else stored_consents(known[customer])
            if party in people or (party is None and len(people) == 1):
                consents += stored_consents(parties.get(party or people[0], {}))
            if any(one.allows(settings.purposes, now) for one in consents):
                yield row


def _brought(found: Iterable[Match], authors: Profiles, customers: Profiles, now: datetime) -> Iterator[Brought]:
    told = method()
    for match in found:
        author, source = authors.who[match.left]
        customer, party = customers.who[match.right]
        evidence = Evidence(
            kind=LINKAGE,
            party=party,
            until=now + USED_FOR,
            probability=round(match.probability, 6),
            method=told,
            comparisons=match.comparisons,
        )
        yield Brought(author=author, source=source or "", customer=customer, evidence=evidence)
