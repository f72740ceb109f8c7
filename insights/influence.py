"""Who is listened to: authors ranked by PageRank over their replies, mentions and shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.config import Brand
    from domain.ports import Store
    from domain.questions import Filters


@dataclass(frozen=True, kw_only=True)
class Voice:
    """An author and why they count. Fields are None where it is not known.

    `score` is the share of attention that PageRank gives (0-1, all authors sum to 1). `mentions`,
    `replies` and `shares` are what others addressed to them, one vote per author and day.
    `net` (with its 95 % interval `low`..`high`) is about the posts they wrote.
    """

    rank: int
    source: str
    author_id: str
    handle: str | None
    score: float
    posts: int
    followers: int | None
    reach: int
    negative: int
    neutral: int
    positive: int
    net: float | None
    low: float | None
    high: float | None
    mentions: int
    replies: int
    shares: int
    brand: str | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Voices:
    """The ranking: people first, brands' own accounts apart, and what could not take part."""

    people: tuple[Voice, ...]
    brand_accounts: tuple[Voice, ...]
    authors: int
    posts: int
    without_author: int
    by_bots: int


def influencers(store: Store, filters: Filters, *, limit: int, brands: Sequence[Brand] = ()) -> tuple[Voice, ...]:
    """Return the people who are listened to, most first; without bots and without brands' own accounts."""
    return voices(store, filters, limit=limit, brands=brands).people


def voices(store: Store, filters: Filters, *, limit: int, brands: Sequence[Brand] = ()) -> Voices:
    """Return the ranking with brands' own accounts (known from `brands`) apart, and the counts beside it."""
    raise NotImplementedError
