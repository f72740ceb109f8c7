"""Filters, text queries, dimensions and orders in the query language of Elasticsearch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.conditions import Among, Between, Exists
from domain.documents import instant
from domain.errors import QueryError
from domain.pages import paged
from domain.questions import ASKED, DIMENSIONS, TIME_DIMENSIONS, Count
from domain.zones import in_zone
from stores.mapping import shape
from textquery.parser import parse
from textquery.tree import And, Near, Not, Or, Prefix, positive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from domain.conditions import Comparable, Condition
    from domain.documents import Kind
    from domain.questions import Dimension, Filters, Order
    from domain.zones import ZoneName
    from textquery.tree import Query

Clause: TypeAlias = dict[str, Any]
"""A part of a request's body."""

MOST_TERMS: Final = 50_000
"""Values in one query; Elasticsearch takes 65,536 (index.max_terms_count)."""
SENTIMENTS: Final = ("negative", "neutral", "positive")
_BY_ID: Final = {"id": "asc"}
FIRST: Final[Clause] = {"bool": {"must_not": [{"term": {"copy.first": False}}]}}
"""Of posts that say the same, the first; and what is a copy of nothing."""
_ORDERS: Final[Mapping[Order, Clause]] = {
    "newest": {"created_at": "desc"},
    "oldest": {"created_at": "asc"},
    "reach": {"reach": {"order": "desc", "missing": "_last"}},
    "relevance": {"_score": "desc"},
}
_SENTIMENT: Final = "sentiment"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEGINNING: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
"""The first moment that a time can name: west of UTC the first day begins before it."""


def query(filters: Filters, stand_ins: Sequence[str] = ()) -> Clause:
    """Return the query that lets through what the filters let through, without scores.

    `stand_ins` are ids of copies that count once though they are not the first of their group.

    Raises:
        QueryError: the text query is wrong.
    """
    clauses = [_among(one.path, values) for one in ASKED if (values := getattr(filters, one.filter))]
    bounds = {"gte": filters.start, "lt": filters.end}
    times = {bound: instant(time) for bound, time in bounds.items() if time is not None}
    if times:
        clauses.append({"range": {"created_at": times}})
    if filters.once:
        clauses.append(_any([FIRST, *({"terms": {"id": page}} for page in paged(stand_ins, MOST_TERMS))]))
    if filters.text:
        clauses.append(_matching(parse(filters.text)))
    return {"bool": {"filter": clauses}}


def held(kind: Kind, condition: Condition) -> Clause:
    """Return a condition on documents of a kind.

    Raises:
        StoreRefused: its field cannot be compared, or is no time.
    """
    match shape(kind).chosen_by(condition):
        case Among(field, values):
            return _among(field, values)
        case Between(field, start, end):
            times = {bound: instant(time) for bound, time in (("gte", start), ("lt", end)) if time is not None}
            return {"range": {field: times}} if times else {"exists": {"field": field}}
        case Exists(field, there):
            found: Clause = {"exists": {"field": field}}
            return found if there else _not(found)


def ordered(order: Order, filters: Filters, stand_ins: Sequence[str] = ()) -> Clause:
    """Return the query of the filters and the sort that an order means, ties by id.

    Raises:
        QueryError: the text query is wrong, or missing where relevance is asked for.
    """
    chosen = query(filters, stand_ins)
    if order == "relevance":
        if not filters.text:
            raise QueryError("the order by relevance needs a text query")
        chosen["bool"]["should"] = [_matching(leaf) for leaf in positive(parse(filters.text))]
        chosen["bool"]["minimum_should_match"] = 0
    return {"query": chosen, "sort": [_ORDERS[order], _BY_ID]}


