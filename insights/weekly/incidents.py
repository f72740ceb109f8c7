"""Events of a week that posts coincide with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from insights.weekly.findings import Incident, Mood
from insights.weekly.posts import examples
from insights.wording import many

if TYPE_CHECKING:
    from domain.documents import Document
    from domain.ports import Store
    from domain.questions import Filters
    from insights.weekly.posts import WeekPosts

LISTED: Final = 10


def incidents_of_week(store: Store, filters: Filters, found: WeekPosts) -> tuple[Incident, ...]:
    """Return the events that posts of the week coincide with, most posts first.

    Events of one customer stay out: a report is passed on.
    """
    events = store.get("events", sorted(found.by_event))
    shared = [event for event in events.values() if "customer" not in event]
    shared.sort(key=lambda event: (-found.by_event[event["id"]], event["started_at"], event["id"]))
    return tuple(_incident(store, filters, event, found) for event in shared[:LISTED])


def _incident(store: Store, filters: Filters, event: Document, found: WeekPosts) -> Incident:
    chosen = replace(filters, events=(event["id"],), once=True)
    posts, score = found.by_event[event["id"]], found.scores[event["id"]]
    counts = [(t.negative, t.neutral, t.positive) for t in store.count_by(chosen, ())] or [(0, 0, 0)]
    return Incident(
        event=event["id"],
        kind=event["kind"],
        title=event["title"],
        place=event.get("place") or event.get("region"),
        started_at=parse_instant(event["started_at"]),
        ended_at=parse_instant(event["ended_at"]) if "ended_at" in event else None,
        posts=posts,
        score=score,
        mood=Mood.counted(*counts[0]),
        words=f"{many(posts, 'post')} at its time and place, {score:.1f} times as many as usual for those hours",
        examples=examples(store, chosen),
    )
