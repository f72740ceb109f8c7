"""The main flow: collect -> enrich -> link -> store. Read it downwards.

Safe to repeat and to kill: a page's posts are kept together with the cursor behind them, a
page that was cut off is read again whole, and what is stored already is left alone. What the
terms of a source forbid is not derived, not linked and not kept longer than they allow; what
was deleted does not come back with a late copy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

from actions.changes import note
from actions.corrections import with_corrections
from actions.erase import erase, forget
from domain.documents import NEW, REVISION
from domain.errors import StoreError
from domain.hours import hour_of
from domain.ports import Upserted
from domain.stored import post_document, post_fingerprint
from domain.terms import may_link
from domain.zones import DEFAULT_ZONE
from linking.copy_groups import grouped, pass_on_first
from linking.events import events_met
from pipeline.coverage import note_run
from pipeline.cursors import cursor_document, saved_cursor
from pipeline.degradation import keep_measurements
from pipeline.lifetimes import seen_again, terms_of
from pipeline.operator import keep_records
from textquery.words import searchable, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from actions.tombstones import Tombstones
    from domain.documents import Document
    from domain.errors import RecordUnreadable
    from domain.ports import Batch, Clock, Collector, Enricher, Store
    from domain.post import Post
    from domain.terms import Terms
    from domain.zones import ZoneName
    from linking.customers import CustomerLinker
    from pipeline.topics import KnownTopics

MOST_NAMED: Final = 1_000
MOST_KINDS: Final = 50


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What became of everything a source had."""

    kept: Upserted = field(default_factory=Upserted)
    records: Upserted = field(default_factory=Upserted)
    """What became of the operator's records among it; `kept` is about posts."""
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
    notes: Counter[str] = field(default_factory=Counter)
    """What sources note of their records beside what could not be read, and of how many."""
    refused: Counter[str] = field(default_factory=Counter)
    """How many could not be read by what was wrong with them; kinds beyond `MOST_KINDS` are one."""
    source: str = ""
    """What the posts carry as their source, which need not be how their collector is called; empty where none came."""

    def __add__(self, other: Ingested) -> Ingested:
        return Ingested(
            kept=self.kept + other.kept,
            records=self.records + other.records,
            deleted=self.deleted + other.deleted,
            unreadable=(*self.unreadable, *other.unreadable[: max(MOST_NAMED - len(self.unreadable), 0)]),
            unread=self.unread + other.unread,
            cut=self.cut + other.cut,
            fetched=self.fetched + other.fetched,
            newest=max((time for time in (self.newest, other.newest) if time), default=None),
            came=self.came + other.came,
            notes=self.notes + other.notes,
            refused=_few_kinds(self.refused + other.refused),
            source=self.source or other.source,
        )


@dataclass(frozen=True)
class Flow:
    """What posts pass through on their way into the store; whoever puts a page there holds the `turn`.

    The names that authors show beside their handles stay outside unless `author_names` lets them in.
    """

    enricher: Enricher
    linker: CustomerLinker
    tombstones: Tombstones
    store: Store
    clock: Clock
    turn: Lock = field(default_factory=Lock)
    topics: KnownTopics | None = None
    author_names: bool = False
    zone: ZoneName = DEFAULT_ZONE
    """Whose hours of the week those are in which something is usual."""


def ingest(collector: Collector, flow: Flow, tell: Callable[[Ingested], object], *, anew: bool = False) -> Ingested:
    """Collect, enrich, link and keep all that a source has now; `tell` hears of each page.

    It goes on where the source was left, or begins `anew`: what is stored already stays as it is.

    Raises:
        SourceError: the source is busy or refuses; what came before that is kept.
        InputError: a file cannot be read.
    """
    total = Ingested()
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


def _note(collector: Collector, total: Ingested, flow: Flow, *, heard: bool) -> None:
    """Write down which hours were heard, where a source is listened to: files are not."""
    if getattr(collector, "listens", True):
        note_run(flow.store, collector.name, total.came, flow.clock.now(), heard=heard, source=total.source)