def sources(by: Sequence[Dimension], zone: ZoneName) -> list[Clause]:
    """Return the dimensions as sources of a composite aggregation, named by their places; behind them the sentiment.

    As a source it costs half of what counting it within each group does. By aspect it is not asked for.
    """
    named = [{str(place): _source(dimension, zone)} for place, dimension in enumerate(by)]
    return named if "aspect" in by else [*named, {_SENTIMENT: _source("sentiment", zone)}]


def by_sentiment() -> Clause:
    """Return the aggregation that counts posts by sentiment."""
    return {"filters": {"filters": {label: {"term": {"sentiment.label": label}} for label in SENTIMENTS}}}


def groups(by: Sequence[Dimension], buckets: Iterable[Mapping[str, Any]], zone: ZoneName) -> Iterator[Count]:
    """Yield the groups of a composite aggregation over `sources`, whose buckets come sorted."""

    def beginning(since_epoch_ms: int) -> datetime:
        # The year 1 lies far before 1970: timestamps would not do.
        return in_zone(_EPOCH + timedelta(milliseconds=max(since_epoch_ms, _BEGINNING)), zone)

    def keys_of(bucket: Mapping[str, Any]) -> tuple[Any, ...]:
        values = [(dimension, bucket["key"][str(place)]) for place, dimension in enumerate(by)]
        return tuple(beginning(one) if of in TIME_DIMENSIONS else one for of, one in values)

    for keys, some in groupby(buckets, keys_of):
        counts = {bucket["key"].get(_SENTIMENT): bucket["doc_count"] for bucket in some}
        yield Count(keys, sum(counts.values()), *(counts.get(label, 0) for label in SENTIMENTS))


def tally(keys: tuple[Any, ...], total: int, sentiments: Mapping[str, Any]) -> Count:
    """Return counts with the answer of `by_sentiment`."""
    return Count(keys, total, *(sentiments["buckets"][label]["doc_count"] for label in SENTIMENTS))


def _source(dimension: Dimension, zone: ZoneName) -> Clause:
    missing = {"missing_bucket": True, "missing_order": "last"}
    if dimension in TIME_DIMENSIONS:
        by = {"field": "created_at", "calendar_interval": dimension, "time_zone": zone}
        return {"date_histogram": by | missing}
    return {"terms": {"field": DIMENSIONS[dimension], **missing}}


def _among(field: str, values: Sequence[Comparable]) -> Clause:
    known = [value for value in values if value is not None]
    options: list[Clause] = [{"terms": {field: page}} for page in paged(known, MOST_TERMS)] or [{"match_none": {}}]
    if None in values:
        options.append(_not({"exists": {"field": field}}))
    return _any(options)


def _matching(query: Query) -> Clause:
    """Return a text query over `words`, which both stores cut at the same places."""
    if isinstance(query, And):
        return {"bool": {"must": [_matching(part) for part in query.parts]}}
    if isinstance(query, Or):
        return _any([_matching(part) for part in query.parts])
    if isinstance(query, Not):
        return _not(_matching(query.part))
    if isinstance(query, Near):
        both = [_in_order(*query.left), _in_order(*query.right)]
        near = {"ordered": False, "max_gaps": query.distance, "intervals": both}
        return {"intervals": {"words": {"all_of": near}}}
    if isinstance(query, Prefix):
        *before, last = query.words
        if not before:
            return {"prefix": {"words": last}}
        # match_phrase_prefix would look at the first words that begin so and silently miss the others.
        parts = [_in_order(*before), {"prefix": {"prefix": last}}]
        return {"intervals": {"words": {"all_of": {"ordered": True, "max_gaps": 0, "intervals": parts}}}}
    return {"match_phrase": {"words": " ".join(query.words)}}


def _in_order(*words: str) -> Clause:
    return {"match": {"query": " ".join(words), "ordered": True, "max_gaps": 0}}


def _any(options: Sequence[Clause]) -> Clause:
    return {"bool": {"should": options, "minimum_should_match": 1}}


def _not(clause: Clause) -> Clause:
    return {"bool": {"must_not": [clause]}}
