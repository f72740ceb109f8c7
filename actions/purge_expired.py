"""Let posts go whose time is up: their source's terms, or ours, let them stay no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions.erase import forget
from domain.conditions import Between

if TYPE_CHECKING:
    from datetime import datetime

    from domain.ports import Store


def purge_expired(store: Store, now: datetime) -> int:
    """Delete the posts that may not be stored any longer, with all that is derived from them; return how many.

    They leave no tombstone: a post that its source still shows may come again.
    """
    due = store.scan("posts", fields=("id",), where=[Between("terms.store_until", end=now)])
    return forget(store, (post["id"] for post in due))
