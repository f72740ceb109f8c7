"""What stays behind of deleted posts: keyed hashes of ids, which keep late copies out and say nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.documents import instant
from domain.identity import author_tombstone, post_id, post_tombstone, record_tombstone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from domain.documents import Document, Kind
    from domain.ports import Clock, Store
    from domain.post import Deletion, Post

WHOSE: Final[Mapping[Kind, tuple[str, ...]]] = {
    "customers": ("id",),
    "parties": ("id",),
    "services": ("customer", "party"),
    "events": ("customer", "party"),
    "links": ("customer", "party"),
}
"""The fields that say whose a record is."""


def tombstones_of(kind: Kind, document: Document, key: bytes) -> Iterator[str]:
    """Yield the ids of the tombstones that keep a stored document out: of a post, its author, a customer, a party."""
    if kind == "posts":
        yield post_tombstone(key, document["id"])
        if "author" in document:
            yield author_tombstone(key, document["source"], document.get("instance", ""), document["author"]["id"])
    yield from (record_tombstone(document[name]) for name in WHOSE.get(kind, ()) if document.get(name))


class Tombstones:
    """The tombstones of a store. Without the key nobody can tell whose they are."""

    def __init__(self, store: Store, key: bytes, clock: Clock) -> None:
        self._store = store
        self._key = key
        self._clock = clock

    def leave(self, deletions: Iterable[Deletion]) -> None:
        """Leave one for each deletion that is final; one that is there keeps its time."""
        at = instant(self._clock.now())
        wanted: dict[str, Document] = {}
        for deletion in deletions:
            if deletion.final:
                wanted |= {key: {"id": key, "at": at, "source": deletion.source} for key in self.of(deletion)}
        there = self._store.get("tombstones", list(wanted)) if wanted else {}
        if wanted.keys() - there:
            self._store.upsert("tombstones", [wanted[key] for key in wanted.keys() - there])

    def without_deleted(self, posts: Sequence[Post]) -> list[Post]:
        """Return the posts that neither they nor their authors were deleted for good."""
        keys = {post.id: [post_tombstone(self._key, post.id)] for post in posts}
        for post in posts:
            if post.author is not None:
                keys[post.id].append(author_tombstone(self._key, post.source, post.instance, post.author.id))
        there = self._store.get("tombstones", [key for some in keys.values() for key in some]) if posts else {}
        return [post for post in posts if not there.keys() & keys[post.id]]

    def of(self, deletion: Deletion) -> Iterator[str]:
        """Yield the ids of the tombstones of a deletion."""
        if deletion.native_id is not None:
            yield post_tombstone(self._key, post_id(deletion.source, deletion.instance, deletion.native_id))
        if deletion.author_id is not None:
            yield author_tombstone(self._key, deletion.source, deletion.instance, deletion.author_id)
