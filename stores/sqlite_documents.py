"""Documents as rows: packing, unpacking, writing what changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from domain.errors import StoreRefused
from stores.mapping import LONG_FIELDS, shape, values_at
from stores.sqlite_schema import LISTS, quoted, writing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from domain.documents import Document, Kind

_READ_POSTS = """
    SELECT p.id, p.row, p.body, w.words, e.value FROM posts p
    LEFT JOIN "posts.words" w ON w.rowid = p.row LEFT JOIN "posts.embedding" e ON e.row = p.row
"""


class Packed(NamedTuple):
    """A document as it is kept: JSON without the long fields, the words, the embedding as float16."""

    body: str
    words: str | None
    embedding: bytes | None


class Stored(NamedTuple):
    """A row of a document."""

    row: int
    packed: Packed


def packed(kind: Kind, document: Document) -> Packed:
    """Return the stored form of a document; equal documents have equal forms.

    Raises:
        StoreRefused: it does not fit the stored shape or is not JSON.
    """
    shape(kind).check(document)
    try:
        rest = {key: value for key, value in document.items() if key not in LONG_FIELDS}
        body = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as failure:
        raise StoreRefused(f"the document {document['id']} of {kind} is not valid JSON: {failure}") from None
    return Packed(body, document.get("words"), _vector_bytes(document))


def amended(kind: Kind, stored: Packed, change: Document) -> Packed:
    """Return the stored form with the top-level fields of a change merged in; None removes a field."""
    merged = json.loads(stored.body) | change
    new = packed(kind, {key: value for key, value in merged.items() if value is not None})
    return Packed(
        new.body,
        new.words if "words" in change else stored.words,
        new.embedding if "embedding" in change else stored.embedding,
    )


def unpacked(body: str, words: str | None, embedding: bytes | None, fields: Sequence[str]) -> Document:
    """Return a document: whole but for the long fields, or only `fields` (dotted names) and its id."""
    document: Document = json.loads(body)
    if not fields:
        return document
    if words is not None:
        document["words"] = words
    if embedding is not None:
        document["embedding"] = vectors([embedding])[0].tolist()
    chosen: Document = _chosen(document, frozenset(("id", *fields)))
    return chosen


def vectors(blobs: Sequence[bytes]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return stored embeddings as rows, shape (len(blobs), dims)."""
    dims = shape("posts").vector_dims
    return np.frombuffer(b"".join(blobs), dtype="<f2").reshape(len(blobs), dims).astype(np.float32)


def stored_rows(connection: sqlite3.Connection, kind: Kind, ids: Iterable[str]) -> dict[str, Stored]:
    """Return the rows of those documents that exist, long fields included, by id."""
    read = _READ_POSTS if kind == "posts" else f"SELECT id, row, body, NULL, NULL FROM {kind}"  # noqa: S608
    read += " WHERE id IN (SELECT value FROM json_each(?))"
    rows = connection.execute(read, (json.dumps(list(ids)),))
    return {key: Stored(row, Packed(*rest)) for key, row, *rest in rows}


def insert(connection: sqlite3.Connection, kind: Kind, key: str, new: Packed) -> None:
    """Write a document that is not there yet."""
    connection.execute(writing(kind, over=False), (key, new.body))
    (row,) = connection.execute("SELECT last_insert_rowid()").fetchone()
    _write_aside(connection, kind, row, None, new)


def update(connection: sqlite3.Connection, kind: Kind, old: Stored, new: Packed) -> None:
    """Write a document over its older form."""
    if old.packed.body != new.body:
        connection.execute(writing(kind, over=True), (old.row, new.body))
    _write_aside(connection, kind, old.row, old.packed, new)


def remove(connection: sqlite3.Connection, kind: Kind, rows: Sequence[int]) -> None:
    """Delete documents with all that is kept aside for them."""
    tables = [kind, *(f"{kind}.{name}" for name in LISTS.get(kind, ()))]
    tables += ["posts.embedding"] if kind == "posts" else []
    for table in tables:
        connection.executemany(f"DELETE FROM {quoted(table)} WHERE row = ?", ((row,) for row in rows))  # noqa: S608
    if kind == "posts":
        connection.executemany('DELETE FROM "posts.words" WHERE rowid = ?', ((row,) for row in rows))


def _write_aside(connection: sqlite3.Connection, kind: Kind, row: int, old: Packed | None, new: Packed) -> None:
    if old is None or old.body != new.body:
        _write_lists(connection, kind, row, json.loads(new.body), there=old is not None)
    if kind == "posts":
        _write_value(connection, ("posts.words", "rowid", "words"), row, old and old.words, new.words)
        _write_value(connection, ("posts.embedding", "row", "value"), row, old and old.embedding, new.embedding)


def _write_lists(connection: sqlite3.Connection, kind: Kind, row: int, document: Document, *, there: bool) -> None:
    for name in LISTS.get(kind, ()):
        table = quoted(f"{kind}.{name}")
        if there:
            connection.execute(f"DELETE FROM {table} WHERE row = ?", (row,))  # noqa: S608
        values = ((row, value) for value in dict.fromkeys(values_at(document, name)))
        connection.executemany(f"INSERT INTO {table} (row, value) VALUES (?, ?)", values)  # noqa: S608


def _write_value(connection: sqlite3.Connection, names: tuple[str, str, str], row: int, old: Any, new: Any) -> None:
    if old == new:
        return
    table, key, column = names
    if old is not None:
        connection.execute(f"DELETE FROM {quoted(table)} WHERE {key} = ?", (row,))  # noqa: S608
    if new is not None:
        connection.execute(f"INSERT INTO {quoted(table)} ({key}, {column}) VALUES (?, ?)", (row, new))  # noqa: S608


def _vector_bytes(document: Document) -> bytes | None:
    values = document.get("embedding")
    if values is None:
        return None
    dims = shape("posts").vector_dims
    if len(values) != dims:
        raise StoreRefused(f"an embedding has {dims} numbers, not {len(values)} (document {document['id']})")
    return np.asarray(values, dtype="<f2").tobytes()


def _chosen(value: Any, names: frozenset[str], above: str = "") -> Any:
    """Return the parts of a value that are named, whole branches where a branch is named."""
    if isinstance(value, list):
        return [_chosen(item, names, above) for item in value]
    if not isinstance(value, dict):
        return value
    chosen = {}
    for key, item in value.items():
        name = f"{above}{key}"
        if name in names:
            chosen[key] = item
        elif any(other.startswith(f"{name}.") for other in names):
            chosen[key] = _chosen(item, names, f"{name}.")
    return chosen
