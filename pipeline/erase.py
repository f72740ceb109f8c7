"""Erase posts that their source, or their author, wants gone, with everything derived from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.identity import post_id
from pipeline.copies import pass_on_first
from pipeline.corrections import forget_corrections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.ports import Store
    from domain.post import Deletion

PAGE: Final = 500


def erase(store: Store, deletions: Iterable[Deletion]) -> int:
    """Delete posts by their native id, or all posts of an author; return how many there were.

    Labels, links and embedding live in the post's own document and go with it; corrections of its
    labels are deleted first, so that none is left where this is cut off and done again.
    """
    deleted = 0
    for deletion in deletions:
        found = list(_ids(store, deletion))
        for ids in (found[i : i + PAGE] for i in range(0, len(found), PAGE)):
            pass_on_first(store, set(ids))
            forget_corrections(store, set(ids))
            deleted += store.delete("posts", ids)
    return deleted


def _ids(store: Store, deletion: Deletion) -> Iterator[str]:
    if deletion.native_id is not None:
        yield post_id(deletion.source, deletion.instance, deletion.native_id)
    if deletion.author_id is not None:
        equal = {"source": deletion.source, "author.id": deletion.author_id}
        for document in store.scan("posts", fields=("id", "instance"), equal=equal):
            if document.get("instance", "") == deletion.instance:
                yield document["id"]
