"""The week in three sentences, each made from figures of the report and keeping those it used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from insights.weekly.findings import Sentence
from insights.weekly.topics import MOVED
from insights.wording import count, many, points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insights.weekly.findings import BrandWeek, Change, Coverage, Incident, Mood, TopicWeek
    from insights.weekly.weeks import Week

MIN_INCIDENT_POSTS: Final = 5


def volume_sentence(week: Week, coverage: Coverage, once: int, change: Change) -> Sentence:
    """Say how much was heard."""
    posts = coverage.posts
    days = "" if coverage.note is None else f" on {coverage.days_with_posts} of 7 days"
    copies = "" if posts == once else f" ({count(once)} if repeated texts are counted once)"
    text = f"From {week.words}, {many(posts, 'post')} were heard{days}{copies}: {change.words}."
    figures: dict[str, Any] = {"week": week.words, "posts": posts, "once": once}
    figures |= {"days": coverage.days_with_posts, "now": change.now, "before": change.before}
    return Sentence(text=text, figures=figures)


def mood_sentence(brands: Sequence[BrandWeek], mood: Mood, change: Change) -> Sentence:
    """Say how the own brand is spoken of, beside the others; all posts where there is no brand."""
    heard = [brand for brand in brands if brand.mood.net is not None]
    own = next((brand for brand in heard if brand.own), heard[0] if heard else None)
    name, mood, change = (own.name, own.mood, own.net_change) if own else ("all posts", mood, change)
    if mood.net is None:
        return Sentence(text="No post of the week has a sentiment.", figures={})
    others = [brand for brand in heard if brand is not own]
    beside = "".join(
        f"{separator}{brand.name} {'stood ' if not place else ''}at {points(brand.mood.net)}"
        for place, (brand, separator) in enumerate(zip(others, ["; ", *[", "] * len(others)], strict=False))
    )
    text = (
        f"Net sentiment for {name} was {points(mood.net)} points"
        f" (95% range {points(mood.low)} to {points(mood.high)}), {change.words}{beside}."
    )
    figures: dict[str, Any] = {"name": name, "net": mood.net, "low": mood.low, "high": mood.high}
    figures |= {"before": change.before, "others": {brand.name: brand.mood.net for brand in others}}
    return Sentence(text=text, figures=figures)


def event_sentence(incidents: Sequence[Incident], topics: Sequence[TopicWeek]) -> Sentence:
    """Say what stood out: the incident with most posts, else the topic that moved most, else the largest."""
    incident = next((incident for incident in incidents if incident.posts >= MIN_INCIDENT_POSTS), None)
    moved = [topic for topic in topics if topic.movement in MOVED]
    topic = moved[0] if moved else None
    if incident is not None:
        text = f"What stood out: “{incident.title}”, with {incident.words}"
        figures = {"title": incident.title, "posts": incident.posts, "score": incident.score}
        if topic is not None:
            text += f"; the topic “{topic.name}” {topic.movement}, with {many(topic.posts, 'post')}"
            figures |= {"topic": topic.name, "topic_posts": topic.posts}
        return Sentence(text=f"{text}.", figures=figures)
    if topic is not None:
        mood = "" if topic.mood.net is None else f" (net sentiment {points(topic.mood.net)})"
        text = f"The topic “{topic.name}” {topic.movement}: {topic.words}{mood}."
        return Sentence(text=text, figures=_topic_figures(topic))
    if topics:
        topic = topics[0]
        compared = "No topic could be compared" if topic.movement == "no data" else "No topic rose or fell clearly"
        text = f"{compared}; the largest was “{topic.name}” with {many(topic.posts, 'post')}."
        return Sentence(text=text, figures=_topic_figures(topic))
    return Sentence(text="No topics have been found in these posts yet.", figures={})


def _topic_figures(topic: TopicWeek) -> dict[str, Any]:
    return {
        "name": topic.name,
        "posts": topic.posts,
        "posts_before": topic.posts_before,
        "share": topic.share,
        "share_before": topic.share_before,
        "net": topic.mood.net,
    }
