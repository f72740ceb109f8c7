"""Stars without words: a review that says nothing takes the sentiment of its rating."""

from __future__ import annotations

import re
from typing import Final

from domain.enrichment import Model, Sentiment
from nlp.tasks.sentiment import LABELS

STARS_MODEL: Final = Model("stars", "1")
"""What such a label names as its model: nothing was read."""
BEST: Final = 5
_MIDDLE: Final = 3
_SHOWN: Final = re.compile(r"[★⭐🌟☆✩\ufe0f\s]+")
_FULL: Final = re.compile("[★⭐🌟]")


def is_stars_alone(text: str) -> bool:
    """Tell whether a text is a row of stars and nothing else."""
    return bool(_SHOWN.fullmatch(text)) and not text.isspace()


def by_stars(rating: float | None, text: str) -> Sentiment | None:
    """Return the sentiment of a rating of up to five stars, as it came or as they stand in the text; None without one.

    Below three is negative, above is positive. Ratings beyond are on a scale that nobody named.
    """
    shown = len(_FULL.findall(text)) if is_stars_alone(text) else None
    stars = rating if rating is not None else shown
    if not stars or not 0 < stars <= BEST:
        return None
    label = LABELS[1 + (stars > _MIDDLE) - (stars < _MIDDLE)]
    return Sentiment(
        label=label,
        score=float((stars > _MIDDLE) - (stars < _MIDDLE)),
        probabilities={one: float(one == label) for one in LABELS},
        model=STARS_MODEL,
    )
