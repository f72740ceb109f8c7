"""A source of posts out of a list, and the flow it runs through, for tests of the pipeline."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from actions.tombstones import Tombstones
from domain.customer import LINK_POSTS
from domain.ports import Batch
from domain.post import Author, Post
from domain.terms import Terms
from linking.customers import CustomerLinker
from pipeline.ingest import Flow
from pipeline.topics import KnownTopics
from stores.open import open_store
from tests.support.clock import FakeClock
from tests.support.enrichers import KeywordEnricher

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEY = b"a key for tests"


class ListCollector:
    """Pages of posts out of a list; the cursor counts the pages behind us."""

    name = "list"

    def __init__(self, pages, terms=None):
        self._pages = pages
        self.terms = terms or Terms()

    def batches(self, cursor):
        for number in range((cursor or {}).get("page", 0), len(self._pages)):
            page = self._pages[number]
            batch = page if isinstance(page, Batch) else Batch(posts=tuple(page))
            yield replace(batch, cursor={"page": number + 1})


def make_post(native_id, text="the signal is fine", *, author="ann", hour=0, **fields):
    """Return a post of the forum."""
    return Post(
        source="forum",
        native_id=str(native_id),
        text=text,
        created_at=START + timedelta(hours=hour),
        author=Author(id=author, handle=author),
        **fields,
    )


def flow_to(path, enricher=None, clock=None):
    """Return a flow into an SQLite file, or into a store that is open."""
    store = open_store(f"sqlite:///{path}") if isinstance(path, str | Path) else path
    clock = clock or FakeClock()
    return Flow(
        enricher=enricher or KeywordEnricher(),
        linker=CustomerLinker(store, KEY, (LINK_POSTS,)),
        tombstones=Tombstones(store, KEY, clock),
        store=store,
        clock=clock,
        topics=KnownTopics(store),
    )


def everything(store):
    """Return all posts of a store, with their embeddings, by id."""
    fields = ("embedding",)
    vectors = {document["id"]: document["embedding"] for document in store.scan("posts", fields=("id", *fields))}
    return {document["id"]: {**document, "embedding": vectors[document["id"]]} for document in store.scan("posts")}
