"""When more posts fit an event than is usual: those of its place, and those of no place, hour by hour.

How many such posts there were is held against the same hours of other days. A link's probability is the share of such
posts in its hour that is more than usual (the attributable fraction among the exposed: Miettinen 1974). The store
counts, by whole hours.

When people begin and end to speak of an event is not when somebody wrote down that it began and ended: hours before and
after are part of it for as long as most of their posts are more than usual.

Most posts name no place. Those that are more than usual in the hours of an event are of whatever was felt then, in
parts like those of the posts that name where they are; so an event that alone was felt is linked with them too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from math import floor
from statistics import fmean
from typing import TYPE_CHECKING, Final

from domain.documents import parse_instant
from domain.event import OPEN_END, EventLink
from domain.hours import HOUR, hour_of
from domain.questions import Filters
from linking.subjects import any_of, names_of, subjects

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from domain.documents import Document
    from domain.ports import Store
    from linking.subjects import EventSubject

GRACE: Final = timedelta(hours=2)
"""People go on talking for a while after the end."""
BEFORE, AFTER = timedelta(hours=6), timedelta(hours=12)
"""How long people may speak of an event before it is recorded to begin, and after it ended."""
LEAST_PROBABILITY: Final = 0.5
"""Posts of hours in which no more of them than this are more than usual are linked with nothing."""

ONSET: Final = HOUR
UNLIKELY, BY_CHANCE = 0.05, 0.001
"""How likely a silence, or so many posts of no place, may be where nothing speaks for them."""
AGAIN: Final = 2
"""So many times as many posts as in any hour of an event are no end of it."""

REACH_DAYS: Final = 14
"""How many days back and forward the same hours are looked at."""

LEAST_SCORE, LEAST_POSTS, LEAST_DAYS = 2.0, 3, 3
"""What it takes for a link: how many times more than usual, how many posts, and days to compare with."""

NOWHERE: Final = Filters(whereabouts=(None,), once=True)
"""Posts that neither name a place nor are of one."""

DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class EventHours:
    """The hours [start, end)."""

    start: datetime
    end: datetime

    @property
    def reach(self) -> EventHours:
        """The hours of an event, and those around them in which people may speak of it."""
        return EventHours(self.start - BEFORE, self.end - GRACE + AFTER)

    def shifted(self, days: int) -> EventHours:
        """Return the same hours of another day."""
        return EventHours(self.start + days * DAY, self.end + days * DAY)

    def overlaps(self, other: EventHours) -> bool:
        """Tell whether an hour is in both."""
        return self.start < other.end and other.start < self.end

    def days(self) -> set[datetime]:
        """Return the midnights (UTC) of the days that they are of."""
        first = midnight(self.start)
        return {first + n * DAY for n in range((self.end - first - timedelta(microseconds=1)) // DAY + 1)}

    def hours(self) -> list[datetime]:
        """Return their beginnings."""
        return [self.start + n * HOUR for n in range((self.end - self.start) // HOUR)]

    def total(self, by_hour: Mapping[datetime, float]) -> float:
        """Return the sum over them."""
        return sum(by_hour.get(hour, 0) for hour in self.hours())


@dataclass(frozen=True)
class Coincidence:
    """What is said of an event and its posts, and how likely a post of each hour is one of those more than usual.

    `about` is what lets its posts through.
    """

    about: tuple[Filters, ...]
    score: float
    reason: str
    by_hour: Mapping[datetime, float]

    def link(self, event: str, at: datetime) -> EventLink | None:
        """Return the link of a post at a time, None where it is likelier one of the usual."""
        probability = self.by_hour.get(hour_of(at))
        if probability is None:
            return None
        return EventLink(id=event, score=self.score, probability=round(probability, 2), reason=self.reason)


@dataclass(frozen=True)
class _Compared:
    """The hours of an event, with how many posts there were in them and in the same hours of other days."""

    store: Store
    core: EventHours
    span: EventHours
    shifts: Sequence[int]
    awake: Mapping[int, int]
    """How many posts of any kind are written in each hour of other days."""

    @classmethod
    def of(cls, store: Store, core: EventHours) -> _Compared:
        reach = core.reach
        span = EventHours(reach.shifted(-REACH_DAYS).start, reach.shifted(REACH_DAYS).end)
        whole = Filters(start=span.start, end=span.end)
        hours = {tally.keys[0]: tally.total for tally in store.count_by(whole, ("hour",)) if tally.total}
        days, awake = set(map(midnight, hours)), Counter[int]()
        for hour, total in hours.items():
            awake[hour.hour] += total * (not reach.start <= hour < reach.end)
        shifts = [
            shift
            for shift in range(-REACH_DAYS, REACH_DAYS + 1)
            if shift and not (other := core.shifted(shift)).overlaps(core) and other.days() <= days
        ]
        return cls(store, core, span, shifts, awake)

    def posts(self, about: Iterable[Filters], but_not: Container[str] = ()) -> _Posts:
        """Return how many different texts (`but_not` some) any of some filters let through, in hours of first posts."""
        first: dict[str, datetime] = {}
        for chosen in about:
            for group in self.store.count_by(
                replace(chosen, start=self.span.start, end=self.span.end), ("copy", "hour")
            ):
                key, hour = group.keys
                if key not in but_not:
                    first[key] = min(hour, first.get(key, hour))
        by_hour = Counter(first.values())
        usual = {
            hour: sum(by_hour[hour + shift * DAY] for shift in self.shifts) / len(self.shifts)
            for hour in self.core.reach.hours()
        }
        return _Posts(by_hour, usual, first.keys())

    def is_late(self, posts: _Posts, first: datetime) -> bool:
        """Tell whether people kept silent too long, awake as they were, for what they say from an hour on.

        Silence is as unlikely as no more posts than there were, of as many as that hour's would have been (Poisson).
        The hour before that one does not count: nine in ten people take no longer to speak. Who speaks when all is over
        may have been cut off.
        """
        from scipy.special import pdtr  # takes long to import

        silent = [hour for hour in self.core.hours() if hour < first - ONSET]
        # No hour is taken to have more than that one, however few are awake in it on other days.
        others = (self.awake[hour.hour] / max(self.awake[first.hour], self.awake[hour.hour], 1) for hour in silent)
        missed = posts.by_hour[first] * sum(others)
        there = sum(posts.by_hour[hour] for hour in silent)
        return first < self.core.end - GRACE and bool(pdtr(there, missed) < UNLIKELY)


@dataclass(frozen=True)
class _Posts:
    """Different texts: how many by hour, how many are usual in the hours of an event and around, and which."""

    by_hour: Counter[datetime]
    usual: Mapping[datetime, float]
    texts: Container[str]

    def more(self, hours: Iterable[datetime]) -> float:
        """Return how many more there were in some hours than are usual."""
        return sum(self.by_hour[hour] - self.usual.get(hour, 0.0) for hour in hours)


def coincidences(store: Store, event: Document) -> Iterator[Coincidence]:
    """Yield what is said of an event and the posts in its hours: those of its place, and those of no place.

    Nothing where those of its place are no more than usual.
    """
    compared, subject = _Compared.of(store, hours_of(event)), subjects()[event["subject"]]
    if len(compared.shifts) < LEAST_DAYS:
        return
    about, place = tuple(_about(event, subject)), event.get("place") or event["region"]
    posts = compared.posts(about)
    shares = _met(posts, compared.core)
    hours = {*compared.core.hours(), *shares}
    observed = sum(posts.by_hour[hour] for hour in hours)
    expected = sum(posts.usual[hour] for hour in hours)
    score = (observed + 0.5) / (expected + 0.5)
    # What was over before anybody wrote the event down was something else, and so is what began long after it.
    if observed < LEAST_POSTS or score < LEAST_SCORE or not compared.core.total(posts.by_hour) or not shares:
        return
    spoken = [hour for hour in shares if posts.by_hour[hour]]
    if not spoken or compared.is_late(posts, min(spoken)):
        return
    low = floor(expected)
    # Of 0.2 posts nobody ever saw one.
    usual = {0: "none is", 1: "1 is"}.get(low, f"{low} are") if expected == low else f"{low} or {low + 1} are"
    reason = (
        f"{observed} different posts about {subject.name} in {place} in these hours, "
        f"where {usual} usual (the same hours of {len(compared.shifts)} other days)"
    )
    found = Coincidence(about, round(score, 2), reason, shares)
    yield found
    yield from _of_nowhere(compared, found, subject, posts, place)


def _of_nowhere(
    compared: _Compared, there: Coincidence, subject: EventSubject, posts: _Posts, place: str
) -> Iterator[Coincidence]:
    """Yield what is said of an event and the posts that name no place, of which it has its part.

    The part is that of the `posts` of its place in all those of some place, as far as they are more than usual.
    """
    from scipy.special import pdtrc  # takes long to import

    # A post that names neither a place nor a brand is about anything.
    brands = tuple(brand for brand in there.about[0].brands if brand)
    nowhere = tuple(_heard_of(subject, replace(NOWHERE, brands=brands)))
    placeless = compared.posts(nowhere, but_not=posts.texts)
    whole = compared.posts(_heard_of(subject, Filters(brands=brands)))
    by_hour, parts = {}, []
    likely = _met(placeless, compared.core)
    for hour in there.by_hour.keys() & likely.keys():
        share, around = likely[hour], (hour - HOUR, hour, hour + HOUR)
        more = posts.more(around)
        part = more / max(more, whole.more(around) - placeless.more(around)) if more > 0 else 0.0
        if share * part > LEAST_PROBABILITY:
            by_hour[hour] = share * part
            parts.append(part)
    many, usual = (sum(counts[hour] for hour in by_hour) for counts in (placeless.by_hour, placeless.usual))
    if many >= max(LEAST_POSTS, LEAST_SCORE * usual) and pdtrc(many - 1, usual) < BY_CHANCE:
        reason = (
            f"{many} different posts about {subject.name} that name no place in these hours, more than usual; "
            f"of those more than usual that name one, {fmean(parts):.0%} are about {place}"
        )
        yield Coincidence(nowhere, there.score, reason, by_hour)


def _met(posts: _Posts, core: EventHours) -> dict[datetime, float]:
    """Return the hours in which most posts are more than usual, with the share that is: an event's, and those beside.

    How many times more they are than usual is estimated with the event's own ratio as what is expected beforehand (a
    gamma of shape 1), in the hours beside it with one: a single post there is no sign of anything.
    """

    def likely(hour: datetime, ratio: float) -> float:
        return 1 - (posts.usual[hour] + 1 / ratio) / (posts.by_hour[hour] + 1)

    whole = (core.total(posts.by_hour) + 1) / (core.total(posts.usual) + 1)
    shares = {hour: likely(hour, whole) for hour in core.hours()}
    most = max(posts.by_hour[hour] for hour in core.hours())
    for first, step in ((core.start - HOUR, -HOUR), (core.end, HOUR)):
        hour = first
        while hour in posts.usual and likely(hour, 1.0) > LEAST_PROBABILITY:
            # Afterwards people speak less and less of it: what they rise to is something else.
            if step > timedelta() and posts.by_hour[hour] > AGAIN * max(most, 1):
                break
            shares[hour] = likely(hour, 1.0)
            hour += step
    return {hour: share for hour, share in shares.items() if share > LEAST_PROBABILITY}


def _about(event: Document, subject: EventSubject) -> Iterator[Filters]:
    """Yield what lets through the posts about an event: there, or naming the place; by a word or heard by a model."""
    brand = event.get("brand")
    brands = (brand, None) if brand else ()
    there = tuple(dict.fromkeys(filter(None, (event.get("place"), event.get("region"), *_also(event)))))
    for where in (Filters(whereabouts=there), Filters(text=any_of(place_names(event)))):
        yield from _heard_of(subject, replace(where, brands=brands))


def _heard_of(subject: EventSubject, where: Filters) -> Iterator[Filters]:
    """Yield what lets through those posts of others that are about a subject: by a word, or heard by a model."""
    terms = any_of(subject.terms)
    yield replace(where, text=f"{where.text} AND {terms}" if where.text else terms)
    if subject.aspects:
        yield replace(where, aspects=subject.aspects)


def _also(event: Document) -> list[str]:
    """Return other names of an event's place, as the operator has them or the gazetteer."""
    return str(event.get("attributes", {}).get("place_names", "")).split(";")


def place_names(event: Document) -> tuple[str, ...]:
    """Return by what names texts can tell where an event is, as runs of words."""
    return names_of(event.get("place"), event.get("region"), *_also(event))


def hours_of(event: Document) -> EventHours:
    """Return the whole hours in which an event is felt."""
    start = parse_instant(event["started_at"])
    end = (parse_instant(event["ended_at"]) if event.get("ended_at") else start + OPEN_END) + GRACE
    whole = hour_of(end)
    return EventHours(hour_of(start), whole if whole == end else whole + HOUR)


def midnight(at: datetime) -> datetime:
    """Return when the day (UTC) of a time began."""
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)
