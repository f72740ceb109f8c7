"""What people spoke about: topics and parts of the service, each against the week before.

A topic or an aspect moved if its share of all posts became at least `MIN_RATIO` times as large or as small, the
99 % interval of the difference of the two shares (Newcombe, 1998) leaves out zero, and one of the
weeks has at least `MIN_POSTS` of its posts. It appeared if the week before had none of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from insights.ask import topic_names
from insights.coinciding import parts
from insights.felt import count_felt
from insights.statistics.comparing import direction, net_change
from insights.statistics.intervals import difference_interval, share, share_interval
from insights.totals import count_posts
from insights.weekly.findings import AspectWeek, Mood, TopicWeek
from insights.weekly.posts import examples
from insights.wording import many, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.ports import Store
    from domain.questions import Dimension, Filters
    from insights.coinciding import Met
    from insights.weekly.findings import Example, Movement

MIN_POSTS: Final = 10
MIN_RATIO: Final = 1.5
Z_99: Final = 2.5758293035489004
LISTED: Final = 12
MOVED: Final[tuple[Movement, ...]] = ("appeared", "rose", "fell")
_NONE: Final = (0, Mood.counted(0, 0, 0))


def topics_of_week(
    store: Store, now: Filters, before: Filters, *, met: Sequence[Met] = (), quoted: Sequence[Example] = ()
) -> tuple[TopicWeek, ...]:
    """Return topics, each text counted once: those that moved and the largest others, `LISTED` at most.

    Both filters choose a week. Moved topics come first, then the steady ones, each by posts. Those that fall into an
    incident of `met` say so; nothing is quoted twice, nor what is `quoted` elsewhere.
    """
    found, found_before = _moods(store, now, "topic"), _moods(store, before, "topic")
    posts, posts_before = count_posts(store, now), count_posts(store, before)
    topics = sorted({topic for topic in (*found, *found_before) if topic is not None})
    names = topic_names(store, topics)
    weeks = [
        _topic_week(
            topic,
            names.get(topic, topic),
            found.get(topic, _NONE),
            found_before.get(topic, _NONE)[0],
            posts,
            posts_before,
        )
        for topic in topics
    ]
    weeks.sort(key=lambda week: (week.movement not in MOVED, -max(week.posts, week.posts_before or 0), week.topic))
    falls = parts(store, now, met, "topic")
    told = list(quoted)
    shown = []
    for week in (replace(week, part=falls.get(week.topic)) for week in weeks[:LISTED]):
        if week.incident is not None:
            shown.append(week)
            continue
        # Examples have the sentiment that most posts of the topic have.
        counts = {"negative": week.mood.negative, "neutral": week.mood.neutral, "positive": week.mood.positive}
        prevailing = max(counts, key=lambda label: counts[label])
        alike = replace(now, topics=(week.topic,), sentiments=(prevailing,))
        shown.append(replace(week, examples=examples(store, alike, quoted=told)))
        told += shown[-1].examples
    return tuple(shown)


def aspects_of_week(store: Store, now: Filters, before: Filters, *, met: Sequence[Met] = ()) -> tuple[AspectWeek, ...]:
    """Return the aspects that posts of the week speak of, most posts first, each text counted once.

    Both filters choose a week. Those that fall into an incident of `met` say so.
    """
    found, found_before = _moods(store, now, "aspect"), _moods(store, before, "aspect")
    posts, posts_before = count_posts(store, now), count_posts(store, before)
    falls = parts(store, now, met, "aspect")
    weeks = []
    for aspect, (count, mood) in found.items():
        if aspect is None:
            continue
        count_before, mood_before = found_before.get(aspect, _NONE)
        week = AspectWeek(
            aspect=aspect,
            posts=count,
            posts_before=count_before if posts_before else None,
            share=share(count, posts),
            movement=movement_of(count, posts, count_before, posts_before),
            mood=mood,
            negative=share(mood.negative, mood.posts),
            net_change=net_change(mood, mood_before),
            part=falls.get(aspect),
        )
        weeks.append(week)
    return tuple(sorted(weeks, key=lambda week: (-week.posts, week.aspect)))


def movement_of(count: int, posts: int, count_before: int, posts_before: int) -> Movement:
    """Return what may be said of `count` of `posts` against `count_before` of `posts_before`."""
    now, before = share_interval(count, posts, z=Z_99), share_interval(count_before, posts_before, z=Z_99)
    if now is None or before is None:
        return "no data"
    if max(count, count_before) < MIN_POSTS:
        return "steady"
    ratio, ratio_before = count / posts, count_before / posts_before
    way = direction(difference_interval(ratio, now, ratio_before, before))
    if way == "up" and ratio >= MIN_RATIO * ratio_before:
        return "rose" if count_before else "appeared"
    if way == "down" and ratio_before >= MIN_RATIO * ratio:
        return "fell"
    return "steady"


def _topic_week(
    topic: str, name: str, now: tuple[int, Mood], count_before: int, posts: int, posts_before: int
) -> TopicWeek:
    count, mood = now
    movement = movement_of(count, posts, count_before, posts_before)
    part, part_before = share(count, posts), share(count_before, posts_before)
    words = f"{many(count, 'post')}, {percent(part)} of all"
    if part_before is None:
        words += "; no data for the week before"
    elif movement == "appeared":
        words += "; none the week before"
    else:
        words += f", against {count_before:,} the week before, {percent(part_before)}"
        words += "" if movement in MOVED else ": no clear change"
    return TopicWeek(
        topic=topic,
        name=name,
        movement=movement,
        posts=count,
        posts_before=count_before if posts_before else None,
        share=part,
        share_before=part_before,
        ratio=part / part_before if part is not None and part_before else None,
        mood=mood,
        words=words,
        examples=(),
    )


def _moods(store: Store, filters: Filters, by: Dimension) -> dict[str | None, tuple[int, Mood]]:
    """Return how many posts each group has and their mood; by aspect, the mood toward it."""
    tallies = count_felt(store, filters, (by,))
    return {t.keys[0]: (t.total, Mood.counted(t.negative, t.neutral, t.positive)) for t in tallies}
