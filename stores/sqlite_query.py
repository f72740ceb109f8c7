"""Filters, dimensions and orders as SQL over the table `posts`, called `p`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from domain.conditions import Among, Between, Exists
from domain.documents import instant
from domain.errors import QueryError
from stores.mapping import FILTER_FIELDS, shape
from stores.sqlite_schema import COLUMNS, LISTS, quoted
from textquery.parser import parse
from textquery.tree import And, Near, Not, Or, Phrase, Prefix, positive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.conditions import Comparable, Condition
    from domain.documents import Kind
    from domain.questions import Dimension, Filters, Order
    from textquery.tree import Leaf, Query

_MULTIPLE: Final = {name: f"posts.{field}" for name, field in FILTER_FIELDS.items() if field in LISTS["posts"]}
_SINGLE: Final = {name: field for name, field in FILTER_FIELDS.items() if name not in _MULTIPLE}
_KEYS: Final[Mapping[Dimension, str]] = {
    "hour": "substr(p.created_at, 1, 13)",
    "day": "substr(p.created_at, 1, 10)",
    # Six days back and on to the next Monday is the Monday of the week.
    "week": "date(substr(p.created_at, 1, 10), '-6 days', 'weekday 1')",
    "brand": "brand.value",
    "language": 'p."language.code"',
    "source": "p.source",
    "sentiment": 'p."sentiment.label"',
    "emotion": 'p."emotion.label"',
    "intent": "intent.value",
    "aspect": "aspect.value",
    "topic": 'p."topic.id"',
    "author": 'p."author.id"',
    "place": "p.place",
    "copy": 'p."copy.key"',
}
_LISTED: Final[Mapping[Dimension, str]] = {
    "brand": "posts.brands",
    "intent": "posts.intent.labels",
    "aspect": "posts.aspect_sentiments",
}
"""The tables of the dimensions in which a post may be in several groups."""
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
            return _listed(quoted(f"{kind}.{field}"), values)
        case Among(field, values) if _is_column(kind, field):
            return _among(f"p.{quoted(field)}", values)
        case Among(field, values):
            return _among_body(field, values)
        case Between(field, start, end):
            value = f"p.{quoted(field)}" if _is_column(kind, field) else f"json_extract(p.body, '$.{field}')"
            parts = [Sql(f"{value} >= ?", (instant(start),))] if start is not None else []
            parts += [Sql(f"{value} < ?", (instant(end),))] if end is not None else []
            return joined(" AND ", parts or [Sql(f"{value} IS NOT NULL")])
        case Exists(field, there):
            return Sql(f"json_extract(p.body, '$.{field}') IS {'NOT NULL' if there else 'NULL'}")


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


def chosen_posts(filters: Filters) -> Sql:
    """Return the condition that the filters mean.

    Raises:
        QueryError: the text query is wrong.
    """
    parts = []
    if filters.start is not None:
        parts.append(Sql("p.created_at >= ?", (instant(filters.start),)))
    if filters.end is not None:
        parts.append(Sql("p.created_at < ?", (instant(filters.end),)))
    for name, column in _SINGLE.items():
        if getattr(filters, name):
            parts.append(_among(f"p.{quoted(column)}", getattr(filters, name)))
    for name, table in _MULTIPLE.items():
        if getattr(filters, name):
            parts.append(_listed(quoted(table), getattr(filters, name)))
    if filters.once:
        parts.append(Sql('p."copy.first" IS NOT 0'))
    if filters.text:
        parts.append(_matching(parse(filters.text)))
    return joined(" AND ", parts) if parts else Sql("1")


def joined(joint: str, parts: Iterable[Sql]) -> Sql:
    """Return pieces joined by an operator, in brackets."""
    parts = list(parts)
    text = joint.join(part.text for part in parts)
    return Sql(f"({text})", tuple(value for part in parts for value in part.values))


def key_column(dimension: Dimension) -> str:
    """Return the expression that a dimension groups by."""
    return _KEYS[dimension]


def key_source(by: Sequence[Dimension]) -> str:
    """Return what to select from so that the keys of the dimensions can be named."""
    joins = (f"LEFT JOIN {quoted(_LISTED[name])} {name} ON {name}.row = p.row" for name in by if name in _LISTED)
    return " ".join(["posts p", *joins])


def key_value(dimension: Dimension, value: Any) -> Any:
    """Return a key as the port gives it: the beginning of an hour, a day or a week as an aware time."""
    if dimension in {"hour", "day", "week"}:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


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
    parts = [Sql(f"p.row IN (SELECT row FROM {table} WHERE {inside.text})", inside.values)]  # noqa: S608  # names of ours
    if None in values:
        parts.append(Sql(f"p.row NOT IN (SELECT row FROM {table})"))  # noqa: S608
    return joined(" OR ", parts)


def _among_body(field: str, values: Sequence[Comparable]) -> Sql:
    inside = _is_one_of("value", values)
    there = f"json_each(p.body, '$.{field}')"
    parts = [Sql(f"EXISTS (SELECT 1 FROM {there} WHERE {inside.text})", inside.values)]  # noqa: S608
    if None in values:
        parts.append(Sql(f"json_extract(p.body, '$.{field}') IS NULL"))
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
