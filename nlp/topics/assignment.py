"""Give posts to topics that were discovered before: each to the one whose centre is nearest, if it is near enough.

This needs numpy alone: posts get their topics as they come; topics are discovered seldom (`nlp.topics.discovery`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import numpy as np

from domain.enrichment import Model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

SHARPNESS: Final = 20.0
"""How fast the probability of a topic falls with distance: softmax over cosine times this."""
FEWEST_POSTS: Final = 30
"""Below this there is nothing to discover, and no language has a centre of its own."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A discovered topic: its name, its terms by weight, its centre (unit length) and its radius in cosine."""

    id: str
    name: str
    terms: tuple[str, ...]
    centre: NDArray[np.float32]
    nearest_cosine: float


@dataclass(frozen=True)
class Assignment:
    """The topic of one post, or None where no topic is near enough."""

    topic: Topic | None
    probability: float


@dataclass(frozen=True)
class Centring:
    """What every language has in common, taken away, so that a topic holds all who speak of it.

    Embeddings of one language lie together; without this, one outage would be one topic for
    each language. Languages with few posts share one centre.
    """

    by_language: Mapping[str, NDArray[np.float32]]
    others: NDArray[np.float32]

    @classmethod
    def of(cls, embeddings: NDArray[np.float32], languages: Sequence[str]) -> Centring:
        """Return the centres of embeddings, shape (n, width), by language."""
        codes = np.asarray(languages)
        counts = Counter(languages)
        centres = {code: embeddings[codes == code].mean(0) for code, n in counts.items() if n >= FEWEST_POSTS}
        return cls(centres, embeddings.mean(0))

    def applied(self, embeddings: NDArray[np.float32], languages: Sequence[str]) -> NDArray[np.float32]:
        """Return embeddings without what their languages have in common, unit length."""
        centres = np.stack([self.by_language.get(code, self.others) for code in languages])
        moved = embeddings - centres
        return np.asarray(moved / (np.linalg.norm(moved, axis=1, keepdims=True) + 1e-9), dtype=np.float32)


def topic_model() -> Model:
    """Return which model names topics."""
    return Model("bertopic", version("bertopic"))


def assign(topics: Sequence[Topic], embeddings: NDArray[np.float32]) -> list[Assignment]:
    """Give each embedding (n, width) its nearest topic, if it is near enough."""
    if not topics:
        return [Assignment(None, 0.0)] * len(embeddings)
    cosine = embeddings @ np.stack([topic.centre for topic in topics]).T
    weights = np.exp(SHARPNESS * (cosine - cosine.max(1, keepdims=True)))
    probability = weights / weights.sum(1, keepdims=True)
    nearest = cosine.argmax(1)
    return [
        Assignment(topics[k], round(float(probability[i, k]), 4))
        if cosine[i, k] >= topics[k].nearest_cosine
        else Assignment(None, 0.0)
        for i, k in enumerate(nearest)
    ]
