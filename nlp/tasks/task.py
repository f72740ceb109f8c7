"""What a task is: a question put to every text, answered by one head of the encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DIGITS: Final = 4
"""Decimals kept of a probability."""


@dataclass(frozen=True)
class Task:
    """A question put to a text.

    `kind` says how many labels hold: exactly `one` (softmax), or any of them, each for itself
    (`each`, sigmoid).
    """

    name: str
    labels: tuple[str, ...]
    kind: Literal["one", "each"]

    def rounded(self, probabilities: Sequence[float]) -> Mapping[str, float]:
        """Return the probability of each label, rounded to `DIGITS` decimals."""
        return {label: round(float(p), DIGITS) for label, p in zip(self.labels, probabilities, strict=True)}
