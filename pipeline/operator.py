"""The operator's own records on their way into the store: what changed is noted, so that it finds its posts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from actions.changes import note
from actions.forget_customer import without_forgotten
from domain.conditions import among
from domain.documents import ALL, NEW, REVISION, canonical_json, instant, to_document
from domain.event import Event
from domain.history import HISTORY, content, with_history
from domain.party import Party
from domain.ports import Upserted
from domain.records import KIND_OF
from linking.events import with_keys
from pipeline.whereabouts import locate_waiting, located

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.documents import Document, Kind
    from domain.ports import Store
    from domain.records import Record


def keep_records(store: Store, records: Sequence[Record], at: datetime) -> Upserted:
    """Keep records of any kinds, the last of each id; of all but events what they were before stays as their history.

    What is about a customer or a party that was erased stays out. Customers and events that are new or changed are
    noted first, and the customers of parties that are. Events of the network get where they are from the register of
    places (`pipeline/whereabouts.py`), also when that comes later.
    """
    by_kind: dict[Kind, list[Record]] = defaultdict(list)
    for record in without_forgotten(store, records):
        by_kind[KIND_OF[type(record)]].append(record)
    total = Upserted()
    for kind in KIND_OF.values():
        total += _kept(store, kind, by_kind[kind], instant(at))
    locate_waiting(store, sorted({record.id for record in by_kind["places"]}))
    return total


def _kept(store: Store, kind: Kind, records: Sequence[Record], at: str) -> Upserted:
    """Keep records of one kind over what is stored; those that somebody else changed meanwhile are read again."""
    total = Upserted()
    left = records
    while left:
        stored = store.get(kind, list({record.id for record in left}), fields=(ALL, REVISION))
        documents: dict[str, Document] = {}
        for record in left:
            before = documents.get(record.id, stored.get(record.id))
            documents[record.id] = _over(before, record, at)
        if kind == "events":
            documents = {one["id"]: content(with_keys(one)) for one in located(store, list(documents.values()))}
        same = {key for key, one in documents.items() if key in stored and content(one) == content(stored[key])}
        changed = {key: one for key, one in documents.items() if key not in same}
        if kind in {"customers", "events"}:
            note(store, kind, changed)
        elif kind == "parties" and changed:
            behind = store.scan("customers", where=[among("parties", changed)], fields=("id",))
            note(store, "customers", (customer["id"] for customer in behind))
        revisions = {key: one[REVISION] for key, one in stored.items()}
        kept = store.upsert(kind, [one | {REVISION: revisions.get(key, NEW)} for key, one in changed.items()])
        total += Upserted(added=kept.added, updated=kept.updated, unchanged=kept.unchanged + len(same))
        left = [record for record in left if record.id in kept.conflicts]
    return total


def _over(before: Document | None, record: Record, at: str) -> Document:
    """Return the document of a record on what is stored under its id."""
    if isinstance(record, Event):
        return content(to_document(record))
    document = to_document(record)
    if isinstance(record, Party):
        # Of what the record does not speak, the store still knows.
        said = {"id", *document.pop("says")}
        if agreements := {one.agreement for one in record.consents if one.agreement}:
            stored = (before or {}).get("consents", ())
            others = [one for one in stored if one.get("agreement") not in agreements]
            document["consents"] = sorted([*others, *document["consents"]], key=canonical_json)
        document = {name: value for name, value in document.items() if name in said} | {
            name: value for name, value in (before or {}).items() if name not in {*said, HISTORY, REVISION}
        }
    return with_history(before, document, at)
