"""The embedded store: one SQLite file, one process that writes, any number that read."""

from __future__ import annotations

import json
import sqlite3
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from domain.documents import ALL, NEW, REVISION
from domain.errors import StoreRefused
from domain.ports import Patched, Upserted
from domain.questions import Filters, Hits
from domain.zones import DEFAULT_ZONE
from stores.mapping import KINDS, LONG_FIELDS, shape
from stores.sqlite.columns import Memory, forget_unused, unlike_rows
from stores.sqlite.connections import Connections
from stores.sqlite.counting import Counting
from stores.sqlite.documents import (
    Packed,
    insert,
    packed,
    patched,
    remove,
    stored_rows,
    unpacked,
    update,
    vectors,
)
from stores.sqlite.migrations import differences
from stores.sqlite.query import (
    Sql,
    chosen_posts,
    counted_field,
    held,
    is_looked_up,
    joined,
    ordering,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from domain.conditions import Condition
    from domain.documents import Document, Kind
    from domain.questions import Count, Dimension, Order, Page
    from domain.zones import ZoneName
    from stores.sqlite.documents import Stored

SCAN_PAGE: Final = 500
AMEND_PAGE: Final = 500
NEAREST_PAGE: Final = 4096

_LONG: Final = """LEFT JOIN "posts.words" w ON w.rowid = p.row LEFT JOIN "posts.embedding" e ON e.row = p.row"""


class SqliteStore:
    """A Store (see `domain/ports.py`) in one SQLite file, made with its folder where there is none.

    Safe to share between threads; other processes open the same file.
    """

    def __init__(self, path: Path, *, synced: bool = False) -> None:
        self._connections = Connections(path, synced=synced)
        self._memory = Memory()

    def upsert(self, kind: Kind, documents: Sequence[Document], *, cursor: Document | None = None) -> Upserted:
        """Keep documents and the cursor in one transaction."""
        with self._connections.writing() as connection:
            kept = _put(connection, kind, documents)
            if cursor is not None and not kept.conflicts:
                _put(connection, "cursors", [cursor])
        return kept

    def patch(self, kind: Kind, changes: Iterable[Document]) -> Patched:
        """Merge changes page by page, so that they may come from a scan of this same store."""
        amended = Patched()
        following = iter(changes)
        while page := list(islice(following, AMEND_PAGE)):
            with self._connections.writing() as connection:
                amended += _amend(connection, kind, page)
        return amended

    def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        """Delete documents with their words, lists and embeddings."""
        with self._connections.writing() as connection:
            found = [stored.row for stored in stored_rows(connection, kind, ids).values()]
            remove(connection, kind, found)
            if found:
                _next_revision(connection, kind)
        return len(found)

    def get(self, kind: Kind, ids: Sequence[str], *, fields: Sequence[str] = ()) -> dict[str, Document]:
        """Return the documents that exist."""
        chosen = Sql("p.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))
        read = _reading(kind, fields, chosen)
        with self._connections.reading() as connection:
            rows = connection.execute(read.text, read.values).fetchall()
        return {key: unpacked(Packed(*stored), revision, fields) for key, revision, *stored in rows}

    def scan(
        self,
        kind: Kind,
        *,
        filters: Filters | None = None,
        where: Sequence[Condition] = (),
        fields: Sequence[str] = (),
        after: str = "",
    ) -> Iterator[Document]:
        """Yield documents by ascending id. Each page is read on its own, so writing in between is safe."""
        # By itself SQLite would walk all ids, as they come sorted.
        name = next((one.field for one in where if is_looked_up(kind, one)), None)
        through = f'INDEXED BY "{kind}.by.{name}"' if name else ""
        return self._scanned(kind, self._chosen(kind, filters, where), tuple(fields), after, through=through)

    def count_by(self, filters: Filters, by: Sequence[Dimension], *, zone: ZoneName = DEFAULT_ZONE) -> list[Count]:
        """Count posts by sentiment in every group that has any."""
        with self._connections.reading() as connection:
            return Counting(connection, filters, self._memory).count_by(by, zone)

    def count_values(
        self,
        kind: Kind,
        field: str,
        *,
        filters: Filters | None = None,
        where: Sequence[Condition] = (),
        limit: int,
    ) -> list[tuple[str, int]]:
        """Return the most frequent values of a field that has a column or a table, and how many documents have each."""
        value, source = counted_field(kind, field)
        chosen = joined(" AND ", [Sql(f"{value} IS NOT NULL"), *self._chosen(kind, filters, where)])
        read = f"SELECT {value}, count(*) FROM {source} WHERE {chosen.text} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"  # noqa: S608
        with self._connections.reading() as connection:
            return connection.execute(read, (*chosen.values, limit)).fetchall()

    def search(self, filters: Filters, *, order: Order, page: Page) -> Hits:
        """Return a page of posts and how many there are in all, both of one state."""
        aside, by = ordering(order, filters)
        with self._connections.reading() as connection:
            counting = Counting(connection, filters, self._memory)
            # The page is chosen among few rows, by ids alone; only then are its bodies read.
            some = counting.rows() if order == "relevance" else counting.best(order, page)
            ids = f"""SELECT p.row FROM posts p {aside.text} WHERE p.row IN (SELECT value FROM json_each(?))
                ORDER BY {by} LIMIT ? OFFSET ?"""  # noqa: S608  # names of ours
            values = (*aside.values, json.dumps(some), max(page.limit, 0), max(page.offset, 0))
            rows = [row for (row,) in connection.execute(ids, values)] if page.limit > 0 else []
            return Hits(documents=_bodies(connection, rows), total=counting.total)

    def knn(self, embedding: Sequence[float], filters: Filters, *, limit: int) -> Hits:
        """Return the closest posts by comparing with every one that passes; `total` counts those."""
        target = np.asarray(embedding, dtype=np.float32)
        if target.shape != (shape("posts").vector_dims,):
            raise StoreRefused(f"an embedding has {shape('posts').vector_dims} numbers, not {target.size}")
        (chosen,) = self._chosen("posts", filters, ())
        read = f"""SELECT p.id, p.row, e.value FROM posts p JOIN "posts.embedding" e ON e.row = p.row
            WHERE {chosen.text} ORDER BY p.id"""  # noqa: S608
        best: list[tuple[float, str, int]] = []
        total = 0
        with self._connections.reading() as connection:
            rows = connection.execute(read, chosen.values)
            while page := rows.fetchmany(NEAREST_PAGE):
                total += len(page)
                best = sorted([*best, *_closest(target, page, limit)])[: max(limit, 0)]
            return Hits(documents=_bodies(connection, [row for *_, row in best]), total=total)

    def version(self, kind: Kind = "posts") -> str:
        """Return which database this is and how often a kind was changed."""
        read = "SELECT value FROM earshot WHERE key IN ('made', ?) ORDER BY key"
        with self._connections.reading() as connection:
            return "-".join(str(value) for (value,) in connection.execute(read, (f"changed.{kind}",)))

    def dump(self) -> Iterator[tuple[Kind, Document]]:
        """Yield every document in one transaction, so that all are of one moment, whoever writes meanwhile."""
        every = Sql("1")
        with self._connections.reading() as connection:
            for kind in KINDS:
                read = _reading(kind, (ALL, *LONG_FIELDS), every)
                for _, revision, *stored in connection.execute(f"{read.text} ORDER BY p.id"):
                    yield kind, unpacked(Packed(*stored), revision, (ALL, *LONG_FIELDS))

    def expunge(self) -> None:
        """Rewrite the search index without what was deleted, and put the log back into the file.

        Rows are overwritten as they are deleted (`secure_delete`); the full-text index keeps words of deleted
        texts until its parts are merged. A reader that is at work keeps the log until the next time.
        """
        with self._connections.writing() as connection:
            connection.execute("""INSERT INTO "posts.words" ("posts.words") VALUES ('optimize')""")
            forget_unused(connection)
        self._connections.put_back_log()

    def faults(self) -> list[str]:
        """Read the whole file and hold tables, indices and the search index against each other."""
        with self._connections.reading() as connection:
            told = "\n".join(text for (text,) in connection.execute("PRAGMA integrity_check(20)"))
            lines = (line for line in told.splitlines() if line != "ok" and not line.startswith("***"))
            found = [f"the file is damaged: {line}" for line in lines] + differences(connection)
            if not found:
                found += unlike_rows(connection)
        with self._connections.writing() as connection:
            try:
                connection.execute("""INSERT INTO "posts.words" ("posts.words") VALUES ('integrity-check')""")
            except sqlite3.DatabaseError as failure:
                found.append(f"the search index does not fit its texts: {failure}")
        return found

    def close(self) -> None:
        """Close the file."""
        self._connections.close()

    def _chosen(self, kind: Kind, filters: Filters | None, where: Sequence[Condition]) -> list[Sql]:
        if filters is not None and kind != "posts":
            raise StoreRefused(f"filters are for posts and not for {kind}")
        conditions = [held(kind, condition) for condition in where]
        if filters is None:
            return conditions
        stand_ins: list[int] = []
        if filters.once:
            with self._connections.reading() as connection:
                stand_ins = Counting(connection, filters, self._memory).stand_ins
        return [chosen_posts(filters, stand_ins), *conditions]

    def _scanned(
        self, kind: Kind, conditions: list[Sql], fields: tuple[str, ...], last: str, *, through: str
    ) -> Iterator[Document]:
        while True:
            chosen = joined(" AND ", [Sql("p.id > ?", (last,)), *conditions])
            read = _reading(kind, fields, chosen, through=through)
            with self._connections.reading() as connection:
                rows = connection.execute(f"{read.text} ORDER BY p.id LIMIT {SCAN_PAGE}", read.values).fetchall()
            for _, revision, *stored in rows:
                yield unpacked(Packed(*stored), revision, fields)
            if len(rows) < SCAN_PAGE:
                return
            last = rows[-1][0]


def _reading(kind: Kind, fields: Sequence[str], chosen: Sql, *, through: str = "") -> Sql:
    """Return the statement that reads id, revision and the stored form, long fields only where they are named."""
    long = kind == "posts" and any(name in LONG_FIELDS for name in fields)
    columns, aside = ("w.words, e.value", _LONG) if long else ("NULL, NULL", "")
    read = f"SELECT p.id, p.revision, p.body, {columns} FROM {kind} p {through} {aside} WHERE {chosen.text}"  # noqa: S608
    return Sql(read, chosen.values)


def _put(connection: sqlite3.Connection, kind: Kind, documents: Iterable[Document]) -> Upserted:
    """Write what is new or changed; of documents with the same id the last counts."""
    last = {document.get("id", ""): document for document in documents}
    before = stored_rows(connection, kind, last)
    conflicts = tuple(key for key, document in last.items() if _conflicts(document, before.get(key)))
    conflicting = frozenset(conflicts)
    wanted = {
        key: {name: value for name, value in document.items() if name != REVISION} for key, document in last.items()
    }
    forms = {key: (document, packed(kind, document)) for key, document in wanted.items() if key not in conflicting}
    added = {key: one for key, one in forms.items() if key not in before}
    updated = [(before[key], form) for key, (_, form) in forms.items() if key in before and before[key].packed != form]
    if added or updated:
        revision = _next_revision(connection, kind)
        insert(connection, kind, added, revision)
        update(connection, kind, updated, revision)
    unchanged = len(forms) - len(added) - len(updated)
    return Upserted(added=len(added), updated=len(updated), unchanged=unchanged, conflicts=conflicts)


def _amend(connection: sqlite3.Connection, kind: Kind, changes: Sequence[Document]) -> Patched:
    before = stored_rows(connection, kind, [change["id"] for change in changes])
    after = {key: stored.packed for key, stored in before.items()}
    conflicts = []
    for change in changes:
        key = change["id"]
        # Who read a document before an earlier change of this page has not read what it is now.
        if _conflicts(change, before.get(key)) or (REVISION in change and after[key] is not before[key].packed):
            conflicts.append(key)
        elif key in after:
            after[key] = patched(kind, after[key], change)
    updated = [(before[key], form) for key, form in after.items() if form != before[key].packed]
    if updated:
        update(connection, kind, updated, _next_revision(connection, kind))
    return Patched(changed=len(updated), conflicts=tuple(conflicts))


def _conflicts(handed_in: Document, stored: Stored | None) -> bool:
    """Tell whether a document that was read is no longer what it was; who names no revision asks for none."""
    return REVISION in handed_in and handed_in[REVISION] != (NEW if stored is None else stored.revision)


def _next_revision(connection: sqlite3.Connection, kind: Kind) -> int:
    """Count a write of a kind and return its revision: every transaction that writes has one of its own."""
    connection.execute("UPDATE earshot SET value = value + 1 WHERE key IN ('revision', ?)", (f"changed.{kind}",))
    (revision,) = connection.execute("SELECT value FROM earshot WHERE key = 'revision'").fetchone()
    return int(revision)


def _bodies(connection: sqlite3.Connection, rows: Sequence[int]) -> tuple[Document, ...]:
    """Return the posts of these rows in this order."""
    read = "SELECT row, body FROM posts WHERE row IN (SELECT value FROM json_each(?))"
    found = dict(connection.execute(read, (json.dumps(rows),)))
    return tuple(json.loads(found[row]) for row in rows)


def _closest(
    target: np.ndarray[tuple[int], np.dtype[np.float32]], page: Sequence[tuple[str, int, bytes]], limit: int
) -> Iterator[tuple[float, str, int]]:
    """Yield (minus cosine, id, row) of the closest in a page that is sorted by id: the smallest is the closest."""
    rows = vectors([value for *_, value in page])
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(target)
    cosines = (rows @ target) / np.where(lengths > 0, lengths, 1)
    for place in np.argsort(-cosines, kind="stable")[: max(limit, 0)]:
        key, row, _ = page[place]
        yield -float(cosines[place]), key, row
