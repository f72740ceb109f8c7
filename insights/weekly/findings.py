"""What a weekly report says, as frozen values. Shares are 0-1, net sentiment is -1..1, days are those of its zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from insights.statistics.intervals import bounds, net, net_interval

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.questions import Answer
    from domain.zones import ZoneName
    from insights.coinciding import Part

Direction: TypeAlias = Literal["up", "down", "unclear", "no data"]
"""`unclear`: the figures differ by no more than chance would explain."""

Movement: TypeAlias = Literal["appeared", "rose", "fell", "steady", "no data"]


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence and the figures that it was made from."""

    text: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Mood:
    """Net sentiment of some posts with its 95 % interval; None where there are none."""

    negative: int
    neutral: int
    positive: int
    net: float | None
    low: float | None
    high: float | None

    @classmethod
    def counted(cls, negative: int, neutral: int, positive: int) -> Mood:
        """Return the mood of so many posts."""
        low, high = bounds(net_interval(negative, neutral, positive))
        counts = (negative, neutral, positive)
        return cls(negative=negative, neutral=neutral, positive=positive, net=net(*counts), low=low, high=high)

    @property
    def posts(self) -> int:
        """How many posts have a sentiment."""
        return self.negative + self.neutral + self.positive


@dataclass(frozen=True, kw_only=True)
class Change:
    """A figure against the week before: the two, what may be said of it, and the words for it."""

    now: float | None
    before: float | None
    direction: Direction
    words: str


@dataclass(frozen=True, kw_only=True)
class BrandWeek:
    """A brand's week. `posts` counts every post, `once` near-identical texts once; `mood` is of `once`.

    `share` is among the posts (once) that name a tracked brand; `part` is what of `once` falls into an incident.
    """

    brand: str
    name: str
    own: bool
    posts: int
    once: int
    mood: Mood
    share: float | None
    share_low: float | None
    share_high: float | None
    net_change: Change
    volume_change: Change
    part: Part | None = None


@dataclass(frozen=True, kw_only=True)
class Example:
    """A post behind a finding; addresses, names of accounts and numbers in its text are masked."""

    post_id: str
    created_at: datetime
    source: str
    language: str | None
    sentiment: str | None
    brands: tuple[str, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class TopicWeek:
    """A topic's week, near-identical texts counted once; `ratio` compares its share with the week before.

    A topic of which half falls into an incident is told there, and has no examples of its own.
    """

    topic: str
    name: str
    movement: Movement
    posts: int
    posts_before: int | None
    share: float | None
    share_before: float | None
    ratio: float | None
    mood: Mood
    words: str
    examples: tuple[Example, ...]
    part: Part | None = None

    @property
    def incident(self) -> str | None:
        """The event that leads the incident that it is part of; None where it is a topic of its own."""
        return self.part.event if self.part is not None and 2 * self.part.posts >= self.part.of else None


@dataclass(frozen=True, kw_only=True)
class AspectWeek:
    """What was said of one part of the service, near-identical texts counted once; all sentiment is toward it.

    `share` is among all posts of the week, `negative` among those that speak of this part.
    """

    aspect: str
    posts: int
    posts_before: int | None
    share: float | None
    movement: Movement
    mood: Mood
    negative: float | None
    net_change: Change
    part: Part | None = None


@dataclass(frozen=True, kw_only=True)
class Incident:
    """An incident of the week that posts coincide with: the event that leads it, and what else told of it.

    `signs` are those other events in words, `events` the ids of all. `posts` counts every post and `mood`
    near-identical texts once. `score`: how many times more such posts there were than in the same hours of other
    days, the highest of them.
    """

    event: str
    events: tuple[str, ...]
    signs: tuple[str, ...]
    kind: str
    title: str
    place: str | None
    started_at: datetime
    ended_at: datetime | None
    posts: int
    score: float | None
    mood: Mood
    words: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, kw_only=True)
class CopiedText:
    """A text that several posts repeat: a campaign, a news item, a coordinated message.

    `reach` is the reactions to them, None where the sources do not tell. `text` is that of the
    earliest, whose id is `post_id`.
    """

    copy: str
    copies: int
    authors: int
    without_author: int
    reach: int | None
    sources: tuple[str, ...]
    brands: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    post_id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class SourceCoverage:
    """How much of the week a source covers. `first_at` and `last_at` are the beginnings of hours."""

    source: str
    posts: int
    hours_without: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What the week's figures rest on. `note` is said at the top where the week is not whole.

    `hours` is how many the week has: one more or less than 168 where clocks change in it.
    `not_heard` says of each source in how many of the hours on record it was not heard.
    """

    days_with_posts: int
    days_without: tuple[str, ...]
    note: str | None
    not_heard: tuple[str, ...]
    sources: tuple[SourceCoverage, ...]
    posts: int
    hours: int
    without_author: int
    without_place: int
    without_language: int
    without_sentiment: int
    without_brand: int
    without_topic: int


@dataclass(frozen=True, kw_only=True)
class ModelUse:
    """A model that read posts of the week, for what, and how many."""

    task: str
    name: str
    revision: str
    posts: int


@dataclass(frozen=True, kw_only=True)
class Method:
    """How the figures came about: models with revisions, terms with meanings."""

    models: tuple[ModelUse, ...]
    definitions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class WeeklyReport:
    """One ISO week of `zone`, `start <= created_at < end`. The answers are what charts are drawn from.

    `posts` counts every post, `once` near-identical texts once; all sentiment is of `once`.
    """

    week: str
    zone: ZoneName
    start: datetime
    end: datetime
    title: str
    sentences: tuple[Sentence, ...]
    posts: int
    once: int
    mood: Mood
    net_change: Change
    volume_change: Change
    brands: tuple[BrandWeek, ...]
    aspects: tuple[AspectWeek, ...]
    topics: tuple[TopicWeek, ...]
    incidents: tuple[Incident, ...]
    copied: tuple[CopiedText, ...]
    coverage: Coverage
    method: Method
    sentiment_by_day: Answer
    volume_by_day: Answer
    share_of_voice: Answer
    languages: Answer
    sources: Answer
