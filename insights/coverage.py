"""How much of the time sources were heard: a missing post and a missing hour are not the same.

The rule: what counts are the hours on record (`pipeline/coverage.py` writes them); `heard` is the
share of them in the state `heard`. Of hours that are not on record (before a source was first
collected, since it last was, or of files) nothing is said. Where nothing at all is on record, the
column `heard` is absent.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from domain.conditions import Between
from domain.documents import parse_instant
from domain.hours import HOUR, hour_of
from domain.questions import TIME_DIMENSIONS
from domain.zones import start_of
from insights.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.ports import Store
    from domain.questions import Dimension, Filters
    from domain.zones import ZoneName

_FIELDS: Final = ("source", "posts_source", "hour", "state")
QUARTER: Final = timedelta(minutes=15)
_KEYED: Final[tuple[Dimension, ...]] = ("hour", "day", "week", "source")


def heard_shares(
    store: Store, filters: Filters, by: Sequence[Dimension], zone: ZoneName
) -> Mapping[tuple[object, ...], float]:
    """Return which share of the hours on record was heard, by the times (and sources) among the dimensions.

    The keys have the places of those dimensions in `by`; empty where nothing is on record. The hours are those of UTC,
    the times those of the zone: where its hours begin in the middle of them, each quarter counts where it lies.
    """
    spans = [dimension for dimension in by if dimension in TIME_DIMENSIONS]

    @cache
    def parts(hour: datetime) -> Mapping[tuple[datetime, ...], int]:
        """Return how many quarters of an hour lie within which times."""
        quarters = (hour + number * QUARTER for number in range(HOUR // QUARTER))
        first, end = filters.start and filters.start - QUARTER, filters.end
        within = (at for at in quarters if (first is None or at > first) and (end is None or at < end))
        return Counter(tuple(start_of(span, at, zone) for span in spans) for at in within)

    every: Counter[tuple[object, ...]] = Counter()
    heard: Counter[tuple[object, ...]] = Counter()
    for _, source, hour, was_heard in _record(store, filters):
        for times, quarters in parts(hour).items():
            keys = {"source": source, **dict(zip(spans, times, strict=True))}
            key = tuple(keys[dimension] for dimension in by if dimension in _KEYED)
            every[key] += quarters
            heard[key] += quarters * was_heard
    return {key: heard[key] / quarters for key, quarters in every.items()}


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