def keep_page(name: str, batch: Batch, terms: Terms, flow: Flow) -> Ingested:
    """Take one page through the flow, as far as the terms of its source allow; its cursor is kept last."""
    with flow.turn:
        records = keep_records(flow.store, batch.records, flow.clock.now())
        records += keep_measurements(flow.store, batch.measurements, flow.clock.now(), flow.zone)
        deleted = erase(flow.store, batch.deletions, flow.tombstones if terms.tombstone else None, coming=batch.posts)
        latest = [
            post if flow.author_names or post.author is None else replace(post, author=replace(post.author, name=None))
            for post in _latest(batch)
        ]
        posts = flow.tombstones.without_deleted(latest)
        known = flow.store.get("posts", [post.id for post in posts], fields=("fingerprint", "terms.link", REVISION))
        models = flow.enricher.models if terms.label else ()
        # As it would be stored now it may be already: content, models and whether it may be linked.
        changed = {
            post.id
            for post in posts
            if (stored := known.get(post.id)) is None
            or may_link(stored) != terms.link
            or stored.get("fingerprint") != post_fingerprint(post, models)
        }
        pass_on_first(flow.store, changed & known.keys())
        documents = enriched(posts, changed, terms, flow) if changed else []
        unchanged = [post for post in posts if post.id not in changed]
        seen_again(flow.store, unchanged, terms, flow.clock.now())
        kept = _kept_over_what_was_read(documents, known, flow, cursor=cursor_document(name, batch.cursor))
        kept += Upserted(unchanged=len(unchanged))
        note(flow.store, "events", events_met(flow.store, documents))
        if documents:
            # What another process erased while we read it goes: its tombstones stand before it looks for posts.
            standing = {post.id for post in flow.tombstones.without_deleted(posts)}
            deleted += forget(flow.store, (one["id"] for one in documents if one["id"] not in standing))
    return Ingested(
        kept=kept,
        records=records,
        deleted=deleted,
        unreadable=batch.unreadable,
        unread=len(batch.unreadable),
        notes=Counter(batch.notes),
        refused=_few_kinds(Counter(error.kind for error in batch.unreadable)),
        cut=sum(post.is_cut for post in posts if post.id in changed),
        fetched=len(batch.posts),
        newest=max((post.created_at for post in posts), default=None),
        source=batch.posts[0].source if batch.posts else "",
        came=Counter(hour_of(post.created_at) for post in posts if post.id not in known),
    )


def _few_kinds(refused: Counter[str]) -> Counter[str]:
    if len(refused) <= MOST_KINDS:
        return refused
    kept = Counter(dict(refused.most_common(MOST_KINDS - 1)))
    kept["other reasons"] += refused.total() - kept.total()
    return kept


def _kept_over_what_was_read(
    documents: Sequence[Document], known: Mapping[str, Document], flow: Flow, *, cursor: Document
) -> Upserted:
    """Keep documents where their posts are still as they were read, and read again those that somebody changed."""
    total = Upserted()
    while True:
        revisions = {key: stored[REVISION] for key, stored in known.items()}
        corrected = with_corrections(flow.store, documents)
        over = [document | {REVISION: revisions.get(document["id"], NEW)} for document in corrected]
        kept = flow.store.upsert("posts", over, cursor=cursor)
        total += replace(kept, conflicts=())
        if not kept.conflicts:
            return total
        documents = [document for document in documents if document["id"] in kept.conflicts]
        known = flow.store.get("posts", kept.conflicts, fields=(REVISION,))


def enriched(page: list[Post], changed: Collection[str], terms: Terms, flow: Flow) -> list[Document]:
    """Return the stored form of those posts of a page that are new or changed: labelled, linked, copies marked.

    A page is read whole or not at all: the same texts together give the same digits, so a page that was
    cut off ends with exactly the documents it would have had.
    """
    read = flow.enricher.enrich if terms.label else flow.enricher.skim
    pairs = [(post, one) for post, one in zip(page, read(page), strict=True) if post.id in changed]
    posts = [post for post, _ in pairs]
    copies = grouped(flow.store, posts)
    enrichments = [replace(one, copy=copy) for (_, one), copy in zip(pairs, copies, strict=True)]
    links = flow.linker.link(posts) if terms.link else [None] * len(posts)
    author_keys = flow.linker.author_keys(posts) if terms.link else [None] * len(posts)
    models, now = flow.enricher.models if terms.label else (), flow.clock.now()
    documents = [
        post_document(
            post,
            enrichment,
            link,
            words=searchable(whole(post.title, post.text)),
            models=models,
            terms=terms_of(post, terms, now),
            author_key=author_key,
        )
        for post, enrichment, link, author_key in zip(posts, enrichments, links, author_keys, strict=True)
    ]
    if flow.topics is not None and terms.label:
        flow.topics.label(documents)
    return documents


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
