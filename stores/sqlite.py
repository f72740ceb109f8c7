"""The embedded store: one SQLite file, one process that writes, any number that read."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from domain.documents import instant
from domain.errors import StoreRefused
from domain.ports import Kept
from domain.questions import Filters, Listing, Tally
from stores.mapping import COPY_FIELDS, LONG_FIELDS, shape
from stores.sqlite_connections import Connections
from stores.sqlite_documents import (
    amended,
    insert,
    packed,
    remove,
    stored_rows,
    unpacked,
    update,
    vectors,
)
from stores.sqlite_query import Sql, joined, key_column, key_source, key_value, ordering, where
from stores.sqlite_schema import COLUMNS, INDEXED, LISTS, quoted
from stores.tallies import settled

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from domain.documents import Document, Kind
    from domain.questions import Dimension, Order, Page
    from stores.mapping import Span

SCAN_PAGE: Final = 500
AMEND_PAGE: Final = 500
NEAREST_PAGE: Final = 4096

_COUNTS: Final = """count(*), sum(p."sentiment.label" IS 'negative'),
    sum(p."sentiment.label" IS 'neutral'), sum(p."sentiment.label" IS 'positive')"""
_LONG: Final = """LEFT JOIN "posts.words" w ON w.rowid = p.row LEFT JOIN "posts.embedding" e ON e.row = p.row"""


class SqliteStore:
    """A Store (see `domain/ports.py`) in one SQLite file, made with its folder where there is none.

    Safe to share between threads; other processes open the same file.
    """

    def __init__(self, path: Path) -> None:
        self._connections = Connections(path)

    def keep(self, kind: Kind, documents: Sequence[Document], *, cursor: Document | None = None) -> Kept:
        """Keep documents and the cursor in one transaction."""
        with self._connections.writing() as connection:
            kept = _put(connection, kind, documents)
            if cursor is not None:
                _put(connection, "cursors", [cursor])
        return kept

    def amend(self, kind: Kind, changes: Iterable[Document]) -> int:
        """Merge changes page by page, so that they may come from a scan of this same store."""
        changed = 0
        following = iter(changes)
        while page := list(islice(following, AMEND_PAGE)):
            with self._connections.writing() as connection:
                changed += _amend(connection, kind, page)
        return changed

    def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        """Delete documents with their words, lists and embeddings."""
        with self._connections.writing() as connection:
            found = [stored.row for stored in stored_rows(connection, kind, ids).values()]
            remove(connection, kind, found)
            _touch(connection, kind, len(found))
        return len(found)

    def get(self, kind: Kind, ids: Sequence[str]) -> dict[str, Document]:
        """Return the documents that exist, without their long fields."""
        read = f"SELECT id, body FROM {kind} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608
        with self._connections.reading() as connection:
            return {key: json.loads(body) for key, body in connection.execute(read, (json.dumps(list(ids)),))}

    def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the fingerprints of the stored posts among these ids."""
        read = """SELECT id, json_extract(body, '$.fingerprint') AS found FROM posts
            WHERE id IN (SELECT value FROM json_each(?)) AND found IS NOT NULL"""
        with self._connections.reading() as connection:
            return dict(connection.execute(read, (json.dumps(list(ids)),)))

    def copy_candidates(self, bands: Sequence[str], *, except_ids: Sequence[str]) -> list[Document]:
        """Return the posts that have one of these bands."""
        read = """SELECT body FROM posts WHERE id NOT IN (SELECT value FROM json_each(?)) AND row IN
            (SELECT row FROM "posts.copy.bands" WHERE value IN (SELECT value FROM json_each(?))) ORDER BY id"""
        with self._connections.reading() as connection:
            rows = connection.execute(read, (json.dumps(list(except_ids)), json.dumps(list(bands))))
            return [unpacked(body, None, None, COPY_FIELDS) for (body,) in rows]

    def scan(
        self,
        kind: Kind,
        *,
        filters: Filters | None = None,
        fields: Sequence[str] = (),
        equal: Mapping[str, str] | None = None,
        within: Mapping[str, Span] | None = None,
        after: str = "",
    ) -> Iterator[Document]:
        """Yield documents by ascending id. Each page is read on its own, so writing in between is safe."""
        if filters is not None and kind != "posts":
            raise StoreRefused(f"filters are for posts and not for {kind}")
        conditions = [] if filters is None else [where(filters)]
        conditions += [_equal(kind, shape(kind).comparable(name), value) for name, value in (equal or {}).items()]
        conditions += [_within(kind, shape(kind).dated(name), span) for name, span in (within or {}).items()]
        source = f"{kind} p {_through(kind, within or {})}"
        return self._scanned(source, conditions, tuple(fields), after)

    def tally(self, filters: Filters, by: Sequence[Dimension]) -> list[Tally]:
        """Count posts by sentiment in every group that has any."""
        chosen = where(filters)
        keys = [key_column(dimension) for dimension in by]
        grouping = f"GROUP BY {', '.join(str(place + 1) for place in range(len(keys)))}" if keys else ""
        read = f"SELECT {', '.join([*keys, _COUNTS])} FROM {key_source(by)} WHERE {chosen.text} {grouping}"  # noqa: S608
        with self._connections.reading() as connection:
            rows = connection.execute(read, chosen.values).fetchall()
        return settled((_tally(by, row) for row in rows if row[len(by)]), by)

    def find(self, filters: Filters, *, order: Order, page: Page) -> Listing:
        """Return a page of posts and how many there are in all, both of one state."""
        chosen = where(filters)
        aside, by = ordering(order, filters)
        # The page is chosen by ids alone, from the index; only then are its bodies read.
        ids = f"SELECT p.row FROM posts p {aside.text} WHERE {chosen.text} ORDER BY {by} LIMIT ? OFFSET ?"  # noqa: S608
        values = (*aside.values, *chosen.values, max(page.limit, 0), max(page.offset, 0))
        with self._connections.reading() as connection:
            (total,) = connection.execute(f"SELECT count(*) FROM posts p WHERE {chosen.text}", chosen.values).fetchone()  # noqa: S608
            rows = [row for (row,) in connection.execute(ids, values)]
            return Listing(documents=_bodies(connection, rows), total=total)

    def nearest(self, embedding: Sequence[float], filters: Filters, *, limit: int) -> Listing:
        """Return the closest posts by comparing with every one that passes; `total` counts those."""
        target = np.asarray(embedding, dtype=np.float32)
        if target.shape != (shape("posts").vector_dims,):
            raise StoreRefused(f"an embedding has {shape('posts').vector_dims} numbers, not {target.size}")
        chosen = where(filters)
        read = f"""SELECT p.id, p.row, e.value FROM posts p JOIN "posts.embedding" e ON e.row = p.row
            WHERE {chosen.text} ORDER BY p.id"""  # noqa: S608
        best: list[tuple[float, str, int]] = []
        total = 0
        with self._connections.reading() as connection:
            rows = connection.execute(read, chosen.values)
            while page := rows.fetchmany(NEAREST_PAGE):
                total += len(page)
                best = sorted([*best, *_closest(target, page, limit)])[: max(limit, 0)]
            return Listing(documents=_bodies(connection, [row for *_, row in best]), total=total)

    def version(self) -> str:
        """Return which database this is and how often its posts were changed."""
        with self._connections.reading() as connection:
            return "-".join(str(value) for (value,) in connection.execute("SELECT value FROM earshot ORDER BY key"))

    def close(self) -> None:
        """Close the file."""
        self._connections.close()

    def _scanned(self, source: str, conditions: list[Sql], fields: tuple[str, ...], last: str) -> Iterator[Document]:
        long = any(name in LONG_FIELDS for name in fields)
        columns = "w.words, e.value" if long else "NULL, NULL"
        while True:
            chosen = joined(" AND ", [Sql("p.id > ?", (last,)), *conditions])
            read = f"""SELECT p.id, p.body, {columns} FROM {source} {_LONG if long else ""}
                WHERE {chosen.text} ORDER BY p.id LIMIT {SCAN_PAGE}"""  # noqa: S608
            with self._connections.reading() as connection:
                rows = connection.execute(read, chosen.values).fetchall()
            for _, body, words, embedding in rows:
                yield unpacked(body, words, embedding, fields)
            if len(rows) < SCAN_PAGE:
                return
            last = rows[-1][0]


