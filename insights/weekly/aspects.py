"""What people spoke about: the parts of the service, with the sentiment toward each, against the week before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insights.statistics.comparing import net_change
from insights.statistics.intervals import share
from insights.weekly.findings import AspectWeek, Mood
from insights.weekly.topics import moods, movement_of, total

if TYPE_CHECKING:
    from domain.ports import Store
    from domain.questions import Filters


def aspects_of_week(store: Store, now: Filters, before: Filters) -> tuple[AspectWeek, ...]:
    """Return the aspects that posts of the week speak of, most posts first, each text counted once.

    Both filters choose a week.
    """
    found, found_before = moods(store, now, "aspect"), moods(store, before, "aspect")
    posts, posts_before = total(store, now), total(store, before)
    none = (0, Mood.counted(0, 0, 0))
    weeks = [
        _aspect_week(aspect, found[aspect], found_before.get(aspect, none), posts, posts_before)
        for aspect in found
        if aspect is not None
    ]
    return tuple(sorted(weeks, key=lambda week: (-week.posts, week.aspect)))


def _aspect_week(
    aspect: str, now: tuple[int, Mood], before: tuple[int, Mood], posts: int, posts_before: int
) -> AspectWeek:
    count, mood = now
    count_before, mood_before = before
    return AspectWeek(
        aspect=aspect,
        posts=count,
        posts_before=count_before if posts_before else None,
        share=share(count, posts),
        movement=movement_of(count, posts, count_before, posts_before),
        mood=mood,
        negative=share(mood.negative, mood.posts),
        net_change=net_change(mood, mood_before),
    )
