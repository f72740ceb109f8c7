"""Documents as rows: packing, unpacking, writing what changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from domain.documents import ALL, REVISION
from domain.errors import StoreRefused
from stores.mapping import LONG_FIELDS, shape, values_at
from stores.sqlite.columns import note_pending
from stores.sqlite.schema import COLUMNS, LISTS, quoted

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from domain.documents import Document, Kind

_READ_POSTS = """
    SELECT p.id, p.row, p.revision, p.body, w.words, e.value FROM posts p
    LEFT JOIN "posts.words" w ON w.rowid = p.row LEFT JOIN "posts.embedding" e ON e.row = p.row
"""


_ENCODED: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


class Packed(NamedTuple):
    """A document as it is kept: JSON without the long fields, the words, the embedding as float16."""

    body: str
    words: str | None
    embedding: bytes | None


class Stored(NamedTuple):
    """A row of a document."""

    row: int
    revision: str
    packed: Packed


def packed(kind: Kind, document: Document) -> Packed:
    """Return the stored form of a document; equal documents have equal forms.

    Raises:
        StoreRefused: it does not fit the stored shape or is not JSON.
    """
    shape(kind).check(document)
    try:
        rest = {key: value for key, value in document.items() if key not in LONG_FIELDS}
        body = _ENCODED(rest)
    except (TypeError, ValueError, RecursionError) as failure:
        raise StoreRefused(f"the document {document['id']} of {kind} is not valid JSON: {failure}") from None
    return Packed(body, document.get("words"), _vector_bytes(document))


def patched(kind: Kind, stored: Packed, change: Document) -> Packed:
    """Return the stored form with the top-level fields of a change merged in; None removes a field."""
    merged = json.loads(stored.body) | change
    merged.pop(REVISION, None)
    new = packed(kind, {key: value for key, value in merged.items() if value is not None})
    return Packed(
        new.body,
        new.words if "words" in change else stored.words,
        new.embedding if "embedding" in change else stored.embedding,
    )


def unpacked(stored: Packed, revision: int, fields: Sequence[str]) -> Document:
    """Return a document: whole but for the long fields, or only `fields` (dotted names) and its id."""
    document: Document = json.loads(stored.body)
    if stored.words is not None and "words" in fields:
        document["words"] = stored.words
    if stored.embedding is not None and "embedding" in fields:
        document["embedding"] = vectors([stored.embedding])[0].tolist()
    if fields and ALL not in fields:
        document = _chosen(document, frozenset(("id", *fields)))
    return document | {REVISION: str(revision)} if REVISION in fields else document


def vectors(blobs: Sequence[bytes]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return stored embeddings as rows, shape (len(blobs), dims)."""
    dims = shape("posts").vector_dims
    return np.frombuffer(b"".join(blobs), dtype="<f2").reshape(len(blobs), dims).astype(np.float32)


def stored_rows(connection: sqlite3.Connection, kind: Kind, ids: Iterable[str]) -> dict[str, Stored]:
    """Return the rows of those documents that exist, long fields included, by id."""
    read = _READ_POSTS if kind == "posts" else f"SELECT id, row, revision, body, NULL, NULL FROM {kind}"  # noqa: S608
    read += " WHERE id IN (SELECT value FROM json_each(?))"
    rows = connection.execute(read, (json.dumps(list(ids)),))
    return {key: Stored(row, str(revision), Packed(*rest)) for key, row, revision, *rest in rows}


