"""Emotion: the strongest feeling on show, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from domain.enrichment import Emotion, EmotionLabel, Model
from nlp.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS: Final[tuple[EmotionLabel, ...]] = get_args(EmotionLabel)
TASK: Final = Task("emotion", LABELS, "one")


def emotion(probabilities: Sequence[float], model: Model) -> Emotion:
    """Return the stored form of five probabilities, in the order of `LABELS`."""
    rounded = TASK.rounded(probabilities)
    return Emotion(label=max(LABELS, key=rounded.__getitem__), probabilities=rounded, model=model)
