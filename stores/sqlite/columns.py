"""Columns of the posts' fields, kept beside the rows so that counting reads little: codes, not documents.

A segment is the posts of `SEGMENT` neighbouring row numbers. For each field it has one blob of codes, an
entry per row, and the values that the codes stand for: 0 is no post, 1 no value, 2 and on the values in
their order. A list counts as one value, so a post with two brands is one entry like any other. Of
fields with nearly as many values as posts only whether there is one is kept; rows are found through
their indices.

Every transaction that writes posts notes their rows as pending; reading takes what pending rows are
now over what the blobs say, so answers are those of the documents at every commit, also from another
process. When enough rows are pending the same transaction folds them into the blobs. A blob that is
not there counts as one whose rows are all pending.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from domain.questions import ASKED
from stores.sqlite.quarters import QUARTER_SQL
from stores.sqlite.schema import LISTS, LOOKED_UP, quoted

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

SEGMENT: Final = 65_536
FOLD: Final = 2_048
"""So many pending rows are folded; until then every question reads them one by one."""
NO_POST, NO_VALUE, FIRST_VALUE = 0, 1, 2

_PLAIN: Final = (*(one.path for one in ASKED if not (one.many or one.keyed)), "copy.first", "reach")
KNOWN_ONLY: Final = tuple(one.path for one in ASKED if one.keyed)
"""Fields of which only whether there is a value is kept."""
SCALARS: Final[Mapping[str, str]] = {
    "created_at": QUARTER_SQL,
    **{name: f"p.{quoted(name)}" for name in _PLAIN},
    **{f: f"CASE WHEN p.{quoted(f)} IS NOT NULL THEN 1 END" for f in KNOWN_ONLY if f not in LISTS["posts"]},
}
"""Fields with one value, by the SQL of the value that is kept: of times the quarter of an hour."""
NUMBERS: Final = ("created_at", "reach")
"""Fields whose values are whole numbers, many of them: kept as such, so that nothing has to be made of text."""
_NUMBER: Final = "<i8"
FIELDS: Final = (*SCALARS, *(name for name in LISTS["posts"] if name not in LOOKED_UP))


@dataclass(frozen=True)
class CodeColumn:
    """The codes of one field in one segment, and the values from `FIRST_VALUE` on; lists are tuples."""

    values: Sequence[Any]
    codes: NDArray[np.integer[Any]]


EMPTY: Final = CodeColumn((), np.zeros(0, np.uint8))


class Memory:
    """What was read of pending rows, until posts change: a question is seldom the only one."""

    def __init__(self) -> None:
        self._of: tuple[int, dict[Any, list[Any]]] = (-1, {})

    def of(self, revision: int) -> dict[Any, list[Any]]:
        """Return what is remembered of a state; who reads an older one meanwhile keeps that one's."""
        current = self._of
        if current[0] != revision:
            current = self._of = (revision, {})
        return current[1]


