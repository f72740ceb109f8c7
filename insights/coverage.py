"""How much of the time sources were heard: a missing post and a missing hour are not the same.

The rule: what counts are the hours on record (`pipeline/coverage.py` writes them); `heard` is the
share of them in the state `heard`. Of hours that are not on record (before a source was first
collected, since it last was, or of files) nothing is said. Where nothing at all is on record, the
column `heard` is absent.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from domain.conditions import Between
from domain.documents import parse_instant
from domain.hours import hour_of
from insights.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from domain.ports import Store
    from domain.questions import Dimension, Filters

_FIELDS: Final = ("source", "posts_source", "hour", "state")
_KEYED: Final[tuple[Dimension, ...]] = ("hour", "day", "week", "source")


def heard_shares(store: Store, filters: Filters, by: Sequence[Dimension]) -> Mapping[tuple[object, ...], float]:
    """Return which share of the hours on record was heard, by the times (and sources) among the dimensions.

    The keys have the places of those dimensions in `by`; empty where nothing is on record.
    """
    every: Counter[tuple[object, ...]] = Counter()
    heard: Counter[tuple[object, ...]] = Counter()
    for _, source, hour, was_heard in _record(store, filters):
        day = hour.replace(hour=0)
        keys = {"source": source, "hour": hour, "day": day, "week": day - timedelta(days=day.weekday())}
        key = tuple(keys[dimension] for dimension in by if dimension in _KEYED)
        every[key] += 1
        heard[key] += was_heard
    return {key: heard[key] / hours for key, hours in every.items()}


def keyed(by: Sequence[Dimension]) -> list[int]:
    """Return the places of the dimensions that `heard_shares` has keys for."""
    return [place for place, dimension in enumerate(by) if dimension in _KEYED]


def not_heard(store: Store, filters: Filters) -> tuple[str, ...]:
    """Return a sentence for each source that was not heard in some of the hours on record."""
    every: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    for name, _, _, was_heard in _record(store, filters):
        every[name] += 1
        silent[name] += not was_heard
    sentences = []
    for name in sorted(name for name in every if silent[name]):
        kind, _, rest = name.partition(":")
        spoken = f"{rest.partition(':')[0]} ({kind})" if rest else kind
        sentences.append(f"{count(silent[name])} of {count(every[name])} hours were not heard from {spoken}.")
    return tuple(sentences)


def _record(store: Store, filters: Filters) -> Iterator[tuple[str, str, datetime, bool]]:
    """Yield the hours on record that filters let through: collector, its posts' source, hour, whether it was heard."""
    start = hour_of(filters.start) if filters.start else None
    for one in store.scan("coverage", fields=_FIELDS, where=[Between("hour", start, filters.end)]):
        # A collector that no post came from is known by its own kind alone: they are named kind:name:...
        source = one.get("posts_source") or one["source"].partition(":")[0]
        if not filters.sources or source in filters.sources:
            yield one["source"], source, parse_instant(one["hour"]), one["state"] == "heard"
