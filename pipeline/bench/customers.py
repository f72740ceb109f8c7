"""A made-up operator's records in any number, for measuring journeys: the same for the same seed, a page at a time.

Customers live in towns whose sizes fall as ranks do (Zipf): the largest has one in seven of all. Each has a service
that rests on an access node, and that on a site; 500 customers share a node. Of ten events a customer, nearly all are
somebody's own (bills, payments, usage, calls, tickets), in the order of time, so those of one customer lie far apart;
one in 200 is of the network, at a node and in the node's town, or in a whole region.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from domain.customer import Consent, Customer
from domain.documents import to_document
from domain.event import NETWORK_KINDS, Event
from domain.history import content
from domain.identity import handle_pseudonym
from domain.party import Party
from domain.service import Service
from linking.events import event_document
from pipeline.bench.posts import DAYS, FIRST, KEY, NETWORK_EVERY, PAGE, SOURCES, MadeUpPosts, customer_key, event_key

if TYPE_CHECKING:
    from domain.documents import Document, Kind
    from domain.event import EventKind
    from pipeline.bench.loading import MadePage

EVENTS_EACH: Final = 10
CUSTOMERS_A_POST: Final = 10
NODE: Final = 500
SITE: Final = 10
"""So many nodes stand at one site."""
REGIONS: Final = 20
_WHOLE_REGION: Final = 0.02
_OWN: Final[tuple[EventKind, ...]] = (
    "bill",
    "payment",
    "usage",
    "usage",
    "call",
    "notice",
    "ticket",
    "visit",
    "interaction",
    "service_change",
)


@dataclass(frozen=True, kw_only=True)
class MadeUpCustomers:
    """So many customers, ten events for each, and a post for every tenth; pages are lists of `PAGE` documents."""

    customers: int
    seed: int = 0

    @property
    def events(self) -> int:
        """How many events there are."""
        return EVENTS_EACH * self.customers

    @property
    def nodes(self) -> int:
        """How many access nodes there are."""
        return max(1, self.customers // NODE)

    @cached_property
    def posts(self) -> MadeUpPosts:
        """The posts: a few thousand customers of a million write them, some of these many."""
        return MadeUpPosts(posts=max(PAGE, self.customers // CUSTOMERS_A_POST), seed=self.seed)

    def kinds(self) -> dict[Kind, tuple[int, MadePage]]:
        """Return how many documents of each kind there are, and what makes a page of them."""
        return {
            "posts": (self.posts.posts, self.posts.post_page),
            "parties": (self.customers, self.party_page),
            "customers": (self.customers, self.customer_page),
            "services": (self.customers + self.nodes, self.service_page),
            "events": (self.events, self.event_page),
        }

    def party_page(self, number: int) -> list[Document]:
        """Return a page of parties: the one person behind each customer, who declared a handle."""
        documents = []
        for i in _numbers(number, self.customers):
            party = Party(
                id=f"party-{i:08}",
                handles=(handle_pseudonym(KEY, SOURCES[i % len(SOURCES)], f"author{i}"),),
                consents=(Consent(purpose="link posts", given_at=FIRST),),
                says=(),
            )
            documents.append(content(to_document(party)))
        return documents

    def customer_page(self, number: int) -> list[Document]:
        """Return a page of customers."""
        return [
            content(
                to_document(
                    Customer(
                        id=customer_key(i),
                        parties=(f"party-{i:08}",),
                        region=self._region(i % self.nodes),
                        place=self._town(i % self.nodes),
                        segment=("consumer", "business")[i % 10 == 0],
                        since=FIRST - timedelta(days=i % 3000),
                        monthly_value=float(10 + i % 60),
                        attributes={"plan": f"plan {i % 12}"},
                    )
                )
            )
            for i in _numbers(number, self.customers)
        ]

    def service_page(self, number: int) -> list[Document]:
        """Return a page of services: a line for each customer, then the nodes that lines rest on."""
        documents = []
        for i in _numbers(number, self.customers + self.nodes):
            if i < self.customers:
                node = i % self.nodes
                line = Service(
                    id=f"line-{i:08}",
                    kind="broadband",
                    state="active",
                    customer=customer_key(i),
                    party=f"party-{i:08}",
                    supported_by=(f"node-{node:06}",),
                )
            else:
                node = i - self.customers
                site = f"site-{node // SITE:05}"
                line = Service(
                    id=f"node-{node:06}", kind="access node", places=(f"cell-{node:06}",), supported_by=(site,)
                )
            documents.append(content(to_document(line)))
        return documents

    def event_page(self, number: int) -> list[Document]:
        """Return a page of events, in the order of time."""
        chance = np.random.default_rng([self.seed, number])
        draws = chance.random((PAGE, 3)).tolist()
        return [
            content(event_document(self._event(i, draw)))
            for i, draw in zip(_numbers(number, self.events), draws, strict=False)
        ]

    def _event(self, i: int, draw: list[float]) -> Event:
        key, start = event_key(i), FIRST + timedelta(seconds=i * 86_400 * DAYS // self.events)
        whose, what, how_long = draw
        if i % NETWORK_EVERY:
            customer = customer_key(int(whose * self.customers))
            kind = _OWN[int(what * len(_OWN))]
            return Event(id=key, kind=kind, title=f"A {kind} of this month", started_at=start, customer=customer)
        node = int(whose * self.nodes)
        is_regional = what < _WHOLE_REGION
        kind = NETWORK_KINDS[int(how_long * len(NETWORK_KINDS))]
        return Event(
            id=key,
            kind=kind,
            title=f"{kind} at node {node}",
            started_at=start,
            ended_at=start + timedelta(hours=12 * how_long),
            place=None if is_regional else self._town(node),
            region=self._region(node),
            subject="mobile_data",
            severity="major" if what < 0.3 else "minor",
            services=() if is_regional else (f"node-{node:06}",),
            places=() if is_regional else (f"cell-{node:06}",),
        )

    def _town(self, node: int) -> str:
        return f"Town {self._towns[node]}"

    def _region(self, node: int) -> str:
        return f"Region {self._towns[node] % REGIONS}"

    @cached_property
    def _towns(self) -> list[int]:
        """Return the town of each node: one town for four nodes, drawn by size."""
        sizes = 1 / np.arange(1, max(1, self.nodes // 4) + 1)
        chance = np.random.default_rng(self.seed)
        towns: list[int] = chance.choice(len(sizes), size=self.nodes, p=sizes / sizes.sum()).tolist()
        return towns


def _numbers(page: int, count: int) -> range:
    return range(page * PAGE, min(count, (page + 1) * PAGE))
