"""How fast the journey of one customer is among very many: loading, the list to choose from, and a sample of journeys.

Each stage is written down when it is done, and loading goes on at the page where it was stopped, so a run that was cut
off is started again with the same words.
"""

from __future__ import annotations

import os
import random
import resource
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from domain.customer import LINK_POSTS
from domain.errors import InputError
from insights.customers.journey import customers_with_posts, journey
from pipeline.bench.loading import disk_mb, loaded, settled_s
from pipeline.bench.posts import customer_key
from stores.open import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.ports import Store
    from pipeline.bench.customers import MadeUpCustomers

SAMPLE: Final = 200
LISTED: Final = 500
"""As many as the Customer page offers to choose from."""


@dataclass(frozen=True, kw_only=True)
class JourneyBench:
    """One measurement: of a store, of a size. `figures` are what is known already and grow stage by stage."""

    url: str
    corpus: MadeUpCustomers
    environ: Mapping[str, str]
    figures: dict[str, Any]
    tell: Callable[[str], None]
    save: Callable[[], None]

    def run(self) -> None:
        """Take every stage that was not taken yet.

        Raises:
            InputError: the store that was loaded is there no more.
        """
        store = open_store(self.url, environ=self.environ)
        chance = random.Random(self.corpus.seed)
        anybody = [customer_key(chance.randrange(self.corpus.customers)) for _ in range(SAMPLE)]
        stages: dict[str, Callable[[], Any]] = {
            "load": lambda: loaded(store, self.corpus.kinds(), self.tell),
            "rest_s": lambda: settled_s(self.url, self.environ),
            "list": lambda: _list_ms(store),
            "anybody": lambda: _journeys(store, anybody),
            "who_posts": lambda: _journeys(store, _who_posts(store, chance)),
            "peak_mb": lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "disk_mb": lambda: disk_mb(self.url),
            "load_average": lambda: round(os.getloadavg()[1], 1),
        }
        try:
            if "load" in self.figures and not store.get("customers", anybody[:1]):
                raise InputError(f"{self.url} is empty, and the figures say that it was loaded; name another file")
            for name, stage in stages.items():
                if name not in self.figures:
                    self.tell(f"{self.url}, {self.corpus.customers:,} customers: {name}")
                    self.figures[name] = stage()
                    self.save()
        finally:
            store.close()


def _list_ms(store: Store) -> dict[str, float]:
    """Return what the list of customers with posts takes, in milliseconds: the first time, and then."""
    taken = []
    for _ in range(6):
        began = time.perf_counter()
        customers_with_posts(store, (LINK_POSTS,), LISTED)
        taken.append(round(1000 * (time.perf_counter() - began), 1))
    return {"first_ms": taken[0], "ms": round(median(taken[1:]), 1)}


def _who_posts(store: Store, chance: random.Random) -> list[str]:
    listed = [one.customer_id for one in customers_with_posts(store, (LINK_POSTS,), LISTED)]
    return chance.sample(listed, min(SAMPLE, len(listed)))


def _journeys(store: Store, customers: Sequence[str]) -> dict[str, float]:
    """Return what journeys take, each asked for once, and how many steps they have."""
    steps, taken = [], []
    for customer in customers:
        began = time.perf_counter()
        steps.append(len(journey(store, customer, (LINK_POSTS,)).steps))
        taken.append(round(1000 * (time.perf_counter() - began), 1))
    taken.sort()
    steps.sort()
    late = int(0.95 * len(taken))
    return {
        "p50_ms": round(median(taken), 1),
        "p95_ms": taken[late],
        "slowest_ms": taken[-1],
        "p50_steps": int(median(steps)),
        "p95_steps": steps[late],
    }
