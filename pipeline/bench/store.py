"""How fast a store is at a size: loading, one more page, the dashboard's questions, erasing, settling.

Each stage is written down when it is done, and loading goes on at the page where it was stopped, so a
run that was cut off is started again with the same words.
"""

from __future__ import annotations

import random
import resource
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from actions.erase import erase
from actions.tombstones import Tombstones
from domain.customer import LINK_POSTS
from domain.errors import InputError
from domain.ports import Batch
from domain.post import Deletion
from domain.questions import Filters
from domain.terms import Terms
from insights.customers.journey import journey
from linking.customers import CustomerLinker
from pipeline.bench.loading import disk_mb, kept, loaded, settled_s
from pipeline.bench.posts import KEY, MODEL, PAGE, SOURCES, MadeUpPosts
from pipeline.bench.questions import questions
from pipeline.clock import SystemClock
from pipeline.cursors import cursor_document, saved_cursor
from pipeline.ingest import Flow, keep_page
from pipeline.jobs import Jobs
from pipeline.refresh import refresh
from pipeline.upgrade import document_state
from stores.open import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.config import Config
    from domain.documents import Kind
    from domain.enrichment import Enrichment
    from domain.ports import Store
    from domain.post import Post
    from pipeline.bench.loading import MadePage

ROUNDS: Final = 5
PAGES: Final = 15
PAGE_POSTS: Final = 100
PATCHED: Final = 2_000
BARE_POSTS: Final = 50_000
"""Posts that the bare helper loads too; more would only heat the machine."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One measurement: of a store, of a size. `figures` are what is known already and grow stage by stage."""

    url: str
    corpus: MadeUpPosts
    config: Config
    environ: Mapping[str, str]
    figures: dict[str, Any]
    tell: Callable[[str], None]
    save: Callable[[], None]
    store: Store = field(init=False)

    def run(self) -> None:
        """Take every stage that was not taken yet.

        Raises:
            InputError: the store that was loaded is there no more.
        """
        object.__setattr__(self, "store", open_store(self.url, environ=self.environ))
        customer = f"customer-{self.corpus.authors // 20:08}"
        number = self.corpus.authors // 10
        source = SOURCES[number % len(SOURCES)]
        author = Deletion(source=source, instance="here" if source == "mastodon" else "", author_id=f"a{number}")
        stages: dict[str, Callable[[], Any]] = {
            "page_empty": lambda: self._page("empty"),
            "load": self._load,
            "load_others": self._load_others,
            "rest_s": lambda: settled_s(self.url, self.environ),
            "page_full": lambda: self._page("full"),
            "patch_per_s": self._patch,
            "questions": self._questions,
            "journey_ms": lambda: self._timed_ms(lambda: journey(self.store, customer, (LINK_POSTS,))),
            # What the dashboard asks to lay events over a chart.
            "overlay_ms": lambda: self._timed_ms(
                lambda: self.store.get(
                    "events", [key for key, _ in self.store.count_values("posts", "events.id", limit=500)]
                ),
                times=3,
            ),
            "settle_idle_ms": self._refresh,
            "erase_post_ms": lambda: self._erased_ms(PAGE),
            "erase_author_ms": lambda: self._erase(author),
            "erase_ticket_ms": lambda: self._erased_ms(0, replies=True),
            "expunge_ms": lambda: self._timed_ms(self.store.expunge, times=1),
            "peak_mb": lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "disk_mb": lambda: disk_mb(self.url),
        }
        try:
            if "load" in self.figures and not self.store.count_by(Filters(), ()):
                raise InputError(f"{self.url} is empty, and the figures say that it was loaded; name another file")
            for name, stage in stages.items():
                if name not in self.figures:
                    self.tell(f"{self.url}, {self.corpus.posts:,} posts: {name}")
                    self.figures[name] = stage()
                    self.save()
        finally:
            self.store.close()

    # Loading

    def _load(self) -> dict[str, Any]:
        """Load the posts; where the store is a server, in turns with the bare helper as far as that goes."""
        done = dict(saved_cursor(self.store, "bench posts") or {"page": 0, "s": 0.0, "cpu_s": 0.0})
        with ExitStack() as stack:
            bare = None
            if not self.url.startswith("sqlite") and not done["page"]:
                from stores.elastic.bare_helper import bare_helper

                bare = stack.enter_context(bare_helper(self.url, self.environ))
            ours = theirs = 0.0
            for number in range(done["page"], self.corpus.pages(self.corpus.posts)):
                documents = self.corpus.post_page(number)
                in_turns = bare is not None and number * PAGE < BARE_POSTS
                if bare is not None and in_turns and number % 2:
                    theirs += bare.load(documents)
                seconds, cpu = kept(self.store, "posts", documents)
                if bare is not None and in_turns:
                    theirs += 0.0 if number % 2 else bare.load(documents)
                    ours += seconds
                done = {"page": number + 1, "s": done["s"] + seconds, "cpu_s": done["cpu_s"] + cpu}
                if number % 20 == 19:
                    self.store.upsert("cursors", [cursor_document("bench posts", done)])
                    self.tell(f"{(number + 1) * PAGE:,} posts, {(number + 1) * PAGE / done['s']:.0f} a second")
            began = time.perf_counter()
            self.store.count_by(Filters(), ())
            seen = time.perf_counter() - began
            self.store.upsert("cursors", [cursor_document("bench posts", done)])
            found = {"per_s": round(self.corpus.posts / (done["s"] + seen)), "cpu_s": round(done["cpu_s"], 1)}
            if bare is not None:
                both = min(self.corpus.posts, BARE_POSTS)
                theirs += bare.refresh()
                found |= {
                    "in_turns": both,
                    "ours_per_s": round(both / (ours + seen)),
                    "bare_per_s": round(both / theirs),
                }
        return found

    def _load_others(self) -> dict[str, int]:
        kinds: Mapping[Kind, tuple[int, MadePage]] = {
            "customers": (self.corpus.posts, self.corpus.customer_page),
            "events": (self.corpus.posts, self.corpus.event_page),
            "corrections": (self.corpus.posts // 10, self.corpus.correction_page),
        }
        return loaded(self.store, kinds, self.tell)

    # One more page of a source

    def _page(self, name: str) -> dict[str, float]:
        """Return what a page takes through the whole flow but the models, in milliseconds: the median of some."""
        other = MadeUpPosts(posts=self.corpus.posts + PAGE * PAGES, seed=self.corpus.seed + 1)
        clock = SystemClock()
        times, cpu_times = [], []
        for number in range(PAGES):
            posts, enrichments, _ = other.read_page(number)
            renamed = [replace(post, native_id=f"{name}-{number}-{post.native_id}") for post in posts[:PAGE_POSTS]]
            flow = Flow(
                enricher=_Prepared(dict(zip((post.id for post in renamed), enrichments, strict=False))),
                linker=CustomerLinker(self.store, KEY, (LINK_POSTS,)),
                tombstones=Tombstones(self.store, KEY, clock),
                store=self.store,
                clock=clock,
            )
            began, cpu_began = time.perf_counter(), time.process_time()
            keep_page("bench page", Batch(posts=tuple(renamed), cursor={"page": number}), Terms(), flow)
            times.append(time.perf_counter() - began)
            cpu_times.append(time.process_time() - cpu_began)
        return {"ms": round(1000 * median(times), 1), "cpu_ms": round(1000 * median(cpu_times), 1)}

    def _patch(self) -> int:
        """Return how many posts a second get another topic, while words and embeddings stay as they are."""
        page = islice(self.store.scan("posts", fields=("id",)), PATCHED)
        topic = {"id": "topic-0", "probability": 0.5, "model": {"name": "topics", "revision": "2"}}
        changes = [{"id": one["id"], "topic": topic} for one in page]
        began = time.perf_counter()
        self.store.patch("posts", changes)
        return round(len(changes) / (time.perf_counter() - began))

    # Asking

    def _questions(self) -> dict[str, Any]:
        asked = questions()
        times: dict[str, list[float]] = {name: [] for name in asked}
        chance = random.Random(self.corpus.seed)
        for _ in range(ROUNDS):
            for name in chance.sample(list(asked), len(asked)):
                began = time.perf_counter()
                asked[name](self.store)
                times[name].append(1000 * (time.perf_counter() - began))
        every = sorted(value for some in times.values() for value in some)
        return {
            "p50_ms": round(median(every), 1),
            "p95_ms": round(every[int(0.95 * len(every))], 1),
            "each_ms": {name: round(median(some), 1) for name, some in times.items()},
            "slowest_ms": {name: round(max(some), 1) for name, some in times.items()},
        }

    # Afterwards

    def _refresh(self) -> float:
        self.store.delete("changes", [one["id"] for one in self.store.scan("changes", fields=("id",))])
        documents = cursor_document("documents", document_state(self.config))
        self.store.upsert("cursors", [documents, cursor_document("settle", {"posts": self.store.version()})])
        return self._timed_ms(
            lambda: refresh(self.store, self.config, lambda _stage, _share: None, Jobs(self.store, SystemClock()))
        )

    def _erased_ms(self, serial: int, *, replies: bool = False) -> float:
        post = self.corpus.read_page(serial // PAGE)[0][serial % PAGE]
        one = Deletion(source=post.source, instance=post.instance, native_id=post.native_id, replies=replies)
        return self._erase(one)

    def _erase(self, deletion: Deletion) -> float:
        tombstones = Tombstones(self.store, KEY, SystemClock())
        began = time.perf_counter()
        erase(self.store, [deletion], tombstones)
        return round(1000 * (time.perf_counter() - began), 1)

    def _timed_ms(self, work: Callable[[], object], *, times: int = 5) -> float:
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            work()
            taken.append(1000 * (time.perf_counter() - began))
        return round(median(taken), 1)


class _Prepared:
    """An enricher that knows what to say of each post."""

    models = (MODEL,)

    def __init__(self, enrichments: Mapping[str, Enrichment]) -> None:
        self._enrichments = enrichments

    def enrich(self, posts: Sequence[Post]) -> list[Enrichment]:
        return [self._enrichments[post.id] for post in posts]

    def skim(self, posts: Sequence[Post]) -> list[Enrichment]:
        return self.enrich(posts)
