"""Mark the first post of each group of near-identical texts, and keep exactly one marked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.enrichment import Copy
from domain.questions import Filters, Page

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from domain.enrichment import Enrichment
    from domain.ports import Store
    from domain.post import Post


def first_of_each(store: Store, posts: Sequence[Post], enrichments: Sequence[Enrichment]) -> list[Enrichment]:
    """Mark which posts are the first of their group: in the store, then in this page."""
    keys = [enrichment.copy.key for enrichment in enrichments]
    seen = store.copies_seen(list(dict.fromkeys(keys)), except_ids=[post.id for post in posts])
    marked = []
    for enrichment, key in zip(enrichments, keys, strict=True):
        marked.append(replace(enrichment, copy=Copy(key=key, first=key not in seen)))
        seen.add(key)
    return marked


def pass_on_first(store: Store, ids: Collection[str]) -> None:
    """Before these stored posts change or go, make another post of their groups the first."""
    firsts = [document for document in store.get("posts", sorted(ids)).values() if document["copy"]["first"]]
    for document in firsts:
        group = store.find(
            Filters(copies=(document["copy"]["key"],)), order="oldest", page=Page(limit=len(ids) + 1)
        ).documents
        heir = next((post for post in group if post["id"] not in ids), None)
        if heir is not None:
            store.amend("posts", [{"id": heir["id"], "copy": {**heir["copy"], "first": True}}])
