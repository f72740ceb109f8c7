"""What a burst is besides a fault of the network: a joke that is passed on, a campaign, phones. A sample is read."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.enrichment import AspectCode
    from domain.incident import IncidentNature
    from domain.ports import Store
    from domain.questions import Filters

MOST_READ: Final = 60
FEWEST: Final = 4
"""Of fewer posts nothing is said."""
ALIKE: Final = 0.82
"""Cosine of embeddings from which two posts say one thing in nearly one way. People who tell of one fault in their own
words lie at 0.6 to 0.8 to whoever is nearest, variants of one joke at 0.86 (`docs/incidents.md`)."""
OF_ELSE: Final[Mapping[AspectCode, IncidentNature]] = {"price": "campaign", "device": "devices"}
"""What a burst is of whose posts `MOST_SAY` and more speak of this as well."""
MOST_SAY: Final = 0.5


def nature_of(store: Store, chosen: Filters) -> IncidentNature:
    """Return what the posts look like that filters let through."""
    posts = list(islice(store.scan("posts", filters=chosen, fields=("aspects", "embedding")), MOST_READ))
    if len(posts) < FEWEST:
        return "fault"
    if _nearest([post["embedding"] for post in posts if "embedding" in post]) >= ALIKE:
        return "one_text"
    said = Counter(one["aspect"] for post in posts for one in post.get("aspects", ()))
    looks = (nature for aspect, nature in OF_ELSE.items() if said[aspect] >= MOST_SAY * len(posts))
    return next(looks, "fault")


def _nearest(embeddings: Sequence[Sequence[float]]) -> float:
    """Return how alike a post is to the one that is most like it, the median over posts; 0 where there are too few."""
    if len(embeddings) < FEWEST:
        return 0.0
    vectors = np.asarray(embeddings, dtype=np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1.0)
    return float(np.median(alike.max(axis=1)))
