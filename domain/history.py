"""What a record of the operator's was before: nothing is overwritten that a journey or a later model needs.

A document carries its `history`: for each change the time from which it is as it is now, and what the fields that
changed then were before. So the document is that of today, and `as_of` gives the one of any day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from domain.documents import Document

HISTORY: Final = "history"
MOST_CHANGES: Final = 500
"""A record that changed more often forgets its oldest changes: something writes it that is no change."""
_OWN: Final = frozenset((HISTORY, "revision"))
_NOTHING: Final[tuple[object, ...]] = (None, [], {})


def content(document: Document) -> Document:
    """Return what a document says: without its history and its revision, and without what is empty."""
    return {name: value for name, value in document.items() if name not in _OWN and value not in _NOTHING}


def with_history(before: Document | None, now: Document, at: str) -> Document:
    """Return a document with the history of the stored one and what changes by it, at a time as stores keep times.

    A record that comes late, of a time before the last change, is kept as it is now all the same: sources give the
    present state.
    """
    history: list[Document] = list((before or {}).get(HISTORY, ()))
    document = content(now)
    if before is not None:
        earlier = content(before)
        was = {
            name: earlier.get(name)
            for name in sorted(earlier.keys() | document.keys())
            if earlier.get(name) != document.get(name)
        }
        if was:
            history.append({"at": max(at, history[-1]["at"]) if history else at, "was": was})
    return document | {HISTORY: history[-MOST_CHANGES:]} if history else document


def states(document: Document) -> list[tuple[str, Document]]:
    """Return what a document said from each time on, oldest first; what came before all changes is since "".

    None of them carries the history.
    """
    found = [content(document)]
    changes: list[Document] = document.get(HISTORY, [])
    for change in reversed(changes):
        found.append(content(found[-1] | change["was"]))
    return list(zip(["", *(change["at"] for change in changes)], reversed(found), strict=True))


def as_of(document: Document, at: str) -> Document:
    """Return a document as it was at a time, without its history."""
    return next(state for since, state in reversed(states(document)) if since <= at)
