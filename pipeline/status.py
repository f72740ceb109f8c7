"""What stands in the store of all work that repeats, as records: for `earshot status` and for measuring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from actions.changes import oldest
from domain.documents import parse_instant
from pipeline.jobs import is_held

if TYPE_CHECKING:
    from datetime import datetime

    from domain.config import Config
    from domain.documents import Document
    from domain.ports import Store

NAMES: Final = ("inbox", "links", "incidents", "topics", "expired", "expunge", "report")
"""The jobs that are of no source; `collect` and `recheck` are of one each."""
COUNTS: Final = ("fetched", "added", "updated", "deleted", "unreadable", "changed")


def status(store: Store, config: Config, now: datetime) -> list[dict[str, Any]]:
    """Return a record for each configured source and each job: as it is now, with lengths of time in seconds.

    What was never begun is there too.
    """
    known = list(store.scan("jobs"))
    records = []
    for source in config.sources:
        mine = [document for document in known if document.get("source") == source]
        kinds = dict.fromkeys(["collect", *(document["id"].partition(":")[0] for document in mine)])
        for kind in kinds:
            found = [document for document in mine if document["id"].partition(":")[0] == kind]
            # What was asked of a source before its settings changed has another document.
            latest = max(found, key=lambda document: document.get("started_at", ""), default={})
            records.append(_record(kind, source, latest, now))
    by_name = {document["id"]: document for document in known}
    records += [_record(name, None, by_name.get(name, {}), now) for name in NAMES]
    since = oldest(store)
    for record in records:
        if record["job"] == "links" and since is not None:
            record["waiting_s"] = (now - since).total_seconds()
    return records


def _record(job: str, source: str | None, stored: Document, now: datetime) -> dict[str, Any]:
    newest = stored.get("newest_at")
    running = is_held(stored, now)
    if running:
        state = "running"
    elif stored.get("faults"):
        state = "failing"
    else:
        state = "waiting" if "succeeded_at" in stored else "not yet done"
    return {
        "job": job,
        "source": source,
        "state": state,
        "last_success": stored.get("succeeded_at"),
        "error": stored.get("error") if stored.get("faults") else None,
        "failed": stored.get("failed_at"),
        "last_error": stored.get("error"),
        "faults": stored.get("faults", 0),
        "next_run": stored.get("next_at"),
        "process": stored.get("process") if running else None,
        "lag_s": max((now - parse_instant(newest)).total_seconds(), 0.0) if newest else None,
        "waiting_s": None,
        "requests_left": stored.get("requests_left"),
        **{name: stored.get(name, 0) for name in COUNTS},
    }
