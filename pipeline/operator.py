"""The operator's own records on their way into the store: what changed is noted, so that it finds its posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions.changes import note
from domain.documents import to_document
from domain.ports import Upserted
from linking.events import event_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.customer import Customer
    from domain.documents import Kind
    from domain.event import Event
    from domain.ports import Store


def keep_records(store: Store, kind: Kind, records: Sequence[Customer] | Sequence[Event]) -> Upserted:
    """Keep customers or events; those that are new or changed are noted first."""
    documents = {one.id: event_document(one) if kind == "events" else to_document(one) for one in records}  # type: ignore[arg-type]
    stored = store.get(kind, list(documents))
    changed = {key: document for key, document in documents.items() if stored.get(key) != document}
    note(store, kind, changed)
    return store.upsert(kind, list(changed.values())) + Upserted(unchanged=len(documents) - len(changed))
