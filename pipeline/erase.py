"""Erase posts that their source, or their author, wants gone, with everything derived from them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from domain.identity import post_id
from pipeline.copies import pass_on_first
from pipeline.corrections import forget_corrections
from pipeline.quotes import forget_quotes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from domain.ports import Store
    from domain.post import Deletion
    from pipeline.tombstones import Tombstones

PAGE: Final = 500


def erase(store: Store, deletions: Sequence[Deletion], tombstones: Tombstones | None = None) -> int:
    """Delete posts by their native id, or all posts of an author; return how many there were.

    Tombstones, where terms allow them, stand before anything goes.
    """
    if tombstones is not None:
        tombstones.leave(deletions)
    return forget(store, (key for deletion in deletions for key in _ids(store, deletion)))


def forget(store: Store, ids: Iterable[str]) -> int:
    """Delete posts by their ids with all that is derived from them; memory flat.

    Labels, links, topic and embedding live in the post's own document and go with it. What lives
    elsewhere goes first, so that nothing is left where this is cut off and done again.
    """
    deleted = 0
    following = iter(ids)
    while page := list(islice(following, PAGE)):
        there = set(store.get("posts", page))
        if there:
            pass_on_first(store, there)
            forget_corrections(store, there)
            forget_quotes(store, there)
            deleted += store.delete("posts", sorted(there))
    return deleted


def _ids(store: Store, deletion: Deletion) -> Iterator[str]:
    if deletion.native_id is not None:
        yield post_id(deletion.source, deletion.instance, deletion.native_id)
        if deletion.replies:
            yield from _those_with(store, deletion, "parent_id", deletion.native_id)
    if deletion.author_id is not None:
        yield from _those_with(store, deletion, "author.id", deletion.author_id)


def _those_with(store: Store, deletion: Deletion, name: str, value: str) -> Iterator[str]:
    """Yield the ids of the posts of the deletion's source whose field has a value."""
    equal = {"source": deletion.source, name: value}
    for document in store.scan("posts", fields=("id", "instance"), equal=equal):
        if document.get("instance", "") == deletion.instance:
            yield document["id"]