def _put(connection: sqlite3.Connection, kind: Kind, documents: Iterable[Document]) -> Kept:
    """Write what is new or changed; of documents with the same id the last counts."""
    forms = {document.get("id", ""): packed(kind, document) for document in documents}
    before = stored_rows(connection, kind, forms)
    added = updated = 0
    for key, new in forms.items():
        old = before.get(key)
        if old is None:
            insert(connection, kind, key, new)
            added += 1
        elif old.packed != new:
            update(connection, kind, old, new)
            updated += 1
    _touch(connection, kind, added + updated)
    return Kept(added=added, updated=updated, unchanged=len(forms) - added - updated)


def _amend(connection: sqlite3.Connection, kind: Kind, changes: Sequence[Document]) -> int:
    before = stored_rows(connection, kind, [change["id"] for change in changes])
    after = {key: stored.packed for key, stored in before.items()}
    for change in changes:
        if change["id"] in after:
            after[change["id"]] = amended(kind, after[change["id"]], change)
    changed = [key for key, new in after.items() if new != before[key].packed]
    for key in changed:
        update(connection, kind, before[key], after[key])
    _touch(connection, kind, len(changed))
    return len(changed)


def _touch(connection: sqlite3.Connection, kind: Kind, changes: int) -> None:
    if kind == "posts" and changes:
        connection.execute("UPDATE earshot SET value = value + 1 WHERE key = 'posts_changed'")


