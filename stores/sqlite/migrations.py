"""How an older SQLite file becomes one of today, with everything that is in it.

What the schema declares is held against what the file has: missing tables, columns and indices are
made and filled from the documents, and those that are declared no longer go; then what posts are
counted by is made anew. All of it is one transaction behind a copy of the file, so whoever is killed
in the middle begins again from the same state.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from domain.errors import StoreRefused
from stores.mapping import KINDS, values_at
from stores.sqlite.columns import fold_all
from stores.sqlite.schema import (
    APPLICATION_ID,
    COLUMNS,
    LISTS,
    column_type,
    counters,
    indices,
    quoted,
    tables,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from domain.documents import Kind

SCHEMA: Final = 8
"""The number of the schema; one more with each change of it."""
DIGESTS: Final[Mapping[int, int]] = {
    1: 1534668597,
    2: 491845932,
    3: 2072056344,
    4: 179998240,
    5: 2036851122,
    6: 812320282,
    7: 153987138,
    8: 1895708723,
}
"""What each schema is recognised by: the first wrote it in place of its number."""
_PAGE: Final = 2_000


def schema_of(connection: sqlite3.Connection, path: Path) -> int:
    """Return the number of the schema that a file has.

    Raises:
        StoreRefused: the file is not ours, or of a later version.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StoreRefused(f"{path} is not a database of Earshot's; name another file")
    if version == DIGESTS[1]:
        return 1
    if not 1 < version <= SCHEMA:
        raise StoreRefused(
            f"{path} was made by a later version of Earshot (schema {version}, this one reads up to {SCHEMA}); "
            "install that version, or name another file"
        )
    return int(version)


def create(connection: sqlite3.Connection) -> None:
    """Make an empty database of today's schema."""
    for statement in (*tables().values(), *indices().values()):
        connection.execute(statement)
    _count(connection)
    _sign(connection)


def migrate(path: Path, connection: sqlite3.Connection) -> Path | None:
    """Bring a file to today's schema; return where the copy of the older one is, None where the disk had no room.

    Whoever comes second waits for the first and finds nothing to do.
    """
    copy = _copied(path, schema_of(connection, path))
    connection.execute("BEGIN IMMEDIATE")
    try:
        if schema_of(connection, path) < SCHEMA:
            _match_declared(connection)
            fold_all(connection)
            _sign(connection)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()
    return copy


def differences(connection: sqlite3.Connection) -> list[str]:
    """Return what a file of today's schema has otherwise than declared, in words; nothing in a whole one."""
    found = [f"the table {name} is missing" for name in tables() if name not in _names(connection, "table")]
    found += [f"the index {name} is missing" for name in indices() if name not in _names(connection, "index")]
    for kind in KINDS:
        there = _columns(connection, kind)
        found += [f"the column {name} of {kind} is missing" for name in COLUMNS.get(kind, ()) if name not in there]
    return found


def _copied(path: Path, version: int) -> Path | None:
    """Copy the file before it is changed, if the disk has room for twice its size; a copy is whole or not there."""
    copy = path.with_name(f"{path.name}.schema-{version}")
    if copy.exists():
        return copy
    if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
        return None
    part = path.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    part.chmod(0o600)
    part.replace(copy)
    return copy


def _match_declared(connection: sqlite3.Connection) -> None:
    wanted, old = indices(), _names(connection, "index")
    for name in old.keys() - wanted.keys() | {name for name in old if old[name] != wanted.get(name)}:
        connection.execute(f"DROP INDEX {quoted(name)}")
    there = _names(connection, "table")
    for name, statement in tables().items():
        if name not in there:
            connection.execute(statement)
    for kind in KINDS:
        if kind in there:
            _match_columns(connection, kind)
        for name in LISTS.get(kind, ()):
            if f"{kind}.{name}" not in there:
                _fill_list(connection, kind, name)
    _count(connection)
    for name in wanted.keys() - _names(connection, "index").keys():
        connection.execute(wanted[name])


def _match_columns(connection: sqlite3.Connection, kind: Kind) -> None:
    there = _columns(connection, kind)
    own = {"row", "id", "body", "revision"}
    for name in there - own - set(COLUMNS.get(kind, ())):
        connection.execute(f"ALTER TABLE {kind} DROP COLUMN {quoted(name)}")
    if "revision" not in there:
        connection.execute(f"ALTER TABLE {kind} ADD COLUMN revision INTEGER NOT NULL DEFAULT 0")
    missing = [name for name in COLUMNS.get(kind, ()) if name not in there]
    for name in missing:
        connection.execute(f"ALTER TABLE {kind} ADD COLUMN {quoted(name)} {column_type(kind, name)}")
    if missing:
        filled = ", ".join(f"{quoted(name)} = json_extract(body, '$.{name}')" for name in missing)
        connection.execute(f"UPDATE {kind} SET {filled}")  # noqa: S608  # names of ours


def _fill_list(connection: sqlite3.Connection, kind: Kind, name: str) -> None:
    statement = f"INSERT INTO {quoted(f'{kind}.{name}')} (row, value) VALUES (?, ?)"  # noqa: S608
    rows = connection.execute(f"SELECT row, body FROM {kind}")  # noqa: S608
    while page := rows.fetchmany(_PAGE):
        values: list[tuple[int, Any]] = [
            (row, value) for row, body in page for value in dict.fromkeys(values_at(json.loads(body), name))
        ]
        connection.executemany(statement, values)


def _count(connection: sqlite3.Connection) -> None:
    """Begin the counters that are not there yet; those of older schemas go."""
    for key, value in counters():
        connection.execute(f"INSERT OR IGNORE INTO earshot VALUES (?, {value})", (key,))  # noqa: S608
    known = json.dumps([key for key, _ in counters()])
    connection.execute("DELETE FROM earshot WHERE key NOT IN (SELECT value FROM json_each(?))", (known,))


def _sign(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _names(connection: sqlite3.Connection, kind: str) -> dict[str, str]:
    """Return the tables or indices that somebody made, with their statements."""
    read = "SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL"
    return dict(connection.execute(read, (kind,)))


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}
