"""Matrices as they ship: 8-bit weights, and how the inputs of their products become bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

LEVELS: Final = 127
HIGHEST_BYTE: Final = 255


@dataclass(frozen=True)
class Quantised:
    """One matrix as int8 and how its inputs become unsigned bytes.

    The matrix is `weight * scale[:, None] / smooth[None]`, weight (out, in) int8, scale (out,),
    smooth (in,). An input x becomes `x / smooth / step + zero`, rounded, within 0..255.
    """

    weight: NDArray[np.int8]
    scale: NDArray[np.float32]
    smooth: NDArray[np.float32]
    step: float
    zero: int

    def matrix(self) -> NDArray[np.float32]:
        """Return the matrix in float32."""
        return self.weight.astype(np.float32) * self.scale[:, None] / self.smooth[None]


def layer_prefixes(names: Iterable[str]) -> list[str]:
    """Return `layer.0.`, `layer.1.`, ... for as many layers as the names speak of."""
    count = sum(1 for name in names if name.endswith("attention.self.query.weight"))
    return [f"layer.{i}." for i in range(count)]
