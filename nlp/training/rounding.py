"""What rounding to int8 costs: the same rows read in float32, with the same weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.tasks import TASKS
from nlp.training.scores import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlp.encoder.encoder import Readings


def beside_float(quick: Readings, exact: Readings, cuts: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the share of labels that agree, by task; of several that may hold, each counts."""
    found = {}
    for task in TASKS:
        ours, theirs = quick.probabilities[task.name], exact.probabilities[task.name]
        if task.kind == "one":
            same = ours.argmax(1) == theirs.argmax(1)
        else:
            same = (ours >= cuts[task.name]) == (theirs >= cuts[task.name])
        found[task.name] = rounded(same.mean())
    return found
