"""Sentiment: negative, neutral or positive, with calibrated probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from domain.enrichment import Model, Sentiment, SentimentLabel
from nlp.tasks.task import DIGITS, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LABELS: Final[tuple[SentimentLabel, ...]] = get_args(SentimentLabel)
TASK: Final = Task("sentiment", LABELS, "one")


def sentiment(probabilities: Sequence[float], model: Model) -> Sentiment:
    """Return the stored form of three probabilities, in the order of `LABELS`."""
    rounded = TASK.rounded(probabilities)
    label, score = label_and_score(rounded)
    return Sentiment(label=label, score=score, probabilities=rounded, model=model)


def label_and_score(probabilities: Mapping[str, float]) -> tuple[SentimentLabel, float]:
    """Return the most probable label, and P(positive) - P(negative), of rounded probabilities."""
    score = round(probabilities["positive"] - probabilities["negative"], DIGITS)
    return max(LABELS, key=probabilities.__getitem__), score


def nothing_to_read(model: Model) -> Sentiment:
    """Return neutral, flagged as empty: what a text without words, digits or emoji gets."""
    return Sentiment(
        label="neutral",
        score=0.0,
        probabilities={"negative": 0.0, "neutral": 1.0, "positive": 0.0},
        model=model,
        empty=True,
    )
