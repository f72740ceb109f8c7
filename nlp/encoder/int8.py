"""Matrices as they ship: 8-bit weights, and how the inputs of their products become bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

LEVELS: Final = 127
HIGHEST_BYTE: Final = 255
PAIR: Final = 128
"""The most that two neighbouring weights of a row come to, whatever their signs: twice that fits with the largest bytes
into the 16 bits in which processors without VNNI add them up, so that every processor gives the same digits."""


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

    def bounded(self) -> Quantised:
        """Return the matrix with rows of which no two neighbours come to more than `PAIR`; itself where none do."""
        size = np.abs(self.weight.astype(np.int16))
        pairs = (size[:, 0::2] + size[:, 1::2]).max(1)
        if pairs.max(initial=0) <= PAIR:
            return self
        # One less than the most: each of the two may be rounded up.
        larger = np.maximum(1, pairs / (PAIR - 1)).astype(np.float32)
        weight = np.rint(self.weight / larger[:, None]).astype(np.int8)
        return replace(self, weight=weight, scale=self.scale * larger)

    def matrix(self) -> NDArray[np.float32]:
        """Return the matrix in float32."""
        return self.weight.astype(np.float32) * self.scale[:, None] / self.smooth[None]


def layer_prefixes(names: Iterable[str]) -> list[str]:
    """Return `layer.0.`, `layer.1.`, ... for as many layers as the names speak of."""
    count = sum(1 for name in names if name.endswith("attention.self.query.weight"))
    return [f"layer.{i}." for i in range(count)]
