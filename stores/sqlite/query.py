"""Filters, dimensions and orders as SQL over the table `posts`, called `p`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from domain.conditions import Among, Between, Exists
from domain.documents import instant
from domain.errors import QueryError
from domain.questions import ASKED
from stores.mapping import shape
from stores.sqlite.quarters import moment_of, quarter_of
from stores.sqlite.schema import COLUMNS, FEW_VALUES, INDEXED, LISTS, SPARSE, quoted
from textquery.parser import parse
from textquery.tree import And, Near, Not, Or, Phrase, Prefix, positive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.conditions import Comparable, Condition
    from domain.documents import Kind
    from domain.questions import Filters, Order
    from textquery.tree import Leaf, Query

_LAST: Final = timedelta(minutes=14, seconds=59, milliseconds=999)
"""From the beginning of a quarter of an hour to the last time in it."""
_ORDERS: Final[Mapping[Order, str]] = {
    "newest": "p.created_at DESC",
    "oldest": "p.created_at",
    "reach": "p.reach DESC NULLS LAST",
    "relevance": "r.score NULLS LAST",
}


@dataclass(frozen=True)
class Sql:
    """A piece of SQL and the values of its question marks."""

    text: str
    values: tuple[Any, ...] = ()


def held(kind: Kind, condition: Condition) -> Sql:
    """Return a condition on documents of a kind, whose table is called `p`.

    Raises:
        StoreRefused: its field cannot be compared, or is no time.
    """
    match shape(kind).chosen_by(condition):
        case Among(field, values) if field in LISTS.get(kind, ()):
            return _listed(f"{kind}.{field}", values)
        case Among(field, values) if _is_column(kind, field):
            return _among(f"p.{quoted(field)}", values)
        case Among(field, values):
            inside = _is_one_of("value", values)
            inner = f"SELECT 1 FROM json_each(p.body, '$.{field}') WHERE {inside.text}"  # noqa: S608
            parts = [Sql(f"EXISTS ({inner})", inside.values)]
            if None in values:
                parts.append(Sql(f"json_extract(p.body, '$.{field}') IS NULL"))
            return joined(" OR ", parts)
        case Between(field, start, end):
            value = f"p.{quoted(field)}" if _is_column(kind, field) else f"json_extract(p.body, '$.{field}')"
            parts = [Sql(f"{value} >= ?", (instant(start),))] if start is not None else []
            parts += [Sql(f"{value} < ?", (instant(end),))] if end is not None else []
            return joined(" AND ", parts or [Sql(f"{value} IS NOT NULL")])
        case Exists(field, there) if field in LISTS.get(kind, ()):
            some = f"EXISTS (SELECT 1 FROM {quoted(f'{kind}.{field}')} WHERE row = p.row)"  # noqa: S608
            return Sql(some if there else f"NOT {some}")
        case Exists(field, there):
            return Sql(f"json_extract(p.body, '$.{field}') IS {'NOT NULL' if there else 'NULL'}")


def is_looked_up(kind: Kind, condition: Condition) -> bool:
    """Tell whether documents are found through an index by a condition; no sparse one has those without a value."""
    if isinstance(condition, Exists) or condition.field not in INDEXED.get(kind, ()):
        return False
    is_sparse = (kind, condition.field) in SPARSE
    return not (is_sparse and isinstance(condition, Among) and None in condition.values)


def counted_field(kind: Kind, field: str) -> tuple[str, str]:
    """Return the expression of a keyword field's values, and what to select them from.

    Raises:
        StoreRefused: the field cannot be counted by.
    """
    shape(kind).chosen_by(Among(field, ()))
    if field in LISTS.get(kind, ()):
        return "v.value", f"{quoted(f'{kind}.{field}')} v JOIN {kind} p ON p.row = v.row"
    value = f"p.{quoted(field)}" if _is_column(kind, field) else f"json_extract(p.body, '$.{field}')"
    return value, f"{kind} p"


def _is_column(kind: Kind, field: str) -> bool:
    return field == "id" or field in COLUMNS.get(kind, ())


def chosen_posts(filters: Filters, stand_ins: Sequence[int] = ()) -> Sql:
    """Return the condition that the filters mean; `stand_ins` are rows of copies that count though not the first.

    Raises:
        QueryError: the text query is wrong.
    """
    parts = []
    if filters.start is not None:
        parts.append(Sql("p.created_at >= ?", (instant(filters.start),)))
    if filters.end is not None:
        parts.append(Sql("p.created_at < ?", (instant(filters.end),)))
    parts += [
        _listed(f"posts.{one.path}", values) if one.many else _among(f"p.{quoted(one.path)}", values)
        for one in ASKED
        if (values := getattr(filters, one.filter))
    ]
    if filters.once:
        standing = Sql("p.row IN (SELECT value FROM json_each(?))", (json.dumps(list(stand_ins)),))
        parts.append(joined(" OR ", [Sql('p."copy.first" IS NOT 0'), standing]))
    if filters.text:
        parts.append(_matching(parse(filters.text)))
    return joined(" AND ", parts) if parts else Sql("1")


def joined(joint: str, parts: Iterable[Sql]) -> Sql:
    """Return pieces joined by an operator, in brackets."""
    parts = list(parts)
    text = joint.join(part.text for part in parts)
    return Sql(f"({text})", tuple(value for part in parts for value in part.values))


def rows_of(field: str, values: Sequence[Comparable]) -> Sql:
    """Return the statement that finds the rows of posts with one of the known values of an indexed field."""
    if field in LISTS["posts"]:
        inside = _is_one_of("value", values)
        return Sql(f"SELECT row FROM {quoted(f'posts.{field}')} WHERE {inside.text}", inside.values)  # noqa: S608
    inside = _is_one_of(quoted(field), values)
    return Sql(f"SELECT row FROM posts WHERE {inside.text}", inside.values)  # noqa: S608


def values_of(field: str, rows: Sequence[int] | None) -> Sql:
    """Return the statement that finds row and value of an indexed field, of some posts or of all that have one."""
    known = f"{quoted(field)} NOT NULL"
    if rows is None:
        source = f'posts INDEXED BY "posts.by.{field}"'
        return Sql(f"SELECT row, {quoted(field)} FROM {source} WHERE {known}")  # noqa: S608
    inside = "row IN (SELECT value FROM json_each(?))"
    return Sql(f"SELECT row, {quoted(field)} FROM posts WHERE {inside} AND {known}", (json.dumps(rows),))  # noqa: S608


def first_of_copies(rows: Sequence[int]) -> Sql:
    """Return the statement that finds row and key of the first posts of the groups of copies that rows belong to."""
    keys = 'SELECT "copy.key" FROM posts WHERE row IN (SELECT value FROM json_each(?))'
    first = f'"copy.first" IS NOT 0 AND "copy.key" IN ({keys})'
    return Sql(f'SELECT row, "copy.key" FROM posts WHERE {first}', (json.dumps(list(rows)),))  # noqa: S608


def copies_in_order(rows: Sequence[int]) -> Sql:
    """Return the statement that finds row and key of the groups of copies of posts, the earliest posts first."""
    inside = "row IN (SELECT value FROM json_each(?))"
    read = f'SELECT row, "copy.key" FROM posts WHERE {inside} ORDER BY created_at, id'  # noqa: S608
    return Sql(read, (json.dumps(list(rows)),))


def rows_between(start: datetime | None, end: datetime | None) -> Iterator[Sql]:
    """Yield the statements that find what lies outside [start, end) in the quarters of an hour of these two times."""
    if start is not None and not (first := quarter_of(start))[1]:
        inside = "created_at >= ? AND created_at < ?"
        yield Sql(f"SELECT row FROM posts WHERE {inside}", (instant(moment_of(first[0])), instant(start)))  # noqa: S608
    if end is not None and not (last := quarter_of(end))[1]:
        inside = "created_at >= ? AND created_at <= ?"
        yield Sql(f"SELECT row FROM posts WHERE {inside}", (instant(end), instant(moment_of(last[0]) + _LAST)))  # noqa: S608


def searched_rows(query: Query) -> Sql | None:
    """Return the statement that finds the rows of posts that match a text query; None where it holds a Not."""
    search = _search(query)
    if search is None:
        return None
    return Sql('SELECT rowid AS row FROM "posts.words" WHERE words MATCH ?', (search,))


def ordering(order: Order, filters: Filters) -> tuple[Sql, str]:
    """Return what to join to `posts p` and what to order by, ties by id.

    Raises:
        QueryError: relevance is asked for without a text query.
    """
    by = f"{_ORDERS[order]}, p.id"
    if order != "relevance":
        return Sql(""), by
    if not filters.text:
        raise QueryError("the order by relevance needs a text query")
    leaves = positive(parse(filters.text))
    if not leaves:
        return Sql(""), "p.id"
    scores = 'SELECT rowid AS row, bm25("posts.words") AS score FROM "posts.words" WHERE words MATCH ?'
    return Sql(f"LEFT JOIN ({scores}) r ON r.row = p.row", (" OR ".join(map(_leaf, leaves)),)), by


def _among(column: str, values: Sequence[Comparable]) -> Sql:
    parts = [_is_one_of(column, values)]
    if None in values:
        parts.append(Sql(f"{column} IS NULL"))
    return joined(" OR ", parts)


def _listed(table: str, values: Sequence[Comparable]) -> Sql:
    inside = _is_one_of("value", values)
    if table.removeprefix("posts.") in FEW_VALUES:
        parts = [Sql(f"EXISTS (SELECT 1 FROM {quoted(table)} WHERE row = p.row AND {inside.text})", inside.values)]  # noqa: S608
    else:
        parts = [Sql(f"p.row IN (SELECT row FROM {quoted(table)} WHERE {inside.text})", inside.values)]  # noqa: S608
    if None in values:
        parts.append(Sql(f"NOT EXISTS (SELECT 1 FROM {quoted(table)} WHERE row = p.row)"))  # noqa: S608
    return joined(" OR ", parts)


def _is_one_of(column: str, values: Sequence[Comparable]) -> Sql:
    """Return the comparison with known values; any number of them is one question mark, so no limit counts."""
    known = [int(value) if isinstance(value, bool) else value for value in values if value is not None]
    if len(known) == 1:
        return Sql(f"{column} = ?", (known[0],))
    return Sql(f"{column} IN (SELECT value FROM json_each(?))", (json.dumps(known),))  # noqa: S608


def _matching(query: Query) -> Sql:
    """Return the condition of a text query: one search for every part that holds no Not.

    FTS5 itself knows NOT only between two searches, never alone.
    """
    search = _search(query)
    if search is not None:
        return Sql('p.row IN (SELECT rowid FROM "posts.words" WHERE words MATCH ?)', (search,))
    if isinstance(query, Not):
        inner = _matching(query.part)
        return Sql(f"NOT {inner.text}", inner.values)
    if isinstance(query, And):
        return joined(" AND ", map(_matching, query.parts))
    if isinstance(query, Or):
        return joined(" OR ", map(_matching, query.parts))
    raise AssertionError(query)


def _search(query: Query) -> str | None:
    if isinstance(query, Not):
        return None
    if isinstance(query, And | Or):
        parts = [_search(part) for part in query.parts]
        joint = " AND " if isinstance(query, And) else " OR "
        return None if None in parts else f"({joint.join(filter(None, parts))})"
    return _leaf(query)


def _leaf(leaf: Leaf) -> str:
    # Words hold letters, marks and digits alone: nothing in them can leave the quotes.
    if isinstance(leaf, Phrase):
        return _quoted(leaf.words)
    if isinstance(leaf, Prefix):
        return f"{_quoted(leaf.words)} *"
    if isinstance(leaf, Near):
        return f"NEAR({_quoted(leaf.left)} {_quoted(leaf.right)}, {leaf.distance})"
    raise AssertionError(leaf)


def _quoted(words: Sequence[str]) -> str:
    return f'"{" ".join(words)}"'
