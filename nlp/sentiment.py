"""Sentiment: negative, neutral or positive, with calibrated probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from domain.enrichment import Model, Sentiment, SentimentLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS: Final = ("negative", "neutral", "positive")
DIGITS: Final = 4
"""Decimals kept of a probability."""


def sentiment(probabilities: Sequence[float], model: Model) -> Sentiment:
    """Return the stored form of three probabilities, in the order of `LABELS`."""
    rounded = [round(float(p), DIGITS) for p in probabilities]
    label = LABELS[max(range(len(LABELS)), key=rounded.__getitem__)]
    return Sentiment(
        label=cast("SentimentLabel", label),
        score=round(rounded[2] - rounded[0], DIGITS),
        probabilities=dict(zip(LABELS, rounded, strict=True)),
        model=model,
    )


def nothing_to_read(model: Model) -> Sentiment:
    """Return neutral, flagged as empty: what a text without words, digits or emoji gets."""
    return Sentiment(
        label="neutral",
        score=0.0,
        probabilities={"negative": 0.0, "neutral": 1.0, "positive": 0.0},
        model=model,
        empty=True,
    )
