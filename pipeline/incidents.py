"""A look at what people say of faults, and what it found put into the store."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from domain.conditions import Exists
from domain.documents import ALL, NEW, REVISION, parse_instant, to_document
from domain.history import content
from domain.incident import Incident
from insights.detection.watch import Watch

if TYPE_CHECKING:
    from datetime import datetime

    from domain.config import Config
    from domain.documents import Document
    from domain.ports import Store


def watch_of(store: Store, config: Config) -> Watch:
    """Return the watch over the operator's own brands, over all brands where none is marked as its own."""
    own = [brand.key for brand in config.brands if brand.own] or [brand.key for brand in config.brands]
    others = [brand.key for brand in config.brands if brand.key not in own]
    return Watch(store, own, others, config.time_zone)


def look(store: Store, watch: Watch, at: datetime) -> list[Incident]:
    """Look at a time and keep what was found; return the incidents that began, went on or ended.

    Two processes that look at once keep the same: an incident's id is that of what it began with, and what somebody
    else wrote meanwhile stays until the next look.
    """
    going = (Exists("ended_at", there=False),)
    stored = {one["id"]: one for one in store.scan("incidents", where=going, fields=(ALL, REVISION))}
    after = watch.look(at, [incident_of(one) for one in stored.values()])
    documents = {one.id: to_document(one) for one in after}
    changed = [
        document | {REVISION: stored[key][REVISION] if key in stored else NEW}
        for key, document in documents.items()
        if key not in stored or content(document) != content(stored[key])
    ]
    kept = store.upsert("incidents", changed)
    written = {document["id"] for document in changed} - set(kept.conflicts)
    return [one for one in after if one.id in written]


def incident_of(document: Document) -> Incident:
    """Return a stored incident."""
    times = {"started_at", "detected_at", "seen_at", "peak_at", "ended_at"}
    names = {field.name for field in fields(Incident)}
    values: dict[str, Any] = {
        name: parse_instant(value) if name in times else tuple(value) if isinstance(value, list) else value
        for name, value in document.items()
        if name in names
    }
    return Incident(**values)
