"""What a week's figures rest on: which days and hours have posts, and what is not known of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from insights.coverage import not_heard
from insights.weekly.findings import Coverage, SourceCoverage
from insights.weekly.weeks import DAYS, HOURS
from insights.wording import day

if TYPE_CHECKING:
    from datetime import datetime

    from domain.ports import Store
    from domain.questions import Count, Filters
    from insights.weekly.weeks import Week

_UNKNOWN: Final[dict[str, dict[str, Any]]] = {
    "without_author": {"authors": (None,)},
    "without_place": {"places": (None,)},
    "without_language": {"languages": (None,)},
    "without_sentiment": {"sentiments": (None,)},
    "without_brand": {"brands": (None,)},
    "without_topic": {"topics": (None,)},
}


def coverage_of_week(store: Store, filters: Filters, week: Week) -> Coverage:
    """Return how far the week is covered; all posts are counted, copies too."""
    present = [tally.keys[0] for tally in store.count_by(filters, ("day",))]
    missing = [start for start in week.days if start not in present]
    unknown = {name: _count(store, replace(filters, **values)) for name, values in _UNKNOWN.items()}
    return Coverage(
        days_with_posts=len(present),
        days_without=tuple(map(day, missing)),
        note=_note(present, missing),
        not_heard=not_heard(store, filters),
        sources=_sources(store.count_by(filters, ("source", "hour"))),
        posts=_count(store, filters),
        **unknown,
    )


def _count(store: Store, filters: Filters) -> int:
    return sum(tally.total for tally in store.count_by(filters, ()))


def _note(present: list[datetime], missing: list[datetime]) -> str | None:
    if not missing:
        return None
    named = ", ".join(f"{time:%a}" for time in missing)
    return (
        f"This week is covered in part: there are posts on {len(present)} of {DAYS} days"
        f" ({named} without any). Figures are of the days with posts."
    )


def _sources(tallies: list[Count]) -> tuple[SourceCoverage, ...]:
    by_source: dict[str, list[Count]] = defaultdict(list)
    for tally in tallies:
        by_source[tally.keys[0]].append(tally)
    return tuple(
        SourceCoverage(
            source=source,
            posts=sum(tally.total for tally in hours),
            hours_without=HOURS - len(hours),
            first_at=min(tally.keys[1] for tally in hours),
            last_at=max(tally.keys[1] for tally in hours),
        )
        for source, hours in sorted(by_source.items())
    )
