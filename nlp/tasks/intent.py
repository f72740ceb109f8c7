"""Intent: what the author wants to do with a post; several may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from domain.enrichment import Intent, IntentLabel, Model
from nlp.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LABELS: Final[tuple[IntentLabel, ...]] = get_args(IntentLabel)
TASK: Final = Task("intent", LABELS, "each")
OTHER: Final = "other"


def intent(probabilities: Sequence[float], cuts: Sequence[float], model: Model) -> Intent:
    """Return the labels that reach their cut, most probable first; `other` alone where none does."""
    rounded = TASK.rounded(probabilities)
    holds = with_other(np.asarray(probabilities) >= np.asarray(cuts))
    holding = [label for label, held in zip(LABELS, holds, strict=True) if held]
    return Intent(labels=tuple(sorted(holding, key=lambda label: -rounded[label])), probabilities=rounded, model=model)


def with_other(reached: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which labels hold, shape (..., labels), of those that reached their cut.

    `other` holds where nothing else does, and only there.
    """
    other, holds = LABELS.index(OTHER), reached.copy()
    holds[..., other] = False
    holds[..., other] = ~holds.any(-1)
    return holds
