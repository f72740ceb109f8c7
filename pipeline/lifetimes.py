"""How long a post may stay: counted from when it was last seen, so what is seen again may stay longer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.terms import stored_terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from domain.documents import Document
    from domain.ports import Store
    from domain.post import Post
    from domain.terms import Terms

LEAST_MOVE: Final = timedelta(hours=1)
"""A time that moved by less is not written again; nor by less than a tenth of a short life."""


def terms_of(post: Post, terms: Terms, now: datetime) -> Document:
    """Return what a post that has just been read carries of its source's terms."""
    return stored_terms(terms, post.observed_at or now)


def seen_again(store: Store, posts: Sequence[Post], terms: Terms, now: datetime) -> int:
    """Write what the terms now say of stored posts that came again unchanged; return of how many it moved."""
    wanted = {post.id: terms_of(post, terms, now) for post in posts}
    stored = store.get("posts", list(wanted)) if wanted else {}
    return store.patch("posts", _changes(stored, wanted, terms)).changed


def _changes(stored: dict[str, Document], wanted: dict[str, Document], terms: Terms) -> Iterator[Document]:
    for key, document in stored.items():
        if _moved(document.get("terms", {}), wanted[key], terms):
            yield {"id": key, "terms": wanted[key] or None}


def _moved(old: Document, new: Document, terms: Terms) -> bool:
    if terms.keep is None or "store_until" not in old:
        return old != new
    if {**old, "store_until": ""} != {**new, "store_until": ""}:
        return True
    moved = abs(parse_instant(new["store_until"]) - parse_instant(old["store_until"]))
    return moved > min(LEAST_MOVE, terms.keep / 10)
