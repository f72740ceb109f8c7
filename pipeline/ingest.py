"""The main flow: collect -> enrich -> link -> store. Read it downwards.

Safe to repeat and to kill: a page's posts are kept together with the cursor behind them, a
page that was cut off is read again whole, and what is stored already is left alone. What the
terms of a source forbid is not derived, not linked and not kept longer than they allow; what
was deleted does not come back with a late copy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from domain.errors import StoreError
from domain.hours import hour_of
from domain.ports import Kept
from domain.stored import post_document, post_fingerprint
from pipeline.copies import first_of_each, pass_on_first
from pipeline.corrections import with_corrections
from pipeline.coverage import note_run
from pipeline.cursors import cursor_document, saved_cursor
from pipeline.erase import erase
from pipeline.lifetimes import seen_again, terms_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.documents import Document
    from domain.errors import RecordUnreadable
    from domain.ports import Batch, Clock, Collector, Enricher, Store
    from domain.post import Post
    from domain.terms import Terms
    from linking.customers import CustomerLinker
    from pipeline.tombstones import Tombstones

MOST_NAMED: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What became of everything a source had."""

    kept: Kept = field(default_factory=Kept)
    deleted: int = 0
    unreadable: tuple[RecordUnreadable, ...] = ()
    """What could not be read, the first `MOST_NAMED` of it; `unread` says how much it was."""
    unread: int = 0
    cut: int = 0
    """Posts that were added or updated and whose texts were too long to be kept whole."""
    fetched: int = 0
    newest: datetime | None = None
    """When the newest post that was fetched was made."""
    came: Counter[datetime] = field(default_factory=Counter)
    """New posts by the hour they were made in."""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            kept=self.kept + other.kept,
            deleted=self.deleted + other.deleted,
            unreadable=(*self.unreadable, *other.unreadable[: max(MOST_NAMED - len(self.unreadable), 0)]),
            unread=self.unread + other.unread,
            cut=self.cut + other.cut,
            fetched=self.fetched + other.fetched,
            newest=max((time for time in (self.newest, other.newest) if time), default=None),
            came=self.came + other.came,
        )


@dataclass(frozen=True)
class Flow:
    """What posts pass through on their way into the store; whoever puts a page there holds the `turn`."""

    enricher: Enricher
    linker: CustomerLinker
    tombstones: Tombstones
    store: Store
    clock: Clock
    turn: Lock = field(default_factory=Lock)


def ingest(collector: Collector, flow: Flow, tell: Callable[[Tally], None], *, anew: bool = False) -> Tally:
    """Collect, enrich, link and keep all that a source has now; `tell` hears of each page.

    It goes on where the source was left, or begins `anew`: what is stored already stays as it is.

    Raises:
        SourceError: the source is busy or refuses; what came before that is kept.
        InputError: a file cannot be read.
    """
    total = Tally()
    try:
        for batch in collector.batches(None if anew else saved_cursor(flow.store, collector.name)):
            page = keep_page(collector.name, batch, collector.terms, flow)
            total += page
            tell(page)
    except Exception as error:
        # Where the store fails there is nothing to write it down in.
        if not isinstance(error, StoreError):
            _note(collector, total, flow, heard=False)
        raise
    _note(collector, total, flow, heard=True)
    return total


def _note(collector: Collector, total: Tally, flow: Flow, *, heard: bool) -> None:
    """Write down which hours were heard, where a source is listened to: files are not."""
    if getattr(collector, "listens", True):
        note_run(flow.store, collector.name, total.came, flow.clock.now(), heard=heard)


def keep_page(name: str, batch: Batch, terms: Terms, flow: Flow) -> Tally:
    """Take one page through the flow, as far as the terms of its source allow; its cursor is kept last."""
    with flow.turn:
        return _kept(name, batch, terms, flow)


def _kept(name: str, batch: Batch, terms: Terms, flow: Flow) -> Tally:
    deleted = erase(flow.store, batch.deletions, flow.tombstones if terms.tombstone else None, coming=batch.posts)
    posts = flow.tombstones.without_deleted(_latest(batch))
    known = flow.store.fingerprints([post.id for post in posts])
    models = flow.enricher.models if terms.label else ()
    changed = {post.id for post in posts if known.get(post.id) != post_fingerprint(post, models)}
    pass_on_first(flow.store, changed & known.keys())
    # A page is enriched whole or not at all: the same texts together give the same digits,
    # so a page that was cut off ends with exactly the documents it would have had.
    documents = [document for document in enriched(posts, terms, flow) if document["id"] in changed] if changed else []
    unchanged = [post for post in posts if post.id not in changed]
    seen_again(flow.store, unchanged, terms, flow.clock.now())
    kept = flow.store.keep("posts", with_corrections(flow.store, documents), cursor=cursor_document(name, batch.cursor))
    kept += Kept(unchanged=len(unchanged))
    return Tally(
        kept=kept,
        deleted=deleted,
        unreadable=batch.unreadable,
        unread=len(batch.unreadable),
        cut=sum(post.is_cut for post in posts if post.id in changed),
        fetched=len(batch.posts),
        newest=max((post.created_at for post in posts), default=None),
        came=Counter(hour_of(post.created_at) for post in posts if post.id not in known),
    )


def enriched(posts: list[Post], terms: Terms, flow: Flow) -> list[Document]:
    """Return the stored form of posts: labelled, linked, copies marked."""
    read = flow.enricher.enrich if terms.label else flow.enricher.skim
    enrichments = first_of_each(flow.store, posts, read(posts))
    links = flow.linker.link(posts) if terms.link else [None] * len(posts)
    models, now = flow.enricher.models if terms.label else (), flow.clock.now()
    return [
        post_document(post, enrichment, link, models=models, terms=terms_of(post, terms, now))
        for post, enrichment, link in zip(posts, enrichments, links, strict=True)
    ]


def _latest(batch: Batch) -> list[Post]:
    """Return the page's posts, the last version of each, without those it also wants deleted."""
    gone = {(d.source, d.instance, d.native_id) for d in batch.deletions if d.native_id is not None}
    authors = {(d.source, d.instance, d.author_id) for d in batch.deletions if d.author_id is not None}
    latest = {post.id: post for post in batch.posts}
    return [
        post
        for post in latest.values()
        if (post.source, post.instance, post.native_id) not in gone
        and not (post.author and (post.source, post.instance, post.author.id) in authors)
    ]
