"""What can be asked of a store, as frozen values, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from domain.zones import DEFAULT_ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from domain.zones import ZoneName

Dimension: TypeAlias = Literal[
    "hour",
    "day",
    "week",
    "brand",
    "language",
    "source",
    "sentiment",
    "emotion",
    "intent",
    "aspect",
    "topic",
    "author",
    "place",
    "copy",
]
TIME_DIMENSIONS: Final[tuple[Dimension, ...]] = ("hour", "day", "week")
Order: TypeAlias = Literal["newest", "oldest", "reach", "relevance"]
"""`reach` orders by shares + likes + replies known; `relevance` needs a text query."""

PUBLIC: Final = ("public", None)
"""For `Filters.speakers`: everybody but the brands' own accounts."""

GENUINE: Final = (False, None)
"""For `Filters.spam`: all but what was read as spam or automated."""

Measure: TypeAlias = Literal["volume", "sentiment", "share-of-voice", "topics", "posts"]
ColumnType: TypeAlias = Literal["text", "integer", "number", "time", "boolean"]


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which posts take part. Each empty field lets all through; the fields are joined by AND.

    `start <= created_at < end`. `text` is a boolean query (see `textquery/parser.py`). `once`
    counts near-identical texts once: of each group only the first that all else lets through takes part. `None` among
    the values of a tuple field asks for posts where it is not known; of aspects, for posts that speak of none.
    `aspect_sentiments` are an aspect with the sentiment toward it: `network:negative`.
    """

    start: datetime | None = None
    end: datetime | None = None
    brands: tuple[str | None, ...] = ()
    languages: tuple[str | None, ...] = ()
    sources: tuple[str | None, ...] = ()
    sentiments: tuple[str | None, ...] = ()
    emotions: tuple[str | None, ...] = ()
    intents: tuple[str | None, ...] = ()
    aspects: tuple[str | None, ...] = ()
    aspect_sentiments: tuple[str | None, ...] = ()
    urgent: tuple[bool | None, ...] = ()
    spam: tuple[bool | None, ...] = ()
    topics: tuple[str | None, ...] = ()
    authors: tuple[str | None, ...] = ()
    places: tuple[str | None, ...] = ()
    customers: tuple[str | None, ...] = ()
    events: tuple[str | None, ...] = ()
    copies: tuple[str | None, ...] = ()
    speakers: tuple[str | None, ...] = ()
    text: str | None = None
    once: bool = False


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
