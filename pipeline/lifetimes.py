"""How long a post may stay: counted from when it was last seen, so what is seen again may stay longer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.terms import stored_terms

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    changes = []
    for key, document in stored.items():
        old, new = document.get("terms", {}), wanted[key]
        moved = old != new
        if terms.keep is not None and "store_until" in old and {**old, "store_until": ""} == {**new, "store_until": ""}:
            by = abs(parse_instant(new["store_until"]) - parse_instant(old["store_until"]))
            moved = by > min(LEAST_MOVE, terms.keep / 10)
        if moved:
            changes.append({"id": key, "terms": new or None})
    return store.patch("posts", changes).changed
