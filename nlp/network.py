"""The encoder as it runs: BERT's forward pass in plain torch, for length-sorted batches.

`transformers` trains it and loads it from a hub (`nlp/base.py`); a test holds both to the same
output. Running it needs torch alone, which halves the time to the first result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nlp.packed import PackedMatrix, PackedModel

LAYER_NAMES: Final = {
    "attention.self.query.weight": "q.w",
    "attention.self.query.bias": "q.b",
    "attention.self.key.weight": "k.w",
    "attention.self.key.bias": "k.b",
    "attention.self.value.weight": "v.w",
    "attention.self.value.bias": "v.b",
    "attention.output.dense.weight": "ao.w",
    "attention.output.dense.bias": "ao.b",
    "attention.output.LayerNorm.weight": "aln.w",
    "attention.output.LayerNorm.bias": "aln.b",
    "intermediate.dense.weight": "fi.w",
    "intermediate.dense.bias": "fi.b",
    "output.dense.weight": "fo.w",
    "output.dense.bias": "fo.b",
    "output.LayerNorm.weight": "oln.w",
    "output.LayerNorm.bias": "oln.b",
}
"""Names of one layer's tensors in transformers' BERT and in the packed file."""


class PackedEmbedding(nn.Module):
    """Word embeddings that stay packed; 54 MB on disk instead of 384 MB in memory."""

    def __init__(self, matrix: PackedMatrix) -> None:
        super().__init__()
        self._matrix = matrix

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the embeddings of token ids, shape (*ids.shape, hidden), float32."""
        unique, inverse = np.unique(ids.numpy(), return_inverse=True)
        rows = torch.from_numpy(self._matrix.rows(unique))
        return rows[torch.from_numpy(inverse.reshape(ids.shape))]


class Network:
    """A BERT encoder for inference.

    Args:
        words: token ids to embeddings.
        state: transformers' names of the embedding vectors (`embeddings...`) and of the
            layers (`layer.0...`), float32.
        heads: attention heads.
        epsilon: of the layer norms.
        dtype: what the matrix products run in.
    """

    def __init__(
        self,
        words: Callable[[torch.Tensor], torch.Tensor],
        state: Mapping[str, torch.Tensor],
        *,
        heads: int,
        epsilon: float,
        dtype: torch.dtype,
    ) -> None:
        self._words = words
        self._state = state
        self._epsilon = epsilon
        self._dtype = dtype
        count = sum(1 for name in state if name.endswith("attention.self.query.weight"))
        self._layers = [_Layer(state, f"layer.{i}.", heads, epsilon, dtype) for i in range(count)]
        self.hidden = int(state["embeddings.LayerNorm.weight"].shape[0])

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return the last layer's states, shape (batch, tokens, hidden), float32."""
        x = embedded(self._words, self._state, ids, self._epsilon).to(self._dtype)
        # Without padding no mask is needed, and attention runs on its fastest path.
        bias = None if bool(mask.all()) else mask.bool()[:, None, None, :]
        for layer in self._layers:
            x = layer(x, bias)
        return x.float()


def embedded(
    words: Callable[[torch.Tensor], torch.Tensor],
    state: Mapping[str, torch.Tensor],
    ids: torch.Tensor,
    epsilon: float,
) -> torch.Tensor:
    """Return what the first layer gets: words, positions and type, normed; (batch, tokens, hidden)."""
    positions = state["embeddings.position_embeddings.weight"][: ids.shape[1]]
    x = words(ids) + positions + state["embeddings.token_type_embeddings.weight"][0]
    weight, bias = state["embeddings.LayerNorm.weight"], state["embeddings.LayerNorm.bias"]
    return functional.layer_norm(x, x.shape[-1:], weight, bias, epsilon)


class _Layer:
    """One transformer block; query, key and value in one product."""

    def __init__(
        self, state: Mapping[str, torch.Tensor], prefix: str, heads: int, epsilon: float, dtype: torch.dtype
    ) -> None:
        def take(name: str) -> torch.Tensor:
            return state[prefix + name].to(dtype)

        def joined(suffix: str) -> torch.Tensor:
            return torch.cat([take(f"attention.self.{part}.{suffix}") for part in ("query", "key", "value")])

        def dense(name: str) -> tuple[torch.Tensor, torch.Tensor]:
            return take(f"{name}.weight"), take(f"{name}.bias")

        self._qkv = (joined("weight"), joined("bias"))
        self._attention_out = dense("attention.output.dense")
        self._attention_norm = dense("attention.output.LayerNorm")
        self._up = dense("intermediate.dense")
        self._down = dense("output.dense")
        self._out_norm = dense("output.LayerNorm")
        self._heads = heads
        self._epsilon = epsilon

    def __call__(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        batch, width, hidden = x.shape
        qkv = functional.linear(x, *self._qkv).view(batch, width, 3, self._heads, hidden // self._heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(batch, width, hidden)
        x = self._normed(x + functional.linear(mixed, *self._attention_out), self._attention_norm)
        up = functional.gelu(functional.linear(x, *self._up))
        return self._normed(x + functional.linear(up, *self._down), self._out_norm)

    def _normed(self, x: torch.Tensor, norm: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return functional.layer_norm(x, x.shape[-1:], *norm, self._epsilon)


def packed_embedding_state(packed: PackedModel) -> dict[str, torch.Tensor]:
    """Return position, type and norm of the embeddings under transformers' names."""
    hidden = packed.shape.hidden
    vectors = {name: torch.from_numpy(packed.vectors[name]) for name in ("emb.pos", "emb.type", "emb.ln.w", "emb.ln.b")}
    return {
        "embeddings.position_embeddings.weight": vectors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": vectors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": vectors["emb.ln.w"],
        "embeddings.LayerNorm.bias": vectors["emb.ln.b"],
    }


def packed_layer_state(packed: PackedModel) -> dict[str, torch.Tensor]:
    """Return the published layers, unpacked to float32, under transformers' names."""
    state = {}
    for layer in range(packed.shape.layers):
        for theirs, ours in LAYER_NAMES.items():
            name = f"l{layer}.{ours}"
            values = packed.matrices[name].rows(slice(None)) if name in packed.matrices else packed.vectors[name]
            state[f"layer.{layer}.{theirs}"] = torch.from_numpy(values)
    return state


def pooled(hidden: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first token and the mean over real tokens, each of shape (batch, hidden)."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return hidden[:, 0], (hidden * weights).sum(1) / weights.sum(1)


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and mask of shape (rows, longest row), int64."""
    width = max(map(len, rows))
    ids = torch.full((len(rows), width), pad, dtype=torch.long)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[i, : len(row)] = 1
    return ids, mask