class Segments:
    """The columns as one transaction sees them, pending rows taken in."""

    def __init__(self, connection: sqlite3.Connection, memory: Memory | None = None) -> None:
        self._connection = connection
        (revision,) = connection.execute("SELECT value FROM earshot WHERE key = 'changed.posts'").fetchone()
        self._memory = memory.of(revision) if memory else {}
        (last,) = connection.execute("SELECT max(row) FROM posts").fetchone()
        pending = connection.execute('SELECT row FROM "posts.pending" ORDER BY row').fetchall()
        self._pending: NDArray[np.int64] = np.array([row for (row,) in pending], dtype=np.int64)
        last = max(last or 0, *self._pending[-1:].tolist(), 0)
        self.count: int = last // SEGMENT + 1 if last else 0
        self.patches: dict[tuple[int, str], CodeColumn] = {}
        """What was read of pending rows and is otherwise than the blobs, by segment and field."""
        self._read_last: tuple[tuple[int, ...], dict[int, Any]] = ((), {})

    def remembered(self, name: Any, made: Callable[[], list[Any]]) -> list[Any]:
        """Return what is remembered under a name until posts change; it is made at the first time."""
        found = self._memory.get(name)
        if found is None:
            found = self._memory[name] = made()
        return found

    def column(self, segment: int, field: str) -> CodeColumn:
        """Return a field of a segment; rows behind its end are no posts."""
        key = (segment, field)
        if key in self.patches:
            return self.patches[key]
        read = 'SELECT known, width, codes FROM "posts.columns" WHERE segment = ? AND field = ?'
        found = self._connection.execute(read, (segment, field)).fetchone()
        if found is None:
            stored, rows = EMPTY, np.arange(segment * SEGMENT, (segment + 1) * SEGMENT)
        else:
            known, width, codes = found
            values: Any
            if field in NUMBERS:
                values = np.frombuffer(known, _NUMBER)
            else:
                values = [tuple(one) if isinstance(one, list) else one for one in json.loads(known)]
            stored, rows = CodeColumn(values, np.frombuffer(codes, f"<u{width}")), self.pending_in(segment)
        if not len(rows):
            return stored
        column = patched(stored, rows - segment * SEGMENT, self.values(field, rows))
        if column is not stored:
            self.patches[key] = column
        return column

    def pending_in(self, segment: int) -> NDArray[np.int64]:
        """Return the pending rows of a segment."""
        low, high = np.searchsorted(self._pending, (segment * SEGMENT, (segment + 1) * SEGMENT))
        return self._pending[low:high]

    def values(self, field: str, rows: NDArray[np.int64]) -> list[Any]:
        """Return what a field is now, for each of these rows; `_GONE` where there is no post."""
        key = (field, int(rows[0]), int(rows[-1]), len(rows))
        if key in self._memory:
            return self._memory[key]
        values = self._read_values(field, rows)
        if len(rows) < SEGMENT:
            self._memory[key] = values
        return values

    def _read_values(self, field: str, rows: NDArray[np.int64]) -> list[Any]:
        scalars = self._scalars(rows)
        if field in SCALARS:
            place = tuple(SCALARS).index(field)
            return [scalars[row][place] if row in scalars else _GONE for row in rows.tolist()]
        lists: dict[int, list[str]] = {}
        for row, value in self._read("p.row, p.value", f"posts.{field}", rows):
            lists.setdefault(row, []).append(value)
        kept = {row: _ANY if field in KNOWN_ONLY else tuple(sorted(values)) for row, values in lists.items()}
        return [kept.get(row) if row in scalars else _GONE for row in rows.tolist()]

    def _scalars(self, rows: NDArray[np.int64]) -> dict[int, tuple[Any, ...]]:
        """Return all scalars of those of these rows that are posts; asked for field by field, they are read once."""
        asked = (int(rows[0]), int(rows[-1]), len(rows))
        if self._read_last[0] != asked:
            read = self._read(f"p.row, {', '.join(SCALARS.values())}", "posts", rows)
            self._read_last = asked, {row: values for row, *values in read}
        return self._read_last[1]

    def _read(self, what: str, table: str, rows: NDArray[np.int64]) -> sqlite3.Cursor:
        """Read of pending rows alone, but where that is a whole segment."""
        source, row = f'"posts.pending" d CROSS JOIN {quoted(table)} p ON p.row = d.row', "d.row"
        if len(rows) == SEGMENT:
            source, row = f"{quoted(table)} p", "p.row"
        read = f"SELECT {what} FROM {source} WHERE {row} BETWEEN ? AND ?"  # noqa: S608  # names of ours
        return self._connection.execute(read, (int(rows[0]), int(rows[-1])))


_GONE: Final = object()
_ANY: Final = ("",)


