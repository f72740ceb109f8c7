"""The encoder as it runs: BERT's forward pass in plain torch, without padding.

`transformers` trains it and loads it from a hub (`nlp/base.py`); a test holds both to the same
output. Running it needs torch alone, which halves the time to the first result.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


@dataclass(frozen=True)
class TokenBatch:
    """Texts laid end to end, without padding: `ids` (tokens,), and runs of texts of equal length.

    Each run is (texts, tokens of each); together the runs cover `ids` from its start.
    """

    ids: torch.Tensor
    runs: tuple[tuple[int, int], ...]

    def positions(self) -> torch.Tensor:
        """Return the place of each token in its text, shape (tokens,)."""
        return torch.cat([torch.arange(width).repeat(count) for count, width in self.runs])

    def split(self, rows: torch.Tensor) -> list[torch.Tensor]:
        """Return rows (tokens, ...) run by run, each of shape (texts, tokens of each, ...)."""
        sizes = [count * width for count, width in self.runs]
        parts = torch.split_with_sizes(rows[: sum(sizes)], sizes)
        return [part.view(*run, *rows.shape[1:]) for part, run in zip(parts, self.runs, strict=True)]


def laid_out(rows: Sequence[Sequence[int]]) -> TokenBatch:
    """Lay rows of token ids, equal lengths together, end to end."""
    runs = tuple((len(list(group)), width) for width, group in groupby(map(len, rows)))
    return TokenBatch(torch.tensor([token for row in rows for token in row], dtype=torch.long), runs)


class Layer(Protocol):
    """The matrix products of one transformer block, in whichever arithmetic; rows are tokens."""

    attention_norm: tuple[torch.Tensor, torch.Tensor]
    out_norm: tuple[torch.Tensor, torch.Tensor]

    def attention(self, x: torch.Tensor) -> torch.Tensor:
        """Return query, key and value beside each other, (tokens, 3 * hidden)."""

    def plus_mixed(self, x: torch.Tensor, mixed: torch.Tensor) -> torch.Tensor:
        """Return x plus what attention says, (tokens, hidden)."""

    def plus_fed_forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x plus what the feed-forward says, (tokens, hidden)."""


class Network:
    """A BERT encoder for inference.

    Args:
        words: token ids to embeddings.
        state: transformers' names of the embedding vectors (`embeddings...`), float32.
        layers: the blocks; `FloatLayer` here, `Int8Layer` in `nlp/int8.py`.
        heads: attention heads.
        epsilon: of the layer norms.
        dtype: what runs between the layers.
    """

    def __init__(
        self,
        words: Callable[[torch.Tensor], torch.Tensor],
        state: Mapping[str, torch.Tensor],
        layers: Sequence[Layer],
        *,
        heads: int,
        epsilon: float,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._words = words
        self._positions = state["embeddings.position_embeddings.weight"]
        self._type = state["embeddings.token_type_embeddings.weight"][0]
        self._norm = (state["embeddings.LayerNorm.weight"], state["embeddings.LayerNorm.bias"])
        self._layers = layers
        self._heads = heads
        self._epsilon = epsilon
        self._dtype = dtype

    def __call__(self, batch: TokenBatch) -> torch.Tensor:
        """Return the last layer's states, shape (tokens, hidden), float32."""
        x = self._words(batch.ids) + self._positions[batch.positions()] + self._type
        x = self._normed(x, self._norm).to(self._dtype)
        for layer in self._layers:
            mixed = self._attended(batch, layer.attention(x))
            x = self._normed(layer.plus_mixed(x, mixed), layer.attention_norm)
            x = self._normed(layer.plus_fed_forward(x), layer.out_norm)
        return x.float()

    def _attended(self, batch: TokenBatch, qkv: torch.Tensor) -> torch.Tensor:
        """Mix values within each text. Texts of one length go together, so no mask is needed."""
        hidden = qkv.shape[1] // 3
        mixed = []
        for run in batch.split(qkv):
            texts, width, _ = run.shape
            query, key, value = run.view(texts, width, 3, self._heads, -1).permute(2, 0, 3, 1, 4).contiguous()
            mixed.append(attention(query, key, value).transpose(1, 2).reshape(-1, hidden))
        return torch.cat(mixed)

    def _normed(self, x: torch.Tensor, norm: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        weight, bias = norm
        return functional.layer_norm(x, x.shape[-1:], weight, bias, self._epsilon)


def attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Return the values as the queries see them; shapes (texts, heads, tokens, width).

    Two products and a softmax: on short texts they are quicker than torch's fused attention.
    """
    scores = query @ key.transpose(-1, -2)
    return scores.mul_(query.shape[-1] ** -0.5).softmax(-1) @ value


class FloatLayer:
    """One transformer block in floating point: the reference."""

    def __init__(self, state: Mapping[str, torch.Tensor], prefix: str, dtype: torch.dtype) -> None:
        def pair(name: str) -> tuple[torch.Tensor, torch.Tensor]:
            return state[f"{prefix}{name}.weight"].to(dtype), state[f"{prefix}{name}.bias"].to(dtype)

        parts = [pair(f"attention.self.{part}") for part in ("query", "key", "value")]
        self._qkv = (torch.cat([weight for weight, _ in parts]), torch.cat([bias for _, bias in parts]))
        self._mixed = pair("attention.output.dense")
        self._up, self._down = pair("intermediate.dense"), pair("output.dense")
        self.attention_norm, self.out_norm = pair("attention.output.LayerNorm"), pair("output.LayerNorm")

    def attention(self, x: torch.Tensor) -> torch.Tensor:
        """Return query, key and value beside each other, (tokens, 3 * hidden)."""
        return functional.linear(x, *self._qkv)

    def plus_mixed(self, x: torch.Tensor, mixed: torch.Tensor) -> torch.Tensor:
        """Return x plus what attention says, (tokens, hidden)."""
        return x + functional.linear(mixed, *self._mixed)

    def plus_fed_forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x plus what the feed-forward says, (tokens, hidden)."""
        return x + functional.linear(functional.gelu(functional.linear(x, *self._up)), *self._down)


def float_layers(state: Mapping[str, torch.Tensor], dtype: torch.dtype = torch.float32) -> list[FloatLayer]:
    """Return the blocks of a state with transformers' names (`layer.0...`)."""
    return [FloatLayer(state, prefix, dtype) for prefix in layer_prefixes(state)]


def layer_prefixes(names: Iterable[str]) -> list[str]:
    """Return `layer.0.`, `layer.1.`, ... for as many layers as the names speak of."""
    count = sum(1 for name in names if name.endswith("attention.self.query.weight"))
    return [f"layer.{i}." for i in range(count)]


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
