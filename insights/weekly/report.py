"""The weekly report: every figure of one ISO week, and the week in three sentences made from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from domain.documents import instant, to_document
from domain.questions import PUBLIC, Filters, Question
from domain.zones import DEFAULT_ZONE
from insights.ask import answer
from insights.coinciding import MOST, Met, parts
from insights.felt import count_felt
from insights.statistics.intervals import bounds, share, share_interval
from insights.statistics.peaks import peak_of
from insights.weekly.findings import BrandWeek, Method, Sentence, WeeklyReport
from insights.weekly.posts import MIN_COPIES, copied_texts, incidents_of_week, read_posts
from insights.weekly.topics_and_aspects import MIN_POSTS, MIN_RATIO, MOVED, aspects_of_week, topics_of_week
from insights.weekly.weeks import DAYS, Days, choose_week, coverage_of_week
from insights.wording import REACTIONS, count, many, points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.config import Brand
    from domain.documents import Document
    from domain.ports import Store
    from domain.questions import Answer, Dimension, Measure
    from domain.zones import ZoneName
    from insights.coinciding import Part
    from insights.statistics.peaks import Peak
    from insights.weekly.findings import Change, Coverage, Incident, Mood, TopicWeek
    from insights.weekly.weeks import Week

DEFINITIONS: Final = (
    ("Net sentiment", "positive posts minus negative posts, per 100 posts: −100 (all negative) to +100 (all positive)"),
    ("95% range", "where the figure would lie in 95 of 100 samples of this size; wide where posts are few"),
    (
        "Counted once",
        "near-identical texts count as one post, the first, in all figures of sentiment, topics and share of voice",
    ),
    ("Repeated text", f"a text with {MIN_COPIES} near-identical posts or more: campaigns, news, coordinated messages"),
    ("Share of voice", "posts that name the brand among posts that name any tracked brand; a post may name several"),
    ("Whose posts", "everybody's but those of the brands' own accounts"),
    (
        "Better, worse",
        "said only where the 95% range of the difference leaves out zero, with 10 posts or more in each week",
    ),
    ("More, fewer posts", "said only where the same weekdays of both weeks agree beyond their day-to-day variation"),
    (
        "What people spoke about",
        "parts of the service, each with the sentiment toward it alone; a post that speaks of several counts in each",
    ),
    (
        "Topic or part of the service rose, fell",
        f"its share of posts changed {MIN_RATIO}-fold or more, beyond a 99% range of chance",
    ),
    ("It appeared", f"it has {MIN_POSTS} posts or more and had none the week before; rose and fell ask for as many"),
    ("Incident", "an event that posts coincide with in time, place and subject; coinciding is no proof of a cause"),
    ("Reactions", REACTIONS),
    ("Example posts", "those with most reactions; links, addresses, account names and long numbers are masked"),
)

MIN_INCIDENT_POSTS: Final = 5


@dataclass(frozen=True)
class _Frame:
    """The week in question, the week before, and the store that is asked about them."""

    store: Store
    week: Week

    @property
    def all(self) -> Filters:
        return Filters(start=self.week.start, end=self.week.end, speakers=PUBLIC)

    @property
    def once(self) -> Filters:
        return replace(self.all, once=True)

    @property
    def before(self) -> Filters:
        return replace(self.once, start=self.week.before.start, end=self.week.before.end)

    def answer(self, measure: Measure, *by: Dimension, filters: Filters | None = None) -> Answer:
        return answer(self.store, Question(measure=measure, by=by, filters=filters or self.once, zone=self.week.zone))

    @property
    def both(self) -> Filters:
        return replace(self.all, start=self.week.before.start)

    @cached_property
    def covered(self) -> Mapping[datetime, int]:
        """How many posts the days of both weeks have that have any."""
        return {tally.keys[0]: tally.total for tally in self.store.count_by(self.both, ("day",), zone=self.week.zone)}

    def days(self, *brands: str) -> Days:
        chosen = replace(self.both, brands=brands, once=True)
        tallies = count_felt(self.store, chosen, ("day",), zone=self.week.zone)
        return Days(self.week, {tally.keys[0]: tally for tally in tallies}, frozenset(self.covered))

    def peak(self) -> tuple[datetime, Peak] | None:
        """Return the day of the week that stands out among the days of both weeks, every post counted."""
        now, before = ([day for day in week.days if day in self.covered] for week in (self.week, self.week.before))
        peak = peak_of([self.covered[day] for day in now], [self.covered[day] for day in before])
        return None if peak is None else (now[peak.place], peak)


def weekly_report(
    store: Store, *, week: str | None, brands: Sequence[Brand], zone: ZoneName = DEFAULT_ZONE
) -> WeeklyReport:
    """Return the report of an ISO week such as `2019-W48`, whose days are those of a zone.

    None asks for the last week with posts on all seven days, else the last with any.

    Raises:
        InputError: the week is not written so, or has no posts.
    """
    days_with_posts = [tally.keys[0] for tally in store.count_by(Filters(), ("day",), zone=zone)]
    chosen = choose_week(week, days_with_posts, zone)
    frame = _Frame(store, chosen)
    found, days = read_posts(store, frame.all), frame.days()
    coverage = coverage_of_week(store, frame.all, chosen)
    incidents = incidents_of_week(store, frame.all, found)
    met = tuple(Met(title=incident.title, events=incident.events) for incident in incidents[:MOST])
    voice, falls = frame.answer("share-of-voice"), parts(store, frame.once, met, "brand")
    brand_weeks = tuple(_brand_week(frame, brand, voice, falls.get(brand.key)) for brand in brands)
    quoted = [example for incident in incidents for example in incident.examples]
    topics = topics_of_week(store, frame.once, frame.before, met=met, quoted=quoted)
    return WeeklyReport(
        week=chosen.label,
        zone=zone,
        start=chosen.start,
        end=chosen.end,
        title=f"What people said, {chosen.words}",
        sentences=(
            volume_sentence(chosen, coverage, days.posts, days.volume_change, frame.peak()),
            mood_sentence(brand_weeks, days.mood, days.net_change),
            event_sentence(incidents, topics),
        ),
        posts=coverage.posts,
        once=days.posts,
        mood=days.mood,
        net_change=days.net_change,
        volume_change=days.volume_change,
        brands=brand_weeks,
        aspects=aspects_of_week(store, frame.once, frame.before, met=met),
        topics=topics,
        incidents=incidents,
        copied=copied_texts(store, frame.all, found.repeats),
        coverage=coverage,
        method=Method(models=found.model_uses(), definitions=DEFINITIONS),
        sentiment_by_day=frame.answer("sentiment", "day", "brand"),
        volume_by_day=frame.answer("volume", "day", filters=frame.all),
        share_of_voice=voice,
        languages=frame.answer("sentiment", "language"),
        sources=frame.answer("sentiment", "source"),
    )


def _brand_week(frame: _Frame, brand: Brand, voice: Answer, part: Part | None) -> BrandWeek:
    days = frame.days(brand.key)
    every = frame.answer("volume", filters=replace(frame.all, brands=(brand.key,)))
    low, high = bounds(share_interval(days.posts, voice.total))
    return BrandWeek(
        brand=brand.key,
        name=brand.name,
        own=brand.own,
        posts=every.total,
        once=days.posts,
        mood=days.mood,
        share=share(days.posts, voice.total),
        share_low=low,
        share_high=high,
        net_change=days.net_change,
        volume_change=days.volume_change,
        # Of texts that were first written the week before, the copies of this week are not counted.
        part=part and replace(part, posts=min(part.posts, days.posts), of=days.posts),
    )


def report_document(report: WeeklyReport, *, made_at: datetime) -> Document:
    """Return the report as kept under the kind `reports`; the same week replaces itself.

    `quoted` are the posts whose words stand in it: they go when the posts go.
    """
    lists = [one.examples for one in report.topics] + [one.examples for one in report.incidents]
    quoted = {one.post_id for one in report.copied} | {example.post_id for some in lists for example in some}
    document = {
        "id": f"weekly-{report.week}",
        "kind": "weekly",
        "week": report.week,
        "start": instant(report.start),
        "end": instant(report.end),
        "title": report.title,
        "made_at": instant(made_at),
        "content": to_document(report),
    }
    return document | {"quoted": sorted(quoted)} if quoted else document


def volume_sentence(
    week: Week, coverage: Coverage, once: int, change: Change, stood_out: tuple[datetime, Peak] | None = None
) -> Sentence:
    """Say how much was heard, and on which day it was more than is usual."""
    posts = coverage.posts
    days = "" if coverage.note is None else f" on {coverage.days_with_posts} of {DAYS} days"
    copies = "" if posts == once else f" ({count(once)} if repeated texts are counted once)"
    text = f"From {week.words}, {many(posts, 'post')} were heard{days}{copies}: {change.words}"
    figures: dict[str, Any] = {"week": week.words, "posts": posts, "once": once}
    figures |= {"days": coverage.days_with_posts, "now": change.now, "before": change.before}
    if stood_out is not None:
        day, peak = stood_out
        usual = f"{count(peak.low)} to {count(peak.high)}" if peak.low < peak.high else count(peak.low)
        text += f"; {day:%A} alone had {count(peak.posts)}, where {usual} a day are usual"
        figures |= {"peak": peak.posts, "usual_low": peak.low, "usual_high": peak.high}
    return Sentence(text=f"{text}.", figures=figures)


def mood_sentence(brands: Sequence[BrandWeek], mood: Mood, change: Change) -> Sentence:
    """Say how the own brand is spoken of, beside the others; all posts where there is no brand."""
    heard = [brand for brand in brands if brand.mood.net is not None]
    own = next((brand for brand in heard if brand.own), heard[0] if heard else None)
    name, mood, change = (own.name, own.mood, own.net_change) if own else ("all posts", mood, change)
    part = own.part if own else None
    if mood.net is None:
        return Sentence(text="No post of the week has a sentiment.", figures={})
    others = [brand for brand in heard if brand is not own]
    beside = "".join(
        f"{separator}{brand.name} {'stood ' if not place else ''}at {points(brand.mood.net)}"
        for place, (brand, separator) in enumerate(zip(others, ["; ", *[", "] * len(others)], strict=False))
    )
    text = (
        f"Net sentiment for {name} was {points(mood.net)} points"
        f" (95% range {points(mood.low)} to {points(mood.high)}), {change.words}"
        f"{f'; {part.words}' if part else ''}{beside}."
    )
    figures: dict[str, Any] = {"name": name, "net": mood.net, "low": mood.low, "high": mood.high}
    figures |= {"incident": part.title, "part": part.posts, "of": part.of} if part else {}
    figures |= {"before": change.before, "others": {brand.name: brand.mood.net for brand in others}}
    return Sentence(text=text, figures=figures)


def event_sentence(incidents: Sequence[Incident], topics: Sequence[TopicWeek]) -> Sentence:
    """Say what stood out: the incident with most posts and the topic beside it, else the largest topic.

    A topic that is part of an incident is no second thing that happened.
    """
    incident = next((incident for incident in incidents if incident.posts >= MIN_INCIDENT_POSTS), None)
    moved = [topic for topic in topics if topic.movement in MOVED and topic.incident is None]
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
