"""The tables of the SQLite store, built from the stored shape.

Every kind has a table with `id` and the document as JSON in `body`; what is filtered, grouped or
sorted is a column that the statement which writes the body takes out of it, so the two cannot
differ. (SQLite's own computed columns would keep it from counting in an index alone.) Lists have
tables of their own. Words are searched through FTS5; its ascii tokenizer cuts at spaces and
leaves everything else of `domain.words` whole. Embeddings are float16, out of the way of scans.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from domain.errors import StoreRefused
from stores.mapping import KINDS, shape

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from domain.documents import Kind

APPLICATION_ID: Final = 0x45415253  # "EARS"

COLUMNS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "posts": (
        "created_at",
        "sentiment.label",
        "emotion.label",
        "urgency.holds",
        "spam.holds",
        "copy.first",
        "source",
        "language.code",
        "topic.id",
        "author.id",
        "place",
        "copy.key",
        "customer.id",
        "speaker",
        "reach",
        "terms.store_until",
    ),
    "events": ("kind", "customer", "started_at"),
    "coverage": ("hour",),
}
LISTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "posts": ("brands", "events.id", "intent.labels", "aspects.aspect", "aspect_sentiments", "copy.bands"),
    "customers": ("handles",),
}
INDEXED: Final[Mapping[Kind, tuple[str, ...]]] = {
    "posts": ("author.id", "copy.key", "customer.id", "topic.id", "terms.store_until"),
    "events": ("customer",),
    "coverage": ("hour",),
}
NOT_COUNTED: Final = frozenset(("terms.store_until",))
"""Columns that nothing is counted by: left out of the index that counting reads."""
_SQL_TYPES: Final = {"keyword": "TEXT", "date": "TEXT", "long": "INTEGER", "boolean": "INTEGER", "float": "REAL"}


def statements() -> Iterator[str]:
    """Yield the statements that make an empty database."""
    yield f"PRAGMA application_id = {APPLICATION_ID}"
    yield f"PRAGMA user_version = {schema_version()}"
    yield from _tables()


def schema_version() -> int:
    """Return a number of the tables as they are made here: no change of them can be forgotten."""
    return zlib.crc32("\n".join(_tables()).encode()) & 0x7FFFFFFF


def _tables() -> Iterator[str]:
    yield "CREATE TABLE earshot (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID"
    yield "INSERT INTO earshot VALUES ('made', lower(hex(randomblob(8)))), ('posts_changed', 0)"
    for kind in KINDS:
        yield from _tables_of(kind)
    yield 'CREATE TABLE "posts.embedding" (row INTEGER PRIMARY KEY, value BLOB NOT NULL)'
    yield """CREATE VIRTUAL TABLE "posts.words" USING fts5(words, tokenize = 'ascii')"""


def _tables_of(kind: Kind) -> Iterator[str]:
    columns = COLUMNS.get(kind, ())
    typed = "".join(f"{quoted(name)} {_SQL_TYPES[shape(kind).types[name]]}, " for name in columns)
    yield f"CREATE TABLE {kind} (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, {typed}body TEXT NOT NULL)"
    for name in INDEXED.get(kind, ()):
        yield f'CREATE INDEX "{kind}.by.{name}" ON {kind} ("{name}")'
    if kind == "posts":
        # All columns that are counted by in one index: counting reads it alone and never the much larger table.
        counted = ", ".join(quoted(name) for name in columns if name not in NOT_COUNTED)
        yield f'CREATE INDEX "posts.by.all" ON posts ({counted})'
    for name in LISTS.get(kind, ()):
        table = quoted(f"{kind}.{name}")
        yield f"CREATE TABLE {table} (row INTEGER, value TEXT, PRIMARY KEY (row, value)) WITHOUT ROWID"
        yield f'CREATE INDEX "{kind}.{name}.by.value" ON {table} (value, row)'


def writing(kind: Kind, *, over: bool) -> str:
    """Return the statement that writes a document: new, or over an older form.

    Its values are ?1 the id when new or else the row, and ?2 the body.
    """
    columns = COLUMNS.get(kind, ())
    taken = [*(f"json_extract(?2, '$.{name}')" for name in columns), "?2"]
    names = [*map(quoted, columns), "body"]
    if over:
        pairs = ", ".join(f"{name} = {value}" for name, value in zip(names, taken, strict=True))
        return f"UPDATE {kind} SET {pairs} WHERE row = ?1"  # noqa: S608  # names of ours
    return f"INSERT INTO {kind} (id, {', '.join(names)}) VALUES (?1, {', '.join(taken)})"  # noqa: S608


def quoted(name: str) -> str:
    """Return a name of ours as SQL writes names with dots."""
    return f'"{name}"'


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that is not ours or that another version made.

    Raises:
        StoreRefused: with the file's name and what to do.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StoreRefused(f"{path} is not a database of Earshot's; name another file")
    if version != schema_version():
        raise StoreRefused(f"{path} was made by another version of Earshot; name a new file and ingest again")