def insert(
    connection: sqlite3.Connection, kind: Kind, forms: Mapping[str, tuple[Document, Packed]], revision: int
) -> None:
    """Write documents that are not there yet, by id, each with its stored form."""
    (last,) = connection.execute(f"SELECT coalesce(max(row), 0) FROM {kind}").fetchone()  # noqa: S608
    rows = dict(enumerate(forms.items(), start=last + 1))
    columns = COLUMNS.get(kind, ())
    names = ", ".join(("row", "id", "revision", "body", *map(quoted, columns)))
    marks = ", ".join("?" * (len(columns) + 4))
    connection.executemany(
        f"INSERT INTO {kind} ({names}) VALUES ({marks})",  # noqa: S608  # names of ours
        (
            (row, key, revision, form.body, *column_values(document, columns))
            for row, (key, (document, form)) in rows.items()
        ),
    )
    _insert_lists(connection, kind, {row: document for row, (_, (document, _)) in rows.items()})
    if kind == "posts":
        _insert_values(connection, _WORDS, ((row, form.words) for row, (_, (_, form)) in rows.items()))
        _insert_values(connection, _EMBEDDING, ((row, form.embedding) for row, (_, (_, form)) in rows.items()))
        note_pending(connection, rows)


def update(connection: sqlite3.Connection, kind: Kind, changes: Sequence[tuple[Stored, Packed]], revision: int) -> None:
    """Write documents over their older forms; words, lists and embeddings only where they differ."""
    columns = COLUMNS.get(kind, ())
    documents = {old.row: json.loads(new.body) for old, new in changes}
    pairs = ", ".join(f"{name} = ?" for name in ("revision", "body", *map(quoted, columns)))
    connection.executemany(
        f"UPDATE {kind} SET {pairs} WHERE row = ?",  # noqa: S608  # names of ours
        ((revision, new.body, *column_values(documents[old.row], columns), old.row) for old, new in changes),
    )
    _delete_lists(connection, kind, documents.keys())
    _insert_lists(connection, kind, documents)
    if kind == "posts":
        for table, place in ((_WORDS, 1), (_EMBEDDING, 2)):
            changed = {
                old.row: (old.packed[place], new[place]) for old, new in changes if old.packed[place] != new[place]
            }
            _delete_rows(connection, table, [row for row, (before, _) in changed.items() if before is not None])
            _insert_values(connection, table, ((row, after) for row, (_, after) in changed.items()))
        note_pending(connection, documents)


def remove(connection: sqlite3.Connection, kind: Kind, rows: Collection[int]) -> None:
    """Delete documents with all that is kept aside for them."""
    _delete_lists(connection, kind, rows)
    if kind == "posts":
        _delete_rows(connection, _EMBEDDING, rows)
        _delete_rows(connection, _WORDS, rows)
    _delete_rows(connection, (kind, "row", ""), rows)
    if kind == "posts":
        note_pending(connection, rows)


def column_values(document: Document, columns: Sequence[str]) -> Iterator[Any]:
    """Yield what stands in columns: the value under each dotted name, truth as 0 or 1."""
    for name in columns:
        value: Any = document
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        yield int(value) if isinstance(value, bool) else value


_WORDS = ("posts.words", "rowid", "words")
_EMBEDDING = ("posts.embedding", "row", "value")


def _insert_lists(connection: sqlite3.Connection, kind: Kind, documents: Mapping[int, Document]) -> None:
    for name in LISTS.get(kind, ()):
        values = ((row, value) for row, one in documents.items() for value in dict.fromkeys(values_at(one, name)))
        connection.executemany(f"INSERT INTO {quoted(f'{kind}.{name}')} (row, value) VALUES (?, ?)", values)  # noqa: S608


def _delete_lists(connection: sqlite3.Connection, kind: Kind, rows: Collection[int]) -> None:
    for name in LISTS.get(kind, ()):
        _delete_rows(connection, (f"{kind}.{name}", "row", "value"), rows)


def _insert_values(
    connection: sqlite3.Connection, table: tuple[str, str, str], values: Iterable[tuple[int, Any]]
) -> None:
    name, key, column = table
    statement = f"INSERT INTO {quoted(name)} ({key}, {column}) VALUES (?, ?)"  # noqa: S608
    connection.executemany(statement, (pair for pair in values if pair[1] is not None))


def _delete_rows(connection: sqlite3.Connection, table: tuple[str, str, str], rows: Collection[int]) -> None:
    name, key, _ = table
    connection.executemany(f"DELETE FROM {quoted(name)} WHERE {key} = ?", ((row,) for row in rows))  # noqa: S608


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
