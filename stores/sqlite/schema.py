"""The tables of the SQLite store, built from the stored shape.

Every kind has a table with `id`, the `revision` of the last write and the document as JSON in
`body`; what is filtered, grouped or sorted stands in a column beside it, written together with the
body, so that it can have an index. Lists have tables of their own. Posts are counted by columns of
codes (`stores/sqlite/columns.py`), which also stand in a table. Words are searched through FTS5; its
ascii tokenizer cuts at spaces and leaves everything else of `textquery.words` whole. Embeddings are
float16, out of the way of scans.

What is declared here is brought about in an older file by `stores/sqlite/migrations.py`.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from domain.questions import ASKED
from stores.mapping import KINDS, shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.documents import Kind

APPLICATION_ID: Final = 0x45415253  # "EARS"

COLUMNS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "posts": (
        "created_at",
        *(one.path for one in ASKED if not one.many),
        "copy.first",
        "reach",
        "terms.store_until",
        "author.key",
        "parent_id",
    ),
    "links": ("author", "customer", "state", "expires_at"),
    "services": ("customer", "party"),
    "places": ("kind", "name", "parent"),
    "events": ("kind", "customer", "party", "started_at", "ended_at", "place", "region"),
    "incidents": ("brand", "started_at", "ended_at"),
    "corrections": ("post_id",),
    "coverage": ("hour",),
    "inbox": ("state", "form", "received_at", "done_at"),
}
LISTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "posts": (*(one.path for one in ASKED if one.many), "copy.bands"),
    "customers": ("handles", "parties"),
    "parties": ("handles", "contacts"),
    "services": ("places", "supported_by"),
    "places": ("h3",),
    "events": ("meets", "places", "services", "h3"),
    "reports": ("quoted",),
    "inbox": ("about",),
}
FEW_VALUES: Final = frozenset(one.path for one in ASKED if one.many and not one.keyed)
"""Lists whose values are each in a good share of all documents: none is looked up by them."""
LOOKED_UP: Final = frozenset(("copy.bands",))
"""Lists that documents are found by and never counted: nearly every value is another."""
INDEXED: Final[Mapping[Kind, tuple[str, ...]]] = {
    "posts": (
        "created_at",
        *(one.path for one in ASKED if one.keyed and not one.many),
        "terms.store_until",
        "author.key",
        "parent_id",
    ),
    "links": ("author", "customer", "state", "expires_at"),
    "services": ("customer", "party"),
    "places": ("name", "parent"),
    "events": ("customer", "party", "place", "region", "started_at", "ended_at", "kind"),
    "incidents": ("started_at", "ended_at"),
    "corrections": ("post_id",),
    "coverage": ("hour",),
    "inbox": ("state", "done_at"),
}
SPARSE: Final[Mapping[tuple[Kind, str], tuple[str, ...]]] = {
    ("events", "place"): ("place", "id"),
    ("events", "region"): ("region", "place", "id"),
}
"""Indices of what few documents have and many of these share: of those alone, and in the order that scans read in.

Of ten million events some ten thousand are at places, and thousands in one town. Without their order every page of a
scan would walk and sort them all.
"""
_SQL_TYPES: Final = {"keyword": "TEXT", "date": "TEXT", "long": "INTEGER", "boolean": "INTEGER", "float": "REAL"}


def tables() -> dict[str, str]:
    """Return every table by its name, with the statement that makes it."""
    found = {"earshot": "CREATE TABLE earshot (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID"}
    for kind in KINDS:
        typed = "".join(f"{quoted(name)} {column_type(kind, name)}, " for name in COLUMNS.get(kind, ()))
        found[kind] = (
            f"CREATE TABLE {kind} (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, {typed}body TEXT NOT NULL, "
            "revision INTEGER NOT NULL DEFAULT 0)"
        )
        for name in LISTS.get(kind, ()):
            table = f"{kind}.{name}"
            found[table] = (
                f"CREATE TABLE {quoted(table)} (row INTEGER, value TEXT, PRIMARY KEY (row, value)) WITHOUT ROWID"
            )
    found["posts.embedding"] = 'CREATE TABLE "posts.embedding" (row INTEGER PRIMARY KEY, value BLOB NOT NULL)'
    found["posts.pending"] = 'CREATE TABLE "posts.pending" (row INTEGER PRIMARY KEY)'
    found["posts.columns"] = (
        'CREATE TABLE "posts.columns" (segment INTEGER, field TEXT, known TEXT NOT NULL, width INTEGER NOT NULL, '
        "codes BLOB NOT NULL, PRIMARY KEY (segment, field))"
    )
    found["posts.words"] = """CREATE VIRTUAL TABLE "posts.words" USING fts5(words, tokenize = 'ascii')"""
    return found


def indices() -> dict[str, str]:
    """Return every index by its name, with the statement that makes it."""
    found = {}
    for kind in KINDS:
        for name in INDEXED.get(kind, ()):
            keys = ", ".join(map(quoted, SPARSE.get((kind, name), (name,))))
            those = f" WHERE {quoted(name)} IS NOT NULL" if (kind, name) in SPARSE else ""
            found[f"{kind}.by.{name}"] = f'CREATE INDEX "{kind}.by.{name}" ON {kind} ({keys}){those}'
    for table in (f"{kind}.{name}" for kind in KINDS for name in LISTS.get(kind, ()) if name not in FEW_VALUES):
        found[f"{table}.by.value"] = f'CREATE INDEX "{table}.by.value" ON {quoted(table)} (value, row)'
    return found


def schema_digest() -> int:
    """Return a number of the tables and indices as they are declared: no change of them but of order is overlooked."""
    statements = sorted(", ".join(sorted(one.split(", "))) for one in (*tables().values(), *indices().values()))
    return zlib.crc32("\n".join(statements).encode()) & 0x7FFFFFFF


def column_type(kind: Kind, name: str) -> str:
    """Return the type that SQLite keeps a field as."""
    return _SQL_TYPES[shape(kind).types[name]]


def counters() -> Iterator[tuple[str, str]]:
    """Yield the rows of the table `earshot` in an empty database: key and SQL value.

    `made` names the database; `revision` is that of the last write; `changed.KIND` counts the writes of a kind.
    """
    yield "made", "lower(hex(randomblob(8)))"
    yield "revision", "0"
    yield from ((f"changed.{kind}", "0") for kind in KINDS)


def quoted(name: str) -> str:
    """Return a name of ours as SQL writes names with dots."""
    return f'"{name}"'
