"""Erase posts that their source, or their author, wants gone, with everything derived from them."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from actions.changes import note
from actions.corrections import forget_corrections
from actions.identity import forget_links
from actions.report_redaction import forget_quotes
from domain.conditions import equal
from domain.identity import post_id
from domain.pages import paged
from domain.questions import Filters
from linking.copy_groups import pass_on_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from actions.tombstones import Tombstones
    from domain.documents import Document
    from domain.ports import Store
    from domain.post import Deletion, Post

PAGE: Final = 500


def erase(
    store: Store, deletions: Sequence[Deletion], tombstones: Tombstones | None = None, *, coming: Sequence[Post] = ()
) -> int:
    """Delete posts by their native id, or all posts of an author; return how many there were.

    Tombstones, where terms allow them, stand before anything goes; only for what is stored or among the
    posts that are `coming`, because a network tells of all its deletions.
    """
    if tombstones is not None:
        tombstones.leave(_of_ours(store, deletions, coming))
    deleted = 0
    for page in paged(deletions, PAGE):
        named = [deletion for deletion in page if deletion.native_id is not None]
        replied_to = [
            [equal("parent_id", one.native_id), equal("source", one.source), equal("instance", one.instance or None)]
            for one in named
            if one.replies
        ]
        replies = (document for where in replied_to for document in store.scan("posts", fields=("id",), where=where))
        deleted += forget(store, chain(map(_post_id, named), (document["id"] for document in replies)))
        deleted += forget(store, (document["id"] for document in _of_authors(store, page)), with_authors=True)
    return deleted


def forget(store: Store, ids: Iterable[str], *, with_authors: bool = False) -> int:
    """Delete posts by their ids with all that is derived from them; memory flat.

    Labels, links, topic and embedding live in the post's own document and go with it. What lives
    elsewhere goes first, so that nothing is left where this is cut off and done again; `with_authors` that is also
    whose customers their authors are.
    """
    deleted = 0
    for page in paged(ids, PAGE):
        there = store.get("posts", page, fields=("events.id", "author.key"))
        if there:
            pass_on_first(store, there.keys())
            forget_corrections(store, there.keys())
            forget_quotes(store, there.keys())
            if with_authors:
                forget_links(store, {key for one in there.values() if (key := one.get("author", {}).get("key"))})
            deleted += store.delete("posts", sorted(there))
            # Their events were held against how many posts there are.
            note(store, "events", (one["id"] for post in there.values() for one in post.get("events", ())))
    return deleted


def _of_ours(store: Store, deletions: Sequence[Deletion], coming: Sequence[Post]) -> Iterator[Deletion]:
    """Yield the deletions of posts and authors that we have, or are about to have."""
    ids = {post.id for post in coming}
    authors = {(post.source, post.instance, post.author.id) for post in coming if post.author is not None}
    for page in paged(deletions, PAGE):
        named = [_post_id(deletion) for deletion in page if deletion.native_id is not None]
        known = ids | store.get("posts", named, fields=("id",)).keys() if named else ids
        heard = authors | {_author(document) for document in _of_authors(store, page)}
        for deletion in page:
            by_author = (deletion.source, deletion.instance, deletion.author_id)
            if (deletion.native_id is not None and _post_id(deletion) in known) or by_author in heard:
                yield deletion


def _post_id(deletion: Deletion) -> str:
    return post_id(deletion.source, deletion.instance, deletion.native_id or "")


def _of_authors(store: Store, page: Sequence[Deletion]) -> Iterator[Document]:
    """Yield the posts of all authors that deletions name, a source's in one query.

    A network tells of every account that goes, and nearly none of them ever wrote what we keep.
    """
    gone = {(one.source, one.instance, one.author_id) for one in page if one.author_id is not None}
    for source in sorted({source for source, _, _ in gone}):
        authors = tuple(sorted({author for where, _, author in gone if where == source}))
        filters = Filters(sources=(source,), authors=authors)
        for document in store.scan("posts", filters=filters, fields=("id", "source", "instance", "author.id")):
            if _author(document) in gone:
                yield document


def _author(document: Document) -> tuple[str, str, str | None]:
    return document["source"], document.get("instance", ""), document["author"]["id"]
