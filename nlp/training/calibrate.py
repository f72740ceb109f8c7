"""Make probabilities mean what they say, and place the cut from which a label holds.

Fitted on rows held out of training, with the very file that ships. A task where one label holds
gets a temperature (Guo et al. 2017); a label that holds for itself gets Platt scaling. What is asked
alone (irony, offence, urgency) holds from 0.5; of several labels each gets the cut with the best F1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch.nn import functional

from nlp.tasks import TASKS, toward
from nlp.tasks.aspects import SENTIMENT as ASPECT_SENTIMENT
from nlp.training.rows import UNKNOWN, slots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nlp.encoder.encoder import Readings
    from nlp.encoder.heads import Heads
    from nlp.training.rows import Row

EVEN: Final = ("irony",)
"""Tasks scaled as if yes and no were equally common: nobody knows how common irony is in a stream."""
FEWEST: Final = 8
"""Rows that say yes, and rows that say no, below which a label is left as it came out."""
_CUTS: Final = np.linspace(0.15, 0.7, 56)
_PULL: Final = 20.0
"""How many rows' worth of the task's common cut is mixed into a label's own, which few rows placed."""


def calibrate(heads: Heads, rows: Sequence[Row], readings: Readings) -> None:
    """Set the heads' scales, shifts and cuts from readings made while these were still 1, 0 and 0.5."""
    targets = target_table(rows)
    for task in TASKS:
        truth, probabilities = targets[:, slots()[task.name]], readings.probabilities[task.name]
        if task.kind == "one":
            known = truth[:, 0] != UNKNOWN
            scale = _temperature(np.log(np.clip(probabilities[known], 1e-9, 1)), truth[known, 0])
            heads.get_buffer(f"scale_{task.name}").fill_(scale)
            continue
        clipped = np.clip(probabilities, 1e-6, 1 - 1e-6).astype(np.float64)
        logits = np.log(clipped / (1 - clipped))
        for k in range(len(task.labels)):
            known = truth[:, k] != UNKNOWN
            yes = truth[known, k] == 1
            if min(yes.sum(), (~yes).sum()) >= FEWEST:
                scale, shift = _platt(logits[known, k], yes, even=task.name in EVEN)
                heads.get_buffer(f"scale_{task.name}")[k] = scale
                heads.get_buffer(f"shift_{task.name}")[k] = shift
                logits[:, k] = logits[:, k] * scale + shift
        if len(task.labels) > 1:
            cuts = best_cuts(truth, 1 / (1 + np.exp(-logits)))
            heads.cuts(task.name).copy_(torch.tensor(cuts, dtype=torch.float32))
    several = (ASPECT_SENTIMENT, toward.SENTIMENT, toward.SWITCH)
    set_temperatures(heads, targets, {name: readings.probabilities[name] for name in several})


def set_temperatures(
    heads: Heads, targets: NDArray[np.int64], probabilities: Mapping[str, NDArray[np.float32]]
) -> None:
    """Set the scale of what has several answers, each of three, (rows, answers, 3), from a table of targets."""
    for name, said in probabilities.items():
        truth = targets[:, slots()[name]]
        known = truth != UNKNOWN
        if known.any():
            scale = _temperature(np.log(np.clip(said[known], 1e-9, 1)), truth[known])
            heads.get_buffer(f"scale_{name}").fill_(scale)


def target_table(rows: Sequence[Row]) -> NDArray[np.int64]:
    """Return the targets of rows, shape (rows, slots), -1 where a row does not say."""
    width = max(place.stop for place in slots().values())
    table = np.full((len(rows), width), UNKNOWN, dtype=np.int64)
    for i, row in enumerate(rows):
        for task, values in row.targets.items():
            table[i, slots()[task]] = values
    return table


def _temperature(log_probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Return the scale (1 / temperature) with the lowest log loss."""
    logits, labels = torch.from_numpy(log_probabilities), torch.from_numpy(truth)
    grid = torch.linspace(0.3, 2.0, 171, dtype=logits.dtype)
    losses = torch.stack([functional.cross_entropy(logits * scale, labels) for scale in grid])
    return float(grid[int(losses.argmin())])


def _platt(logits: NDArray[np.float64], yes: NDArray[np.bool_], *, even: bool) -> tuple[float, float]:
    """Return scale and shift with the lowest log loss (Platt 1999, with his smoothed targets)."""
    count = {True: float(yes.sum()), False: float((~yes).sum())}
    target = np.where(yes, (count[True] + 1) / (count[True] + 2), 1 / (count[False] + 2))
    weight = np.where(yes, 0.5 / count[True], 0.5 / count[False]) if even else np.full(len(yes), 1 / len(yes))
    parameters = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    x, y, w = (torch.from_numpy(np.asarray(values, dtype=np.float64)) for values in (logits, target, weight))
    optimiser = torch.optim.LBFGS([parameters], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(x * parameters[0] + parameters[1], y, w, reduction="sum")
        value = value + 1e-3 * (parameters[0] - 1) ** 2
        torch.autograd.backward(value)
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    scale, shift = parameters.detach().tolist()
    return max(0.05, scale), shift


def best_cuts(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> list[float]:
    """Return per label the cut with the best F1, drawn toward the cut that is best for all of them."""
    curves = np.zeros((truth.shape[1], len(_CUTS)))
    for k in range(truth.shape[1]):
        known = truth[:, k] != UNKNOWN
        yes, p = truth[known, k] == 1, probabilities[known, k]
        hits = [float((yes & (p >= cut)).sum()) for cut in _CUTS]
        sizes = [max(1, int(yes.sum()) + int((p >= cut).sum())) for cut in _CUTS]
        curves[k] = 2 * np.array(hits) / np.array(sizes)
    counts = (truth == 1).sum(0)
    measured = counts >= FEWEST
    if not measured.any():
        return [0.5] * truth.shape[1]
    common = float(_CUTS[int(curves[measured].mean(0).argmax())])
    own = [float(_CUTS[int(curve.argmax())]) for curve in curves]
    return [
        (own[k] * counts[k] + common * _PULL) / (counts[k] + _PULL) if measured[k] else common
        for k in range(truth.shape[1])
    ]
