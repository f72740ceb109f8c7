"""What was pushed to `earshot serve` becomes records: read in the order in which it came, kept, and noted as done.

Whoever is killed leaves what was not noted: it is done again, with the same records. Hubs tell late and twice: what is
left of a document whose body was read tells that it came, and for each record how late in time it was told; a record
that is told of an earlier time than the one that is kept is passed over.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from collectors.parsing.values import clean
from domain.conditions import Between, among, equal
from domain.documents import ALL, REVISION, instant
from domain.errors import RecordUnreadable, StoreRefused
from domain.pages import paged
from domain.records import name_of
from pipeline.operator import keep_records
from transport.foreign import read_json_text, recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from domain.documents import Document
    from domain.ports import Clock, Store
    from domain.records import Record

IN_HAND: Final = 20_000
"""So many of those that wait are put in order at a time."""
PAGE: Final = 200
PAGE_BYTES: Final = 8 * 1024 * 1024
MOST_UNREADABLE: Final = 1_000
"""So many bodies are kept that could not be read, the newest; of others the reason alone."""
LONGEST_REASON: Final = 1_000
_LOGGER: Final = logging.getLogger(__name__)


class Told(Protocol):
    """What a reader makes of a body: the records, and when what it tells of happened."""

    @property
    def at(self) -> datetime | None:
        """When it happened; None where that was not said."""

    @property
    def records(self) -> tuple[Record, ...]:
        """The records as they are since then."""


Reader: TypeAlias = "Callable[[Mapping[str, Any], bytes], Told]"
"""Reads a body, people under pseudonyms made with a key; raises RecordUnreadable."""


@dataclass(frozen=True, kw_only=True)
class _Opened:
    """A document of the inbox with what was read in it, by the names of its records."""

    document: Document
    at: datetime | None
    records: Mapping[str, Record]


class Inbox:
    """The inbox of a store and what reads its bodies, by their form; what nobody reads waits."""

    def __init__(
        self, store: Store, readers: Mapping[str, Reader], key: bytes, clock: Clock, *, keep: timedelta
    ) -> None:
        self._store = store
        self._readers = readers
        self._key = key
        self._clock = clock
        self._keep = keep
        self._counted: Counter[str] = Counter()

    def work_off(self, check: Callable[[], None]) -> Counter[str]:
        """Read all that waits; return counts: fetched, added, updated, unreadable, deleted and stale.

        `check` is called before each step that writes and raises where this process is not to go on.

        Raises:
            StoreError: what was noted so far stays so.
        """
        self._counted = Counter()
        where = [equal("state", "waiting"), among("form", self._readers)]

        def oldest() -> list[Document]:
            waiting = self._store.scan("inbox", where=where, fields=("order", "size"))
            return nsmallest(IN_HAND, waiting, key=lambda one: (one["order"], one["id"]))

        while waiting := oldest():
            for page in _pages(waiting):
                self._work_off_page(page, check)
            self._bound_unreadable()
        # What was done long ago goes: that it came, and bodies that nobody could read.
        over = Between("done_at", end=self._clock.now() - self._keep)
        for gone in paged(self._store.scan("inbox", where=[over], fields=("id",)), PAGE):
            self._counted["deleted"] += self._store.delete("inbox", [one["id"] for one in gone])
        if unreadable := self._counted["unreadable"]:
            _LOGGER.warning("%d documents of the inbox cannot be read; their reasons stand in it", unreadable)
        return self._counted

    def _work_off_page(self, page: Sequence[str], check: Callable[[], None]) -> None:
        found = self._store.get("inbox", page, fields=(ALL, REVISION))
        together: list[_Opened] = []
        names: set[str] = set()
        for document in (found[key] for key in page if key in found):
            opened = self._opened(document)
            if opened is None:
                continue
            if not names.isdisjoint(opened.records):
                # Each record once in what is kept together: done again, it changes nothing.
                check()
                self._apply(together)
                together, names = [], set()
            together.append(opened)
            names |= opened.records.keys()
        check()
        self._apply(together)

    def _opened(self, document: Document) -> _Opened | None:
        """Return what a document tells; of one that cannot be read the reason is noted."""
        self._counted["fetched"] += 1
        where = f"{document['form']} {document['id']}"
        try:
            with recorded(where):
                told = self._readers[document["form"]](clean(read_json_text(document["body"])), self._key)
                return _Opened(document=document, at=told.at, records={name_of(one): one for one in told.records})
        except RecordUnreadable as error:
            self._refuse(document, error.reason)
            return None

    def _apply(self, together: Sequence[_Opened], *, again: bool = False) -> None:
        """Keep the records of several documents, unless later ones are kept, and note the documents as done."""
        if not together:
            return
        markers, fresh = self._fresh(together)
        try:
            kept = keep_records(self._store, [*chain(*(one.values() for one in fresh.values()))], self._clock.now())
        except StoreRefused as error:
            # One of them may be what no store takes, and keeps none of the others away; each is tried twice.
            if again:
                self._refuse(together[0].document, str(error))
                return
            for opened in together:
                self._apply([opened], again=True)
            return
        self._counted.update(added=kept.added, updated=kept.updated)
        now = instant(self._clock.now())
        done = []
        for opened in together:
            note: Document = {"id": opened.document["id"], REVISION: opened.document[REVISION], "body": None}
            if opened.at is not None and fresh[opened.document["id"]]:
                note |= {"at": instant(opened.at), "about": sorted(fresh[opened.document["id"]])}
            done.append(note | {"state": "done", "done_at": now})
        self._store.patch("inbox", done)
        # Each record is named by its latest marker alone, so that there are never many to look at.
        replaced = {name for note in done for name in note.get("about", ())}
        left = [(one["id"], [name for name in one["about"] if name not in replaced]) for one in markers]
        self._store.patch("inbox", [{"id": key, "about": about or None} for key, about in left])

    def _fresh(self, together: Sequence[_Opened]) -> tuple[list[Document], dict[str, dict[str, Record]]]:
        """Return what is noted of these records so far, and by document those that are not older than that."""
        names = {name for opened in together for name in opened.records}
        where = [among("about", names)]
        markers = list(self._store.scan("inbox", where=where, fields=("about", "at"))) if names else []
        latest: dict[str, str] = {}
        for marker in markers:
            for name in marker["about"]:
                latest[name] = max(latest.get(name, ""), marker.get("at", ""))
        fresh: dict[str, dict[str, Record]] = {}
        for opened in together:
            at = instant(opened.at) if opened.at else None
            current = {name: one for name, one in opened.records.items() if at is None or at >= latest.get(name, "")}
            self._counted["stale"] += len(opened.records) - len(current)
            fresh[opened.document["id"]] = current
        return markers, fresh

    def _refuse(self, document: Document, reason: str) -> None:
        self._counted["unreadable"] += 1
        refused = {"state": "unreadable", "reason": reason[:LONGEST_REASON], "done_at": instant(self._clock.now())}
        self._store.patch("inbox", [{"id": document["id"], REVISION: document[REVISION], **refused}])

    def _bound_unreadable(self) -> None:
        """Let go of the oldest bodies that could not be read, where there are too many."""

        def unreadable() -> Iterator[Document]:
            return self._store.scan("inbox", where=[equal("state", "unreadable")], fields=("order",))

        newest = {one["id"] for one in nlargest(MOST_UNREADABLE, unreadable(), key=lambda one: one["order"])}
        older = ({"id": one["id"], "body": None, "state": "done"} for one in unreadable() if one["id"] not in newest)
        self._store.patch("inbox", older)


def _pages(waiting: Sequence[Document]) -> Iterator[list[str]]:
    """Yield ids in order, in pages whose bodies are not too much together."""
    page: list[str] = []
    size = 0
    for one in waiting:
        if page and (len(page) >= PAGE or size + one["size"] > PAGE_BYTES):
            yield page
            page, size = [], 0
        page.append(one["id"])
        size += one["size"]
    if page:
        yield page
