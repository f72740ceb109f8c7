"""The encoder in int8: the same forward pass with 8-bit weights and 8-bit inputs of every product.

Weights are the int8 rows that ship (`nlp/weights.py`). Inputs are rounded with scales that were
measured once on training rows, so a post's result does not depend on its batch. Two things keep
that faithful: input channels and weights share the range between them (SmoothQuant, Xiao et al.
2023), and the few channels of the feed-forward whose values run far out are computed in float
beside it (LLM.int8, Dettmers et al. 2022). `nlp/network.py` is the reference; a test holds both
to the same labels.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from nlp.network import layer_prefixes

if TYPE_CHECKING:
    from collections.abc import Mapping

PRODUCTS: Final = {
    "attention.self": "attention",
    "attention.output.dense": "mixed",
    "intermediate.dense": "up",
    "output.dense": "down",
}
"""The matrix products of one layer (prefix of the weights' names) and what their inputs are called."""
LEVELS: Final = 127
_MIDDLE: Final = 128
_NOTHING: Final[tuple[str, list[float], str]] = ("none", [], "")


@dataclass(frozen=True)
class Quantised:
    """One matrix as int8 and how its inputs become unsigned bytes.

    The matrix is `weight * scale[:, None] / smooth[None]`, weight (out, in) int8, scale (out,),
    smooth (in,). An input x becomes `x / smooth / step + zero`, rounded, within 0..255.
    """

    weight: torch.Tensor
    scale: torch.Tensor
    smooth: torch.Tensor
    step: float
    zero: int

    def matrix(self) -> torch.Tensor:
        """Return the matrix in float32."""
        return self.weight.to(torch.float32) * self.scale[:, None] / self.smooth[None]


def is_fast() -> bool:
    """Tell whether this processor multiplies int8 faster than float32 (VNNI or AMX), and torch can."""
    capabilities = torch.cpu.get_capabilities()
    able = any(capabilities.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8"))
    return able and hasattr(torch.ops.onednn, "qlinear_pointwise")


class _Product:
    """One matrix product: bytes in; float32 out, or bytes of a given scale."""

    def __init__(self, matrix: Quantised, bias: torch.Tensor) -> None:
        self.step, self.zero = matrix.step, matrix.zero
        self._weight = torch.ops.onednn.qlinear_prepack(matrix.weight, None)
        self._scale = matrix.scale
        self._zeros = torch.zeros(len(matrix.scale), dtype=torch.int32)
        self._bias = bias
        self._shrink = (1 / (matrix.smooth * matrix.step))[None]
        self._lift = torch.full_like(self._shrink, matrix.zero + 0.5)

    def bytes_of(self, x: torch.Tensor) -> torch.Tensor:
        """Return an input as unsigned bytes."""
        return torch.addcmul(self._lift, x, self._shrink).clamp_(0, 255).to(torch.uint8)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self._run(x, 1.0, 0, torch.float32, _NOTHING)

    def gelu_bytes(self, x: torch.Tensor, step: float, zero: int) -> torch.Tensor:
        """Return GELU of the product as bytes for the next product."""
        return self._run(x, step, zero, torch.uint8, ("gelu", [], "none"))

    def plus(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Return the product plus `other`, which it may overwrite."""
        return torch.ops.onednn.qlinear_pointwise.binary(  # type: ignore[no-any-return]
            x, self.step, self.zero, self._weight, self._scale, self._zeros, other, self._bias,
            1.0, 0, torch.float32, 1.0, 0, "sum", 1.0, *_NOTHING,
        )  # fmt: skip

    def _run(
        self, x: torch.Tensor, step: float, zero: int, dtype: torch.dtype, after: tuple[str, list[float], str]
    ) -> torch.Tensor:
        return torch.ops.onednn.qlinear_pointwise(  # type: ignore[no-any-return]
            x, self.step, self.zero, self._weight, self._scale, self._zeros, self._bias, step, zero, dtype, *after
        )


class Int8Layer:
    """One transformer block in int8 (`nlp.network.Layer`).

    Args:
        vectors: the layers' vectors and outlying channels (`layer.0.outliers...`), float32.
        matrices: the layers' matrices by the names of their weights, `layer.0....weight`.
        prefix: of this layer's names.
    """

    def __init__(self, vectors: Mapping[str, torch.Tensor], matrices: Mapping[str, Quantised], prefix: str) -> None:
        def product(name: str) -> _Product:
            return _Product(matrices[f"{prefix}{name}.weight"], vectors[f"{prefix}{name}.bias"])

        def norm(name: str) -> tuple[torch.Tensor, torch.Tensor]:
            return vectors[f"{prefix}{name}.weight"], vectors[f"{prefix}{name}.bias"]

        self._attention = _joined(vectors, matrices, prefix)
        self._mixed = product("attention.output.dense")
        self._up, self._down = product("intermediate.dense"), product("output.dense")
        self.attention_norm, self.out_norm = norm("attention.output.LayerNorm"), norm("output.LayerNorm")
        outliers = f"{prefix}outliers."
        self._out_up = (vectors[outliers + "bias"], vectors[outliers + "up"].t().contiguous())
        self._out_down = vectors[outliers + "down"].t().contiguous()

    def attention(self, x: torch.Tensor) -> torch.Tensor:
        """Return query, key and value beside each other, (tokens, 3 * hidden)."""
        return self._attention(self._attention.bytes_of(x))

    def plus_mixed(self, x: torch.Tensor, mixed: torch.Tensor) -> torch.Tensor:
        """Return x plus what attention says, (tokens, hidden); x may be overwritten."""
        return self._mixed.plus(self._mixed.bytes_of(mixed), x)

    def plus_fed_forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x plus what the feed-forward says, (tokens, hidden)."""
        up = self._up.gelu_bytes(self._up.bytes_of(x), self._down.step, self._down.zero)
        far_out = functional.gelu(torch.addmm(self._out_up[0], x, self._out_up[1]))
        return self._down.plus(up, torch.addmm(x, far_out, self._out_down))


def int8_layers(vectors: Mapping[str, torch.Tensor], matrices: Mapping[str, Quantised]) -> list[Int8Layer]:
    """Return all blocks of trained layers in int8."""
    # Read when the first product is made. By default a plan for each of the last 1,024 shapes is kept, and
    # every batch has a shape of its own: memory grew by some 30 kB a post, for nothing that could be measured.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")
    return [Int8Layer(vectors, matrices, prefix) for prefix in layer_prefixes(matrices)]


def _joined(vectors: Mapping[str, torch.Tensor], matrices: Mapping[str, Quantised], prefix: str) -> _Product:
    """Return query, key and value as one product; they share their inputs and so their smoothing."""
    names = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
    parts = [matrices[f"{name}.weight"] for name in names]
    first = parts[0]
    whole = Quantised(
        weight=torch.cat([part.weight for part in parts]),
        scale=torch.cat([part.scale for part in parts]),
        smooth=first.smooth,
        step=first.step,
        zero=first.zero,
    )
    return _Product(whole, torch.cat([vectors[f"{name}.bias"] for name in names]))