def patched(column: CodeColumn, offsets: NDArray[np.int64], values: Iterable[Any]) -> CodeColumn:
    """Return a column with values at some places, longer where it has to be; itself if nothing changes."""
    codes = {value: code for code, value in enumerate(column.values, FIRST_VALUE)}
    given = [
        NO_POST if value is _GONE else NO_VALUE if value is None else codes.setdefault(value, len(codes) + FIRST_VALUE)
        for value in values
    ]
    length = max(len(column.codes), int(offsets[-1]) + 1)
    new = np.zeros(length, _type_for(len(codes) + FIRST_VALUE))
    new[: len(column.codes)] = column.codes
    new[offsets] = given
    return column if np.array_equal(new, column.codes) else CodeColumn(list(codes), new)


def note_pending(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    """Note that posts were written or deleted; fold when many were."""
    connection.executemany('INSERT OR IGNORE INTO "posts.pending" VALUES (?)', ((row,) for row in rows))
    (pending,) = connection.execute('SELECT count(*) FROM "posts.pending"').fetchone()
    if pending >= FOLD:
        fold(connection)


def fold(connection: sqlite3.Connection) -> None:
    """Take all pending rows into the blobs."""
    segments = Segments(connection)
    for segment in range(segments.count):
        if len(segments.pending_in(segment)):
            for field in FIELDS:
                segments.column(segment, field)
        for (_, field), column in segments.patches.items():
            _write(connection, segment, field, column)
        segments.patches.clear()
    connection.execute('DELETE FROM "posts.pending"')


def fold_all(connection: sqlite3.Connection) -> None:
    """Make all blobs anew from the rows."""
    connection.execute('DELETE FROM "posts.columns"')
    connection.execute('INSERT OR IGNORE INTO "posts.pending" SELECT row FROM posts')
    fold(connection)


def forget_unused(connection: sqlite3.Connection) -> None:
    """Fold, and drop the values that no post has any more."""
    fold(connection)
    segments = Segments(connection)
    for segment in range(segments.count):
        for field in FIELDS:
            column = segments.column(segment, field)
            used = np.bincount(column.codes, minlength=len(column.values) + FIRST_VALUE)[FIRST_VALUE:] > 0
            if not used.all():
                places = np.concatenate([[NO_POST, NO_VALUE], np.cumsum(used) + NO_VALUE])
                kept = [value for value, is_used in zip(column.values, used, strict=True) if is_used]
                codes = places[column.codes].astype(_type_for(len(kept) + FIRST_VALUE))
                _write(connection, segment, field, CodeColumn(kept, codes))


def unlike_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a sentence for each column of a segment that does not say what its posts say; this reads all posts."""
    segments = Segments(connection)
    for segment in range(segments.count):
        rows = np.arange(segment * SEGMENT, (segment + 1) * SEGMENT)
        for field in FIELDS:
            column = segments.column(segment, field)
            right = patched(EMPTY, rows - rows[0], segments.values(field, rows))
            known = {value: code for code, value in enumerate(column.values, FIRST_VALUE)}
            expected = np.array([NO_POST, NO_VALUE, *(known.get(value, -1) for value in right.values)])[right.codes]
            codes = np.zeros(len(expected), np.int64)
            codes[: len(column.codes)] = column.codes
            if not np.array_equal(codes, expected):
                yield f"the column {field} of the posts in rows {rows[0]} to {rows[-1]} is not what they say"


def _write(connection: sqlite3.Connection, segment: int, field: str, column: CodeColumn) -> None:
    if field in NUMBERS:
        known: str | bytes = np.asarray(column.values, _NUMBER).tobytes()
    else:
        known = json.dumps(column.values, separators=(",", ":"))
    values = (known, column.codes.itemsize, column.codes.tobytes(), segment, field)
    update = 'UPDATE "posts.columns" SET known = ?, width = ?, codes = ? WHERE segment = ? AND field = ?'
    if not connection.execute(update, values).rowcount:
        connection.execute(
            'INSERT INTO "posts.columns" (known, width, codes, segment, field) VALUES (?, ?, ?, ?, ?)', values
        )


def _type_for(codes: int) -> type[np.unsignedinteger[Any]]:
    return np.uint8 if codes <= 2**8 else np.uint16 if codes <= 2**16 else np.uint32
