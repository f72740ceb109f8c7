"""The encoder in int8: the same forward pass with 8-bit weights and 8-bit inputs of every product.

Weights are the int8 rows that ship (`nlp/weights.py`). Inputs are rounded with scales that were
measured once on training rows, so a post's result does not depend on its batch. Two things keep
that faithful: input channels and weights share the range between them (SmoothQuant, Xiao et al.
2023), and the few channels of the feed-forward whose values run far out are computed in float
beside it (LLM.int8, Dettmers et al. 2022). `nlp/network.py` is the reference; a test holds both
to the same labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from nlp.network import embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


class Int8Network:
    """A BERT encoder for inference in int8; takes the place of `nlp.network.Network`.

    Args:
        words: token ids to embeddings.
        state: the embedding vectors (`embeddings...`), the layers' vectors and the outlying
            channels (`layer.0.outliers...`), float32.
        matrices: the layers' matrices by the names of their weights, `layer.0....weight`.
        heads: attention heads.
        epsilon: of the layer norms.
    """

    def __init__(
        self,
        words: Callable[[torch.Tensor], torch.Tensor],
        state: Mapping[str, torch.Tensor],
        matrices: Mapping[str, Quantised],
        *,
        heads: int,
        epsilon: float,
    ) -> None:
        self._words = words
        self._state = state
        self._epsilon = epsilon
        count = sum(1 for name in matrices if name.endswith("attention.self.query.weight"))
        self._layers = [_Layer(state, matrices, f"layer.{i}.", heads, epsilon) for i in range(count)]
        self.hidden = int(state["embeddings.LayerNorm.weight"].shape[0])

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the last layer's states, shape (batch, tokens, hidden), float32."""
        x = embedded(self._words, self._state, ids, self._epsilon)
        bias = None if bool(mask.all()) else mask.bool()[:, None, None, :]
        batch, width, hidden = x.shape
        x = x.view(batch * width, hidden)
        for layer in self._layers:
            x = layer(x, bias, batch)
        return x.view(batch, width, hidden)


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


class _Layer:
    """One transformer block; query, key and value in one product."""

    def __init__(
        self,
        state: Mapping[str, torch.Tensor],
        matrices: Mapping[str, Quantised],
        prefix: str,
        heads: int,
        epsilon: float,
    ) -> None:
        def product(name: str) -> _Product:
            return _Product(matrices[f"{prefix}{name}.weight"], state[f"{prefix}{name}.bias"])

        def norm(name: str) -> tuple[torch.Tensor, torch.Tensor]:
            return state[f"{prefix}{name}.weight"], state[f"{prefix}{name}.bias"]

        self._attention = _joined(state, matrices, prefix)
        self._mixed = product("attention.output.dense")
        self._up, self._down = product("intermediate.dense"), product("output.dense")
        self._attention_norm, self._out_norm = norm("attention.output.LayerNorm"), norm("output.LayerNorm")
        outliers = f"{prefix}outliers."
        self._out_up = (state[outliers + "bias"], state[outliers + "up"].t().contiguous())
        self._out_down = state[outliers + "down"].t().contiguous()
        self._heads = heads
        self._epsilon = epsilon

    def __call__(self, x: torch.Tensor, mask: torch.Tensor | None, batch: int) -> torch.Tensor:
        hidden = x.shape[-1]
        qkv = self._attention(self._attention.bytes_of(x))
        query, key, value = qkv.view(batch, -1, 3, self._heads, hidden // self._heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(-1, hidden)
        x = self._normed(self._mixed.plus(self._mixed.bytes_of(mixed), x), self._attention_norm)
        up = self._up.gelu_bytes(self._up.bytes_of(x), self._down.step, self._down.zero)
        far_out = functional.gelu(torch.addmm(self._out_up[0], x, self._out_up[1]))
        x = self._down.plus(up, torch.addmm(x, far_out, self._out_down))
        return self._normed(x, self._out_norm)

    def _normed(self, x: torch.Tensor, norm: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return functional.layer_norm(x, x.shape[-1:], *norm, self._epsilon)


def _joined(state: Mapping[str, torch.Tensor], matrices: Mapping[str, Quantised], prefix: str) -> _Product:
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
    return _Product(whole, torch.cat([state[f"{name}.bias"] for name in names]))
