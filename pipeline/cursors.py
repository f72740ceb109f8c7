"""How far each source has been read: one small document per source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.documents import Document
    from domain.ports import Store


def saved_cursor(store: Store, source: str) -> Mapping[str, Any] | None:
    """Return where a source was left, or None at the first time."""
    document = store.get("cursors", [source]).get(source)
    return document.get("state", {}) if document else None


def cursor_document(source: str, state: Mapping[str, Any]) -> Document:
    """Return the document that remembers where a source was left."""
    return {"id": source, "source": source, "state": dict(state)}
