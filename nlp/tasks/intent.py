"""Intent: what the author wants to do with a post; several may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from domain.enrichment import Intent, IntentLabel, Model
from nlp.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS: Final[tuple[IntentLabel, ...]] = get_args(IntentLabel)
TASK: Final = Task("intent", LABELS, "each")
OTHER: Final = "other"


def intent(probabilities: Sequence[float], cuts: Sequence[float], model: Model) -> Intent:
    """Return the labels that reach their cut, most probable first.

    `other` holds where nothing else does, and only there.
    """
    rounded = TASK.rounded(probabilities)
    holding = [label for label, p, cut in zip(LABELS, probabilities, cuts, strict=True) if p >= cut and label != OTHER]
    holding.sort(key=lambda label: -rounded[label])
    return Intent(labels=tuple(holding or [OTHER]), probabilities=rounded, model=model)
