"""Sentiment: negative, neutral or positive, with calibrated probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from domain.enrichment import Model, Sentiment, SentimentLabel
from nlp.tasks.task import DIGITS, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS: Final = ("negative", "neutral", "positive")
TASK: Final = Task("sentiment", LABELS, "one")


def sentiment(probabilities: Sequence[float], model: Model) -> Sentiment:
    """Return the stored form of three probabilities, in the order of `LABELS`."""
    rounded = TASK.rounded(probabilities)
    return Sentiment(
        label=cast("SentimentLabel", max(LABELS, key=rounded.__getitem__)),
        score=round(rounded["positive"] - rounded["negative"], DIGITS),
        probabilities=rounded,
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
