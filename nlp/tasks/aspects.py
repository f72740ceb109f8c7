"""Aspects: which parts of the service a text speaks about, and the sentiment toward each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from domain.enrichment import Aspect, AspectCode, Model, SentimentToward
from nlp.tasks import sentiment
from nlp.tasks.task import DIGITS, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LABELS: Final[tuple[AspectCode, ...]] = get_args(AspectCode)
TASK: Final = Task("aspects", LABELS, "each")
SENTIMENT: Final = "aspect_sentiment"
"""Name of the outputs that say how the author feels toward each aspect: (aspects, 3)."""


def aspects(
    probabilities: Sequence[float],
    sentiments: NDArray,  # type: ignore[type-arg]
    cuts: Sequence[float],
    model: Model,
) -> tuple[Aspect, ...]:
    """Return the aspects that reach their cut, most probable first.

    Args:
        probabilities: one per aspect, in the order of `LABELS`.
        sentiments: negative, neutral and positive per aspect, shape (aspects, 3).
        cuts: the probability from which each aspect holds.
        model: what gave them.
    """
    found = []
    for code, probability, row, cut in zip(LABELS, probabilities, sentiments, cuts, strict=True):
        if probability >= cut:
            label, score = sentiment.label_and_score(sentiment.TASK.rounded(row))
            toward = SentimentToward(label=label, score=score)
            found.append(
                Aspect(aspect=code, probability=round(float(probability), DIGITS), sentiment=toward, model=model)
            )
    return tuple(sorted(found, key=lambda aspect: (-aspect.probability, aspect.aspect)))