def _equal(kind: Kind, name: str, value: str) -> Sql:
    if name == "id" or name in COLUMNS.get(kind, ()):
        return Sql(f"p.{quoted(name)} = ?", (value,))
    if name in LISTS.get(kind, ()):
        return Sql(f"p.row IN (SELECT row FROM {quoted(f'{kind}.{name}')} WHERE value = ?)", (value,))  # noqa: S608
    return Sql(f"? IN (SELECT value FROM json_each(p.body, '$.{name}'))", (value,))  # noqa: S608


def _within(kind: Kind, name: str, span: Span) -> Sql:
    value = f"p.{quoted(name)}" if name in COLUMNS.get(kind, ()) else f"json_extract(p.body, '$.{name}')"
    bounds = zip((">=", "<"), span, strict=True)
    parts = [Sql(f"{value} {sign} ?", (instant(time),)) for sign, time in bounds if time is not None]
    return joined(" AND ", [Sql(f"{value} IS NOT NULL"), *parts])


def _through(kind: Kind, within: Mapping[str, Span]) -> str:
    """Return the index to read through: by itself SQLite would walk all ids, as they come sorted."""
    name = next((name for name in within if name in INDEXED.get(kind, ())), None)
    return f'INDEXED BY "{kind}.by.{name}"' if name else ""


def _bodies(connection: sqlite3.Connection, rows: Sequence[int]) -> tuple[Document, ...]:
    """Return the posts of these rows in this order."""
    read = "SELECT row, body FROM posts WHERE row IN (SELECT value FROM json_each(?))"
    found = dict(connection.execute(read, (json.dumps(rows),)))
    return tuple(json.loads(found[row]) for row in rows)


def _tally(by: Sequence[Dimension], row: tuple[Any, ...]) -> Tally:
    keys = tuple(key_value(dimension, value) for dimension, value in zip(by, row, strict=False))
    return Tally(keys, *row[len(by) :])


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
