"""A look at what people say of faults, and what it found put into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from configuration.holidays import public_holidays
from domain.conditions import Exists
from domain.documents import ALL, NEW, REVISION, to_document
from domain.history import content
from insights.detection.listed import incident_of
from insights.detection.watch import Watch

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from domain.config import Config
    from domain.incident import Incident
    from domain.ports import Store


def watch_of(store: Store, config: Config, brand: str | None = None) -> Watch:
    """Return the watch over a brand; without one over the operator's own, over all where none is marked as its own.

    Raises:
        ConfigurationError: there is no such brand.
    """
    own = config.own_brands if brand is None else [config.brand(brand).key]
    others = [brand.key for brand in config.brands if brand.key not in own]
    return Watch(store, own, others, config.time_zone, public_holidays(config.holidays))


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


def keep_history(store: Store, watch: Watch, start: datetime, end: datetime, step: timedelta) -> list[Incident]:
    """Keep what looks at a stretch of history would have found, and return it; again it is the same."""
    found = list(watch.replay(start, end, step))
    store.upsert("incidents", list(map(to_document, found)))
    return found
