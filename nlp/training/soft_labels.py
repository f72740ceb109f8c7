"""What a larger model says of training rows: soft labels to learn from beside the hard ones.

A label says which; a larger model's probabilities also say how nearly it was another, and it can be
asked about every row, not only those that somebody labelled for a task (Hinton et al. 2015,
Distilling the knowledge in a neural network).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from nlp.tasks import TASK
from nlp.training.anchor import text_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nlp.training.rows import Row


@dataclass(frozen=True)
class SoftLabels:
    """Probabilities by task, each of shape (texts, labels), about the texts with these keys; `by` which model."""

    keys: NDArray[np.uint64]
    probabilities: Mapping[str, NDArray[np.float16]]
    by: str

    @classmethod
    def about(cls, texts: Iterable[str], probabilities: Mapping[str, NDArray[np.float32]], *, by: str) -> SoftLabels:
        """Return soft labels about texts, in their order."""
        keys = np.array([text_key(text) for text in texts], dtype=np.uint64)
        return cls(keys, {task: rows.astype(np.float16) for task, rows in probabilities.items()}, by)

    @classmethod
    def load(cls, path: Path) -> SoftLabels:
        """Read what `save` wrote.

        Raises:
            OSError: it cannot be read.
        """
        with np.load(path) as stored:
            tasks = set(stored.files) - {"keys", "by"}
            return cls(stored["keys"], {name: stored[name] for name in sorted(tasks)}, str(stored["by"]))

    def save(self, path: Path) -> None:
        """Write the soft labels, without the texts."""
        named: Mapping[str, Any] = self.probabilities
        np.savez_compressed(path, keys=self.keys, by=np.array(self.by), **named)

    def on(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        """Return the soft labels on rows by task, shape (rows, labels), NaN where there is none."""
        place = {int(key): i for i, key in enumerate(self.keys)}
        found = np.array([place.get(text_key(row.text), -1) for row in rows])
        table = {}
        for task, probabilities in self.probabilities.items():
            about = probabilities[found].astype(np.float32)
            about[found < 0] = np.nan
            table[task] = torch.from_numpy(about)
        return table


def soft_label_loss(logits: Mapping[str, torch.Tensor], soft_labels: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Return the summed cross-entropy to the soft labels on a batch; each row with one counts the same."""
    total = torch.zeros(())
    for task, probabilities in soft_labels.items():
        known = ~probabilities.isnan().any(1)
        if not known.any():
            continue
        said, wanted = logits[task][known], probabilities[known]
        if TASK[task].kind == "each":
            loss = functional.binary_cross_entropy_with_logits(said, wanted)
        else:
            loss = functional.cross_entropy(said, wanted)
        total = total + known.float().mean() * loss
    return total
