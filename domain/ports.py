"""The borders of Earshot, as protocols: where posts come from, what reads them, what keeps them, what goes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from domain.zones import DEFAULT_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.conditions import Condition
    from domain.documents import Document, Kind
    from domain.enrichment import Enrichment, Model
    from domain.errors import RecordUnreadable
    from domain.measurement import Measurement
    from domain.message import Message, Sent
    from domain.post import Deletion, Post
    from domain.questions import Count, Dimension, Filters, Hits, Order, Page
    from domain.records import Record
    from domain.terms import Terms
    from domain.zones import ZoneName


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A page of a source: its posts, the operator's records, what it wants deleted, and what could not be read.

    `cursor` is where to go on after this page; it is kept together with the page's posts.
    The same cursor always gives the same page of a source that does not change.
    """

    posts: tuple[Post, ...] = ()
    records: tuple[Record, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    """Of cells: held against what is usual there, and not kept one by one."""
    deletions: tuple[Deletion, ...] = ()
    unreadable: tuple[RecordUnreadable, ...] = ()
    cursor: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict, compare=False)
    """What else is to be told of its records, each a sentence's end after a number: "3 records with the id ..."."""

    def __post_init__(self) -> None:
        """Let go of what the errors were raised from: they would hold on to whole records for as long as they live."""
        for error in self.unreadable:
            error.__traceback__ = error.__context__ = error.__cause__ = None


class Clock(Protocol):
    """Time as something that is passed in, so that tests need not wait."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Collector(Protocol):
    """A source of posts."""

    name: str
    """What its cursor is kept under: the source and the query, unique in the configuration."""
    terms: Terms
    """What may be done with its posts."""

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield the pages after a cursor, from the beginning where it is None, until there are no more now.

        Raises:
            SourceBusy: the source asks us to come back later and the patience is used up.
            SourceRefused: the source will not answer.
        """


@runtime_checkable
class Recheckable(Protocol):
    """A source that can be asked again for posts that we have, to hear of edits and deletions."""

    source: str
    instance: str
    """Whose posts these are: as in `Post`."""
    recheck_size: int
    """How many posts are asked for together."""

    def recheck(self, native_ids: Sequence[str]) -> Batch:
        """Return the posts that are still there as they are now, and deletions for those that are gone.

        Of ids in neither nothing is known (the source would not say). The cursor means nothing.

        Raises:
            SourceBusy: the source asks us to come back later and the patience is used up.
            SourceRefused: the source will not answer.
        """


class Enricher(Protocol):
    """Reads texts."""

    @property
    def models(self) -> tuple[Model, ...]:
        """The models at work; a change of one makes stored labels stale."""

    def enrich(self, posts: Sequence[Post]) -> list[Enrichment]:
        """Return one enrichment per post, in order. The same posts together give the same result."""

    def skim(self, posts: Sequence[Post]) -> list[Enrichment]:
        """Return language and brands of each post, in order, and no label: where terms allow no more."""


@dataclass(frozen=True, kw_only=True)
class Upserted:
    """What became of documents handed to a store."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: tuple[str, ...] = ()
    """Ids of those left alone: the revision handed in with them is no longer the stored one."""

    def __add__(self, other: Upserted) -> Upserted:
        return Upserted(
            added=self.added + other.added,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            conflicts=self.conflicts + other.conflicts,
        )


@dataclass(frozen=True, kw_only=True)
class Patched:
    """What became of changes handed to a store: how many documents changed, and the ids of those left alone."""

    changed: int = 0
    conflicts: tuple[str, ...] = ()

    def __add__(self, other: Patched) -> Patched:
        return Patched(changed=self.changed + other.changed, conflicts=self.conflicts + other.conflicts)


class Responder(Protocol):
    """A channel on which messages go out."""

    def send(self, message: Message) -> Sent:
        """Send a message, unless it was sent before: it is told by its id.

        Raises:
            InputError: nobody approved it.
            SourceBusy: the channel asks us to come back later; whether it was sent is not known, send it again.
            SourceRefused: the channel will not take it.
        """


class Store(Protocol):
    """Keeps documents of every kind and counts posts. What was kept is found by the next question.

    A document that is given with the field `revision`, which is there where it is asked for, can be written
    back with it: it is then left alone, and named as a conflict, if it has changed or gone since. The revision
    `NEW` is that of a document that must not be there. What is written without a revision is new from
    outside, or merged into whatever is there.

    Every method raises StoreUnreachable or StoreRefused, with one clear sentence, when the
    place where documents are kept does not do its part.
    """

    def upsert(self, kind: Kind, documents: Sequence[Document], *, cursor: Document | None = None) -> Upserted:
        """Keep documents by their `id`: add what is new, replace what changed, leave what is equal.

        `cursor` (a document with `id`) is kept last and only if all the others were.
        """

    def patch(self, kind: Kind, changes: Iterable[Document]) -> Patched:
        """Merge top-level fields into stored documents by `id`; None removes a field. What is not there stays away."""

    def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        """Delete documents; return how many there were."""

    def get(self, kind: Kind, ids: Sequence[str], *, fields: Sequence[str] = ()) -> dict[str, Document]:
        """Return the documents that exist, by id; only `fields` where given, as in `scan`."""

    def scan(
        self,
        kind: Kind,
        *,
        filters: Filters | None = None,
        where: Sequence[Condition] = (),
        fields: Sequence[str] = (),
        after: str = "",
    ) -> Iterator[Document]:
        """Yield the documents of a kind that all conditions hold of, by ascending id, memory flat.

        `filters` is for posts alone. `fields` are dotted names; without them documents come whole but for
        `revision` and long fields (`embedding`, `words`); `ALL` among them stands for those. `after` is the id to
        go on behind.
        """

    def count_by(self, filters: Filters, by: Sequence[Dimension], *, zone: ZoneName = DEFAULT_ZONE) -> list[Count]:
        """Count posts by sentiment in every group that has any, sorted by keys (None last).

        Hours, days and weeks are those of `zone`, exactly in every zone whose offset is in quarters of an hour: all
        of today, not those from before there were zones.
        """

    def count_values(
        self,
        kind: Kind,
        field: str,
        *,
        filters: Filters | None = None,
        where: Sequence[Condition] = (),
        limit: int,
    ) -> list[tuple[str, int]]:
        """Return the `limit` most frequent values of a keyword field and how many documents have each, most first.

        `filters` is for posts alone. Ties by value. Where there are many more values than `limit`, Elasticsearch
        may miss one that is near the end.
        """

    def search(self, filters: Filters, *, order: Order, page: Page) -> Hits:
        """Return posts, ordered, ties by id."""

    def knn(self, embedding: Sequence[float], filters: Filters, *, limit: int) -> Hits:
        """Return the posts whose embeddings are closest by cosine, closest first."""

    def version(self, kind: Kind = "posts") -> str:
        """Return a text that changes when documents of a kind change, cheap to ask: what caches are keyed by."""

    def dump(self) -> Iterator[tuple[Kind, Document]]:
        """Yield every document with its kind, long fields too, by kind and id, as they were at one moment."""

    def expunge(self) -> None:
        """Take what was deleted out of the place where documents are kept, so that its bytes are there no more."""

    def faults(self) -> list[str]:
        """Return what is wrong with what is stored, a sentence each; this may read all of it."""

    def close(self) -> None:
        """Let go of connections and files."""
