"""Learn how far irony moves the sentiment of a text about an operator (`nlp.tasks.meant`).

Fitted on made-up ironic complaints and sincere thanks, half of which are kept apart to measure with, and on rows of
public sets that no other stage learned from and our own, so that what is said without irony stays as it is.

    python -m nlp.training.meant ../data
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from domain.config import NlpSettings
from nlp.clean import model_text
from nlp.encoder.encoder import Encoder
from nlp.encoder.shipped import WEIGHTS
from nlp.tasks import sentiment
from nlp.tasks.meant import MEANT_WEIGHTS, signs_of
from nlp.training.mixture import HELD_OUT, HERE, PARTS, teaching_rows
from nlp.training.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nlp.encoder.encoder import Readings

EXAMPLES: Final = HERE / "ironic.jsonl"
SETS: Final = ("semeval2017_4a/all.jsonl.gz", "umsab/train_dev.jsonl.gz")
MOST: Final = 1_300
"""Rows of each public set."""
MOST_OWN: Final = 900
PULL: Final = 1.0
"""How much weights are drawn to zero, where nothing is moved."""
LABELS: Final = sentiment.LABELS


@dataclass(frozen=True)
class IronicRow:
    """A made-up post about an operator: a complaint in glad words, or thanks that are meant."""

    lang: str
    text: str
    ironic: bool
    held_out: bool

    @property
    def label(self) -> int:
        """Where its sentiment stands in the task's labels."""
        return LABELS.index("negative" if self.ironic else "positive")


def ironic_rows() -> list[IronicRow]:
    """Return all rows, in the order of the file."""
    return [IronicRow(**json.loads(line)) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]


def fitted(readings: Readings, labels: Sequence[int]) -> NDArray[np.float64]:
    """Return the weights, shape (signs, 3), with the lowest log loss on readings with these labels."""
    from scipy.optimize import minimize

    said = np.log(np.clip(readings.probabilities["sentiment"].astype(np.float64), 1e-4, 1))
    signs, truth = signs_of(readings.probabilities), np.eye(len(LABELS))[list(labels)]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        moved = said + signs @ flat.reshape(signs.shape[1], -1)
        log_p = moved - np.logaddexp.reduce(moved, axis=1, keepdims=True)
        gradient = signs.T @ (np.exp(log_p) - truth)
        return float(-(log_p * truth).sum() + PULL * (flat**2).sum()), gradient.ravel() + 2 * PULL * flat

    start = np.zeros(signs.shape[1] * len(LABELS))
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x).reshape(-1, len(LABELS))


def main(data: Path) -> None:
    """Write the weights beside those of the encoder."""
    written = [row for row in ironic_rows() if not row.held_out]
    texts, labels = [model_text(row.text) for row in written], [row.label for row in written]
    listed = json.loads((HERE / HELD_OUT).read_text(encoding="utf-8"))
    for part in (part for part in PARTS if part.file in SETS):
        ids = set(listed[part.file])
        rows = [row for row in read_rows(data / part.file, part.reader, split=part.split) if row.id in ids]
        rows = random.Random(1).sample(rows, min(MOST, len(rows)))
        texts += [row.text for row in rows]
        labels += [row.targets["sentiment"][0] for row in rows]
    own = [row for row in teaching_rows(data) if max(row.targets.get("sentiment", (-1,))) >= 0]
    for row in random.Random(1).sample(own, min(MOST_OWN, len(own))):
        texts.append(row.text)
        labels.append(row.targets["sentiment"][0])
    weights = fitted(Encoder.open(NlpSettings(), weights=WEIGHTS).read(texts), labels)
    MEANT_WEIGHTS.write_text(json.dumps({"weights": weights.round(3).tolist()}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
