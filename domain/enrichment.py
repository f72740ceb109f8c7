"""What the models say about a post. Every label carries its probability and its model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

SentimentLabel: TypeAlias = Literal["negative", "neutral", "positive"]
EmotionLabel: TypeAlias = Literal["anger", "joy", "optimism", "sadness", "none"]
IntentLabel: TypeAlias = Literal["complaint", "suggestion", "question", "praise", "churn_threat", "other"]
AspectCode: TypeAlias = Literal[
    "network",
    "data",
    "calls",
    "broadband",
    "price",
    "customer_service",
    "device",
    "app",
    "roaming",
    "extras",
    "delivery",
    "general",
]
Switch: TypeAlias = Literal["none", "from", "to"]
Speaker: TypeAlias = Literal["public", "brand"]
LABELS: Final = (
    "language",
    "sentiment",
    "emotion",
    "intent",
    "aspects",
    "irony",
    "offensive",
    "spam",
    "urgency",
)
"""The fields of an `Enrichment` that are labels, in the order in which they are shown."""


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
class Emotion:
    """The strongest feeling on show; `none` where the words carry none."""

    label: EmotionLabel
    probabilities: Mapping[str, float]
    model: Model


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What the author wants to do: the labels that hold, most probable first (`other` alone).

    Each label has its own probability; they do not sum to 1.
    """

    labels: tuple[IntentLabel, ...]
    probabilities: Mapping[str, float]
    model: Model


@dataclass(frozen=True, kw_only=True)
class Trait:
    """Whether something holds of a text. `reasons` are the signs of it, in words, where there are any."""

    holds: bool
    probability: float
    model: Model
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SentimentToward:
    """The sentiment toward one aspect or brand; `score` is P(positive) - P(negative)."""

    label: SentimentLabel
    score: float


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """A part of the service that a text speaks about. Only aspects that hold are listed."""

    aspect: AspectCode
    probability: float
    sentiment: SentimentToward
    model: Model


@dataclass(frozen=True, kw_only=True)
class TowardBrand:
    """What the author feels toward a brand whose name stands in the text, and whether they change the operator.

    `switch`: they leave the brand (`from`), go to it (`to`), or neither (`none`), with its probability.
    """

    brand: str
    sentiment: SentimentToward
    switch: Switch
    switch_probability: float
    model: Model


@dataclass(frozen=True, kw_only=True)
class MentionedPlace:
    """A place that a text names: `text` as written; name, country and position from the gazetteer."""

    name: str
    country: str
    lat: float
    lon: float
    text: str
    probability: float
    model: Model


@dataclass(frozen=True, kw_only=True)
class Copy:
    """Which group of near-identical texts a post belongs to, and whether it came first.

    Near-identical is the whole text and not its beginning: `docs/labels.md` has what copies may differ in.
    `key` is the group's: a hash of the text that founded it, or the post's id where the text is too short to
    have copies. `bands` are hashes under which later posts find the group; of its posts only those have
    them that others are compared with, one whole text and at most one that was cut off before it came.
    """

    key: str
    first: bool = True
    bands: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Enrichment:
    """All that was read off one text. `embedding` has unit length, 384 numbers, or is empty.

    `telecom`, whether it is about an operator or its service, says which words in it are names.
    `speaker` is `brand` where one of the brands' own accounts speaks. What is None was not read: of a
    post whose terms allow no labels that is all but language and brands. `copy`, which posts it repeats,
    is told beside those that are stored.
    """

    language: Language
    brands: tuple[str, ...]
    copy: Copy | None = None
    sentiment: Sentiment | None = None
    speaker: Speaker = "public"
    emotion: Emotion | None = None
    intent: Intent | None = None
    aspects: tuple[Aspect, ...] = ()
    toward: tuple[TowardBrand, ...] = ()
    irony: Trait | None = None
    offensive: Trait | None = None
    spam: Trait | None = None
    urgency: Trait | None = None
    telecom: Trait | None = None
    places: tuple[MentionedPlace, ...] = ()
    embedding: tuple[float, ...] = ()
