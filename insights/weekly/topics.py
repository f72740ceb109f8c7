"""Which topics rose, fell and appeared against the week before, and by how much chance explains.

A topic moved if its share of all posts became at least `MIN_RATIO` times as large or as small, the
99 % interval of the difference of the two shares (Newcombe, 1998) leaves out zero, and one of the
weeks has at least `MIN_POSTS` of its posts. It appeared if the week before had none of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from insights.ask import topic_names
from insights.statistics.comparing import direction
from insights.statistics.intervals import difference_interval, share_interval
from insights.weekly.findings import Mood, TopicWeek
from insights.weekly.posts import examples
from insights.wording import many, percent

if TYPE_CHECKING:
    from domain.ports import Store
    from domain.questions import Dimension, Filters
    from insights.weekly.findings import Example, Movement

MIN_POSTS: Final = 10
MIN_RATIO: Final = 1.5
Z_99: Final = 2.5758293035489004
LISTED: Final = 12
MOVED: Final[tuple[Movement, ...]] = ("appeared", "rose", "fell")


def topics_of_week(store: Store, now: Filters, before: Filters) -> tuple[TopicWeek, ...]:
    """Return topics, each text counted once: those that moved and the largest others, `LISTED` at most.

    Both filters choose a week. Moved topics come first, then the steady ones, each by posts.
    """
    found, found_before = moods(store, now, "topic"), moods(store, before, "topic")
    posts, posts_before = total(store, now), total(store, before)
    topics = sorted({topic for topic in (*found, *found_before) if topic is not None})
    names = topic_names(store, topics)
    none = (0, Mood.counted(0, 0, 0))
    weeks = [
        _topic_week(
            topic,
            names.get(topic, topic),
            found.get(topic, none),
            found_before.get(topic, none)[0],
            posts,
            posts_before,
        )
        for topic in topics
    ]
    weeks.sort(key=lambda week: (week.movement not in MOVED, -max(week.posts, week.posts_before or 0), week.topic))
    return tuple(replace(week, examples=_examples(store, now, week)) for week in weeks[:LISTED])


def moods(store: Store, filters: Filters, by: Dimension) -> dict[str | None, tuple[int, Mood]]:
    """Return how many posts each group has and their mood; by aspect, the mood toward it."""
    tallies = store.count_by(filters, (by,))
    return {t.keys[0]: (t.total, Mood.counted(t.negative, t.neutral, t.positive)) for t in tallies}


def total(store: Store, filters: Filters) -> int:
    """Return how many posts there are."""
    return sum(tally.total for tally in store.count_by(filters, ()))


def _topic_week(
    topic: str, name: str, now: tuple[int, Mood], count_before: int, posts: int, posts_before: int
) -> TopicWeek:
    count, mood = now
    share = count / posts
    share_before = count_before / posts_before if posts_before else None
    movement = movement_of(count, posts, count_before, posts_before)
    return TopicWeek(
        topic=topic,
        name=name,
        movement=movement,
        posts=count,
        posts_before=count_before if posts_before else None,
        share=share,
        share_before=share_before,
        ratio=share / share_before if share_before else None,
        mood=mood,
        words=_words(movement, count, count_before, share, share_before),
        examples=(),
    )


def movement_of(count: int, posts: int, count_before: int, posts_before: int) -> Movement:
    """Return what may be said of `count` of `posts` against `count_before` of `posts_before`."""
    now, before = share_interval(count, posts, z=Z_99), share_interval(count_before, posts_before, z=Z_99)
    if now is None or before is None:
        return "no data"
    if max(count, count_before) < MIN_POSTS:
        return "steady"
    share, share_before = count / posts, count_before / posts_before
    way = direction(difference_interval(share, now, share_before, before))
    if way == "up" and share >= MIN_RATIO * share_before:
        return "rose" if count_before else "appeared"
    if way == "down" and share_before >= MIN_RATIO * share:
        return "fell"
    return "steady"


def _words(movement: Movement, count: int, count_before: int, share: float, share_before: float | None) -> str:
    if share_before is None:
        return f"{many(count, 'post')}, {percent(share)} of all; no data for the week before"
    now = f"{many(count, 'post')}, {percent(share)} of all"
    before = f"{count_before:,} the week before, {percent(share_before)}"
    said = {
        "appeared": f"{now}; none the week before",
        "rose": f"{now}, against {before}",
        "fell": f"{now}, against {before}",
    }
    return said.get(movement, f"{now}, against {before}: no clear change")


def _examples(store: Store, filters: Filters, week: TopicWeek) -> tuple[Example, ...]:
    """Return posts with the sentiment that most posts of the topic have."""
    counts = {"negative": week.mood.negative, "neutral": week.mood.neutral, "positive": week.mood.positive}
    prevailing = max(counts, key=lambda label: counts[label])
    return examples(store, replace(filters, topics=(week.topic,), sentiments=(prevailing,)))
