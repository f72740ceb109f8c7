"""What the models say about a post. Every label carries its probability and its model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

SentimentLabel: TypeAlias = Literal["negative", "neutral", "positive"]
Speaker: TypeAlias = Literal["public", "brand"]


@dataclass(frozen=True)
class Model:
    """Which model gave a label."""

    name: str
    revision: str


@dataclass(frozen=True, kw_only=True)
class Language:
    """The language of a text as an ISO 639-1 code, `und` where there is nothing to read."""

    code: str
    probability: float
    model: Model


@dataclass(frozen=True, kw_only=True)
class Sentiment:
    """`score` is P(positive) - P(negative), -1 to 1. `empty` marks a text with nothing to read."""

    label: SentimentLabel
    score: float
    probabilities: Mapping[str, float]
    model: Model
    empty: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Copy:
    """Which group of near-identical texts a post belongs to, and whether it came first."""

    key: str
    first: bool = True


@dataclass(frozen=True, kw_only=True)
class Enrichment:
    """All that was read off one text. `embedding` has unit length, 384 numbers, or is empty.

    `speaker` is `brand` where one of the brands' own accounts speaks.
    """

    language: Language
    sentiment: Sentiment
    brands: tuple[str, ...]
    copy: Copy
    speaker: Speaker = "public"
    embedding: tuple[float, ...] = ()
