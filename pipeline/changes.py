"""The queue of what changed and has not met its counterparts yet: customers and events whose posts are to be found.

Every note is a document of its own, so that one that comes while another is being worked off is not lost
with it. A note stands before what it tells of is written: whoever is killed between leaves one too many.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from domain.conditions import equal
from domain.documents import instant
from domain.pages import paged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.documents import Kind
    from domain.ports import Store

PAGE: Final = 500


def note(store: Store, kind: Kind, keys: Iterable[str]) -> None:
    """Note that documents of a kind changed, or what belongs to them."""
    at = instant(datetime.now(UTC))  # tells how long a note waits; nothing is decided by it
    notes = [{"id": f"{kind}:{uuid.uuid4().hex}", "kind": kind, "key": key, "at": at} for key in sorted(set(keys))]
    if notes:
        store.keep("changes", notes)


def worked_off(store: Store, kind: Kind) -> Iterator[list[str]]:
    """Yield the ids of what changed, each page once; its notes go when the next page is asked for."""
    for notes in paged(store.scan("changes", where=[equal("kind", kind)], fields=("id", "key")), PAGE):
        yield sorted({one["key"] for one in notes})
        store.delete("changes", [one["id"] for one in notes])


def is_empty(store: Store) -> bool:
    """Tell whether nothing waits."""
    return next(iter(store.scan("changes", fields=("id",))), None) is None
