"""What a burst is besides a fault: a joke that is passed on, a campaign. A sample of its posts is read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.incident import IncidentNature
    from domain.ports import Store
    from domain.questions import Filters

MOST_READ: Final = 60
FEWEST: Final = 4
"""Of fewer posts nothing is said."""
ALIKE: Final = 0.82
"""Cosine of embeddings from which two posts say one thing in nearly one way. People who tell of one fault in their own
words lie at 0.6 to 0.8 to whoever is nearest, variants of one joke at 0.86 (`docs/incidents.md`)."""
OF_PRICES: Final = 0.5
"""The share of posts that speak of prices from which a burst is no fault."""


def nature_of(store: Store, chosen: Filters) -> IncidentNature:
    """Return what the posts look like that filters let through."""
    posts = list(islice(store.scan("posts", filters=chosen, fields=("aspects", "embedding")), MOST_READ))
    if len(posts) < FEWEST:
        return "fault"
    if _nearest([post["embedding"] for post in posts if "embedding" in post]) >= ALIKE:
        return "one_text"
    of_prices = sum(any(one["aspect"] == "price" for one in post.get("aspects", ())) for post in posts)
    return "campaign" if of_prices >= OF_PRICES * len(posts) else "fault"


def _nearest(embeddings: Sequence[Sequence[float]]) -> float:
    """Return how alike a post is to the one that is most like it, the median over posts; 0 where there are too few."""
    if len(embeddings) < FEWEST:
        return 0.0
    vectors = np.asarray(embeddings, dtype=np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1.0)
    return float(np.median(alike.max(axis=1)))
