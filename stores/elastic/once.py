"""Counting near-identical texts once within what is asked for, also where the first of them lies outside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from domain.pages import paged
from domain.questions import Filters
from stores.elastic.query import FIRST, query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from stores.elastic.query import Clause

PAGE: Final = 10_000
_EARLIEST: Final = {"top_hits": {"size": 1, "sort": [{"created_at": "asc"}, {"id": "asc"}], "_source": ["id"]}}
_GROUPS: Final = [{"group": {"terms": {"field": "copy.key"}}}]


def stand_ins(filters: Filters, buckets: Callable[..., Iterator[Any]]) -> list[str]:
    """Return the ids of posts that stand for a group of copies whose first the filters do not let through.

    `buckets` yields the groups of a composite aggregation over a query.
    """
    rest = replace(filters, once=False)
    if not filters.once or rest == Filters():
        return []
    inside = query(rest)
    copies: Clause = {"bool": {"filter": [inside, {"term": {"copy.first": False}}]}}
    found: list[str] = []
    for page in paged(buckets(copies, _GROUPS, each={"earliest": _EARLIEST}), PAGE):
        earliest = {one["key"]["group"]: one["earliest"]["hits"]["hits"][0]["_source"]["id"] for one in page}
        there = {"bool": {"filter": [inside, FIRST, {"terms": {"copy.key": list(earliest)}}]}}
        led = {one["key"]["group"] for one in buckets(there, _GROUPS)}
        found += (key for group, key in earliest.items() if group not in led)
    return found
