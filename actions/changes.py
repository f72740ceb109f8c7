"""The queue of what changed and has not met its counterparts yet: customers and events whose posts are to be found.

Every note is a document of its own, so that one that comes while another is being worked off is not lost
with it. A note stands before what it tells of is written: whoever is killed between leaves one too many.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from domain.conditions import equal
from domain.documents import instant, parse_instant
from domain.pages import paged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from domain.documents import Document, Kind
    from domain.ports import Store

PAGE: Final = 500


def note(store: Store, kind: Kind, keys: Iterable[str]) -> None:
    """Note that documents of a kind changed, or what belongs to them."""
    at = instant(datetime.now(UTC))  # tells how long a note waits; nothing is decided by it
    notes = [{"id": f"{kind}:{at}:{uuid.uuid4().hex}", "kind": kind, "key": key, "at": at} for key in sorted(set(keys))]
    if notes:
        store.upsert("changes", notes)


def worked_off(store: Store, kind: Kind) -> Iterator[list[str]]:
    """Yield the ids of what changed, each page once; its notes go when the next page is asked for."""
    for notes in paged(store.scan("changes", where=[equal("kind", kind)], fields=("id", "key")), PAGE):
        yield sorted({one["key"] for one in notes})
        store.delete("changes", [one["id"] for one in notes])


def amended(store: Store, wrong: Callable[[], Iterable[Document]]) -> set[str]:
    """Patch posts with the amendments that `wrong` finds now; return the ids of those that were amended.

    What somebody else wrote in between is held against what is there then.
    """
    changed: set[str] = set()

    def noted() -> Iterator[Document]:
        for change in wrong():
            changed.add(change["id"])
            yield change

    while store.patch("posts", noted()).conflicts:
        pass
    return changed


def is_empty(store: Store) -> bool:
    """Tell whether nothing waits."""
    return next(iter(store.scan("changes", fields=("id",))), None) is None


def oldest(store: Store) -> datetime | None:
    """Return since when the note has waited that waits the longest, of any kind; None where nothing waits.

    Ids begin with the kind and then the time, so the first of a kind is its oldest.
    """
    kinds: tuple[Kind, ...] = ("customers", "events")
    firsts = (next(iter(store.scan("changes", where=[equal("kind", kind)], fields=("at",))), None) for kind in kinds)
    return min((parse_instant(note["at"]) for note in firsts if note is not None), default=None)
