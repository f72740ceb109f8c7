"""What can be asked of a store, as frozen values, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from domain.enrichment import SentimentLabel
from domain.zones import DEFAULT_ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.zones import ZoneName

Dimension: TypeAlias = str
"""A name of `DIMENSIONS`: what posts are counted by."""
TIME_DIMENSIONS: Final[tuple[Dimension, ...]] = ("hour", "day", "week")
Order: TypeAlias = Literal["newest", "oldest", "reach", "relevance"]
"""`reach` orders by shares + likes + replies known; `relevance` needs a text query."""

PUBLIC: Final = ("public", None)
"""For `Filters.speakers`: everybody but the brands' own accounts."""

GENUINE: Final = (False, None)
"""For `Filters.spam`: all but what was read as spam or automated."""

Measure: TypeAlias = Literal["volume", "sentiment", "share-of-voice", "topics", "posts"]
ColumnType: TypeAlias = Literal["text", "integer", "number", "time", "boolean"]
Texts: TypeAlias = "tuple[str | None, ...]"
Truths: TypeAlias = "tuple[bool | None, ...]"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What posts can be asked by: `name` on the command line, in addresses and as a dimension; `filter` in `Filters`.

    `path` is the field of a stored post that is held against the filter. Posts are counted by it, by another field
    (`counted_by`), or not at all (None). `label` stands over its control in the filter panel; without one it has none.
    `many`: a post has several values; `keyed`: values are ids, nearly as many as there are posts; `truth`: it holds or
    it does not.
    """

    filter: str = ""
    name: str
    path: str
    counted_by: str | None = ""
    label: str = ""
    many: bool = False
    keyed: bool = False
    truth: bool = False


def _asked(**said: Any) -> Any:
    """Declare a field of `Filters`: all that stores, commands and pages need to know of it, in the words of `Asked`."""
    return field(default=(), metadata=said)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which posts take part. Each empty field lets all through; the fields are joined by AND.

    `start <= created_at < end`. `text` is a boolean query (see `textquery/parser.py`). `once`
    counts near-identical texts once: of each group only the first that all else lets through takes part. `None` among
    the values of a tuple field asks for posts where it is not known; of aspects, for posts that speak of none.
    `aspect_sentiments` are an aspect with the sentiment toward it, `network:negative`; `brand_sentiments` the same of
    brands whose names stand in the text. `whereabouts` are the places that a post is from or names, `places` and
    `mentioned` each of these alone.
    """

    start: datetime | None = None
    end: datetime | None = None
    brands: Texts = _asked(name="brand", path="brands", label="Brands", many=True)
    aspects: Texts = _asked(
        name="aspect", path="aspects.aspect", label="What it is about", many=True, counted_by="aspect_sentiments"
    )
    aspect_sentiments: Texts = _asked(name="aspect_sentiment", path="aspect_sentiments", many=True, counted_by=None)
    brand_sentiments: Texts = _asked(name="brand_sentiment", path="brand_sentiments", many=True)
    intents: Texts = _asked(name="intent", path="intent.labels", label="What the author wants", many=True)
    topics: Texts = _asked(name="topic", path="topic.id", label="Topics")
    sentiments: Texts = _asked(name="sentiment", path="sentiment.label", label="Sentiment")
    emotions: Texts = _asked(name="emotion", path="emotion.label")
    languages: Texts = _asked(name="language", path="language.code", label="Languages")
    sources: Texts = _asked(name="source", path="source", label="Sources")
    places: Texts = _asked(name="place", path="place")
    mentioned: Texts = _asked(name="mentioned_place", path="places.name", many=True)
    whereabouts: Texts = _asked(name="whereabouts", path="whereabouts", many=True)
    authors: Texts = _asked(name="author", path="author.id", keyed=True)
    customers: Texts = _asked(name="customer", path="customer.id", keyed=True, counted_by=None)
    events: Texts = _asked(name="event", path="events.id", many=True, keyed=True, counted_by=None)
    copies: Texts = _asked(name="copy", path="copy.key", keyed=True)
    speakers: Texts = _asked(name="speaker", path="speaker", counted_by=None)
    urgent: Truths = _asked(name="urgent", path="urgency.holds", truth=True, counted_by=None)
    ironic: Truths = _asked(name="ironic", path="irony.holds", truth=True, counted_by=None)
    offensive: Truths = _asked(name="offensive", path="offensive.holds", truth=True, counted_by=None)
    spam: Truths = _asked(name="spam", path="spam.holds", truth=True, counted_by=None)
    text: str | None = None
    once: bool = False

    @property
    def decides_sentiment(self) -> bool:
        """Whether some sentiments are asked for and others not: then net sentiment says nothing of the posts."""
        return bool(self.sentiments) and not set(self.sentiments).issuperset(get_args(SentimentLabel))

    @property
    def decides_feelings(self) -> bool:
        """The same of the sentiment toward the aspects that the posts speak of."""
        return bool(self.aspect_sentiments)


ASKED: Final = tuple(Asked(filter=one.name, **one.metadata) for one in fields(Filters) if one.metadata)
"""The one table of what posts can be asked by; both stores, the command line and the pages read it."""

DIMENSIONS: Final[Mapping[Dimension, str]] = {
    **dict.fromkeys(TIME_DIMENSIONS, "created_at"),
    **{one.name: one.counted_by or one.path for one in ASKED if one.counted_by is not None},
}
"""Which field of a stored post each dimension groups by."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Which part of a listing: `limit` rows after skipping `offset`."""

    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class Question:
    """A measure of the chosen posts, grouped by dimensions; hours, days and weeks are those of `zone`."""

    measure: Measure
    filters: Filters = field(default_factory=Filters)
    by: tuple[Dimension, ...] = ()
    order: Order = "newest"
    page: Page = field(default_factory=Page)
    zone: ZoneName = DEFAULT_ZONE


@dataclass(frozen=True)
class Column:
    """A named, typed column of an answer."""

    name: str
    type: ColumnType


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A table: columns, rows in a fixed order, how many posts stand behind it, and the zone of its days and weeks."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    zone: ZoneName = DEFAULT_ZONE

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as flat dictionaries."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Count:
    """One group of posts: its keys, one per dimension (None: not known), and how many by sentiment.

    Time keys are the start of the hour, the day or the ISO week (Monday) in the zone asked for, as aware times with
    the offset of that moment (`domain/zones.py`).
    Posts without sentiment count in `total` alone. A post with two brands, intents or aspects counts
    in each. Where one of the dimensions is `aspect`, the sentiment is that toward the aspect and not
    that of the post; posts that speak of no aspect (key None) then count in `total` alone.
    """

    keys: tuple[Any, ...]
    total: int
    negative: int
    neutral: int
    positive: int


@dataclass(frozen=True, kw_only=True)
class Hits:
    """Posts found, as documents, and how many there are in all."""

    documents: tuple[dict[str, Any], ...]
    total: int
